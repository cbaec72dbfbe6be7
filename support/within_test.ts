import assert from "node:assert/strict";
import { within } from "./within.ts";

Deno.test("within() gives what the work gives, and leaves no timer behind", async () => {
  assert.equal(await within(Promise.resolve(7), 60_000), 7);
  await assert.rejects(within(Promise.reject(new Error("no")), 60_000), /no/);
});

Deno.test("within() says that it is late, and lets the work go on", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  assert.equal(await within(promise, 1), "late");
  resolve("done");
  assert.equal(await promise, "done");
});

Deno.test("within() does not leave a late failure unhandled", async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  assert.equal(await within(promise, 1), "late");
  // Unhandled, it would end the test run.
  reject(new Error("too late to matter"));
  await new Promise((resolve) => setTimeout(resolve, 0));
});
