/** docs/status.md says of `status --json` what there is, and all of it. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { Counters } from "../proxy/stats.ts";
import { documentedIn, seenIn } from "./support/documented_fields.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

/** A service to which everything has happened that a status can tell. */
async function eventfulStatus(): Promise<Record<string, unknown>> {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await Deno.mkdir(`${home.folder}/.pi/agent`, { recursive: true });
  const broken = `{"providers":{"dbx":{"apiKey":"${home.given.value}"}}}}`;
  await Deno.writeTextFile(`${home.folder}/.pi/agent/models.json`, broken);
  await using serve = await ServeProcess.start({ home: home.folder });
  await askWithRepair(serve);
  await (await fetch(`${serve.origin}/v1/models`)).body?.cancel();
  await until("the spare is there, and the file is told", async () => {
    const { credential } = await serve.status();
    return typeof credential.spare?.tokenId === "string" &&
      credential.agentFiles.some(({ result }) => result === "failed");
  });
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const { code, stdout, stderr } = await runTask(["status", "--json"], { home: home.folder, env });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** A request that has to be repaired: an assistant that said nothing. */
async function askWithRepair(serve: ServeProcess): Promise<void> {
  const messages = [["user", "hi"], ["assistant", ""], ["user", "go on"]]
    .map(([role, content]) => ({ role, content }));
  const response = await fetch(`${serve.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${await serve.key("hermes")}` },
    body: JSON.stringify({ model: "databricks-claude-sonnet-4-5", messages }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Lessons as they are counted; the simulated workspace teaches none. */
function taught() {
  const counters = new Counters();
  counters.countDrop("idle");
  counters.countLimit("streams");
  const lesson = {
    lesson: "strip store",
    dialect: "chat",
    mode: "ai-gateway",
    model: "m",
    applied: 1,
  } as const;
  return { requests: counters.snapshot({ inFlight: 0, connections: 0, lessons: [lesson] }) };
}

Deno.test("every field of status --json is documented, and every documented field is there", async () => {
  const known = await documentedIn("status.md");
  const status = await eventfulStatus();
  assert.equal(status.version, 1);
  const seen = seenIn([status, taught()], known);
  assert.deepEqual([...seen.keys()].toSorted(), [...known.keys()].toSorted());
  for (const [path, types] of seen) {
    for (const type of types) assert(known.get(path)?.has(type), `${path} is ${type}`);
  }
});
