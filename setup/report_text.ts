/**
 * A report on one agent as text for people.
 *
 * @module
 */

import type { AgentReport, ConflictReport, FileReport } from "./report.ts";

/** How a report is written. */
export interface TextOptions {
  /** `dry-run`: nothing was written. */
  readonly mode: "write" | "dry-run";
  /** Whether terminal colours are wanted. */
  readonly color: "color" | "plain";
}

/** What is told as soon as an agent is done: how it ended, what changed and why. */
export function progressText(report: AgentReport, options: TextOptions): string {
  const lines = [
    `${report.name}: ${headline(report, options)}`,
    ...report.problems.map((problem) => `  ${problem}`),
    ...report.files.flatMap((file) => fileLines(file, options)),
    ...report.conflicts.map(conflictLine),
    ...(report.outcome === "skipped" ? [] : report.notes.map((note) => `  note: ${note}`)),
  ];
  const diffs = report.files.flatMap(({ diff }) => diff === null || diff === "" ? [] : [diff]);
  return `${lines.join("\n")}\n${diffs.map((diff) => painted(diff, options)).join("")}`;
}

/** Why the workspace's models are not known; told once. */
export function unlistedText(reason: string): string {
  return "models: the workspace's could not be listed, and the usual ones stand in for them: " +
    `${reason}\n`;
}

/** The closing summary of an agent that is set up; nothing for another. */
export function summaryText({ title, summary }: AgentReport): string {
  if (summary.length === 0) return "";
  const lines = summary.map(([name, text]) => `  ${name.padEnd(9)} ${text}\n`);
  return `\n${title}\n${lines.join("")}`;
}

function headline({ outcome, files, notes }: AgentReport, { mode }: TextOptions): string {
  const would = mode === "dry-run" ? "would be " : "";
  const touched = files.filter(({ action }) => action !== "kept").length;
  switch (outcome) {
    case "changed":
      return `${would}set up, ${plural(touched, "file")}`;
    case "unchanged":
      return files.length === 0 ? "nothing to undo" : "nothing to do";
    case "undone":
      return `${would}taken back, ${plural(touched, "file")}`;
    case "skipped":
      return `skipped, ${notes.join(", ")}`;
    case "refused":
      return "refused, nothing was changed";
    case "failed":
      return "failed";
  }
}

function fileLines(
  { path, action, access, changes }: FileReport,
  { mode }: TextOptions,
): readonly string[] {
  const would = mode === "dry-run" ? "would be " : "";
  const count = plural(changes.length, "value");
  const told: Readonly<Record<FileReport["action"], string>> = {
    made: `${would}made, ${count}`,
    changed: `${would}changed, ${count}`,
    closed: `${would}${CLOSED}`,
    restored: `${count} ${would}put back`,
    removed: `${would}removed, since setup had made it`,
    kept: "is as it should be",
  };
  const alsoClosed = access === "closed" && action !== "closed" ? `, ${would}${CLOSED}` : "";
  const details = action === "made" || action === "changed" ? changes : [];
  return [
    `  ${path}: ${told[action]}${alsoClosed}`,
    ...details.map(({ path, before, after, reason }) => {
      const arrow = before === null ? "" : `${before} → `;
      return `    ${path}: ${arrow}${after ?? "nothing"} (${reason})`;
    }),
  ];
}

const CLOSED = "closed to other users (mode 0600), since it holds a key";

function conflictLine({ where, what, fix, state }: ConflictReport): string {
  if (state === "taken") return `  taken over: ${where} ${what}`;
  const words = { blocks: "in the way", overrules: "overrules it", warns: "kept" } as const;
  return `  ${words[state]}: ${where} ${what}; ${fix}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function painted(diff: string, { color }: TextOptions): string {
  return color === "plain" ? diff : diff.replaceAll(/^[-+@].*$/gm, paint);
}

function paint(line: string): string {
  const code = line.startsWith("@") ? 36 : line.startsWith("+") ? 32 : 31;
  return `\x1b[${code}m${line}\x1b[0m`;
}
