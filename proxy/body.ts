/**
 * Reading a request body under a cap. It is kept whole for one replay.
 *
 * There is a cap in bytes and none in time: a caller that stops in the middle of its body is held
 * until it leaves.
 *
 * @module
 */

import { concat } from "./concat.ts";
import { Refusal } from "./refusal.ts";

/**
 * The bytes of a request's body.
 *
 * @throws {Refusal} 413 beyond `maxBytes`, 415 for a compressed body, 400 for a broken one.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  checkEncoding(request.headers.get("content-encoding"));
  const length = request.headers.get("content-length");
  if (length !== null) checkLength(length, maxBytes);
  try {
    // With a length the server below sees to it that no more than that arrives.
    return length === null ? await readChunks(request.body, maxBytes) : await request.bytes();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "bad-request", "The request body ended early", { cause: error });
  }
}

/** A small body could unpack to any size, and repairs read what is in it. */
function checkEncoding(encoding: string | null): void {
  if (encoding === null || encoding.toLowerCase() === "identity") return;
  throw new Refusal(
    415,
    "bad-request",
    `The request body is compressed ("${encoding.slice(0, 20)}"); send it as it is`,
  );
}

function checkLength(length: string, maxBytes: number): void {
  // Two equal lengths arrive here joined, "3, 3": no number, and so above no cap.
  if (!/^\d+$/.test(length)) {
    throw new Refusal(400, "bad-request", "The request has a Content-Length that is no number");
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
}

async function readChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return concat(chunks, size);
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(
    413,
    "too-large",
    `The request body is larger than ${maxBytes} bytes; shorten the conversation (most agents ` +
      "can compact it) or raise PROXY_MAX_BODY",
  );
}
