import assert from "node:assert/strict";
import { type ArmedFault, disturb, type FaultRule, letsAct, meet } from "./faults.ts";
import { FaultTable } from "./fault_table.ts";
import { eventReply, jsonReply } from "./replies.ts";

const CREATE = { method: "POST", path: "/api/2.0/token/create" };
const LIST = { method: "GET", path: "/api/2.0/token/list" };

function arm(rule: FaultRule): ArmedFault {
  return { rule, seen: 0, hits: 0 };
}

Deno.test("meet() matches by method, by the start of the path, and by pattern", () => {
  const fires = (match: FaultRule["match"]) =>
    [CREATE, LIST].map((target) =>
      meet(arm({ ...(match === undefined ? {} : { match }), action: { kind: "hang" } }), target)
        .fires
    );
  assert.deepEqual(fires(undefined), [true, true]);
  assert.deepEqual(fires({ method: "post" }), [true, false]);
  assert.deepEqual(fires({ path: "/api/2.0/token" }), [true, true]);
  assert.deepEqual(fires({ path: "token/list" }), [false, false]);
  assert.deepEqual(fires({ path: /token\/list$/ }), [false, true]);
});

Deno.test("meet() gives the same answer each time for a pattern with the flag g", () => {
  const fault = arm({ match: { path: /token/g }, action: { kind: "hang" } });
  assert.deepEqual([1, 2].map(() => meet(fault, LIST).fires), [true, true]);
});

Deno.test("meet() counts only matching requests and starts at the nth", () => {
  let fault = arm({ match: { path: LIST.path, nth: 2 }, times: 2, action: { kind: "hang" } });
  const fires = [LIST, CREATE, LIST, LIST, LIST].map((target) => {
    const met = meet(fault, target);
    fault = met.fault;
    return met.fires;
  });
  assert.deepEqual(fires, [false, false, true, true, false]);
  assert.deepEqual([fault.seen, fault.hits], [4, 2]);
});

Deno.test("FaultTable.take() lets the first rule fire and shows the request to all", () => {
  const table = new FaultTable();
  const first = table.add({ match: { nth: 1 }, action: { kind: "hang" } });
  const second = table.add({ match: { nth: 2 }, action: { kind: "reset" } });
  const third = table.add({ times: 1, action: { kind: "malformed" } });
  const kinds = [1, 2, 3, 4].map(() => table.take(LIST)?.action.kind ?? null);
  assert.deepEqual(kinds, ["hang", "reset", "malformed", null]);
  assert.deepEqual([first, second, third].map((handle) => handle.hits()), [1, 1, 1]);
});

Deno.test("FaultHandle.remove() disarms the rule and keeps its count", () => {
  const table = new FaultTable();
  const handle = table.add({ action: { kind: "hang" } });
  table.take(LIST);
  handle.remove();
  assert.equal(table.take(LIST), null);
  assert.equal(handle.hits(), 1);
});

Deno.test("letsAct() holds for after, and for actions that need the answer", () => {
  const rule = (kind: "hang" | "reset", when: "before" | "after") => ({ when, action: { kind } });
  assert.ok(!letsAct(rule("reset", "before")));
  assert.ok(letsAct(rule("reset", "after")));
  assert.ok(!letsAct({ action: { kind: "hang" } }));
  assert.ok(letsAct({ action: { kind: "cut-after", events: 1 } }));
  assert.ok(letsAct({ action: { kind: "fail-after", events: 1, frame: "" } }));
});

Deno.test("disturb() replaces or shortens an answer and leaves the original as it was", () => {
  const whole = jsonReply({ a: 1 });
  const stream = eventReply(["x", "y"], 5);
  const busy = disturb(whole, { kind: "status", status: 503, headers: { "retry-after": "1" } });
  assert.equal(busy.status, 503);
  assert.deepEqual(busy.headers, { "retry-after": "1" });
  assert.deepEqual(disturb(stream, { kind: "cut-after", events: 1 }), {
    ...stream,
    ending: { kind: "cut", afterFrames: 1 },
  });
  const failed = disturb(stream, { kind: "fail-after", events: 1, frame: "z" });
  assert.ok(failed.kind === "stream");
  assert.deepEqual([...failed.frames], ["x", "z"]);
  assert.deepEqual(failed.ending, { kind: "clean" });
  const stalled = disturb(whole, { kind: "stall-after", events: 0 });
  assert.ok(stalled.kind === "stream");
  assert.deepEqual(stalled.frames, [whole.text]);
  assert.equal(disturb(whole, { kind: "malformed" }).headers["content-type"], "text/html");
  assert.equal(disturb(whole, { kind: "delay", ms: 1 }), whole);
  assert.deepEqual(stream.ending, { kind: "clean" });
});
