/**
 * What a run says of the cost of its rotations.
 *
 * @module
 */

import { type Freshness, judgeFreshness } from "./freshness.ts";
import type { Sample } from "./protocol.ts";
import { readRotations } from "./rotations.ts";
import type { RunRecord } from "./run.ts";
import { idleWindows, type SplitSamples, splitSamples, type Window, windowsOf } from "./windows.ts";

/** One run, judged. */
export interface Round extends Freshness {
  /** How long a rotation counts, ms. */
  readonly windowMs: number;
  /** Requests through the service. */
  readonly through: SplitSamples;
  /** Requests to the workspace itself: what a rotation costs them, it does not cost by the proxy. */
  readonly direct: SplitSamples;
  /** Requests through the service, `during` being windows in which nothing is rotated. */
  readonly idle: SplitSamples;
  /** Of each rotation, from its publish to the last confirmation, as far as the log says. */
  readonly publishMs: readonly number[];
  /** Requests that were not answered with 200. */
  readonly failed: number;
  /** Requests that the service had to send a second time. */
  readonly rescues: number;
  /** Streams that did not outlast the run. */
  readonly brokenStreams: number;
}

/** Judges a run. @throws {TypeError} if its log is not whole. */
export function judge(record: RunRecord): Round {
  const { through, direct, arrivals, rescues } = record;
  const rotations = readRotations(record.asked, record.log);
  const windows = windowsOf(rotations);
  const [first] = windows;
  const split = (samples: readonly Sample[], inside: readonly Window[]) => ({
    during: splitSamples(samples, inside).during,
    outside: splitSamples(samples, windows).outside,
  });
  return {
    ...judgeFreshness(rotations, { samples: through, arrivals }),
    windowMs: first === undefined ? Number.NaN : first.until - first.from,
    through: split(through, windows),
    direct: split(direct, windows),
    idle: split(through, idleWindows(windows)),
    publishMs: rotations.map(({ publishMs }) => publishMs).filter((ms) => ms !== null),
    failed: [...through, ...direct].filter(({ status }) => status !== 200).length,
    rescues,
    brokenStreams: record.streams.ended,
  };
}
