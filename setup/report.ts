/**
 * What setup did to one agent, or would do, as a value: for people it is rendered as text, for
 * scripts it is the JSON of `--json`. No secret is in it: texts of files are redacted here.
 *
 * @module
 */

import { pathText, type TextFormat } from "../formats/format.ts";
import type { Agent, ConfigPlace, Conflict } from "./agents/agent.ts";
import type { Plan } from "./plan.ts";
import type { ConfigFile } from "./read_config.ts";
import { isOpen } from "./read_config.ts";
import type { UndoOutcome } from "./undo.ts";
import { type FileChange, unifiedDiff } from "./unified_diff.ts";

/** One value that changes. */
export interface ChangeReport {
  /** Where it stands in the file. */
  readonly path: string;
  /** What stood there, `null` for nothing; a secret is `[redacted]`. */
  readonly before: string | null;
  /** What stands there now, `null` for nothing. */
  readonly after: string | null;
  /** Why. */
  readonly reason: string;
}

/** One file. */
export interface FileReport {
  /** Absolute. */
  readonly path: string;
  /**
   * `made`, `changed`: values were set. `closed`: nothing but {@link FileReport.access}.
   * `restored`, `removed`: by `--undo`. `kept`: as it was.
   */
  readonly action: "made" | "changed" | "closed" | "restored" | "removed" | "kept";
  /** `closed`: others' right to read it was taken, since it holds a key. */
  readonly access: "closed" | "kept";
  /** The values. */
  readonly changes: readonly ChangeReport[];
  /** Unified diff with `--dry-run`, else `null`. */
  readonly diff: string | null;
}

/** A choice of the person's that is in the way. */
export interface ConflictReport {
  /** The value or variable. */
  readonly where: string;
  /** What it does. */
  readonly what: string;
  /** What to do. */
  readonly fix: string;
  /**
   * `blocks`: nothing was written because of it. `overrules`: it wins over what was. `warns`: it
   * stays. `taken`: by `--take-over`.
   */
  readonly state: "blocks" | "overrules" | "warns" | "taken";
}

/** One agent. */
export interface AgentReport {
  /** Its name. */
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /**
   * `changed`, `unchanged`: it is set up. `undone`: what was still ours was taken back. `skipped`:
   * switched off. `refused`: a choice of the person's stands against it. `failed`: see `problems`.
   */
  readonly outcome: "changed" | "unchanged" | "undone" | "skipped" | "refused" | "failed";
  /** Its files. */
  readonly files: readonly FileReport[];
  /** What is or was in the way. */
  readonly conflicts: readonly ConflictReport[];
  /** Sentences on what was left alone and what may surprise. */
  readonly notes: readonly string[];
  /** The closing summary: what it is about, and what it is now. Empty unless it is set up. */
  readonly summary: readonly (readonly [name: string, text: string])[];
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[];
}

/** An agent with nothing to tell but how it ended. */
export function bareReport(
  { name, title }: Agent,
  outcome: AgentReport["outcome"],
  said: Partial<Pick<AgentReport, "notes" | "problems">> = {},
): AgentReport {
  const nothing = { files: [], conflicts: [], notes: [], summary: [], problems: [] };
  return { name, title, outcome, ...nothing, ...said };
}

/** What a plan does to the files that it was made of. */
export function planReport(
  plan: Plan,
  { agent, files, mode, summary }: {
    readonly agent: Agent;
    readonly files: readonly ConfigFile[];
    readonly mode: "write" | "dry-run";
    readonly summary: AgentReport["summary"];
  },
): AgentReport {
  const modes = new Map(files.map(({ path, mode }) => [path, mode]));
  const reports = plan.files.flatMap(({ place, before, after, holds, changes }) => {
    const isClosed = holds === "key" && isOpen(modes.get(place.path) ?? null);
    const action = changes.length === 0
      ? (isClosed ? "closed" : "kept")
      : before === null
      ? "made"
      : "changed";
    // A file that is neither there nor wanted is nothing to speak of.
    if (before === null && changes.length === 0) return [];
    const diff = mode === "dry-run" && changes.length > 0
      ? redactedDiff({ path: place.path, before, after }, place.format)
      : null;
    const texts = changes.map(({ path, ...change }) => ({ path: pathText(path), ...change }));
    const access = isClosed ? "closed" : "kept";
    return [{ path: place.path, action, access, changes: texts, diff } as const];
  });
  const isChanged = reports.some(({ action }) => action !== "kept");
  return {
    name: agent.name,
    title: agent.title,
    outcome: plan.outcome === "blocked" ? "refused" : isChanged ? "changed" : "unchanged",
    files: plan.outcome === "blocked" ? [] : reports,
    conflicts: [
      ...plan.conflicts.map((conflict) => conflictReport(conflict, conflict.weight)),
      ...plan.taken.map((conflict) => conflictReport(conflict, "taken")),
    ],
    notes: plan.notes,
    summary: plan.outcome === "blocked" ? [] : summary,
    problems: [],
  };
}

function conflictReport(
  { where, what, fix }: Conflict,
  state: ConflictReport["state"],
): ConflictReport {
  return { where, what, fix, state };
}

/** What undo did to one agent's files. */
export function undoReport(
  results: readonly { readonly place: ConfigPlace; readonly result: UndoOutcome }[],
  { agent, mode }: { readonly agent: Agent; readonly mode: "write" | "dry-run" },
): AgentReport {
  const files: FileReport[] = [];
  const notes: string[] = [];
  for (const { place: { path, format }, result } of results) {
    if (result.outcome === "gone") notes.push(`${path} is gone, and with it what could be undone`);
    if (result.outcome !== "undone") continue;
    const { before, plan: { after, restored } } = result;
    const diff = mode === "dry-run" ? redactedDiff({ path, before, after }, format) : null;
    const reason = "as it was before setup";
    const changes = restored.map((path) => ({ path, before: null, after: null, reason }));
    const action = after === null ? "removed" : "restored";
    files.push({ path, action, access: "kept", changes, diff });
    notes.push(...result.plan.notes);
  }
  const outcome = files.length === 0 ? "unchanged" : "undone";
  return { ...bareReport(agent, outcome), files, notes };
}

function redactedDiff(
  { path, before, after }: FileChange,
  { redact }: TextFormat,
): string {
  return unifiedDiff({
    path,
    before: before === null ? null : redact(before),
    after: after === null ? null : redact(after),
  });
}
