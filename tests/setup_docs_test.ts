/** docs/setup.md says of `setup --json` what there is, and all of it. */

import assert from "node:assert/strict";
import { documentedIn, seenIn } from "./support/documented_fields.ts";
import { writeTree } from "./support/file_tree.ts";
import { runTask } from "./support/run_task.ts";

Deno.test("every field of setup --json is documented, and every documented field is there", async () => {
  const home = await Deno.makeTempDir();
  try {
    await writeTree(home, {
      ".hermes/config.yaml": "model:\n  provider: openrouter\n",
      ".claude/settings.json": '{"env":{"ANTHROPIC_MODEL":"mine"}',
      ".codex/config.toml": 'model_provider = "azure"\n',
    });
    const run = async (...flags: readonly string[]) => {
      const { stdout } = await runTask(["setup", "--", "--all", "--json", ...flags], { home });
      return JSON.parse(stdout);
    };
    const outputs = [await run("--dry-run"), await run("--take-over"), await run("--undo")];
    const known = await documentedIn("setup.md");
    const seen = seenIn(outputs, known);
    const lists = /^agents\[\]\.(notes|problems|summary)\[\]/;
    const names = [...seen.keys()].filter((path) => !lists.test(path));
    assert.deepEqual(names.toSorted(), [...known.keys()].toSorted());
    for (const path of names) {
      for (const type of seen.get(path) ?? []) {
        assert(known.get(path)?.has(type), `${path}: ${type}`);
      }
    }
    const outcomes = outputs.flatMap(({ agents }) => agents).map(({ outcome }) => outcome);
    const all = ["changed", "failed", "refused", "unchanged", "undone"];
    assert.deepEqual([...new Set(outcomes)].toSorted(), all.toSorted());
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
