/**
 * A stream on its way through its repairs: bytes in, bytes out. What no repair touches leaves as
 * the bytes that it came in.
 *
 * @module
 */

import { concat } from "../concat.ts";
import type { SseEvent } from "../sse/event.ts";
import { SseReader } from "../sse/reader.ts";
import { type NamedData, writeEvent, writeInPlace } from "../sse/write.ts";
import { get, isObject, type JsonObject } from "./json.ts";
import type { MachineRow } from "./machine_row.ts";
import { writeBack } from "./write_back.ts";

/** What OpenAI's streams end with. */
const DONE = "[DONE]";
const BRACE = 0x7b;
const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

/** What is left when the bytes of a stream have ended. */
export interface StreamRest {
  /** Whole events. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the stream ended in the middle of one, which is not among them. */
  readonly isCut: boolean;
}

/** Mends one stream. */
export class StreamMender {
  readonly #row: MachineRow;
  readonly #reader: SseReader;
  readonly #out = new Output();
  /** An event of another's may follow at any time: only whole ones leave. */
  readonly isBetweenEvents = true;
  #hasEnded = false;
  #wasTouched = false;

  /** Begins at the beginning of a stream. */
  constructor(row: MachineRow, options: { readonly maxEventBytes?: number } = {}) {
    this.#row = row;
    this.#reader = new SseReader(options);
  }

  /**
   * All events that end within `chunk`, mended; empty if none does.
   *
   * @throws {RangeError} if an event is longer than the cap.
   */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    for (const event of this.#reader.push(chunk)) this.#mend(event, event.data);
    return this.#out.take();
  }

  /** Ends the stream in order. */
  end(): StreamRest {
    const tail = this.#reader.end();
    const data = tail?.data ?? null;
    const isWhole = data === null || data === DONE || parse(data) !== null;
    if (!isWhole) return { bytes: NOTHING, isCut: true };
    // Lacks nothing but its blank line, or is nothing that a reader would miss.
    if (tail !== null) this.#mend(tail, data);
    this.#finish(tail === null ? "" : "\n\n");
    return { bytes: this.#out.take(), isCut: false };
  }

  #mend(event: SseEvent, data: string | null): void {
    if (data === DONE) this.#finish();
    // The rest of the line end of an event that has been written anew, line end and all.
    if (this.#wasTouched && event.isLineFeed) return;
    const text = data === null ? null : this.#rewrite(event, data);
    this.#wasTouched = text !== null;
    if (text === null) this.#out.pass(event);
    else this.#out.say(text);
  }

  /** What takes an event's place, `null` if it stays. */
  #rewrite(event: SseEvent, data: string): string | null {
    const before = parse(data);
    if (before === null) return null;
    const after = this.#row.push(before);
    if (after.length === 1 && after[0] === before) return null;
    return tryWrite(() => writeInPlace(event, after.map((each) => named(each, { data, before }))));
  }

  /** `gap`: what is lacking before another event can follow. */
  #finish(gap = ""): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const events = this.#row.end();
    if (events.length > 0) this.#out.say(gap);
    for (const event of events) {
      this.#out.say(tryWrite(() => writeEvent(JSON.stringify(event))) ?? "");
    }
  }
}

/** Bytes to go: those of neighbours that nobody touched stay in one piece. */
class Output {
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #run: { source: Uint8Array<ArrayBuffer>; start: number; end: number } | null = null;
  /** Neighbours that were written anew: encoded at once. */
  #said = "";

  pass({ source, place }: SseEvent): void {
    this.#endSaid();
    if (this.#run?.source !== source || this.#run.end !== place.start) this.#endRun();
    this.#run ??= { source, start: place.start, end: place.end };
    this.#run.end = place.end;
  }

  say(text: string): void {
    this.#endRun();
    this.#said += text;
  }

  /** In one piece: an event per write would be a packet per event. */
  take(): Uint8Array<ArrayBuffer> {
    this.#endRun();
    this.#endSaid();
    const parts = this.#parts;
    if (parts.length === 0) return NOTHING;
    this.#parts = [];
    return concat(parts, parts.reduce((size, part) => size + part.length, 0));
  }

  #endSaid(): void {
    if (this.#said === "") return;
    this.#parts.push(encoder.encode(this.#said));
    this.#said = "";
  }

  #endRun(): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    this.#parts.push(run.source.subarray(run.start, run.end));
  }
}

/** `null` for what is no JSON object: no repair reads it. */
function parse(data: string): JsonObject | null {
  if (data.charCodeAt(0) !== BRACE && !data.trimStart().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function named(
  event: JsonObject,
  { data, before }: { readonly data: string; readonly before: JsonObject },
): NamedData {
  const type = get(event, "type");
  // What is spelled as we would is spelled anew the same, many times faster than by its places. A
  // text of several lines would have to be cut into as many fields.
  const text = data.includes("\n") || JSON.stringify(before) === data
    ? JSON.stringify(event)
    : writeBack(data, { before, after: event });
  return { data: text, name: typeof type === "string" ? type : null };
}

/** `null` for what is nested deeper than it can be written. */
function tryWrite(write: () => string): string | null {
  try {
    return write();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
