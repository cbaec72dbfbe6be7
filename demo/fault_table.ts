/**
 * The faults that are armed at the moment.
 *
 * @module
 */

import { type ArmedFault, type FaultRule, type FaultTarget, meet } from "./faults.ts";

/** A rule that was armed. */
export interface FaultHandle {
  /** How often it has fired. */
  hits(): number;
  /** Disarms it; what has begun goes on. */
  remove(): void;
}

/** Rules in the order of their arming. Every rule counts a request, the first that can fires. */
export class FaultTable {
  #armed = new Map<symbol, ArmedFault>();

  /** Arms `rule`. */
  add(rule: FaultRule): FaultHandle {
    const key = Symbol("fault");
    let last: ArmedFault = { rule, seen: 0, hits: 0 };
    this.#armed.set(key, last);
    return {
      hits: () => (last = this.#armed.get(key) ?? last).hits,
      remove: () => {
        last = this.#armed.get(key) ?? last;
        this.#armed.delete(key);
      },
    };
  }

  /** The rule that fires for `target`, `null` if none does. */
  take(target: FaultTarget): FaultRule | null {
    let firing: FaultRule | null = null;
    for (const [key, fault] of this.#armed) {
      const met = meet(fault, target);
      const isLate = met.fires && firing !== null;
      this.#armed.set(key, isLate ? { ...met.fault, hits: fault.hits } : met.fault);
      if (met.fires) firing ??= fault.rule;
    }
    return firing;
  }

  /** What is armed, with its counts. */
  list(): readonly ArmedFault[] {
    return [...this.#armed.values()];
  }

  /** Disarms all. */
  clear(): void {
    this.#armed.clear();
  }
}
