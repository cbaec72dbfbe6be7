/**
 * Scripted failures. A rule says which requests it meets, whether the workspace acts on them
 * first, and what becomes of the answer. The rules are data, so that they can come over HTTP too.
 *
 * @module
 */

import type { Ending, Reply, WholeReply } from "./replies.ts";

/** What happens to a request, or to its answer. */
export type FaultAction =
  /** This answer instead. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** No answer until the client leaves or the workspace stops. */
  | { readonly kind: "hang" }
  /** The connection is cut before the first byte of a body. */
  | { readonly kind: "reset" }
  /** The connection is cut after so many events, and the last one is not the end. */
  | { readonly kind: "cut-after"; readonly events: number }
  /** After so many events comes this frame, an error in the stream's dialect, and nothing more. */
  | { readonly kind: "fail-after"; readonly events: number; readonly frame: string }
  /** Nothing comes after so many events. */
  | { readonly kind: "stall-after"; readonly events: number }
  /** The same, but later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Status 200 and a login page, as a misrouted workspace host answers. */
  | { readonly kind: "malformed"; readonly body?: string };

/** Which requests a rule meets. */
export interface FaultMatch {
  /** What the path starts with, or a pattern for the path; the query does not count. */
  readonly path?: string | RegExp;
  /** Any if left out. */
  readonly method?: string;
  /** The first that counts among those that match, from 1. */
  readonly nth?: number;
}

/** One scripted failure. */
export interface FaultRule {
  /** All requests if left out. */
  readonly match?: FaultMatch;
  /**
   * `before`: the workspace does nothing but fail. `after`: it does what was asked (the token is
   * minted), and only the answer is lost. `delay`, `cut-after`, `fail-after` and `stall-after`
   * always do what was asked; for a delay it says on which side of that the wait is.
   * @default {"before"}
   */
  readonly when?: "before" | "after";
  /**
   * How often it fires. Left out: once where `match.nth` is given, otherwise always.
   */
  readonly times?: number;
  /** What happens. */
  readonly action: FaultAction;
}

/** A rule and what it has met so far. */
export interface ArmedFault {
  /** The rule. */
  readonly rule: FaultRule;
  /** Requests that matched. */
  readonly seen: number;
  /** How often it fired. */
  readonly hits: number;
}

/** What a rule looks at. */
export interface FaultTarget {
  /** HTTP method. */
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
}

/** What happens to an answer, and so needs one. */
const LATE: readonly FaultAction["kind"][] = ["delay", "cut-after", "fail-after", "stall-after"];
const LOGIN_PAGE = "<!doctype html><html><head><title>Databricks - Sign In</title></head></html>";

/**
 * Shows a request to a rule: the rule with its new counts, and whether it fires.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { meet } from "./faults.ts";
 *
 * const rule = { match: { path: "/api/", nth: 2 }, action: { kind: "hang" } } as const;
 * const armed = { rule, seen: 0, hits: 0 };
 * const first = meet(armed, { method: "GET", path: "/api/x" });
 * assert.equal(first.fires, false);
 * const second = meet(first.fault, { method: "GET", path: "/api/y" });
 * assert.equal(second.fires, true);
 * assert.equal(meet(second.fault, { method: "GET", path: "/api/z" }).fires, false);
 * ```
 */
export function meet(
  fault: ArmedFault,
  target: FaultTarget,
): { readonly fault: ArmedFault; readonly fires: boolean } {
  const { match = {}, times = match.nth === undefined ? Infinity : 1 } = fault.rule;
  if (!matches(match, target)) return { fault, fires: false };
  const seen = fault.seen + 1;
  const fires = seen >= (match.nth ?? 1) && fault.hits < times;
  return { fault: { ...fault, seen, hits: fault.hits + (fires ? 1 : 0) }, fires };
}

/** Whether the workspace does what was asked although the rule fires. */
export function letsAct(rule: FaultRule): boolean {
  return rule.when === "after" || LATE.includes(rule.action.kind);
}

/** What becomes of `reply`; `hang` and `delay` take time and leave it as it is. */
export function disturb(reply: Reply, action: FaultAction): Reply {
  switch (action.kind) {
    case "status":
      return wholeReply(action.status, {
        headers: action.headers ?? { "content-type": "application/json" },
        text: action.body ?? "{}",
      });
    case "malformed":
      return wholeReply(200, {
        headers: { "content-type": "text/html" },
        text: action.body ?? LOGIN_PAGE,
      });
    case "reset":
      return endEarly({ ...reply, headers: {} }, { kind: "cut", afterFrames: 0 });
    case "cut-after":
      return endEarly(reply, { kind: "cut", afterFrames: action.events });
    case "fail-after":
      return reply.kind === "stream" ? { ...reply, frames: failing(reply.frames, action) } : reply;
    case "stall-after":
      return endEarly(reply, { kind: "stall", afterFrames: action.events });
    case "hang":
    case "delay":
      return reply;
  }
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== target.method) return false;
  if (match.path === undefined) return true;
  return typeof match.path === "string"
    ? target.path.startsWith(match.path)
    : target.path.search(match.path) !== -1;
}

function* failing(
  frames: Iterable<string>,
  { events, frame }: { readonly events: number; readonly frame: string },
): Iterable<string> {
  let sent = 0;
  for (const each of frames) {
    if (sent++ >= events) break;
    yield each;
  }
  yield frame;
}

function endEarly(reply: Reply, ending: Ending): Reply {
  if (reply.kind === "stream") return { ...reply, ending };
  const { status, headers, text } = reply;
  return { kind: "stream", status, headers, frames: [text], paceMs: 0, ending };
}

function wholeReply(status: number, rest: Pick<WholeReply, "headers" | "text">): WholeReply {
  return { kind: "whole", status, ...rest };
}
