/**
 * The row of a table for each subject, found once.
 *
 * @module
 */

import type { Dialect } from "../../workspace/endpoints.ts";
import type { Subject } from "./repair.ts";

/** What a table holds. */
export interface Served {
  /** What `REPAIRS_OFF` calls it. */
  readonly name: string;
  /** The dialects that it reads. */
  readonly dialects: readonly Dialect[];
  /** Whether it serves a subject. */
  serves(subject: Subject): boolean;
}

/** Callers name models as they like; beyond this many, rows are found anew. */
const MAX_ROWS = 500;

/** A table without the repairs that are switched off. */
export class Rows<T extends Served> {
  readonly #repairs: readonly T[];
  readonly #rows = new Map<string, readonly T[]>();

  /** `off`: names of those that are switched off. */
  constructor(repairs: readonly T[], off: readonly string[]) {
    this.#repairs = repairs.filter(({ name }) => !off.includes(name));
  }

  /** Whether any of them reads `dialect`: otherwise nothing is even parsed. */
  reads(dialect: Dialect): boolean {
    return this.#repairs.some(({ dialects }) => dialects.includes(dialect));
  }

  /** Those that serve `subject`, in the order of the table. */
  of(subject: Subject): readonly T[] {
    const { dialect, mode, model, isStream } = subject;
    const key = `${dialect} ${mode} ${isStream} ${model}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#repairs.filter((repair) =>
      repair.dialects.includes(dialect) && repair.serves(subject)
    );
    if (this.#rows.size >= MAX_ROWS) this.#rows.clear();
    this.#rows.set(key, row);
    return row;
  }
}
