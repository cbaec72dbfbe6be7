/**
 * Whether a soak was clean, and its figures.
 *
 * @module
 */

import type { Tallies } from "./agents.ts";
import { floors, slopeOf, type Vitals } from "./vitals.ts";

/** What a soak left. */
export interface SoakRecord {
  readonly minutes: number;
  /** Each second of it. */
  readonly looks: readonly Vitals[];
  /** Before it, and when all had gone. */
  readonly atRest: Vitals;
  readonly afterwards: Vitals;
  readonly tallies: Omit<Tallies, "failures"> & { readonly failures: readonly string[] };
  readonly troubles: {
    readonly made: Readonly<Record<string, number>>;
    readonly failures: readonly string[];
  };
}

/** What is to be said of it. */
export interface Verdict {
  /** Empty: clean. */
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, string | number>>;
}

/** Until then caches fill and code is compiled; no slope is judged before. */
const WARM_UP_S = 180;
/** So much has to follow for a slope of a tenth of a MiB to mean anything. */
const JUDGED_S = 240;
const MAX_SLOPE = 0.1;
const MAX_RESIDENT_MIB = 300;
/** Connections to the workspace that are kept for the next request, at most one for each at a time. */
const SPARE_FILES = 16;
const MAX_FILES_SLOPE = 0.5;
const SHOWN = 10;

/** Judges. A soak that is too short for a slope of memory is held to its ceiling only. */
export function judge(record: SoakRecord): Verdict {
  const { looks, atRest, afterwards, tallies, troubles, minutes } = record;
  const warm = looks.filter(({ atS }) => atS >= WARM_UP_S);
  const lasted = (warm.at(-1)?.atS ?? 0) - (warm[0]?.atS ?? 0);
  const memory = slopeOf(floors(warm, { of: "residentMib", windowS: 30 }));
  const files = slopeOf(floors(warm, { of: "files", windowS: 30 }));
  const most = Math.max(...looks.map(({ residentMib }) => residentMib));
  const isSlope = lasted >= JUDGED_S;
  const problems = [
    ...tallies.failures.slice(0, SHOWN).map((failure) => `request: ${failure}`),
    ...troubles.failures.slice(0, SHOWN).map((failure) => `trouble: ${failure}`),
    ...looks.length === 0 ? ["nothing was measured"] : [],
    ...tallies.whole < minutes * 60 ? [`only ${tallies.whole} whole answers`] : [],
    ...isSlope && memory >= MAX_SLOPE ? [`memory grows by ${memory.toFixed(3)} MiB/min`] : [],
    ...isSlope && files >= MAX_FILES_SLOPE ? [`open files grow by ${files.toFixed(2)}/min`] : [],
    ...most >= MAX_RESIDENT_MIB ? [`${most.toFixed(0)} MiB of memory`] : [],
    ...afterwards.files > atRest.files + SPARE_FILES
      ? [`${afterwards.files} open files when all had gone, ${atRest.files} before`]
      : [],
  ];
  const figures = {
    minutes,
    requests: tallies.sent,
    whole: tallies.whole,
    streams: tallies.streams,
    slow: tallies.slow,
    left: tallies.left,
    failed: tallies.failures.length,
    troubles: Object.values(troubles.made).reduce((sum, count) => sum + count, 0),
    "memory at rest, MiB": atRest.residentMib.toFixed(0),
    "memory at most, MiB": most.toFixed(0),
    "memory slope, MiB/min": isSlope ? memory.toFixed(3) : "too short to say",
    "memory by minute, MiB": floors(looks, { of: "residentMib", windowS: 60 })
      .map(({ y }) => y.toFixed(1)).join(" "),
    "files at rest, afterwards": `${atRest.files}, ${afterwards.files}`,
    "files slope, 1/min": isSlope ? files.toFixed(2) : "too short to say",
  };
  return { problems, figures };
}

/** For people. */
export function renderSummary(
  { problems, figures, ...counts }: Verdict & Readonly<Record<string, unknown>>,
): string {
  const lines = Object.entries({ ...counts, ...figures }).map(([name, value]) =>
    `${name}: ${value}`
  );
  return [...lines, problems.length === 0 ? "clean" : "NOT clean", ...problems].join("\n");
}
