/**
 * One event of a stream, as it stands in the bytes that it came in.
 *
 * @module
 */

/** Where an event stands in its bytes. */
export interface EventPlace {
  /** First byte; what was left of the line end before it may stand there. */
  readonly start: number;
  /** Behind its blank line. */
  readonly end: number;
  /** First byte of the value of the first `data` line. */
  readonly dataStart: number;
  /** Behind that value. */
  readonly dataEnd: number;
  /** How many `data` lines there are. */
  readonly dataLines: number;
}

/** A line of an event. */
export interface EventLine {
  /** Name of the field, empty for a comment. */
  readonly field: string;
  readonly value: string;
  /** The line without its end. */
  readonly text: string;
}

// A value may begin with what looks like a byte order mark.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const LF = 10;
const CR = 13;

/** An event; nothing of it is decoded before it is asked for. */
export class SseEvent {
  /** The bytes that it and its neighbours came in. */
  readonly source: Uint8Array<ArrayBuffer>;
  readonly place: EventPlace;

  /** An event that stands there in `source`. */
  constructor(source: Uint8Array<ArrayBuffer>, place: EventPlace) {
    this.source = source;
    this.place = place;
  }

  /** Whether it is a lone line feed: of a blank line, or the rest of a line end that was cut. */
  get isLineFeed(): boolean {
    const { start, end } = this.place;
    return end - start === 1 && this.source[start] === LF;
  }

  /** Whether it is one `data` line and nothing else, as nearly all are. */
  get isBare(): boolean {
    const { start, end, dataStart, dataEnd, dataLines } = this.place;
    return dataLines === 1 && dataStart - start <= "data: ".length &&
      end - dataEnd === 2 * this.lineEnd.length;
  }

  /** Its bytes, to the last one of its blank line. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.source.subarray(this.place.start, this.place.end);
  }

  /** The value of its `data` lines joined by line feeds, `null` if there are none. */
  get data(): string | null {
    const { dataLines, dataStart, dataEnd } = this.place;
    if (dataLines === 0) return null;
    if (dataLines === 1) return decoder.decode(this.source.subarray(dataStart, dataEnd));
    return this.lines().filter(({ field }) => field === "data").map(({ value }) => value).join(
      "\n",
    );
  }

  /** What ends its lines, judged by its first `data` line. */
  get lineEnd(): "\n" | "\r\n" | "\r" {
    const { dataEnd } = this.place;
    if (this.source[dataEnd] !== CR) return "\n";
    return this.source[dataEnd + 1] === LF ? "\r\n" : "\r";
  }

  /** Its lines, without the blank one. */
  lines(): readonly EventLine[] {
    const text = decoder.decode(this.bytes).replace(/^\uFEFF/, "");
    return text.split(/\r\n|\n|\r/).filter((line) => line !== "").map(readLine);
  }
}

function readLine(text: string): EventLine {
  const colon = text.indexOf(":");
  if (colon === -1) return { field: text, value: "", text };
  const value = text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1);
  return { field: text.slice(0, colon), value, text };
}
