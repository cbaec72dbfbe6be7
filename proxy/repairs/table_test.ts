import assert from "node:assert/strict";
import { REQUEST_REPAIRS } from "./table.ts";

Deno.test("REQUEST_REPAIRS have names of their own, a sentence and an address each", () => {
  const names = REQUEST_REPAIRS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, summary, evidence, dialects } of REQUEST_REPAIRS) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(summary, /^\S[^\n]{20,120}\.$/, `${name}: ${summary}`);
    assert(URL.canParse(evidence) && evidence.startsWith("https://"), `${name}: ${evidence}`);
    assert(dialects.length > 0, name);
  }
});

Deno.test("REQUEST_REPAIRS holds every repair that there is a file for", async () => {
  const known = new Set<unknown>(REQUEST_REPAIRS);
  for await (const { name } of Deno.readDir(new URL("requests/", import.meta.url))) {
    if (name.endsWith("_test.ts")) continue;
    const exported = Object.values(await import(`./requests/${name}`));
    assert(exported.some((each) => known.has(each)), `${name} is not in the table`);
  }
});

Deno.test("REQUEST_REPAIRS make nothing out of nothing", () => {
  for (const repair of REQUEST_REPAIRS) {
    const body = Object.freeze({});
    for (const dialect of repair.dialects) {
      const subject = {
        dialect,
        mode: "ai-gateway",
        model: "m",
        family: "unknown",
        isStream: false,
      } as const;
      assert.equal(repair.mend(body, subject), body, repair.name);
    }
  }
});
