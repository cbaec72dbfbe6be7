/**
 * The permission table of the README against all that Deno saw of a day's work: nothing beside it,
 * and nothing in it that is not used.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startWorkspace } from "../demo/workspace.ts";
import { SETTING_NAMES, YAML_DEBUG_NAMES } from "../settings.ts";
import { setupEnvironment } from "../setup/command.ts";
import { type Access, readAuditLog } from "./support/audit/audit_log.ts";
import {
  type AuditedPlace,
  meaningOf,
  readPermissionTable,
  type TableRow,
} from "./support/audit/permission_table.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const CODE = fileURLToPath(new URL("..", import.meta.url));
const TABLE = readPermissionTable(await Deno.readTextFile(`${CODE}README.md`));
const KINDS = { net: "network", read: "reads", write: "writes" } as const;

interface Day {
  readonly place: AuditedPlace;
  readonly serve: readonly Access[];
  readonly setup: readonly Access[];
  readonly keys: readonly Access[];
}

Deno.test("a day's work touches what the table names, and all of it", async (t) => {
  // The runtime may take the stack of another thread for an access: what is real comes twice.
  const days = [await workADay(), await workADay()];
  const unions = ["proxy", "rotator", "supervisor"].map(rowOf);
  const rows = {
    proxy: rowOf("proxy"),
    rotator: rowOf("rotator"),
    main: union([...unions, { network: [], reads: [], writes: [] }]),
  };
  for (const isolate of ["proxy", "rotator", "main"] as const) {
    await t.step(`the ${isolate} isolate of serve`, () => {
      const strays = days.map(({ serve, place }) =>
        straysOf(serve.filter((each) => each.isolate === isolate), { row: rows[isolate], place })
      );
      assert.deepEqual(strays[0]?.filter((stray) => strays[1]?.includes(stray)), []);
    });
  }
  await t.step("the process as a whole", () => {
    for (const { serve, place } of days) {
      assert.deepEqual(straysOf(serve, { row: rows.main, place }), []);
      const other = serve.filter(({ permission }) => !(permission in KINDS));
      const allowed = [...SETTING_NAMES, ...YAML_DEBUG_NAMES, "hostname"];
      assert.deepEqual(other.filter(({ value }) => !allowed.includes(value)), []);
    }
  });
  for (const command of ["setup", "keys"] as const) {
    await t.step(command, () => {
      for (const day of days) {
        const { place } = day;
        const row = union([rowOf(command), {
          network: [],
          reads: ["the code itself"],
          writes: [],
        }]);
        assert.deepEqual(straysOf(day[command], { row, place }), []);
        const other = day[command].filter(({ permission }) => !(permission in KINDS));
        const allowed = [...SETTING_NAMES, ...setupEnvironment, ...YAML_DEBUG_NAMES, "uid"];
        assert.deepEqual(other.filter(({ value }) => !allowed.includes(value)), []);
      }
    });
  }
  await t.step("nothing stands in the table that is not used", () => {
    const [day] = days;
    assert(day !== undefined);
    const { place, serve, setup, keys } = day;
    const of = (isolate: string) => serve.filter((each) => each.isolate === isolate);
    const seen = { proxy: of("proxy"), rotator: of("rotator"), setup, keys };
    for (const [name, accesses] of Object.entries(seen)) {
      assert.deepEqual(unusedOf(rowOf(name), { accesses, place }), [], name);
    }
  });
});

async function workADay(): Promise<Day> {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const auditOf = (name: string) => `${home.folder}/audit-${name}.jsonl`;
  const env = { PROXY_SOCKET: `${home.folder}/keyturn.sock`, PAT_DRAIN_TIMEOUT: "1" };
  const auditFile = auditOf("serve");
  // An agent that holds the token itself.
  await Deno.mkdir(`${home.folder}/.codex`);
  await Deno.writeTextFile(
    `${home.folder}/.codex/.env`,
    `OPENAI_API_KEY=${home.given.value}\n`,
    { mode: 0o600 },
  );
  await using serve = await ServeProcess.start({ home: home.folder, env, auditFile });
  await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
  await (await serve.chat("hello", { stream: "stream" })).text();
  const port = Number(new URL(serve.origin).port);
  const run = async (...command: [string, ...string[]]) => {
    const env = { PROXY_PORT: String(port) };
    const options = { home: home.folder, env, auditFile: auditOf(command[0]) };
    const { code, stderr } = await runTask(command, options);
    assert.equal(code, 0, stderr);
  };
  // Setup makes the key that is missing.
  await run("keys", "revoke", "qwen");
  await run("setup", "--all");
  await run("keys", "rotate", "claude");
  const headers = { authorization: `Bearer ${await serve.key("operator")}` };
  await (await fetch(`${serve.origin}/keyturn/rotate`, { method: "POST", headers })).text();
  await until("an old token is revoked", () => workspace.stats().revoked > 0);
  serve.kill("SIGTERM");
  await serve.ended();
  const read = async (name: string) => readAuditLog(await Deno.readTextFile(auditOf(name)));
  const { host } = new URL(workspace.origin);
  return {
    place: { home: home.folder, workspace: host, port, code: CODE },
    serve: await read("serve"),
    setup: await read("setup"),
    keys: await read("keys"),
  };
}

function rowOf(name: string): TableRow {
  const row = TABLE.get(name);
  assert(row !== undefined, `the table has a row for ${name}`);
  return { ...row, writes: row.writes.flatMap((word) => word === "the same" ? row.reads : [word]) };
}

function union(rows: readonly TableRow[]): TableRow {
  const all = (column: keyof TableRow) =>
    rows.flatMap((row) => row[column]).filter((word) => word !== "the union");
  // A socket is no file that is only written.
  return {
    network: [...all("network"), "its unix socket"],
    reads: [...all("reads"), "its unix socket", ...all("writes")],
    writes: all("writes"),
  };
}

/** Accesses that no word of the row covers. */
function straysOf(
  accesses: readonly Access[],
  { row, place }: { readonly row: TableRow; readonly place: AuditedPlace },
): readonly string[] {
  const strays = accesses.flatMap(({ permission, value }) => {
    if (!(permission in KINDS)) return [];
    const words = row[KINDS[permission as keyof typeof KINDS]];
    const more = words.includes("its unix socket") || row.writes.includes("its unix socket");
    const patterns = [...words, ...more ? ["its unix socket"] : []];
    if (patterns.some((word) => meaningOf(word, place).test(value))) return [];
    const shown = value.replace(place.home, "~").replace(place.workspace, "<workspace>");
    return [`${permission} ${shown.replace(`:${place.port}`, ":<port>")}`];
  });
  return [...new Set(strays)];
}

/** Words that no access needed. */
function unusedOf(
  row: TableRow,
  { accesses, place }: { readonly accesses: readonly Access[]; readonly place: AuditedPlace },
): readonly string[] {
  return Object.entries(KINDS).flatMap(([kind, column]) =>
    row[column].filter((word) => {
      const meaning = meaningOf(word, place);
      return !accesses.some(({ permission, value }) => permission === kind && meaning.test(value));
    }).map((word) => `${kind}: ${word}`)
  );
}
