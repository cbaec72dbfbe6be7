import assert from "node:assert/strict";
import { parseConfigFile } from "./config_file.ts";

Deno.test("parseConfigFile() gives each value as it is written when YAML would make it something else", () => {
  const text = [
    "\ufeff# a comment",
    "a: 0x10",
    "b: 1_000",
    "c: yes # another",
    "d: 'it''s'",
    'e: " two\\twords "',
    "f: 007",
    "g: [one, 'two', 3]",
    "h: >-",
    "  folded",
    "  text",
    "i:",
    "- x",
    "j: 1.0\r",
    "k: http://h.example#x",
    "null: on",
  ].join("\n");
  const { entries, problems, state } = parseConfigFile(text);
  assert.deepEqual(problems, []);
  assert.equal(state, "read");
  assert.deepEqual(entries.map(({ key, value, line }) => [line, key, value]), [
    [2, "a", "0x10"],
    [3, "b", "1_000"],
    [4, "c", "yes"],
    [5, "d", "it's"],
    [6, "e", "two\twords"],
    [7, "f", "007"],
    [8, "g", ["one", "two", "3"]],
    [9, "h", "folded text"],
    [12, "i", ["x"]],
    [14, "j", "1.0"],
    [15, "k", "http://h.example#x"],
    [16, "", "on"],
  ]);
});

Deno.test("parseConfigFile() gives nothing when there is nothing in the file", () => {
  for (const text of ["", " \n", "# only a comment\n", "---\n", "~", "{}", "\ufeff"]) {
    assert.deepEqual(parseConfigFile(text), { entries: [], problems: [], state: "read" }, text);
  }
});

Deno.test("parseConfigFile() gives an empty text when a key has no value", () => {
  for (const text of ["a:", "a: ~", "a: null", "a: ''", "{a}", "? a"]) {
    assert.deepEqual(parseConfigFile(text).entries, [{ key: "a", value: "", line: 1 }], text);
  }
});

Deno.test("parseConfigFile() names line and reason, and no value, when an entry cannot be read", () => {
  const wrong: ReadonlyArray<readonly [text: string, problem: RegExp]> = [
    ["a: {hunter2: 1}", /^config.yaml line 1: "a" is a mapping/],
    ["ok: 1\na:\n  hunter2: 2", /^config.yaml line 2: "a" is a mapping/],
    ["a: [[hunter2]]", /^config.yaml line 1: "a" is a list of something else than words/],
    ["a: [hunter2, ~]", /^config.yaml line 1: "a" is a list of something else than words/],
    ["a: &x hunter2\nb: *x", /^config.yaml line 2: "b" is an alias/],
    ["a: *hunter2", /^config.yaml line 1: "a" is an alias/],
    ["a: !!int hunter2", /^config.yaml line 1: "a" has a tag/],
    ["a: !mine hunter2", /^config.yaml line 1: "a" has a tag/],
    ["a: 1\nb: 2\na: hunter2", /^config.yaml line 3: "a" stands in line 1 already/],
    ["? [hunter2]\n: 1", /^config.yaml line 1: has a key that is not a word/],
  ];
  for (const [text, expected] of wrong) {
    const { problems, state } = parseConfigFile(text);
    assert.equal(state, "read", text);
    assert.equal(problems.length, 1, text);
    assertProblem(problems, expected);
  }
});

Deno.test("parseConfigFile() gives no entries when the file is no mapping or no YAML", () => {
  const broken: ReadonlyArray<readonly [text: string, problem: RegExp]> = [
    ["- hunter2", /^config.yaml line 1: is not a mapping/],
    ["\n\nhunter2", /^config.yaml line 3: is not a mapping/],
    ["a: 1\nb: [hunter2", /^config.yaml line 2: is not valid YAML/],
    ["*hunter2", /^config.yaml line 1: is not a mapping/],
    ['a: "hunter2', /^config.yaml line 1: is not valid YAML/],
    ["a: 1\n\tb: hunter2", /^config.yaml line \d: is not valid YAML/],
    ["a: 1\n---\nb: hunter2", /^config.yaml line 2: is not valid YAML \(multiple docs\)/],
  ];
  for (const [text, expected] of broken) {
    const { entries, problems, state } = parseConfigFile(text);
    assert.equal(state, "broken", text);
    assert.deepEqual(entries, [], text);
    assertProblem(problems, expected);
  }
});

function assertProblem(
  problems: ReturnType<typeof parseConfigFile>["problems"],
  expected: RegExp,
): void {
  const all = problems.map(({ name, message }) => `${name}: ${message}`).join("\n");
  assert.match(all, expected);
  assert.ok(!all.includes("hunter2"), all);
}
