/** A connection read as HTTP frames it: lines, counted bytes, chunks. */

import { fromLatin1, joined } from "./bytes.ts";

/** Reads ahead of what is asked for, and keeps the rest. */
export class ByteReader {
  readonly #connection: Deno.Conn;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** A line without its line break, `null` at the end. */
  async line(): Promise<string | null> {
    let at = this.#rest.indexOf(0x0a);
    while (at === -1) {
      if (!await this.#more()) return null;
      at = this.#rest.indexOf(0x0a);
    }
    return fromLatin1(this.#take(at + 1)).replace(/\r?\n$/, "");
  }

  /** Exactly so many bytes, or fewer if the connection ends. */
  async bytes(size: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#rest.length < size && await this.#more());
    return this.#take(Math.min(size, this.#rest.length));
  }

  /** Whatever comes until the connection ends or breaks. */
  async all(): Promise<Uint8Array<ArrayBuffer>> {
    while (await this.#more());
    return this.#take(this.#rest.length);
  }

  /** A chunked body, put together; `null` if it does not come to its end. */
  async chunked(): Promise<Uint8Array<ArrayBuffer> | null> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const size = parseInt(await this.line() ?? "", 16);
      if (Number.isNaN(size)) return null;
      parts.push(await this.bytes(size));
      if (await this.line() === null) return null;
      if (size === 0) return joined(parts);
    }
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    try {
      const size = await this.#connection.read(buffer);
      if (size === null) return false;
      this.#rest = joined([this.#rest, buffer.subarray(0, size)]);
      return true;
    } catch {
      // Reset by the other side, or closed by this one: the same end for whoever reads.
      return false;
    }
  }

  #take(size: number): Uint8Array<ArrayBuffer> {
    const taken = this.#rest.slice(0, size);
    this.#rest = this.#rest.slice(size);
    return taken;
  }
}
