import assert from "node:assert/strict";
import { RepairLedger, sumRepairs } from "./repair_ledger.ts";

Deno.test("a ledger counts per repair, dialect and model", () => {
  const ledger = new RepairLedger();
  ledger.count("blank-text", { dialect: "chat", model: "a" });
  ledger.count("blank-text", { dialect: "chat", model: "a" });
  ledger.count("blank-text", { dialect: "anthropic", model: "a" });
  assert.deepEqual(ledger.snapshot(), [
    { repair: "blank-text", dialect: "chat", model: "a", count: 2 },
    { repair: "blank-text", dialect: "anthropic", model: "a", count: 1 },
  ]);
});

Deno.test("a ledger does not grow with the names that callers make up", () => {
  const ledger = new RepairLedger();
  for (let index = 0; index < 2_000; index++) {
    ledger.count("blank-text", { dialect: "chat", model: `m${index}${"x".repeat(1_000)}` });
  }
  const rows = ledger.snapshot();
  assert.equal(rows.length, 501);
  assert.equal(rows.at(-1)?.model, "*");
  assert.equal(rows.at(-1)?.count, 1_500);
  assert(rows.every(({ model }) => model.length <= 100));
});

Deno.test("sumRepairs() adds up what isolates counted", () => {
  const row = { repair: "r", dialect: "chat", model: "m", count: 2 } as const;
  assert.deepEqual(sumRepairs([[row], [row, { ...row, model: "n" }]]), [
    { ...row, count: 4 },
    { ...row, model: "n" },
  ]);
});
