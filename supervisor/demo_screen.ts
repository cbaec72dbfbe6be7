/**
 * Where the demo is shown: a live view on a terminal, lines elsewhere, or nothing but a summary.
 *
 * @module
 */

import { beginLines, continueLines } from "../demo/plain_lines.ts";
import type { Snapshot } from "../demo/protocol.ts";
import { type DemoSummary, renderSummary } from "../demo/summary.ts";
import { type DemoFacts, renderView } from "../demo/view.ts";
import { printOut } from "../support/log.ts";

/** What shows a demo. */
export interface DemoScreen extends Disposable {
  /** Shows a moment. */
  show(snapshot: Snapshot): void;
  /** From now on the last answers are waited for. */
  end(): void;
  /** Shows what it came to. */
  conclude(summary: DemoSummary): void;
}

/** Opens the screen that suits stdout. */
export function openScreen(format: "text" | "json", facts: DemoFacts): DemoScreen {
  if (format === "json") return jsonScreen();
  return Deno.stdout.isTerminal() ? liveScreen(facts) : lineScreen(facts);
}

function jsonScreen(): DemoScreen {
  return {
    show() {},
    end() {},
    conclude: (summary) => printOut(`${JSON.stringify(summary)}\n`),
    [Symbol.dispose]() {},
  };
}

function lineScreen(facts: DemoFacts): DemoScreen {
  let { lines, spoken } = beginLines(facts);
  printLines(lines);
  return {
    show(snapshot) {
      ({ lines, spoken } = continueLines(snapshot, { facts, spoken }));
      printLines(lines);
    },
    end() {},
    conclude: (summary) => printLines(renderSummary(summary)),
    [Symbol.dispose]() {},
  };
}

/**
 * The view stands still at the top; below it is a region that scrolls, in which the cursor stays.
 * The isolates write their logs to stderr themselves: there they do not tear the view.
 */
function liveScreen(facts: DemoFacts): DemoScreen {
  const color = Deno.noColor ? "plain" : "color";
  let phase: "running" | "ending" = "running";
  let sizeSeen = "";
  // A second Ctrl-C ends the process at once; the terminal must not stay divided.
  const onUnload = () => restore();
  globalThis.addEventListener("unload", onUnload);

  function show(snapshot: Snapshot): void {
    const { columns, rows } = Deno.consoleSize();
    const lines = renderView(snapshot, { facts, phase, columns, color })
      .slice(0, Math.max(1, rows - 2));
    const size = `${columns} ${rows}`;
    // What stood on the terminal before is moved up, not wiped out.
    if (sizeSeen === "") printOut("\n".repeat(rows));
    if (size !== sizeSeen) printOut(divide(lines.length, rows));
    sizeSeen = size;
    // One write: a log line comes before or after it, never in between.
    printOut(`\x1b7\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b8`);
  }

  function restore(): void {
    globalThis.removeEventListener("unload", onUnload);
    if (sizeSeen === "") return;
    sizeSeen = "";
    // To take the region away moves the cursor to the top; its place below the log is kept.
    printOut("\x1b7\x1b[r\x1b8\n");
  }

  return {
    show,
    end() {
      phase = "ending";
    },
    conclude(summary) {
      restore();
      printLines(renderSummary(summary));
    },
    [Symbol.dispose]: restore,
  };
}

/** Clears the terminal, and lets only what is below the view scroll; a region has two rows at least. */
function divide(height: number, rows: number): string {
  const top = Math.min(height + 2, rows - 1);
  return `\x1b[2J\x1b[${top};${rows}r\x1b[${top};1H`;
}

function printLines(lines: readonly string[]): void {
  for (const line of lines) printOut(`${line}\n`);
}
