import assert from "node:assert/strict";
import { type Check, type Checked, fail, ok, runChecks, settled, skip, warn } from "./check.ts";
import { renderChecked } from "./command.ts";
import type { Scene } from "./scene.ts";

// None of these checks looks at anything.
const scene = {} as Scene;

async function run(checks: readonly Check[], mode: "look" | "repair") {
  const told: Checked[] = [];
  const all = await runChecks(checks, { scene, mode, onChecked: (each) => told.push(each) });
  assert.deepEqual(told, all, "each is told as it comes");
  return all.map(({ name, outcome, seen, isFixed }) => ({ name, outcome, seen, isFixed }));
}

Deno.test("runChecks() goes on after a check that breaks, and calls that a failure", async () => {
  const checks: readonly Check[] = [
    { name: "first", run: () => ok("fine") },
    { name: "broken", run: () => Promise.reject(new Error("no such thing")) },
    { name: "last", run: () => skip("not now") },
  ];
  const isFixed = false;
  assert.deepEqual(await run(checks, "look"), [
    { name: "first", outcome: "ok", seen: "fine", isFixed },
    { name: "broken", outcome: "fail", seen: "could not be looked at: no such thing", isFixed },
    { name: "last", outcome: "skip", seen: "not now", isFixed },
  ]);
});

/** Something that a repair mends, or does not. */
function mendable(effect: "mends" | "does nothing" | "breaks"): Check & { repairs: number } {
  let state: "sick" | "well" = "sick";
  return {
    name: "it",
    repairs: 0,
    run() {
      if (state === "well") return ok("well");
      return fail("sick", "mend it", () => {
        this.repairs++;
        if (effect === "breaks") return Promise.reject(new Error("no permission"));
        if (effect === "mends") state = "well";
        return Promise.resolve();
      });
    },
  };
}

Deno.test("runChecks() repairs only when asked to, and believes a repair only after another look", async () => {
  const untouched = mendable("mends");
  const [looked] = await run([untouched], "look");
  assert.equal(looked?.outcome, "fail");
  assert.equal(untouched.repairs, 0);
  const rows = [
    ["mends", { outcome: "ok", seen: "well", isFixed: true }],
    ["does nothing", { outcome: "fail", seen: "sick", isFixed: false }],
    [
      "breaks",
      {
        outcome: "fail",
        seen: "sick; it could not be put right: no permission",
        isFixed: false,
      },
    ],
  ] as const;
  for (const [effect, wanted] of rows) {
    assert.deepEqual(await run([mendable(effect)], "repair"), [{ name: "it", ...wanted }]);
  }
});

Deno.test("settled() waits for what is on its way, and no longer", async () => {
  const finds = (...outcomes: readonly ("ok" | "fail")[]) => {
    const rest = [...outcomes];
    return () => Promise.resolve(rest.shift() === "ok" ? ok("fine") : fail("sick", "mend it"));
  };
  assert.equal((await settled(finds("ok"))).outcome, "ok");
  assert.equal((await settled(finds("fail", "fail", "ok"))).outcome, "ok");
  assert.equal((await settled(finds("fail", "fail", "fail", "fail", "ok"))).outcome, "fail");
});

Deno.test("renderChecked() writes one line, with what to do, and paths below home in short", () => {
  const line = (checked: Checked) => renderChecked(checked, { color: "plain", home: "/home/me" });
  const facts = { name: "keys", isFixed: false };
  assert.equal(
    line({ ...ok("/home/me/a is fine"), ...facts }),
    "ok    keys            ~/a is fine\n",
  );
  const sick = { ...fail("two\n  lines", "chmod 600 /home/me/a"), ...facts };
  assert.equal(line(sick), "FAIL  keys            two lines → chmod 600 ~/a\n");
  assert.match(line({ ...warn("x", "y"), ...facts }), /^WARN {2}keys .* x → y\n$/);
  assert.match(line({ ...ok("x"), ...facts, isFixed: true }), /^fixed keys /);
  assert.match(
    renderChecked({ ...ok("x"), ...facts }, { color: "color", home: "/home/me" }),
    // deno-lint-ignore no-control-regex -- that is what a terminal is sent
    /^\x1b\[32mok {4}\x1b\[39mkeys /,
  );
});
