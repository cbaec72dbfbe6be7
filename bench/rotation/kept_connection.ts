/**
 * A kept-alive HTTP/1.1 connection for one request at a time. It costs less than `fetch`, whose
 * own work would be a part of what is measured, and stays with one isolate of the service.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const MAX_ANSWER_BYTES = 65_536;

/** Open until {@link KeptConnection.close}. */
export class KeptConnection {
  readonly #connection: Deno.TcpConn;
  readonly #host: string;
  readonly #buffer = new Uint8Array(MAX_ANSWER_BYTES);

  private constructor(connection: Deno.TcpConn, host: string) {
    this.#connection = connection;
    this.#host = host;
  }

  /** Connects. */
  static async open({ hostname, port, host }: URL): Promise<KeptConnection> {
    return new KeptConnection(await Deno.connect({ hostname, port: Number(port) }), host);
  }

  /** Sends a request, reads all of its answer, and gives the status. */
  async post(target: string, { key, body }: { key: string; body: string }): Promise<number> {
    const head = [
      `POST ${target} HTTP/1.1`,
      `host: ${this.#host}`,
      `authorization: Bearer ${key}`,
      "content-type: application/json",
      `content-length: ${encoder.encode(body).length}`,
    ];
    const bytes = encoder.encode(`${head.join("\r\n")}\r\n\r\n${body}`);
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
    for (let size = 0;;) {
      const count = await this.#connection.read(this.#buffer.subarray(size));
      if (count === null) throw new Error("The server ended a kept-alive connection");
      size += count;
      const answer = parseAnswer(this.#buffer.subarray(0, size));
      if (answer !== null) return answer.status;
    }
  }

  /** Hangs up. */
  close(): void {
    this.#connection.close();
  }
}

/**
 * The status of an answer, `null` if there is more to come. It must say its length.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseAnswer } from "./kept_connection.ts";
 *
 * const parse = (text: string) => parseAnswer(new TextEncoder().encode(text));
 * assert.equal(parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"), null);
 * assert.deepEqual(parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), { status: 200 });
 * ```
 */
export function parseAnswer(bytes: Uint8Array): { readonly status: number } | null {
  const text = decoder.decode(bytes);
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (length === undefined || status === undefined) throw new Error(`not understood: ${head}`);
  const bodyLength = bytes.length - encoder.encode(head).length - 4;
  return bodyLength < Number(length) ? null : { status: Number(status) };
}
