/**
 * What a proxy isolate counts.
 *
 * @module
 */

import type { ProxyStats } from "../protocol.ts";
import type { Limit, Refusal } from "./refusal.ts";
import { type RepairedSubject, RepairLedger, sumLessons, sumRepairs } from "./repair_ledger.ts";

/** Counters of one isolate, from its start on. */
export class Counters {
  #visits = 0;
  #requests = 0;
  #rescues = 0;
  #upstreamFailures = 0;
  readonly #refused = new Map<string, number>();
  readonly #limits = new Map<string, number>();
  readonly #dropped = new Map<string, number>();
  readonly #agents = new Map<string, { requests: number; lastAt: number }>();
  readonly #repairs = new RepairLedger();

  /** Requests of any kind, refused ones included. */
  get visits(): number {
    return this.#visits;
  }

  /** A request, whatever becomes of it. */
  countVisit(): void {
    this.#visits++;
  }

  /** A request that was let in. */
  countRequest(caller: string, now: number): void {
    this.#requests++;
    const agent = this.#agents.get(caller) ?? { requests: 0, lastAt: now };
    this.#agents.set(caller, { requests: agent.requests + 1, lastAt: now });
  }

  /** An answer of our own that is an error. */
  countRefusal({ status, limit }: Pick<Refusal, "status" | "limit">): void {
    const name = String(status);
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
    if (limit !== null) this.countLimit(limit);
  }

  /** A request that ran into a bound. */
  countLimit(limit: Limit): void {
    this.#limits.set(limit, (this.#limits.get(limit) ?? 0) + 1);
  }

  /** A connection that was ended because of what it did not do. */
  countDrop(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** A request saved by the replay. */
  countRescue(): void {
    this.#rescues++;
  }

  /** An upstream that failed, stalled or broke off. */
  countUpstreamFailure(): void {
    this.#upstreamFailures++;
  }

  /** A repair that changed something. */
  countRepair(name: string, subject: RepairedSubject): void {
    this.#repairs.count(name, subject);
  }

  /** All of it as a value, with what others know. */
  snapshot(
    { inFlight, connections, lessons }: Pick<ProxyStats, "inFlight" | "connections" | "lessons">,
  ): ProxyStats {
    return {
      requests: this.#requests,
      rescues: this.#rescues,
      upstreamFailures: this.#upstreamFailures,
      inFlight,
      connections,
      dropped: Object.fromEntries(this.#dropped),
      refused: Object.fromEntries(this.#refused),
      limits: Object.fromEntries(this.#limits),
      agents: Object.fromEntries(this.#agents),
      repairs: this.#repairs.snapshot(),
      lessons,
    };
  }
}

/**
 * The counts of several isolates as one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Counters, sumStats } from "./stats.ts";
 *
 * const counters = new Counters();
 * counters.countRequest("pi", 5);
 * const one = counters.snapshot({ inFlight: 1, connections: 1, lessons: [] });
 * assert.equal(sumStats([one, one]).requests, 2);
 * assert.deepEqual(sumStats([one, one]).agents, { pi: { requests: 2, lastAt: 5 } });
 * ```
 */
export function sumStats(all: readonly ProxyStats[]): ProxyStats {
  const agents: Record<string, { requests: number; lastAt: number }> = {};
  for (const stats of all) {
    for (const [name, { requests, lastAt }] of Object.entries(stats.agents)) {
      const known = agents[name] ?? { requests: 0, lastAt: 0 };
      agents[name] = {
        requests: known.requests + requests,
        lastAt: Math.max(known.lastAt, lastAt),
      };
    }
  }
  const sum = (pick: (stats: ProxyStats) => number) => all.reduce((n, s) => n + pick(s), 0);
  return {
    requests: sum((stats) => stats.requests),
    rescues: sum((stats) => stats.rescues),
    upstreamFailures: sum((stats) => stats.upstreamFailures),
    inFlight: sum((stats) => stats.inFlight),
    connections: sum((stats) => stats.connections),
    dropped: sumCounts(all.map(({ dropped }) => dropped)),
    refused: sumCounts(all.map(({ refused }) => refused)),
    limits: sumCounts(all.map(({ limits }) => limits)),
    agents,
    repairs: sumRepairs(all.map(({ repairs }) => repairs)),
    lessons: sumLessons(all.map(({ lessons }) => lessons)),
  };
}

function sumCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
