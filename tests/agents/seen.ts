/**
 * What runs of real agents have seen, as `seen.json` holds it: the table of docs/agents.md.
 *
 * @module
 */

import * as v from "valibot";
import { type AgentName, AGENTS } from "../../settings.ts";
import { fromFileUrl } from "../../support/paths.ts";

const FILE = fromFileUrl(new URL("seen.json", import.meta.url));

/** The columns of the table, in their order. */
export const COLUMNS = [
  "version",
  "dialect",
  "tool call",
  "in a terminal",
  "dead token (403)",
  "revoked key (401)",
  "limit (429)",
  "broken stream",
  "error in a stream",
] as const;

/** One of them. */
export type Column = (typeof COLUMNS)[number];
/** What was seen of an agent, all in one version. */
export type Row = Readonly<Partial<Record<Column, string>>>;
/** What was seen of all. */
export type Seen = Readonly<Partial<Record<AgentName, Row>>>;

const ROW = v.record(v.picklist(COLUMNS), v.string());
const SEEN = v.record(v.picklist(AGENTS), ROW);

/** What the file holds. */
export async function readSeen(): Promise<Seen> {
  return v.parse(SEEN, JSON.parse(await Deno.readTextFile(FILE)));
}

/** Writes it, agents and columns in their order. */
export async function writeSeen(seen: Seen): Promise<void> {
  const ordered = Object.fromEntries(AGENTS.flatMap((name) => {
    const row = seen[name];
    return row === undefined ? [] : [[name, inOrder(row)]];
  }));
  await Deno.writeTextFile(FILE, `${JSON.stringify(ordered, null, 2)}\n`);
}

/**
 * What was known, and what was seen now: of another version nothing is known any more.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withSeen } from "./seen.ts";
 *
 * const known = { version: "1", dialect: "chat" };
 * assert.deepEqual(withSeen(known, { version: "1", "tool call": "yes" }), {
 *   ...known,
 *   "tool call": "yes",
 * });
 * const next = { version: "2", dialect: "gemini" };
 * assert.deepEqual(withSeen(known, next), next);
 * ```
 */
export function withSeen(known: Row | undefined, seen: Row): Row {
  return known?.version === seen.version ? { ...known, ...seen } : seen;
}

function inOrder(row: Row): Row {
  return Object.fromEntries(COLUMNS.flatMap((column) => {
    const text = row[column];
    return text === undefined ? [] : [[column, text]];
  }));
}
