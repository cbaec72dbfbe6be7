/**
 * Nothing of what the system before this one tested is forgotten: each of its tests of rotation
 * and propagation has a counterpart here, or its reason in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { FOUNDING_ROWS } from "./support/founding_rows.ts";

const here = new URL(".", import.meta.url);
const rows = Object.values(FOUNDING_ROWS).flat();

/** Upstream names in the names of our tests, as often as they stand there. */
async function readCounterparts(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(here)) {
    if (!/^founding_\w+_test\.ts$/.test(name)) continue;
    const source = await Deno.readTextFile(new URL(name, here));
    for (const [, list = ""] of source.matchAll(/Deno\.test\(\s*"founding: ([^:"]+): [^"]+"/g)) {
      names.push(...list.split(", "));
    }
  }
  return names;
}

/** Names in the first column of the section's two tables. */
async function readReasons(): Promise<{ readonly none: string[]; readonly other: string[] }> {
  const text = await Deno.readTextFile(new URL("../ARCHITECTURE.md", here));
  const section = /^## Founding tests\n([^]*?)(?=^## )/m.exec(text)?.[1] ?? "";
  const [none, other] = ["no counterpart", "a counterpart that differs"].map((head) => {
    const table = new RegExp(`^\\| ${head} [^]*?(?=^(?!\\|))`, "m").exec(section)?.[0] ?? "";
    const cells = table.split("\n").map((line) => /^\| (.*?) \| +\S/.exec(line)?.[1] ?? "");
    return cells.flatMap((cell) =>
      [...cell.matchAll(/`(test_\w+)`/g)].map(([, name]) => name ?? "")
    );
  });
  return { none: none ?? [], other: other ?? [] };
}

function countOf(names: readonly string[], name: string): number {
  return names.filter((each) => each === name).length;
}

Deno.test("every founding test has a counterpart by its name, or stands in ARCHITECTURE.md", async () => {
  const counterparts = await readCounterparts();
  const { none } = await readReasons();
  assert(rows.length > 100 && counterparts.length > 80 && none.length > 10, "all of it is read");
  const missing = rows.filter((name) =>
    !none.includes(name) && countOf(counterparts, name) < countOf(rows, name)
  );
  assert.deepEqual(missing, []);
});

Deno.test("no name of a founding test is mistyped, in the tests or in ARCHITECTURE.md", async () => {
  const counterparts = await readCounterparts();
  const { none, other } = await readReasons();
  const unknown = [...counterparts, ...none, ...other].filter((name) => !rows.includes(name));
  assert.deepEqual(unknown, []);
});

Deno.test("ARCHITECTURE.md says of a founding test that it has no counterpart only if it has none", async () => {
  const counterparts = await readCounterparts();
  const { none, other } = await readReasons();
  assert.deepEqual(none.filter((name) => counterparts.includes(name)), []);
  assert.deepEqual(other.filter((name) => !counterparts.includes(name)), []);
  assert.deepEqual(
    [...none, ...other].filter((name) => countOf([...none, ...other], name) > 1),
    [],
  );
});
