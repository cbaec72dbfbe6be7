/** docs/status.md says of `status --json` what there is, and all of it. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { Counters } from "../proxy/stats.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

type Types = ReadonlyMap<string, ReadonlySet<string>>;

/** Fields by path, with the types that the page gives them. */
async function documented(): Promise<Types> {
  const page = await Deno.readTextFile(new URL("../docs/status.md", import.meta.url));
  const rows = Array.from(page.matchAll(/^\| `([^`]+)`\s+\| ([a-z ]+?)\s*\| \S/gm));
  return new Map(rows.map(([, path = "", types = ""]) => [path, new Set(types.split(" or "))]));
}

/** Fields by path, with the types that were seen. */
function seenIn(values: readonly unknown[], known: Types): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  const visit = (value: unknown, path: string) => {
    if (path !== "") seen.set(path, (seen.get(path) ?? new Set()).add(typeOf(value)));
    if (Array.isArray(value)) return value.forEach((each) => visit(each, `${path}[]`));
    if (typeof value !== "object" || value === null) return;
    const name = [...known.keys()].find((each) => each.startsWith(`${path}.<`));
    const placeholder = /<\w+>/.exec(name?.slice(path.length) ?? "")?.[0];
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, `${path}${path === "" ? "" : "."}${placeholder ?? key}`);
    }
  };
  for (const value of values) visit(value, "");
  for (const path of seen.keys()) if (path.endsWith("[]")) seen.delete(path);
  return seen;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** A service to which everything has happened that a status can tell. */
async function eventfulStatus(): Promise<Record<string, unknown>> {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await Deno.mkdir(`${home.folder}/.pi/agent`, { recursive: true });
  const broken = `{"providers":{"dbx":{"apiKey":"${home.given.value}"}}}}`;
  await Deno.writeTextFile(`${home.folder}/.pi/agent/models.json`, broken);
  await using serve = await ServeProcess.start({ home: home.folder });
  await (await serve.chat("hello")).body?.cancel();
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

/** Repairs as they are counted; the simulated workspace needs none. */
function repaired() {
  const counters = new Counters();
  counters.countDrop("idle");
  counters.countRepair("a-repair", { dialect: "chat", model: "m" });
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
  const known = await documented();
  const status = await eventfulStatus();
  assert.equal(status.version, 1);
  const seen = seenIn([status, repaired()], known);
  assert.deepEqual([...seen.keys()].toSorted(), [...known.keys()].toSorted());
  for (const [path, types] of seen) {
    for (const type of types) assert(known.get(path)?.has(type), `${path} is ${type}`);
  }
});
