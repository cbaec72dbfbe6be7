/**
 * Chance that a seed decides on, the same on each machine.
 *
 * @module
 */

/** In [0, 1), another one at each call. */
export type Dice = () => number;

/**
 * Dice that fall the same way for the same seed (mulberry32).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { rollDice } from "./dice.ts";
 *
 * assert.equal(rollDice(1)(), rollDice(1)());
 * assert.notEqual(rollDice(1)(), rollDice(2)());
 * ```
 */
export function rollDice(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether something happens that happens so often, of 1. */
export function chance(dice: Dice, often: number): boolean {
  return dice() < often;
}

/** A whole number from the first to the last. */
export function span(dice: Dice, [first, last]: readonly [number, number]): number {
  return Math.floor(first + dice() * (last - first + 1));
}

/** One of them. */
export function pick<T>(dice: Dice, each: readonly T[]): T {
  const found = each[Math.floor(dice() * each.length)];
  if (found === undefined) throw new TypeError("Cannot pick one of none");
  return found;
}

/** One of the names, as often as its number says. */
export function weighed<Name extends string>(
  dice: Dice,
  weights: Readonly<Record<Name, number>>,
): Name {
  const names = Object.keys(weights) as Name[];
  return pick(dice, names.flatMap((name) => Array<Name>(weights[name]).fill(name)));
}
