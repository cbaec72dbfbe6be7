/**
 * A run of an agent is held against what docs/agents.md says of it. With `UPDATE_DOCS=1` the page
 * is made to say what the run has seen.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { AgentName } from "../../settings.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { AGENTS_DOC, agentsDoc } from "../support/agents_doc.ts";
import { readSeen, type Row, withSeen, writeSeen } from "./seen.ts";
import { VERSIONS } from "./versions.ts";

const CACHE = fromFileUrl(new URL("../../.cache/", import.meta.url));

/** Fails if the page says otherwise of these columns, or of another version. */
export async function holdSeen(name: AgentName, seen: Row): Promise<void> {
  const now = { version: VERSIONS[name].version, ...seen };
  if (Deno.env.get("UPDATE_DOCS") === "1") await update(name, now);
  const known = (await readSeen())[name] ?? {};
  const columns = Object.keys(now);
  const said = Object.fromEntries(
    Object.entries(known).filter(([column]) => columns.includes(column)),
  );
  assert.deepEqual(now, said, "docs/agents.md says otherwise; UPDATE_DOCS=1 writes what was seen");
}

/** The files of tests run side by side. */
async function update(name: AgentName, now: Row): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(join(CACHE, "seen.lock"), { create: true, write: true });
  const exclusive = true;
  await lock.lock(exclusive);
  const known = await readSeen();
  const seen = { ...known, [name]: withSeen(known[name], now) };
  await writeSeen(seen);
  await Deno.writeTextFile(AGENTS_DOC, agentsDoc(seen));
}
