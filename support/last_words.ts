/**
 * What an isolate says when an error that nobody caught ends it. Without this Deno prints a stack
 * on stderr, where only lines of the log belong.
 *
 * @module
 */

import { describeError } from "./errors.ts";

/** The message. */
export interface LastWords {
  readonly type: "died";
  /** The error in words. */
  readonly reason: string;
}

/** The part of a worker's `self` that is needed. */
interface Scope {
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(
    type: "unhandledrejection",
    listener: (event: PromiseRejectionEvent) => void,
  ): void;
  postMessage(message: unknown): void;
  close(): void;
}

/** From now on an error that nobody catches is told to the parent, and ends the worker. */
export function leaveLastWords(scope: Scope): void {
  const die = (event: Event, error: unknown) => {
    event.preventDefault();
    scope.postMessage({ type: "died", reason: describeError(error) } satisfies LastWords);
    scope.close();
  };
  scope.addEventListener("error", (event) => die(event, event.error ?? event.message));
  scope.addEventListener("unhandledrejection", (event) => die(event, event.reason));
}

/** Whether a worker's message is its last words. */
export function isLastWords(message: unknown): message is LastWords {
  return typeof message === "object" && message !== null && "type" in message &&
    message.type === "died" && "reason" in message && typeof message.reason === "string";
}
