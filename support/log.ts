/**
 * One line per event on stderr: JSON for machines, text for people. The only file that prints.
 *
 * @module
 */

import {
  configureSync,
  getLogger,
  getTextFormatter,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";

/** Line breaks of any kind, and what a terminal takes for a command. */
const UNPRINTED = /[\p{Cc}\u2028\u2029]/gu;

/** How an isolate logs. */
export interface LogOptions {
  /** Least level that is logged. */
  readonly level: "debug" | "info" | "warn" | "error";
  /** One JSON object a line, or text for people. */
  readonly format: "json" | "text";
  /** Whether text is coloured. */
  readonly color: "color" | "plain";
}

/**
 * Sets up logging for this isolate; later calls replace earlier ones. `write` gets each line
 * without its line break, and prints it on stderr if left out.
 */
export function startLog(
  options: LogOptions,
  { write = printLine }: { readonly write?: (line: string) => void } = {},
): void {
  const format = options.format === "json" ? formatJson : makeTextFormatter(options.color);
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(format(record)) },
    loggers: [
      {
        category: "keyturn",
        lowestLevel: options.level === "warn" ? "warning" : options.level,
        sinks: ["lines"],
      },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
}

/** The logger of a room: events are words with dashes, data goes into the fields. */
export function logFor(room: "supervisor" | "proxy" | "rotator" | "demo"): Logger {
  return getLogger(["keyturn", room]);
}

const unread = new AbortController();

/** Fires when whoever read stdout has left, as `head` does; what is printed from then on is lost. */
export const outputUnread: AbortSignal = unread.signal;

/**
 * Human output on stdout. That nobody reads it any more is no failure of the command, which may be
 * in the middle of something: it goes on, and {@link outputUnread} says so to what has no end of
 * its own.
 */
export function printOut(text: string): void {
  if (unread.signal.aborted) return;
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    unread.abort();
  }
}

/** A line on stderr, for people or for the log. */
export function printLine(line: string): void {
  try {
    writeAll(Deno.stderr, line.endsWith("\n") ? line : `${line}\n`);
  } catch {
    // Whoever read the log is gone; there is nowhere to say so, and no reason to stop serving.
  }
}

/** A pipe takes as much at a time as it has room for. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

function formatJson(record: LogRecord): string {
  const text = JSON.stringify({
    time: new Date(record.timestamp).toISOString(),
    level: record.level === "warning" ? "warn" : record.level,
    room: record.category.at(-1),
    event: String(record.rawMessage),
    ...record.properties,
  });
  return text.replaceAll(UNPRINTED, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function makeTextFormatter(color: LogOptions["color"]): (record: LogRecord) => string {
  const format = getTextFormatter({ timestamp: "time" });
  return (record) => {
    const fields = Object.entries(record.properties)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ");
    const line = oneLine(`${format(record).trimEnd()} ${fields}`.trimEnd());
    const loud = record.level === "warning" || record.level === "error";
    return color === "color" && loud ? `\x1b[33m${line}\x1b[39m` : line;
  };
}

/** Whatever a field holds, an event stays one line: nobody can forge a second one. */
function oneLine(text: string): string {
  return text.replaceAll(UNPRINTED, " ");
}
