import assert from "node:assert/strict";
import { RequestLog } from "./request_log.ts";

const START = { method: "POST", path: "/", headers: [], tokenId: null, at: 0 };
const LARGE = new Uint8Array(64 * 1024 + 1);
const SMALL = new Uint8Array(64 * 1024);

Deno.test("RequestLog keeps the last 5,000 records", () => {
  const log = new RequestLog();
  for (let at = 0; at < 5003; at++) log.open({ ...START, at });
  assert.equal(log.list().length, 5000);
  assert.equal(log.list()[0]?.at, 3);
  log.clear();
  assert.deepEqual(log.list(), []);
});

Deno.test("RequestLog drops a large body once 50 newer requests have come, and no small one", () => {
  const log = new RequestLog();
  const large = log.open(START);
  log.keepBody(large, LARGE);
  const small = log.open(START);
  log.keepBody(small, SMALL);
  for (let count = 0; count < 48; count++) log.open(START);
  assert.equal(large.body.length, LARGE.length);
  log.open(START);
  assert.ok(large.isBodyDropped);
  assert.equal(large.body.length, 0);
  log.open(START);
  assert.equal(small.body.length, SMALL.length);
});

Deno.test("RequestLog.keepBody() drops a large body that arrives too late", () => {
  const log = new RequestLog();
  const record = log.open(START);
  for (let count = 0; count < 50; count++) log.open(START);
  log.keepBody(record, LARGE);
  assert.ok(record.isBodyDropped);
});
