import assert from "node:assert/strict";
import { isLastWords, leaveLastWords } from "./last_words.ts";

/** A worker's `self` with its parent. */
class Scope extends EventTarget {
  readonly said: unknown[] = [];
  isClosed = false;
  postMessage(message: unknown): void {
    this.said.push(message);
  }
  close(): void {
    this.isClosed = true;
  }
}

Deno.test("leaveLastWords() tells an error in words, and keeps it from being printed", () => {
  const scope = new Scope();
  leaveLastWords(scope);
  const error = new ErrorEvent("error", { error: new TypeError("broken"), cancelable: true });
  scope.dispatchEvent(error);
  assert(error.defaultPrevented && scope.isClosed);
  assert.deepEqual(scope.said, [{ type: "died", reason: "broken" }]);
  assert(isLastWords(scope.said[0]));
});

Deno.test("leaveLastWords() tells a promise that nobody caught", () => {
  const scope = new Scope();
  leaveLastWords(scope);
  const promise = Promise.resolve();
  const init = { promise, reason: "just text", cancelable: true };
  scope.dispatchEvent(new PromiseRejectionEvent("unhandledrejection", init));
  assert.deepEqual(scope.said, [{ type: "died", reason: "just text" }]);
});

Deno.test("isLastWords() knows them from other messages", () => {
  for (const message of [null, "died", {}, { type: "died" }, { type: "stopped", reason: "" }]) {
    assert(!isLastWords(message));
  }
});
