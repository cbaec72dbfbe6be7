/** The README and the code say the same. */

import assert from "node:assert/strict";
import { SETTINGS_TABLE } from "../settings.ts";

const read = (name: string) => Deno.readTextFile(new URL(`../${name}`, import.meta.url));

Deno.test("README lists every setting with its default, and no other", async () => {
  const readme = await read("README.md");
  const section = readme.slice(readme.indexOf("## Settings"), readme.indexOf("## How it works"));
  const rows = Array.from(
    section.matchAll(/^\| `([A-Z_]+)`\s+\| (.+?)\s+\|/gm),
    ([, name, text]) => [name, text],
  );
  assert.deepEqual(rows, SETTINGS_TABLE.map(({ name, default: text }) => [name, text]));
});

Deno.test("every task that the README names is there", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  const named = Array.from(
    (await read("README.md")).matchAll(/deno(?:@[\d.]+)? task ([a-z:]+[a-z])/g),
    ([, name]) => name ?? "",
  );
  assert(named.length > 8);
  assert.deepEqual(named.filter((name) => !(name in tasks)), []);
});
