/** The fuzzer finds what is there to be found, keeps it, and can show it again. */

import assert from "node:assert/strict";
import { fuzz, reproduce } from "./fuzz.ts";
import type { FuzzTarget } from "./target.ts";

/** Breaks where a colon stands behind a quote. */
const BROKEN: FuzzTarget = {
  name: "broken",
  seeds: ['{"a":1}', "b"],
  words: ["x"],
  check: (input) => {
    assert(!/": *:/.test(input), "two colons");
    return String(input.length);
  },
};

Deno.test("a promise that is broken is found, kept, and shown again by its file", async () => {
  const corpus = await Deno.makeTempDir();
  try {
    const { failures, runs } = await fuzz(BROKEN, { seed: 1, ms: 20_000, corpus });
    const [failure] = failures;
    assert(failure !== undefined, `found among ${runs} inputs`);
    assert.match(failure.error, /two colons/);
    await assert.rejects(reproduce(BROKEN, failure.file), /two colons/);
    // What broke once is tried first the next time.
    const again = await fuzz(BROKEN, { seed: 2, ms: 0, corpus });
    assert(again.failures.length >= 1);
  } finally {
    await Deno.remove(corpus, { recursive: true });
  }
});

Deno.test("the same seed makes the same inputs", async () => {
  const inputsOf = async (seed: number) => {
    const inputs: string[] = [];
    const check = (input: string) => {
      inputs.push(input);
      assert(inputs.length < 200, "enough");
      return "one kind";
    };
    const corpus = await Deno.makeTempDir();
    await fuzz({ ...BROKEN, check }, { seed, ms: 20_000, corpus });
    await Deno.remove(corpus, { recursive: true });
    return inputs.slice(0, 190);
  };
  const first = await inputsOf(7);
  assert.equal(first.length, 190);
  assert.deepEqual(await inputsOf(7), first);
  assert.notDeepEqual(await inputsOf(8), first);
});
