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
import {
  inAll,
  lookAgain,
  othersIn,
  straysOf,
  touched,
  unusedOf,
} from "./support/audit/compare.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const ISOLATES = ["proxy", "rotator"] as const;

interface Day {
  readonly place: AuditedPlace;
  readonly accesses: readonly Access[];
}

Deno.test("a day's work touches what the table names, and all of it", async (t) => {
  const days = await lookAgain(
    workADay,
    (days) => ISOLATES.some((isolate) => differences(days, isolate).flat().length > 0),
  );
  for (const isolate of ISOLATES) {
    await t.step(`the ${isolate} isolate of serve`, () => {
      assert.deepEqual(differences(days, isolate), [[], []]);
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

/** What each of the days has beside the isolate's row, and what none of them made use of. */
function differences(days: readonly Day[], isolate: (typeof ISOLATES)[number]) {
  const claims = claimsOf(rowOf(TABLE, isolate));
  const seen = days.map((day) => seenIn(day, isolate));
  return [
    inAll(seen.map((each) => straysOf(each, claims))),
    inAll(seen.map((each) => unusedOf(claims, each))),
  ];
}

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
