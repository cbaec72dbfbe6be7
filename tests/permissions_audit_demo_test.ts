/**
 * The permission table of the README against all that Deno saw of the demo: nothing beside it, and
 * nothing in it that is not used.
 */

import assert from "node:assert/strict";
import { SETTING_NAMES } from "../settings.ts";
import { type Access, readAuditLog } from "./support/audit/audit_log.ts";
import type { AuditedPlace } from "./support/audit/audited_home.ts";
import { type Claims, claimsOf } from "./support/audit/claims.ts";
import { othersIn, straysOf, touched, unusedOf } from "./support/audit/compare.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { runTask } from "./support/run_task.ts";

const STAGE = "demo's workspace, client";

interface Show {
  readonly place: AuditedPlace;
  readonly accesses: readonly Access[];
}

Deno.test("the demo touches what the table names, and all of it", async (t) => {
  // The runtime may take the stack of another thread for an access: what is real comes twice.
  const shows = [await show(), await show()];
  await t.step("its own isolate", () => {
    const claims = claimsOf(rowOf(TABLE, STAGE));
    const seen = shows.map((each) => seenIn(each, "demo"));
    assert.deepEqual(inBoth(seen.map((each) => straysOf(each, claims))), []);
    assert.deepEqual(inBoth(seen.map((each) => unusedOf(claims, each))), []);
  });
  for (const isolate of ["proxy", "rotator"] as const) {
    await t.step(`the ${isolate} isolate, as in serve`, () => {
      const { net, read, write } = claimsOf(rowOf(TABLE, isolate));
      // It was told its port, or any; the demo's home is like any other.
      const claims = { net: [...net, "127.0.0.1:0"], read, write };
      const seen = shows.map((each) => seenIn(each, isolate));
      assert(seen.every((each) => each.net.length > 0));
      assert.deepEqual(inBoth(seen.map((each) => straysOf(each, claims))), []);
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

function inBoth([first = [], second = []]: readonly (readonly string[])[]): readonly string[] {
  return first.filter((each) => second.includes(each));
}
