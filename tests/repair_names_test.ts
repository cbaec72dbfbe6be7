/** What settings know of repairs is what the proxy has. */

import assert from "node:assert/strict";
import { ANSWER_REPAIRS } from "../proxy/repairs/answer_table.ts";
import { REQUEST_REPAIRS } from "../proxy/repairs/table.ts";
import { LEARNED } from "../proxy/repaired_request.ts";
import { REPAIR_NAMES } from "../settings/repair_names.ts";

Deno.test("REPAIRS_OFF knows the name of every repair, and no other", () => {
  const names = [...REQUEST_REPAIRS, ...ANSWER_REPAIRS].map(({ name }) => name);
  assert.deepEqual(REPAIR_NAMES, [...new Set([...names, LEARNED])].sort());
});
