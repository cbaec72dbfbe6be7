/**
 * Which repairs fired, for which models: what tells a person that an agent's update sends a field
 * too many.
 *
 * @module
 */

import type { LessonCount, RepairCount } from "../protocol.ts";
import type { Dialect } from "../workspace/endpoints.ts";

/** What a count is kept for. */
export interface RepairedSubject {
  readonly dialect: Dialect;
  readonly model: string;
}

/** Callers name models as they like: what they make up must not fill the memory. */
const MAX_ROWS = 500;
const MAX_NAME = 100;

/** Counts per repair, dialect and model. */
export class RepairLedger {
  readonly #rows = new Map<string, { -readonly [K in keyof RepairCount]: RepairCount[K] }>();

  /** One more. */
  count(repair: string, { dialect, model }: RepairedSubject): void {
    const row = this.#row({ repair, dialect, model: model.slice(0, MAX_NAME) });
    row.count++;
  }

  /** All counts. */
  snapshot(): readonly RepairCount[] {
    return [...this.#rows.values()].map((row) => ({ ...row }));
  }

  #row(labels: Omit<RepairCount, "count">): { count: number } {
    const known = this.#rows.get(keyOf(labels));
    if (known !== undefined) return known;
    const isFull = this.#rows.size >= MAX_ROWS && labels.model !== "*";
    if (isFull) return this.#row({ ...labels, model: "*" });
    const row = { ...labels, count: 0 };
    this.#rows.set(keyOf(labels), row);
    return row;
  }
}

/** The counts of several isolates as one. */
export function sumRepairs(all: readonly (readonly RepairCount[])[]): readonly RepairCount[] {
  const sums = new Map<string, RepairCount>();
  for (const row of all.flat()) {
    const known = sums.get(keyOf(row));
    sums.set(keyOf(row), { ...row, count: (known?.count ?? 0) + row.count });
  }
  return [...sums.values()];
}

/** What several isolates learned, as one. */
export function sumLessons(all: readonly (readonly LessonCount[])[]): readonly LessonCount[] {
  const sums = new Map<string, LessonCount>();
  for (const row of all.flat()) {
    const key = `${row.lesson} ${row.dialect} ${row.mode} ${row.model}`;
    sums.set(key, { ...row, applied: (sums.get(key)?.applied ?? 0) + row.applied });
  }
  return [...sums.values()];
}

function keyOf({ repair, dialect, model }: Omit<RepairCount, "count">): string {
  return `${repair} ${dialect} ${model}`;
}
