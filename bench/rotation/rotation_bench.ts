/**
 * What a rotation costs the requests that fall into it while streams run, as ratios against those
 * of the same run that do not; and how soon every proxy isolate uses the new token.
 *
 * @module
 */

import { printOut } from "../../support/log.ts";
import { judge, type Round } from "./judge.ts";
import { renderReport } from "./report.ts";
import { LOAD, run } from "./run.ts";

/** How much is measured. */
export interface RotationBenchOptions {
  readonly rounds: number;
  /** Numbers of proxy isolates, each measured in every round. */
  readonly workers: readonly number[];
  /** Of each run. */
  readonly rotations: number;
}

/** Measures, and prints the figures. */
export async function benchRotation(options: RotationBenchOptions): Promise<void> {
  const rounds = new Map<number, Round[]>(options.workers.map((workers) => [workers, []]));
  for (let round = 0; round < options.rounds; round++) {
    // In turn, so that a machine whose speed drifts treats all alike.
    for (const [workers, own] of rounds) {
      own.push(judge(await run({ workers, rotations: options.rotations })));
    }
  }
  const { streams, streamPaceMs, throughPerSecond } = LOAD;
  printOut(
    `${options.rounds} rounds of ${options.rotations} rotations; ${streams} streams of ` +
      `${1_000 / streamPaceMs} events/s, ${throughPerSecond} requests/s; medians of the rounds\n`,
  );
  for (const [workers, own] of rounds) printOut(renderReport(workers, own));
}
