/**
 * Rehearsing failures by hand: faults, tokens (never their values) and counts over HTTP, for
 * callers on this machine.
 *
 * @module
 */

import * as v from "valibot";
import { jsonReply, type Reply } from "./replies.ts";
import { readJson } from "./request_body.ts";
import type { Route, Visit } from "./routes.ts";
import type { World } from "./world.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const FaultBody = v.strictObject({
  match: v.exactOptional(v.strictObject({
    path: v.exactOptional(v.string()),
    method: v.exactOptional(v.string()),
    nth: v.exactOptional(v.pipe(count, v.minValue(1))),
  })),
  when: v.exactOptional(v.picklist(["before", "after"])),
  times: v.exactOptional(count),
  action: v.variant("kind", [
    v.strictObject({
      kind: v.literal("status"),
      status: v.pipe(count, v.minValue(200), v.maxValue(599)),
      headers: v.exactOptional(v.record(v.string(), v.string())),
      body: v.exactOptional(v.string()),
    }),
    v.strictObject({ kind: v.literal("hang") }),
    v.strictObject({ kind: v.literal("reset") }),
    v.strictObject({ kind: v.literal("cut-after"), events: count }),
    v.strictObject({ kind: v.literal("fail-after"), events: count, frame: v.string() }),
    v.strictObject({ kind: v.literal("stall-after"), events: count }),
    v.strictObject({ kind: v.literal("delay"), ms: count }),
    v.strictObject({ kind: v.literal("malformed"), body: v.exactOptional(v.string()) }),
  ]),
});

/** Everything under `/__sim`. */
export const REHEARSAL_ROUTES: readonly Route[] = [
  { method: "GET", path: "/__sim/tokens", access: "loopback", handle: tokens },
  { method: "GET", path: "/__sim/stats", access: "loopback", handle: stats },
  { method: "GET", path: "/__sim/faults", access: "loopback", handle: faults },
  { method: "POST", path: "/__sim/faults", access: "loopback", handle: arm },
  { method: "DELETE", path: "/__sim/faults", access: "loopback", handle: disarm },
];

function tokens(_: Visit, world: World): Reply {
  return jsonReply({ tokens: world.tokens() });
}

function stats(_: Visit, world: World): Reply {
  return jsonReply(world.stats());
}

function faults(_: Visit, world: World): Reply {
  return jsonReply({ faults: world.faults.list() });
}

function arm(visit: Visit, world: World): Reply {
  world.faults.add(readJson(visit.body, FaultBody));
  return jsonReply({ faults: world.faults.list() });
}

function disarm(_: Visit, world: World): Reply {
  world.faults.clear();
  return jsonReply({ faults: [] });
}
