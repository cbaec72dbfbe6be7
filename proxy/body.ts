/**
 * Reading a request body under a cap. It is kept whole for one replay.
 *
 * @module
 */

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
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    throw new Refusal(
      415,
      "bad-request",
      `The request body is compressed ("${encoding.slice(0, 20)}"); send it as it is`,
    );
  }
  try {
    const length = request.headers.get("content-length");
    if (length !== null) {
      if (Number(length) > maxBytes) throw tooLarge(maxBytes);
      return await request.bytes();
    }
    return await readChunks(request.body, maxBytes);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "bad-request", "The request body ended early", { cause: error });
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(
    413,
    "too-large",
    `The request body is larger than ${maxBytes} bytes; shorten the conversation (most agents ` +
      "can compact it) or raise PROXY_MAX_BODY",
  );
}
