// Any home: whatever stands in an agent's files, in whichever style. Set up, set up once more with
// another port, and taken back: every byte is as it was.

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyConfig } from "../tests/support/any_home.ts";
import { HOME, wantedFor } from "../tests/support/agent_plan.ts";
import type { Agent, ConfigPlace } from "./agents/agent.ts";
import { AGENTS } from "./agents/all.ts";
import { type FilePlan, planAgent } from "./plan.ts";
import { parseRecord, renderRecord } from "./undo_file.ts";
import { planUndo } from "./undo_plan.ts";
import { findFile, type UndoRecord, withApplied } from "./undo_record.ts";

interface HomeFile {
  readonly place: ConfigPlace;
  readonly text: string | null;
}

interface SetUp {
  readonly files: readonly HomeFile[];
  readonly record: UndoRecord | null;
}

function setUp(agent: Agent, { files, record }: SetUp, port: number): SetUp {
  const proxyOrigin = `http://127.0.0.1:${port}`;
  const plan = planAgent(agent, { files, wanted: { ...wantedFor(agent), proxyOrigin } });
  const applied = (record: UndoRecord | null, plan: FilePlan) => {
    const mode = plan.before === null ? null : 0o644;
    return withApplied(record, { applied: { plan, mode, folders: [] }, agent: agent.name });
  };
  const changed = plan.files.filter(({ changes }) => changes.length > 0);
  const texts = new Map(plan.files.map(({ place, after }) => [place.id, after]));
  return {
    files: files.map(({ place, text }) => ({ place, text: texts.get(place.id) ?? text })),
    record: throughFile(changed.reduce(applied, record)),
  };
}

/** What setup notes is read again from a file by the next command. */
function throughFile(record: UndoRecord | null): UndoRecord | null {
  return record === null ? null : parseRecord(renderRecord(record));
}

function takeBack(agent: Agent, { files, record }: SetUp): readonly (string | null)[] {
  return files.map(({ place: { path, format }, text }) => {
    const recorded = findFile(record, path);
    if (recorded === null || text === null) return text;
    return planUndo(recorded, { text, agent: agent.name, format }).after;
  });
}

for (const agent of AGENTS) {
  Deno.test(`${agent.name}: over any home, setup is done once, and undo gives every byte back`, () => {
    const places = agent.files(HOME, {});
    const texts = places.map((place) => anyConfig(agent.name, place));
    fc.assert(
      fc.property(fc.tuple(...texts), (texts) => {
        const files = places.map((place, index) => ({ place, text: texts[index] ?? null }));
        const first = setUp(agent, { files, record: null }, 4000);
        assert.deepEqual(setUp(agent, first, 4000), first, "a second setup changes nothing");
        assert.deepEqual(takeBack(agent, first), texts);
        const moved = setUp(agent, first, 4123);
        assert.deepEqual(takeBack(agent, moved), texts, "undo goes back to before the first");
        const again = setUp(agent, moved, 4321);
        const wanted = JSON.stringify(moved.files).replaceAll("4123", "4321");
        assert.equal(JSON.stringify(again.files), wanted, "whatever the port was before");
        assertKept(files, moved.files);
      }),
      { numRuns: 60 },
    );
  });
}

/** Whatever is not a value of ours has stayed: each line of the person's but those that grew. */
function assertKept(before: readonly HomeFile[], after: readonly HomeFile[]): void {
  for (const [index, { text }] of before.entries()) {
    const edited = after[index]?.text ?? "";
    for (const note of text?.match(/note/g) ?? []) assert.ok(edited.includes(note));
    const count = (text: string) => text.split("note").length;
    assert.equal(count(edited), count(text ?? ""), "comments stay");
  }
}
