/**
 * What an isolate says when an error that nobody caught ends it. Without this Deno prints a stack
 * on stderr, where only lines of the log belong.
 *
 * @module
 */

import { describeError } from "./errors.ts";

/** The message. */
export interface LastWords {
  /** Tells it from other messages. */
  readonly type: "died";
  /** The error in words. */
  readonly reason: string;
}

/** The part of a worker's `self` that is needed. */
interface Scope extends EventTarget {
  postMessage(message: unknown): void;
  close(): void;
}

/** From now on an error that nobody catches is told to the parent, and ends the worker. */
export function leaveLastWords(scope: Scope): void {
  const die = (event: Event) => {
    event.preventDefault();
    scope.postMessage({ type: "died", reason: reasonOf(event) } satisfies LastWords);
    scope.close();
  };
  scope.addEventListener("error", die);
  scope.addEventListener("unhandledrejection", die);
}

function reasonOf(event: Event): string {
  if (event instanceof PromiseRejectionEvent) return describeError(event.reason);
  return event instanceof ErrorEvent ? describeError(event.error ?? event.message) : event.type;
}

/** Whether a worker's message is its last words. */
export function isLastWords(message: unknown): message is LastWords {
  return typeof message === "object" && message !== null && "type" in message &&
    message.type === "died" && "reason" in message && typeof message.reason === "string";
}
