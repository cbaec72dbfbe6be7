/**
 * Reading a request body under caps in bytes and in time. It is kept whole for one replay.
 *
 * @module
 */

import { LONG_BODY_BYTES, LONG_UNTOLD_BYTES } from "./body_lanes.ts";
import type { BodyClaim } from "./body_memory.ts";
import { Pieces } from "./pieces.ts";
import type { HeaderView } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import type { Watchdog } from "./watchdog.ts";

/** What a body may take up. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Takes the bytes into account; what it took stays taken. */
  readonly claim: BodyClaim;
  /** Waits until a long body may be read, and gives what is to be called after it. */
  readonly enterLane: () => Promise<() => void>;
  /** Resolves when more may be read of a long body that does not say how long it is. */
  readonly rest: () => Promise<void>;
  /** Ends the wait for a body that does not come. */
  readonly watchdog: Watchdog;
}

/**
 * What is read at a time of a body that does not say how long it is. With more the server below
 * moves the rest of its buffer at each read: 31 MiB in chunks took 40 ms of CPU with 8 KiB, 230 ms
 * with 16 KiB and more (Deno 2.9.6).
 */
const PIECE_BYTES = 8_192;
/** After as many bytes of such a body others come first. */
const REST_BYTES = 1_048_576;

/**
 * The bytes of a request's body.
 *
 * @throws {Refusal} 413 beyond `maxBytes`, 415 for a compressed body, 408 for one that does not
 * come in time, 503 where there is no memory for it, 400 for a broken one.
 */
export async function readBody(
  request: Pick<Request, "body" | "bytes">,
  headers: HeaderView,
  limits: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  checkEncoding(headers.get("content-encoding"));
  checkFraming(headers.get("transfer-encoding"));
  const length = headers.get("content-length");
  const size = length === null ? null : parseLength(length, limits.maxBytes);
  if (size !== null) limits.claim.take(size);
  const reading = size === null
    ? readChunks(request.body, limits)
    : readSized(request, size, limits);
  try {
    return await inTime(reading, limits.watchdog);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "bad-request", "The request body ended early; send it again", {
      cause: error,
    });
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

/** The server below undoes chunks and hands on whatever else is in them. */
function checkFraming(encoding: string | null): void {
  if (encoding === null || encoding.toLowerCase() === "chunked") return;
  throw new Refusal(400, "bad-request", "The request has a Transfer-Encoding other than chunked");
}

function parseLength(length: string, maxBytes: number): number {
  // Two equal lengths arrive here joined, "3, 3": no number, and so above no cap.
  if (!/^\d+$/.test(length)) {
    throw new Refusal(400, "bad-request", "The request has a Content-Length that is no number");
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  return Number(length);
}

/** With a length the server below sees to it that no more than that arrives. */
async function readSized(
  request: Pick<Request, "bytes">,
  size: number,
  { enterLane }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (size <= LONG_BODY_BYTES) return await request.bytes();
  const leave = await enterLane();
  try {
    return await request.bytes();
  } finally {
    leave();
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  { maxBytes, claim, enterLane, rest }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  const pieces = new Pieces();
  const reader = readerOf(body);
  let piece = new Uint8Array(PIECE_BYTES);
  let leave: (() => void) | null = null;
  let restAt = REST_BYTES;
  try {
    for (;;) {
      const { done, value } = await reader.read(piece);
      if (done) return pieces.whole();
      if (pieces.size + value.byteLength > maxBytes) throw tooLarge(maxBytes);
      claim.take(value.byteLength);
      pieces.add(value);
      // Its memory was taken over, and came back.
      piece = new Uint8Array(value.buffer);
      if (pieces.size <= LONG_UNTOLD_BYTES) continue;
      leave ??= await enterLane();
      if (pieces.size < restAt) continue;
      restAt += REST_BYTES;
      await rest();
    }
  } catch (error) {
    // Nobody reads the rest.
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    leave?.();
  }
}

interface PieceReader {
  read(
    piece: Uint8Array<ArrayBuffer>,
  ): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;
  cancel(): Promise<void>;
}

/**
 * A body that came whole with its head, or no body at all, is a stream of one piece, and not one of
 * bytes (Deno 2.9.6): there is nothing left to be read in smaller ones.
 */
function readerOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): PieceReader {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    const reader = body.getReader();
    return { read: () => reader.read(), cancel: () => reader.cancel() };
  }
}

async function inTime<T>(reading: Promise<T>, watchdog: Watchdog): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const watch = watchdog.watch(() => reject(tooSlow()));
  reading.then(resolve, reject);
  try {
    return await promise;
  } finally {
    watch.end();
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(
    413,
    "too-large",
    `The request body is larger than ${maxBytes} bytes; shorten the conversation (most agents ` +
      "can compact it) or raise PROXY_MAX_BODY",
    { limit: "body-bytes" },
  );
}

function tooSlow(): Refusal {
  const message = "The request body did not come in time; send it faster, or raise " +
    "PROXY_BODY_TIMEOUT";
  return new Refusal(408, "bad-request", message, { limit: "body-time" });
}
