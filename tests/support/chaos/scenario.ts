/**
 * A scenario of the chaos run: a plain value made of a seed. What goes wrong, when, for how long.
 *
 * @module
 */

import { chance, type Dice, pick, rollDice, span, weighed } from "./dice.ts";

/** How the token API fails. */
export const API_FAILURES = [
  "500",
  "503",
  "429 for a second",
  "429 for an hour",
  "403",
  "404 disabled",
  "quota",
  "login page",
  "hang",
  "reset",
  "slow",
] as const;

/** What happens to a profile. */
export const PROFILE_EDITS = [
  "pasted",
  "pasted for a week",
  "pasted dead",
  "half-written",
  "token removed",
  "file removed",
  "garbage",
  "old copy",
  "touched",
] as const;

/** What goes wrong. Times are ms. */
export type Fault =
  | {
    readonly kind: "api";
    readonly call: "create" | "list" | "delete" | "any";
    readonly how: (typeof API_FAILURES)[number];
    /** Whether the workspace did what was asked before its answer was lost. */
    readonly when: "before" | "after";
  }
  /** One request is called dead although its token lives. */
  | { readonly kind: "lie"; readonly status: 401 | 403 }
  /** An administrator revokes it. */
  | { readonly kind: "revoke"; readonly what: "serving" | "spare" | "both" }
  | { readonly kind: "profile"; readonly edit: (typeof PROFILE_EDITS)[number] }
  /** The wall clock of the service is set. */
  | { readonly kind: "clock"; readonly byMs: number }
  /** The machine sleeps; all wall clocks go on, the one that only rises stands still. */
  | { readonly kind: "sleep"; readonly forMs: number }
  /** The same, and the connections that were open are dead after it, without a word. */
  | { readonly kind: "sleep and lose connections"; readonly forMs: number }
  | { readonly kind: "crash"; readonly what: "rotator" | "proxy" | "all" }
  /** A file cannot be written, or only slowly. */
  | { readonly kind: "disk"; readonly file: "profile" | "journal"; readonly how: "full" | "slow" };

/** A fault, its moment, and how long it lasts where it lasts. */
export interface Strike {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}

/** All that is to happen. */
export interface Scenario {
  readonly seed: number;
  /** `short`: tokens end while it is played. `long`: only sleep and clocks make them old. */
  readonly lives: "short" | "long";
  readonly spare: "spare" | "none";
  readonly scoped: boolean;
  readonly proxies: 1 | 2;
  readonly deadTokenAnswer: "403-json" | "403-html" | "401" | "400-text";
  /** In their order. */
  readonly strikes: readonly Strike[];
}

/** How long faults fall in a scenario. */
export const PLAY_MS = 5_000;
const HOUR_MS = 3_600_000;

/**
 * The scenario of a seed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeScenario } from "./scenario.ts";
 *
 * assert.deepEqual(makeScenario(7), makeScenario(7));
 * assert.notDeepEqual(makeScenario(7).strikes, makeScenario(8).strikes);
 * ```
 */
export function makeScenario(seed: number): Scenario {
  const dice = rollDice(seed);
  const lives = pick(dice, ["short", "short", "long"] as const);
  const count = span(dice, [1, 5]);
  const strikes = Array.from({ length: count }, () => makeStrike(dice, lives));
  const scoped = chance(dice, 0.2);
  return {
    seed,
    lives,
    // Scopes without a spare are refused at the start.
    spare: chance(dice, 0.7) || scoped ? "spare" : "none",
    scoped,
    proxies: pick(dice, [1, 1, 2] as const),
    deadTokenAnswer: pick(dice, ["403-json", "403-json", "403-html", "401", "400-text"] as const),
    strikes: strikes.toSorted((a, b) => a.atMs - b.atMs),
  };
}

function makeStrike(dice: Dice, lives: Scenario["lives"]): Strike {
  const atMs = span(dice, [0, PLAY_MS]);
  // Moments, seconds, and most of the time.
  const forMs = span(dice, pick(dice, [[50, 300], [300, 1_500], [1_500, PLAY_MS]] as const));
  return { atMs, forMs, fault: makeFault(dice, lives) };
}

function makeFault(dice: Dice, lives: Scenario["lives"]): Fault {
  const kind = weighed(
    dice,
    {
      api: 12,
      lie: 3,
      revoke: 4,
      profile: 6,
      clock: 3,
      sleep: 3,
      "sleep and lose connections": 2,
      crash: 5,
      disk: 3,
    } as const,
  );
  switch (kind) {
    case "api": {
      const how = pick(dice, API_FAILURES);
      // Whoever says no has not done it.
      const when = isClear(how) ? "before" : pick(dice, ["before", "after"] as const);
      const call = pick(dice, ["create", "create", "list", "delete", "any"] as const);
      return { kind, call, how, when };
    }
    case "lie":
      return { kind, status: pick(dice, [401, 403] as const) };
    case "revoke":
      return { kind, what: pick(dice, ["serving", "serving", "spare", "both"] as const) };
    case "profile":
      return { kind, edit: pick(dice, PROFILE_EDITS) };
    case "clock": {
      const byMs = span(dice, pick(dice, [[2_000, 60_000], [60_000, 24 * HOUR_MS]] as const));
      return { kind, byMs: chance(dice, 0.5) ? byMs : -byMs };
    }
    case "sleep":
    case "sleep and lose connections": {
      const most = lives === "long" ? 2 * HOUR_MS : 20_000;
      const [least, some] = [3_000, Math.max(6_000, most / 10)];
      return { kind, forMs: span(dice, pick(dice, [[least, some], [some, most]])) };
    }
    case "crash":
      return { kind, what: pick(dice, ["rotator", "rotator", "proxy", "all"] as const) };
    case "disk": {
      const file = pick(dice, ["profile", "journal"] as const);
      return { kind, file, how: pick(dice, ["full", "slow"] as const) };
    }
  }
}

function isClear(how: (typeof API_FAILURES)[number]): boolean {
  return how.startsWith("4") || how === "quota";
}

/** A fault in a word or two, for counts. */
export function nameOf(fault: Fault): string {
  switch (fault.kind) {
    case "api":
      return `api ${fault.how}`;
    case "revoke":
    case "crash":
      return `${fault.kind} ${fault.what}`;
    case "profile":
      return `profile ${fault.edit}`;
    case "clock":
      return fault.byMs > 0 ? "clock forward" : "clock back";
    case "disk":
      return `disk ${fault.how}`;
    default:
      return fault.kind;
  }
}
