/**
 * The rounds of one number of isolates as a short table.
 *
 * @module
 */

import { median, percentile } from "../figures.ts";
import type { Round } from "./judge.ts";
import type { SplitSamples } from "./windows.ts";

type CountName = "failed" | "rescues" | "stale" | "judged" | "brokenStreams";

/** Ranks of the times that are shown. */
const RANKS = [0.5, 0.9, 0.99];
const WIDTHS = [20, 16, 26, 26, 0];

/** Some lines of text: medians of the rounds for times, sums and worst cases for the rest. */
export function renderReport(workers: number, rounds: readonly Round[]): string {
  const isolates = workers === 1 ? "1 proxy isolate" : `${workers} proxy isolates`;
  const windowMs = median(rounds.map((round) => round.windowMs)).toFixed(0);
  return [
    `\n${isolates}; a rotation counts for ${windowMs} ms; during / outside`,
    row(["", "requests", ...RANKS.map((rank) => `p${rank * 100}`)]),
    costs("through Keyturn", rounds.map(({ through }) => through)),
    costs("beside it", rounds.map(({ direct }) => direct)),
    costs("nothing rotated", rounds.map(({ idle }) => idle)),
    ...freshness(rounds),
    `  ${sum(rounds, "failed")} failed, ${sum(rounds, "rescues")} sent twice, ` +
    `${sum(rounds, "brokenStreams")} streams ended`,
  ].map((line) => `${line}\n`).join("");
}

function freshness(rounds: readonly Round[]): readonly string[] {
  const publishMs = rounds.flatMap((round) => round.publishMs);
  const latestOldMs = Math.max(...rounds.map((round) => round.latestOldMs)).toFixed(1);
  return [
    publishMs.length === 0
      ? "  publish until the last confirmation: not in the log"
      : `  publish until the last confirmation: median ${median(publishMs)} ms, ` +
        `p99 ${percentile(publishMs, 0.99)} ms, longest ${Math.max(...publishMs)} ms ` +
        `of ${publishMs.length}`,
    `  latest request with the old token: sent ${latestOldMs} ms after the publish`,
    `  ${sum(rounds, "stale")} of ${sum(rounds, "judged")} requests sent after the last ` +
    "confirmation left with an older token",
  ];
}

function costs(name: string, splits: readonly SplitSamples[]): string {
  const count = (pick: (split: SplitSamples) => readonly number[]) =>
    median(splits.map((split) => pick(split).length));
  const counts = `${count(({ during }) => during)} / ${count(({ outside }) => outside)}`;
  return row([name, counts, ...RANKS.map((rank) => figure(splits, rank))]);
}

/** The ratio is the median of ratios, each within one round, not the ratio of medians. */
function figure(splits: readonly SplitSamples[], rank: number): string {
  const during = splits.map((split) => percentile(split.during, rank));
  const outside = splits.map((split) => percentile(split.outside, rank));
  const ratio = median(during.map((ms, index) => ms / (outside[index] ?? Number.NaN)));
  return `${median(during).toFixed(2)} / ${median(outside).toFixed(2)} ms = ${ratio.toFixed(2)}`;
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join("")}`.trimEnd();
}

function sum(rounds: readonly Round[], name: CountName): number {
  return rounds.reduce((total, round) => total + round[name], 0);
}
