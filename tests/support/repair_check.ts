/**
 * What every test of a request repair asks of it besides what it is for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { familyOf } from "../../proxy/repairs/families.ts";
import type { JsonObject } from "../../proxy/repairs/json.ts";
import type { RequestRepair, Subject } from "../../proxy/repairs/repair.ts";
import { REQUEST_REPAIRS } from "../../proxy/repairs/table.ts";

/** A subject by what differs from a chat with the AI gateway. */
export function subjectOf(
  model: string,
  { dialect = "chat", mode = "ai-gateway", isStream = false }: Partial<Subject> = {},
): Subject {
  return { dialect, mode, model, family: familyOf(model), isStream };
}

/** Makes `value` and all that it holds fail on writing. */
export function frozen<T>(value: T): T {
  const left: unknown[] = [value];
  for (let item = left.pop(); left.length > 0 || item !== undefined; item = left.pop()) {
    if (typeof item !== "object" || item === null) continue;
    Object.freeze(item);
    left.push(...Object.values(item).filter((each) => typeof each === "object" && each !== null));
  }
  return value;
}

/** The body after all repairs of a table that serve the subject. */
export function mendAll(
  body: JsonObject,
  subject: Subject,
  repairs: readonly RequestRepair[] = REQUEST_REPAIRS,
): JsonObject {
  const row = repairs.filter((repair) =>
    repair.dialects.includes(subject.dialect) && repair.serves(subject)
  );
  return row.reduce((mended, repair) => frozen(repair.mend(mended, subject)), frozen(body));
}

/** The body mended, which is seen to be done once and for all, and never written into. */
export function mendOnce(repair: RequestRepair, subject: Subject, body: JsonObject): JsonObject {
  assert(repair.dialects.includes(subject.dialect) && repair.serves(subject), "it is served");
  const after = frozen(repair.mend(frozen(body), subject));
  assert.equal(repair.mend(after, subject), after, "mending twice is mending once");
  return after;
}

/** Fails unless the repair makes `before` to `after`. */
export function assertMends(
  repair: RequestRepair,
  subject: Subject,
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): void {
  assert.notDeepEqual(before, after, "there is something to mend");
  assert.deepEqual(mendOnce(repair, subject, before), after);
}

/** Fails unless the repair serves the subject and finds nothing to do. */
export function assertLeaves(repair: RequestRepair, subject: Subject, body: JsonObject): void {
  assert.equal(mendOnce(repair, subject, body), body);
}

/** Fails if the repair serves any of these. */
export function assertServesNot(repair: RequestRepair, ...subjects: readonly Subject[]): void {
  const served = subjects.filter((subject) =>
    repair.dialects.includes(subject.dialect) && repair.serves(subject)
  );
  assert.deepEqual(served, []);
}
