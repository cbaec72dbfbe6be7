/**
 * What the demo comes to: the summary of `--json`, the exit code, and the last lines.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import type { Snapshot, Tally, TokenCounts } from "./protocol.ts";

/** What `demo --json` prints. */
export interface DemoSummary {
  /** Version of this shape. */
  readonly version: 1;
  /** How long the client asked, in whole seconds. */
  readonly seconds: number;
  readonly requests: Tally & { readonly byDialect: Readonly<Record<Dialect, Tally>> };
  /** The first few reasons. */
  readonly failures: readonly string[];
  readonly rotations: number;
  /** Requests that were replayed with a fresh token. */
  readonly rescues: number;
  readonly tokens: Omit<TokenCounts, "liveOthers">;
}

/** The requests of all dialects together. */
export function sumTallies(byDialect: Readonly<Record<string, Tally>>): Tally {
  const tallies = Object.values(byDialect);
  const sum = (name: keyof Tally) => tallies.reduce((all, tally) => all + tally[name], 0);
  return { ok: sum("ok"), failed: sum("failed") };
}

/** The summary of a run of `elapsedMs`, with the tokens as they are after the service ended. */
export function makeSummary(
  last: Snapshot,
  { elapsedMs, tokens }: { readonly elapsedMs: number; readonly tokens: TokenCounts },
): DemoSummary {
  const { byDialect, failures } = last.requests;
  const { liveOthers: _, ...counts } = tokens;
  return {
    version: 1,
    seconds: Math.round(elapsedMs / 1_000),
    requests: { ...sumTallies(byDialect), byDialect },
    failures,
    rotations: last.rotationCount,
    rescues: last.rescues,
    tokens: counts,
  };
}

/** 0 if at least one request succeeded, none failed, and no token of others was touched. */
export function exitCodeOf(
  { requests, tokens }: Pick<DemoSummary, "requests" | "tokens">,
): 0 | 1 {
  return requests.ok > 0 && requests.failed === 0 && tokens.othersTouched === 0 ? 0 : 1;
}

/** The summary for people. */
export function renderSummary(summary: DemoSummary): readonly string[] {
  const { seconds, requests, rotations, rescues, tokens, failures } = summary;
  return [
    `done after ${seconds} s: ${requests.ok} requests ok, ${requests.failed} failed, ` +
    `${rescues} rescued; ${rotations} rotations; ${tokens.othersTouched} tokens of others touched`,
    ...failures.map((failure) => `  failed: ${failure}`),
  ];
}
