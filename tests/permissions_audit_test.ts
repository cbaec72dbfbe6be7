/**
 * The permission table of the README against all that Deno saw of a day's work of `serve`: nothing
 * beside it, and nothing in it that is not used.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { SETTING_NAMES } from "../settings.ts";
import { type Access, readAuditLog } from "./support/audit/audit_log.ts";
import { type AuditedPlace, makeAuditedHome } from "./support/audit/audited_home.ts";
import { type Claims, claimsOf, least } from "./support/audit/claims.ts";
import { othersIn, straysOf, touched, unusedOf } from "./support/audit/compare.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

interface Day {
  readonly place: AuditedPlace;
  readonly accesses: readonly Access[];
}

Deno.test("a day's work touches what the table names, and all of it", async (t) => {
  // The runtime may take the stack of another thread for an access: what is real comes twice.
  const days = [await workADay(), await workADay()];
  for (const isolate of ["proxy", "rotator"] as const) {
    await t.step(`the ${isolate} isolate of serve`, () => {
      const claims = claimsOf(rowOf(TABLE, isolate));
      const seen = days.map((day) => seenIn(day, isolate));
      const strays = seen.map((each) => straysOf(each, claims));
      assert.deepEqual(strays[0]?.filter((stray) => strays[1]?.includes(stray)), []);
      const unused = seen.map((each) => unusedOf(claims, each));
      assert.deepEqual(unused[0]?.filter((entry) => unused[1]?.includes(entry)), []);
    });
  }
  await t.step("the process as a whole", () => {
    const { net, read, write } = claimsOf(rowOf(TABLE, "serve"));
    const claims = { net, read: least([...read, "<code>"]), write };
    for (const day of days) {
      const seen = touched(day.accesses, day.place);
      assert.deepEqual(straysOf(seen, claims), []);
      assert.deepEqual(unusedOf(claims, seen), []);
      const others = { env: SETTING_NAMES.toSorted(), sys: ["hostname"] };
      assert.deepEqual(othersIn(day.accesses), others);
    }
  });
});

async function workADay(): Promise<Day> {
  await using workspace = startWorkspace();
  await using home = await makeAuditedHome(workspace);
  const { port } = new URL(workspace.origin);
  const auditFile = `${home.folder}/audit-serve.jsonl`;
  const env = {
    PROXY_SOCKET: `${home.folder}/keyturn.sock`,
    DATABRICKS_GATEWAY_HOST: `http://localhost:${port}`,
    PAT_DRAIN_TIMEOUT: "1",
  };
  await using serve = await ServeProcess.start({ home: home.folder, env, auditFile });
  await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
  await (await serve.chat("hello", { stream: "stream" })).text();
  // Lists are the workspace's, whatever gateway there is.
  const models = { headers: { authorization: `Bearer ${await serve.key("hermes")}` } };
  await (await fetch(`${serve.origin}/v1/models`, models)).text();
  const headers = { authorization: `Bearer ${await serve.key("operator")}` };
  await (await fetch(`${serve.origin}/keyturn/rotate`, { method: "POST", headers })).text();
  await until("an old token is revoked", () => workspace.stats().revoked > 0);
  serve.kill("SIGTERM");
  await serve.ended();
  const service = Number(new URL(serve.origin).port);
  return {
    // It is told to take any port, and that is what it asks for.
    place: {
      home: home.folder,
      ports: { [Number(port)]: "workspace", [service]: "service", 0: "service" },
    },
    accesses: readAuditLog(await Deno.readTextFile(auditFile)),
  };
}

function seenIn({ accesses, place }: Day, isolate: Access["isolate"]): Claims {
  return touched(accesses.filter((each) => each.isolate === isolate), place);
}
