/**
 * The permission table of the README against all that Deno saw of the demo: nothing beside it, and
 * nothing in it that is not used.
 */

import assert from "node:assert/strict";
import { SETTING_NAMES } from "../settings.ts";
import { type Access, readAuditLog } from "./support/audit/audit_log.ts";
import type { AuditedPlace } from "./support/audit/audited_home.ts";
import { type Claims, claimsOf } from "./support/audit/claims.ts";
import {
  inAll,
  lookAgain,
  othersIn,
  straysOf,
  touched,
  unusedOf,
} from "./support/audit/compare.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { runTask } from "./support/run_task.ts";

/** Its own, and the two as in `serve`. */
const ISOLATES = ["demo", "proxy", "rotator"] as const;
const STAGE = "demo's workspace, client";

interface Show {
  readonly place: AuditedPlace;
  readonly accesses: readonly Access[];
}

Deno.test("the demo touches what the table names, and all of it", async (t) => {
  const shows = await lookAgain(
    show,
    (shows) => ISOLATES.some((isolate) => differences(shows, isolate).flat().length > 0),
  );
  for (const isolate of ISOLATES) {
    await t.step(`the ${isolate} isolate`, () => {
      for (const each of shows) assert(seenIn(each, isolate).net.length > 0);
      assert.deepEqual(differences(shows, isolate), [[], []]);
    });
  }
  await t.step("the process as a whole", () => {
    const { net, read, write } = claimsOf(rowOf(TABLE, "demo"));
    const claims = { net, read: [...read, "<code>"], write };
    for (const { place, accesses } of shows) {
      const { home: _, ...rest } = place;
      const seen = touched(accesses, { home: "/nobody's", ...rest });
      assert.deepEqual(straysOf(seen, claims), []);
      assert.deepEqual(unusedOf(claims, seen), []);
      assert.deepEqual(othersIn(accesses), { env: SETTING_NAMES.toSorted() });
    }
  });
});

/** What each of them has beside the isolate's row, and what none of them made use of. */
function differences(shows: readonly Show[], isolate: (typeof ISOLATES)[number]) {
  const seen = shows.map((each) => seenIn(each, isolate));
  const strays = (claims: Claims) => inAll(seen.map((each) => straysOf(each, claims)));
  if (isolate !== "demo") {
    const { net, read, write } = claimsOf(rowOf(TABLE, isolate));
    // It was told its port, or any; the demo's home is like any other. Not all is used here.
    return [strays({ net: [...net, "127.0.0.1:0"], read, write }), []];
  }
  const claims = claimsOf(rowOf(TABLE, STAGE));
  return [strays(claims), inAll(seen.map((each) => unusedOf(claims, each)))];
}

/** The real task, with a folder for temporary files of its own. */
async function show(): Promise<Show> {
  const home = await Deno.realPath(await Deno.makeTempDir());
  try {
    const temp = `${home}/temp`;
    await Deno.mkdir(temp);
    const auditFile = `${home}/audit.jsonl`;
    const options = { home, env: { TMPDIR: temp }, auditFile };
    const { code, stdout, stderr } = await runTask(["demo", "--seconds", "2"], options);
    assert.equal(code, 0, stderr);
    const said = /(\d+) serves the simulated workspace \S+:(\d+); [^]* in (\S+)\/\.config\//;
    const [, service, workspace, folder = ""] = said.exec(stdout) ?? [];
    assert(folder.startsWith(`${temp}/`), stdout);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(temp)), [], "the folder is gone");
    return {
      place: {
        home: folder,
        temp,
        ports: { [Number(service)]: "service", [Number(workspace)]: "workspace" },
      },
      accesses: readAuditLog(await Deno.readTextFile(auditFile)),
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function seenIn({ accesses, place }: Show, isolate: Access["isolate"]): Claims {
  return touched(accesses.filter((each) => each.isolate === isolate), place);
}
