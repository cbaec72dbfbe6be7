/**
 * Headers that were read once: a request's are looked at a dozen times on its way.
 *
 * @module
 */

/** What is asked of headers on their way through; a `Headers` will do. */
export type HeaderView = Pick<Headers, "get" | "has"> & Iterable<[string, string]>;

/**
 * Headers as they stood when they were read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ReadHeaders } from "./read_headers.ts";
 *
 * const headers = new ReadHeaders(new Headers({ "X-One": "1" }));
 * assert.equal(headers.get("x-one"), "1");
 * assert.equal(headers.get("x-two"), null);
 * assert.deepEqual([...headers], [["x-one", "1"]]);
 * ```
 */
export class ReadHeaders implements HeaderView {
  readonly #entries: readonly [string, string][];

  /** Names come in lower case from a `Headers`, and have to from anywhere else. */
  constructor(entries: Iterable<[string, string]>) {
    this.#entries = [...entries];
  }

  /** The value of the header with this name, which is in lower case; `null`: there is none. */
  get(name: string): string | null {
    for (const entry of this.#entries) if (entry[0] === name) return entry[1];
    return null;
  }

  /** Whether there is a header with this name, which is in lower case. */
  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** Names and values, in the order of the names. */
  [Symbol.iterator](): ArrayIterator<[string, string]> {
    return this.#entries[Symbol.iterator]();
  }
}
