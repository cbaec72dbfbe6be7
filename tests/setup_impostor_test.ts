/** `setup` shows an agent's key to the service of this installation, and to nobody else. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { readTree } from "./support/file_tree.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";

/** A model that only a listing can have brought. */
const LISTED = "databricks-claude-of-the-impostor";

/** A program of somebody else's on the port that agents are to use; it keeps all that it is told. */
function startImpostor(answer: (request: Request) => Promise<Response> | Response) {
  const told: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    told.push([request.method, request.url, ...request.headers, await request.text()].join(" "));
    return await answer(request);
  });
  return { told, port: String(server.addr.port), [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("setup lists the models of the service that proves itself, and says nothing of it", async () => {
  await using workspace = startWorkspace({ models: ["databricks-gpt-5", "databricks-claude-x"] });
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const set = await runTask(["setup", "pi"], { home: home.folder, env });
  assert.equal(set.code, 0, set.stderr);
  assert.doesNotMatch(set.stdout, /could not be listed/);
  const models = (await readTree(home.folder))[".pi/agent/models.json"] ?? "";
  assert.match(models, /"databricks-claude-x"/);
});

Deno.test("an impostor on the port never sees a key, and setup says why it lists no models", async (t) => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  const listing = () => Response.json({ proof: "0".repeat(64), data: [{ id: LISTED }] });
  const impostors = {
    "one that says yes to everything": listing,
    "one that passes the question on to the real service": (request: Request) => {
      const { pathname, search } = new URL(request.url);
      return pathname === "/v1/models" ? listing() : fetch(`${serve.origin}${pathname}${search}`);
    },
    "one that sends the asker on": () => Response.redirect(`${serve.origin}/v1/models`, 307),
  };
  for (const [what, answer] of Object.entries(impostors)) {
    for (const flags of [["--dry-run"], [], ["--json"]]) {
      await t.step(`${what}, ${flags[0] ?? "written"}`, async () => {
        await using impostor = startImpostor(answer);
        const env = { PROXY_PORT: impostor.port };
        const words = ["setup", "--", "--all", ...flags] as const;
        const { code, stdout, stderr } = await runTask([...words], { home: home.folder, env });
        assert.equal(code, 0, stdout + stderr);
        assert.equal(impostor.told.length, 1, "it is asked for its proof, once");
        assert.doesNotMatch(impostor.told.join("\n"), /kt_/);
        const why = `what answers at http://127.0.0.1:${impostor.port} is not this ` +
          "installation's Keyturn";
        if (flags[0] === "--json") assert(JSON.parse(stdout).unlisted.startsWith(why));
        else assert.match(stdout, new RegExp(`^models: .* listed, .*: ${RegExp.escape(why)}`, "m"));
        const tree = Object.values(await readTree(home.folder)).join("\n");
        assert(!`${stdout}${tree}`.includes(LISTED), "nothing of what it says is taken");
      });
    }
  }
});
