/**
 * How a process does while it is used: resident memory and open files, second by second.
 *
 * @module
 */

/** One look at a process. */
export interface Vitals {
  /** Seconds since the watch began. */
  readonly atS: number;
  /** Resident set, MiB. */
  readonly residentMib: number;
  /** Open file descriptors. */
  readonly files: number;
}

/** Looks at a process of this machine (Linux: `/proc`). */
export async function lookAt(pid: number, atS: number): Promise<Vitals> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const residentMib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
  const files = (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
  return { atS, residentMib, files };
}

/** Looks each second until it is stopped. */
export class VitalsWatch {
  /** All looks so far. */
  readonly looks: Vitals[] = [];
  readonly #pid: number;
  readonly #startedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  /** Begins at once. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(async () => {
      const atS = (performance.now() - this.#startedAt) / 1_000;
      // It may have ended; whoever started it says so.
      const look = await lookAt(this.#pid, atS).catch(() => null);
      if (look !== null) this.looks.push(look);
    }, 1_000);
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * The least of each window of `windowS` seconds: what is left when a collection has just run,
 * which rises only if something is kept.
 */
export function floors(
  looks: readonly Vitals[],
  { of, windowS }: { readonly of: "residentMib" | "files"; readonly windowS: number },
): readonly Point[] {
  const windows = Map.groupBy(looks, ({ atS }) => Math.floor(atS / windowS));
  return Array.from(windows, ([window, own]) => ({
    x: window * windowS / 60,
    y: Math.min(...own.map((look) => look[of])),
  }));
}

/** Minutes and a value. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The median of the slopes between all pairs of points (Theil-Sen): a single jump of the machine
 * does not tilt it. 0 for less than two points.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { slopeOf } from "./vitals.ts";
 *
 * const points = [0, 1, 2, 3, 4].map((x) => ({ x, y: x === 2 ? 90 : 5 + 0.5 * x }));
 * assert.equal(slopeOf(points), 0.5);
 * ```
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).filter((b) => b.x !== a.x).map((b) => (b.y - a.y) / (b.x - a.x))
  ).sort((a, b) => a - b);
  if (slopes.length === 0) return 0;
  const middle = (slopes.length - 1) / 2;
  return ((slopes[Math.floor(middle)] ?? 0) + (slopes[Math.ceil(middle)] ?? 0)) / 2;
}
