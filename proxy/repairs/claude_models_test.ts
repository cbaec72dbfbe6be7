import assert from "node:assert/strict";
import { claudeModel, thinksAdaptively } from "./claude_models.ts";

Deno.test("claudeModel() reads names in every spelling", () => {
  const names: readonly (readonly [name: string, line: string, version: number])[] = [
    ["databricks-claude-opus-4-8", "opus", 408],
    ["global.anthropic.Claude-Opus-4.8", "opus", 408],
    ["claude-opus-4-1-20250805", "opus", 401],
    ["claude-opus-4-20250514", "opus", 400],
    ["claude-opus-5", "opus", 500],
    ["claude-opus-4-8[1m]", "opus", 408],
    ["system.ai.claude-fable-5-1", "fable", 501],
    ["databricks-claude-3-7-sonnet", "sonnet", 307],
    ["claude-3-haiku-20240307", "haiku", 300],
  ];
  for (const [name, line, version] of names) {
    assert.deepEqual(claudeModel(name), { line, version }, name);
  }
});

Deno.test("claudeModel() reads no version where there is none", () => {
  for (const name of ["", "claude", "claude-sonnet", "claude-sonnet-latest", "gpt-5-5"]) {
    assert.equal(claudeModel(name), null, name);
  }
});

Deno.test("thinksAdaptively() begins with Opus 4.7, and with 5 elsewhere", () => {
  const names = ["claude-opus-4-7", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5-5"];
  for (const name of names) assert(thinksAdaptively(name), name);
  for (const name of ["claude-opus-4-6", "claude-sonnet-4-9", "claude-haiku-4-5", "claude"]) {
    assert(!thinksAdaptively(name), name);
  }
});
