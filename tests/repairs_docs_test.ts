/** docs/repairs.md says of every repair what the tables say. */

import assert from "node:assert/strict";
import { pageRows, rowText, squeezed } from "./support/repairs_page.ts";

Deno.test("docs/repairs.md has a row for every repair, as the tables have it", async () => {
  const page = await Deno.readTextFile(new URL("../docs/repairs.md", import.meta.url));
  const lines = page.split("\n").filter((line) => line.startsWith("| `")).map(squeezed);
  const wanted = pageRows().map((row) => squeezed(rowText(row)));
  assert(wanted.length > 40);
  assert.deepEqual(lines, wanted, "write it anew with tests/support/repairs_page.ts");
});
