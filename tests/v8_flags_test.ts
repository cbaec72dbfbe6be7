/** Whatever serves may collect garbage when it wants to, and has a small young generation. */

import assert from "node:assert/strict";

Deno.test("the tasks that serve, and the binary, have the flags that keep memory low", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const name of ["serve", "serve:command", "compile"]) {
    const [, flags = ""] = /--v8-flags=(\S+)/.exec(tasks[name]) ?? [];
    assert.deepEqual(flags.split(","), ["--max-semi-space-size=2", "--expose-gc"], name);
  }
});

Deno.test("an isolate that is started with them can collect", async () => {
  const code = "const w = new Worker('data:text/javascript,postMessage(typeof gc)', " +
    "{ type: 'module' }); w.onmessage = ({ data }) => { console.log(data); w.terminate(); }";
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--max-semi-space-size=2,--expose-gc", code],
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "function");
});
