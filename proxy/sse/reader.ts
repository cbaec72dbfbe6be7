/**
 * Bytes → events, whichever way the bytes were cut up. Reads what
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream reads.
 *
 * @module
 */

import { SseEvent } from "./event.ts";
import { HeldBytes } from "./held_bytes.ts";

/** An event that is longer than this is no event of a model: 16 MiB. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** An event that is longer than the cap. */
export class LongEventError extends RangeError {}

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/** Reads one stream. */
export class SseReader {
  readonly #maxEventBytes: number;
  readonly #held = new HeldBytes();
  /** Where, in what is held, the line in progress begins. */
  #lineStart = 0;
  #dataStart = 0;
  #dataEnd = 0;
  #dataLines = 0;
  #isFirstLine = true;
  /** A line feed that comes next belongs to the carriage return before it. */
  #endedWithCr = false;

  /** Begins at the beginning of a stream. */
  constructor(options: { readonly maxEventBytes?: number } = {}) {
    this.#maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
  }

  /** How many bytes of an event that has not ended are kept. */
  get heldBytes(): number {
    return this.#held.size;
  }

  /**
   * The events that end within `chunk`, in order. Together they are all bytes that came, but for
   * those that are held.
   *
   * @throws {LongEventError} if an event is longer than the cap.
   */
  push(chunk: Uint8Array<ArrayBuffer>): readonly SseEvent[] {
    if (chunk.length === 0) return [];
    const events: SseEvent[] = [];
    const seen = this.#held.size;
    const source = this.#held.join(chunk);
    let start = 0;
    if (this.#endedWithCr && source[seen] === LF) {
      this.#lineStart = seen + 1;
      // It ended an event that is gone, and is all that is left of it.
      if (seen === 0) {
        events.push(this.#eventAt(source, 0, 1));
        start = 1;
      }
    }
    this.#endedWithCr = false;
    let from = Math.max(seen, this.#lineStart);
    let cr = indexOf(source, CR, from);
    while (from < source.length) {
      // Most lines are followed by a blank one; there is no need to search for its end.
      const lf = source[from] === LF ? from : indexOf(source, LF, from);
      const lineEnd = Math.min(lf, cr);
      if (lineEnd === Infinity) break;
      let next = lineEnd + 1;
      if (lineEnd === cr) {
        if (next === source.length) this.#endedWithCr = true;
        else if (source[next] === LF) next++;
        cr = indexOf(source, CR, next);
      }
      if (this.#isBlank(source, lineEnd)) {
        events.push(this.#eventAt(source, start, next));
        start = next;
      } else {
        this.#readLine(source, lineEnd);
      }
      this.#lineStart = next;
      from = next;
    }
    this.#hold(source, start);
    return events;
  }

  /** What is left of an event that the end of the stream cut off, `null` if nothing is. */
  end(): SseEvent | null {
    const { size } = this.#held;
    if (size === 0) return null;
    const source = this.#held.take();
    if (this.#lineStart < size && !this.#isBlank(source, size)) this.#readLine(source, size);
    return this.#eventAt(source, 0, size);
  }

  #eventAt(source: Uint8Array<ArrayBuffer>, start: number, end: number): SseEvent {
    this.#checkSize(end - start);
    const event = new SseEvent(source, {
      start,
      end,
      dataStart: this.#dataStart,
      dataEnd: this.#dataEnd,
      dataLines: this.#dataLines,
    });
    this.#dataLines = 0;
    return event;
  }

  #isBlank(source: Uint8Array, lineEnd: number): boolean {
    if (this.#isFirstLine) {
      this.#isFirstLine = false;
      const at = this.#lineStart;
      const hasMark = source[at] === 0xef && source[at + 1] === 0xbb && source[at + 2] === 0xbf;
      if (hasMark && at + 3 <= lineEnd) this.#lineStart += 3;
    }
    return this.#lineStart === lineEnd;
  }

  /** Notes where the value is if it is a `data` line. */
  #readLine(source: Uint8Array, lineEnd: number): void {
    const at = this.#lineStart;
    if (source[at] !== 100 || source[at + 1] !== 97) return;
    if (source[at + 2] !== 116 || source[at + 3] !== 97) return;
    if (at + 4 !== lineEnd && source[at + 4] !== COLON) return;
    if (++this.#dataLines > 1) return;
    const value = source[at + 5] === SPACE ? at + 6 : at + 5;
    this.#dataStart = Math.min(value, lineEnd);
    this.#dataEnd = lineEnd;
  }

  #hold(source: Uint8Array<ArrayBuffer>, start: number): void {
    this.#checkSize(source.length - start);
    this.#held.keep(source, start);
    this.#lineStart -= start;
    this.#dataStart -= start;
    this.#dataEnd -= start;
  }

  #checkSize(size: number): void {
    if (size <= this.#maxEventBytes) return;
    throw new LongEventError(
      `An event of the stream is longer than ${this.#maxEventBytes} bytes (PROXY_MAX_EVENT), ` +
        "which no model sends",
    );
  }
}

function indexOf(source: Uint8Array, byte: number, from: number): number {
  const at = source.indexOf(byte, from);
  return at === -1 ? Infinity : at;
}
