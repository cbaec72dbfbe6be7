/** A soak that is not clean is not called clean. */

import assert from "node:assert/strict";
import { judge, type SoakRecord } from "./judge.ts";
import type { Vitals } from "./vitals.ts";

const look = (atS: number, residentMib: number, files: number): Vitals => ({
  atS,
  residentMib,
  files,
});
const looks = (mibPerMinute: number, filesPerMinute: number) =>
  Array.from({ length: 600 }, (_, atS) =>
    // The collector makes a saw of it.
    look(atS, 120 + (atS % 20) + mibPerMinute * atS / 60, 50 + filesPerMinute * atS / 60));

const CLEAN: SoakRecord = {
  minutes: 10,
  looks: looks(0.02, 0),
  atRest: look(0, 110, 40),
  afterwards: look(0, 120, 50),
  tallies: { sent: 5_000, whole: 4_500, streams: 2_000, slow: 500, left: 500, failures: [] },
  troubles: { made: { a: 3 }, failures: [] },
};

Deno.test("a soak in which nothing fails and nothing grows is clean", () => {
  assert.deepEqual(judge(CLEAN).problems, []);
});

for (
  const [what, record, wanted] of [
    ["a request failed", { tallies: { ...CLEAN.tallies, failures: ["x"] } }, /request: x/],
    ["a trouble went wrong", { troubles: { made: {}, failures: ["x"] } }, /trouble: x/],
    ["memory grows", { looks: looks(0.2, 0) }, /memory grows by 0\.2/],
    ["files are left open", { looks: looks(0, 2) }, /open files grow by 2/],
    ["files stay when all have gone", { afterwards: look(0, 120, 90) }, /90 open files/],
    ["memory is above its ceiling", { looks: [look(1, 301, 40)] }, /301 MiB/],
    ["nothing was measured", { looks: [] }, /nothing was measured/],
    ["nothing was asked", { tallies: { ...CLEAN.tallies, whole: 3 } }, /only 3 whole/],
  ] as const
) {
  Deno.test(`a soak is not clean if ${what}`, () => {
    assert.match(judge({ ...CLEAN, ...record }).problems.join("\n"), wanted);
  });
}
