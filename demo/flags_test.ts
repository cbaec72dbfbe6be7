import assert from "node:assert/strict";
import { ConfigError } from "../support/errors.ts";
import { parseDemoFlags } from "./flags.ts";

function problemsOf(...args: readonly string[]): readonly string[] {
  try {
    parseDemoFlags(args);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.problems.map(({ name, message }) => `${name}: ${message}`);
  }
  return [];
}

Deno.test("parseDemoFlags() takes the ends of its range and both ways to write a value", () => {
  assert.equal(parseDemoFlags(["--seconds", "1"]).seconds, 1);
  assert.equal(parseDemoFlags(["--seconds=86400"]).seconds, 86_400);
});

Deno.test("parseDemoFlags() refuses what is no whole number of seconds in its range", () => {
  for (const text of ["0", "86401", "1.5", "-3", "1e3", "ten", "", "0x10", "999999999"]) {
    const [problem, ...more] = problemsOf("--seconds", text);
    assert.equal(
      problem,
      `--seconds: "${text}" is no such number; wanted whole seconds from 1 to 86400, such as ` +
        "--seconds 40",
    );
    assert.deepEqual(more, []);
  }
});

Deno.test("parseDemoFlags() names everything that is wrong at once", () => {
  const problems = problemsOf("--fast", "loud", "--seconds");
  assert.deepEqual(problems.map((problem) => problem.split(":")[0]), [
    "--fast",
    "loud",
    "--seconds",
  ]);
  assert.match(problems.at(-1) ?? "", /has no value/);
});
