/**
 * What setup tells the person, as text. No secret passes: texts of files are redacted here.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import type { Agent } from "./agents/agent.ts";
import { pathText } from "../formats/format.ts";
import type { Plan } from "./plan.ts";
import type { UndoOutcome } from "./undo.ts";
import { type FileChange, unifiedDiff } from "./unified_diff.ts";

/** How a report is written. */
export interface ReportOptions {
  /** The agent it is about. */
  readonly agent: Agent;
  /** `dry-run`: nothing was written, and the diff is shown. */
  readonly mode: "write" | "dry-run";
  /** Whether terminal colours are wanted. */
  readonly color: "color" | "plain";
}

/** Report on a plan; `access` is what the file's mode allowed before. */
export function planReport(
  plan: Plan,
  { agent, mode, color, access }: ReportOptions & { readonly access: "closed" | "open" },
): string {
  const would = mode === "dry-run" ? "would be " : "";
  const closed = `${would}closed to other users (mode 0600), since it holds a key`;
  const count = plural(plan.changes.length, "value");
  const verb = plan.before === null ? "made" : "changed";
  const head = plan.changes.length > 0
    ? `${agent.name}: ${plan.path} ${would}${verb}, ${count}`
    : access === "open"
    ? `${agent.name}: ${plan.path} ${closed}`
    : `${agent.name}: nothing to do, ${plan.path} is as it should be`;
  const lines = plan.changes.map(({ path, before, after, reason }) =>
    `  ${pathText(path)}: ${before === null ? "" : `${before} → `}${after} (${reason})`
  );
  const notes = plan.changes.length > 0 && access === "open" ? [closed, ...plan.notes] : plan.notes;
  const diff = mode === "dry-run" ? diffText(plan, { agent, color }) : "";
  return `${[head, ...lines, ...notes.map(noteLine)].join("\n")}\n${diff}`;
}

/** Report on an undo of `path`. */
export function undoReport(
  result: UndoOutcome,
  { agent, mode, color, path }: ReportOptions & { readonly path: string },
): string {
  const would = mode === "dry-run" ? "would be " : "";
  if (result.outcome === "nothing") return `${agent.name}: nothing to undo in ${path}\n`;
  if (result.outcome === "gone") return `${agent.name}: nothing to undo, ${path} is gone\n`;
  const { before, plan: { after, restored, notes } } = result;
  const head = after === null
    ? `${agent.name}: ${path} ${would}removed, since setup had made it`
    : `${agent.name}: ${plural(restored.length, "value")} ${would}put back in ${path}`;
  const diff = mode === "dry-run" ? diffText({ path, before, after }, { agent, color }) : "";
  return `${[head, ...notes.map(noteLine)].join("\n")}\n${diff}`;
}

/** The summary that stands at the end for an agent that is set up. */
export function summary(
  plan: Plan,
  { agent, settings }: { readonly agent: Agent; readonly settings: Settings },
): string {
  const rows: readonly (readonly [string, string])[] = [
    ["config", plan.path],
    ...plan.facts,
    ["upstream", upstreamName(settings)],
    ["key", `"${agent.name}" in ${settings.configFolder}/keys.json`],
    ["start", agent.command],
  ];
  const lines = rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}\n`);
  return `\n${agent.title}\n${lines.join("")}`;
}

function upstreamName(settings: Settings): string {
  return settings.upstreamBase ?? settings.gatewayHost ?? settings.databricksHost ??
    `the workspace of profile "${settings.profileName}" in ${settings.profileFile}`;
}

function noteLine(note: string): string {
  return `  note: ${note}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function diffText(
  { path, before, after }: FileChange,
  { agent, color }: Pick<ReportOptions, "agent" | "color">,
): string {
  if (before === after) return "";
  const { redact } = agent.format;
  const diff = unifiedDiff({
    path,
    before: before === null ? null : redact(before),
    after: after === null ? null : redact(after),
  });
  return color === "plain" ? diff : diff.replaceAll(/^[-+@].*$/gm, paint);
}

function paint(line: string): string {
  const code = line.startsWith("@") ? 36 : line.startsWith("+") ? 32 : 31;
  return `\x1b[${code}m${line}\x1b[0m`;
}
