/**
 * The loop: takes an input that is known, changes it, and has the target read it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { pick, rollDice } from "../support/chaos/dice.ts";
import { mutate } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** How long and from what. */
export interface FuzzOptions {
  readonly seed: number;
  readonly ms: number;
  /** Where inputs that broke something are kept; those of earlier runs are tried first. */
  readonly corpus: string;
}

/** What came of it. */
export interface FuzzResult {
  readonly target: string;
  readonly runs: number;
  /** Inputs of different kinds. */
  readonly kinds: number;
  readonly failures: readonly FuzzFailure[];
}

/** An input that broke a promise. */
export interface FuzzFailure {
  readonly file: string;
  readonly error: string;
}

/** After so many a target has shown what it is like. */
const MOST_FAILURES = 5;

/** Fuzzes one target. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, ms, corpus } = options;
  const dice = rollDice(seed);
  const folder = `${corpus}/${target.name}`;
  const kept = await readCorpus(folder);
  const pool = [...target.seeds, ...kept];
  const kinds = new Set<string>();
  const failures: FuzzFailure[] = [];
  const until = performance.now() + ms;
  let runs = 0;
  const tryOne = async (input: string) => {
    runs++;
    try {
      const kind = await target.check(input, rollDice(hashOf(input)));
      if (!kinds.has(kind)) {
        kinds.add(kind);
        pool.push(input);
      }
    } catch (error) {
      failures.push({ file: await keep(folder, input), error: describe(error) });
    }
  };
  for (const input of [...pool]) await tryOne(input);
  while (performance.now() < until && failures.length < MOST_FAILURES) {
    const other = pick(dice, pool);
    await tryOne(mutate(pick(dice, pool), { other, words: target.words, dice }));
  }
  return { target: target.name, runs, kinds: kinds.size, failures };
}

/** Tries one kept input; throws what it throws. */
export async function reproduce(target: FuzzTarget, file: string): Promise<void> {
  const input = await readInput(file);
  await target.check(input, rollDice(hashOf(input)));
}

/** Inputs are kept as JSON strings: whatever they hold, a text tool shows and keeps it. */
async function keep(folder: string, input: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}/${hashOf(input).toString(16)}.json`;
  await Deno.writeTextFile(file, `${JSON.stringify(input)}\n`);
  return file;
}

async function readCorpus(folder: string): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []);
  return await Promise.all(names.sort().map((name) => readInput(`${folder}/${name}`)));
}

async function readInput(file: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(file));
}

function hashOf(input: string): number {
  return createHash("sha256").update(JSON.stringify(input)).digest().readUInt32BE(0);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}` : String(error);
}
