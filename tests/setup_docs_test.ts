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

Deno.test("every value that setup writes into a file of settings is named in the table", async () => {
  const home = await Deno.makeTempDir();
  try {
    const { stdout } = await runTask(["setup", "--", "--all", "--json", "--dry-run"], { home });
    const page = await Deno.readTextFile(new URL("../docs/setup.md", import.meta.url));
    const missing: string[] = [];
    for (const { name, files } of JSON.parse(stdout).agents) {
      const row = page.split("\n").find((line) => line.startsWith(`| ${name} `)) ?? "";
      for (const { path, changes } of files) {
        // `~/a/file.json` (`value`, `value`); what has no names in brackets is described otherwise.
        const place = `\`${path.replace(home, "~")}\``;
        assert(row.includes(place), `${name}: ${place}`);
        const rest = row.slice(row.indexOf(place) + place.length);
        const words = /^ \((?:[a-z ]*`[^)]*)\)/.exec(rest)?.[0].match(/`[^`]+`/g);
        for (const { path: value } of words === undefined ? [] : changes) {
          const isNamed = words?.some((word) => value.startsWith(word.slice(1, -1)));
          if (!isNamed) missing.push(`${name}: ${value}`);
        }
      }
    }
    assert.deepEqual(missing, []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
