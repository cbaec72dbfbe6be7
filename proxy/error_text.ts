/**
 * The text of an upstream error, for us to judge. The caller gets the bytes as they came, and so
 * they may be compressed in whatever way the caller understands.
 *
 * @module
 */

import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

type Decode = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflateSync],
  ["br", brotliDecompressSync],
  ["zstd", zstdDecompressSync],
]);

/**
 * `body` as text, `null` if it cannot be read or has more than `maxBytes`.
 *
 * @param encoding the value of `Content-Encoding`, `null` if there is none.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gzipSync } from "node:zlib";
 * import { decodeErrorText } from "./error_text.ts";
 *
 * const options = { encoding: "gzip", maxBytes: 1_000 };
 * assert.equal(decodeErrorText(gzipSync("Invalid Token"), options), "Invalid Token");
 * assert.equal(decodeErrorText(gzipSync("x".repeat(1_001)), options), null);
 * ```
 */
export function decodeErrorText(
  body: Uint8Array,
  { encoding, maxBytes }: { readonly encoding: string | null; readonly maxBytes: number },
): string | null {
  try {
    return new TextDecoder().decode(decode(body, encoding?.trim().toLowerCase() ?? "identity"));
  } catch {
    // Broken or too long: no message that says that a token is dead.
    return null;
  }

  function decode(bytes: Uint8Array, name: string): Uint8Array {
    if (name === "" || name === "identity") return bytes;
    const decoder = DECODERS.get(name);
    if (decoder === undefined) throw new TypeError(`unknown encoding ${name}`);
    return decoder(bytes, { maxOutputLength: maxBytes });
  }
}
