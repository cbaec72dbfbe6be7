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

/** How an isolate logs. */
export interface LogOptions {
  /** Least level that is logged. */
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "json" | "text";
  /** Whether text is coloured. */
  readonly color: "color" | "plain";
}

/** Sets up logging for this isolate; later calls replace earlier ones. */
export function startLog(options: LogOptions): void {
  const format = options.format === "json" ? formatJson : makeTextFormatter(options.color);
  configureSync({
    reset: true,
    sinks: { stderr: (record) => printLine(format(record)) },
    loggers: [
      {
        category: "keyturn",
        lowestLevel: options.level === "warn" ? "warning" : options.level,
        sinks: ["stderr"],
      },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

/** The logger of a room: events are words with dashes, data goes into the fields. */
export function logFor(room: "supervisor" | "proxy" | "rotator" | "demo"): Logger {
  return getLogger(["keyturn", room]);
}

/** A line of human output on stdout. */
export function printOut(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** A line on stderr, for people or for the log. */
export function printLine(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line.endsWith("\n") ? line : `${line}\n`));
}

function formatJson(record: LogRecord): string {
  return JSON.stringify({
    time: new Date(record.timestamp).toISOString(),
    level: record.level === "warning" ? "warn" : record.level,
    room: record.category.at(-1),
    event: String(record.rawMessage),
    ...record.properties,
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
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
}
