import assert from "node:assert/strict";
import { BodyLanes } from "./body_lanes.ts";

Deno.test("BodyLanes lets two of one owner through, the next when one leaves, and another owner at once", async () => {
  const lanes = new BodyLanes();
  const entered: string[] = [];
  const enter = async (owner: string, name: string) => {
    const leave = await lanes.enter(owner);
    entered.push(name);
    return leave;
  };
  const first = await enter("pi", "1");
  const second = await enter("pi", "2");
  const third = enter("pi", "3");
  const fourth = enter("pi", "4");
  const other = await enter("hermes", "other");
  assert.deepEqual(entered, ["1", "2", "other"]);
  first();
  const leaveThird = await third;
  assert.deepEqual(entered, ["1", "2", "other", "3"]);
  second();
  leaveThird();
  (await fourth)();
  other();
  assert.deepEqual(entered.at(-1), "4");
  const again = await Promise.all([enter("pi", "5"), enter("pi", "6")]);
  for (const leave of again) leave();
});
