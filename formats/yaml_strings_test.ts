import assert from "node:assert/strict";
import { FormatError } from "./format.ts";
import { putStrings } from "./string_place.ts";
import { findYamlStrings } from "./yaml_strings.ts";

const found = (text: string) => findYamlStrings(text).map(({ path, value }) => [path, value]);
const put = (text: string, value: string) =>
  putStrings(text, findYamlStrings(text).map((place) => ({ place, value })));

Deno.test("findYamlStrings() finds every string when styles are mixed", () => {
  const text =
    `\ufeff# c: no\r\na: plain # c\r\n"b": 'it''s'\r\nlist:\r\n- "q\\u0041"\r\n- {c: x, 1: [y]}\r\n` +
    "block: |-\r\n    one line\r\nn: 1\r\nt: true\r\nempty:\r\n";
  assert.deepEqual(found(text), [
    [["a"], "plain"],
    [["b"], "it's"],
    [["list", 0], "qA"],
    [["list", 1, "c"], "x"],
    [["list", 1, "1", 0], "y"],
    [["block"], "one line"],
  ]);
});

Deno.test("findYamlStrings() finds nothing when there is no value", () => {
  for (const text of ["", "# c\n", "\ufeff\r\n", "{}", "a:\n", "? [k]\n: v\n"]) {
    assert.deepEqual(found(text), [], text);
  }
});

Deno.test("findYamlStrings() keeps quotes and all other bytes when another string is put", () => {
  const rows: readonly (readonly [before: string, value: string, after: string])[] = [
    ["a: old # c\r\n", "dapi-1.~+/=x", "a: dapi-1.~+/=x # c\r\n"],
    ["a: 'old'\n", "dapi-new", "a: 'dapi-new'\n"],
    ['a: "old" #', "dapi-new", 'a: "dapi-new" #'],
    ["{a: old, b: [old]}", "dapi-new", "{a: dapi-new, b: [dapi-new]}"],
    ["a: |-\n    old\nb: 1\n", "dapi-new", "a: |-\n    dapi-new\nb: 1\n"],
    ["a: >2-\r\n  old\r\n", "dapi-new", "a: >2-\r\n  dapi-new\r\n"],
    ["a: |\n  old\n", "dapi-new\n", "a: |\n  dapi-new\n"],
    // What YAML 1.1 or 1.2 would take for something else is put into quotes.
    ["a: old\n", "1e5", 'a: "1e5"\n'],
    ["a: old\n", "no", 'a: "no"\n'],
    ["{a: old}\n", "x:y", '{a: "x:y"}\n'],
    ["a: old\n", "a\\1b\\g<1>", 'a: "a\\\\1b\\\\g<1>"\n'],
    ["a: 'old'\n", "it's\\1", "a: 'it''s\\1'\n"],
    ["a: o\n  ld\n", "dapi-new", "a: dapi-new\n"],
  ];
  for (const [before, value, after] of rows) {
    assert.equal(put(before, value), after, before);
    assert.deepEqual(found(after).map(([, found]) => found), found(before).map(() => value));
  }
});

Deno.test("findYamlStrings() finds but does not write a string when it stands elsewhere too", () => {
  const rows: readonly (readonly [text: string, path: string, reason: RegExp])[] = [
    ["a: &k old\nb: 1\n", "a", /^line 1: "a" has an anchor; write its value out/],
    ["a: &k old\nb: *k\n", "b", /^line 2: "b" has an alias/],
    ["m: &m {a: old}\n", "m.a", /"m.a" has an anchor/],
    ["m: &m {a: old}\nn: *m\n", "n.a", /^line 2: "n.a" has an alias/],
    ["m: &m {a: old}\nn:\n  <<: *m\n", "n.a", /^line 3: "n.a" has a merge key/],
    ["m: &m {a: old}\nn:\n  <<: [*m, {b: x}]\n", "n.b", /"n.b" has a merge key/],
    ["a: !!str old\n", "a", /"a" has a tag/],
    ["a: |\n  old\n  two\n", "a", /"a" has a block/],
    ["a: |-\n  old\n", "a", /"a" has a block/],
    // Which of the two is the value is not plain to see.
    ["a: | # old\n  old\n", "a", /"a" has a block/],
  ];
  for (const [text, path, reason] of rows) {
    const place = findYamlStrings(text).find((place) => place.path.join(".") === path);
    assert.ok(place, text);
    assert.throws(() => place.write("new\n"), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("findYamlStrings() leaves out what is merged in when the mapping says it itself", () => {
  const text = "m: &m {a: merged, b: merged}\nn:\n  <<: *m\n  a: own\n";
  assert.deepEqual(found(text).slice(2), [[["n", "b"], "merged"], [["n", "a"], "own"]]);
});

Deno.test("findYamlStrings() throws without a part of the text when it is not plain YAML", () => {
  const bomb = Array.from({ length: 30 }, (_, n) => {
    const [before, after] = [n === 0 ? "s3cret" : `*a${n - 1}`, `a${n}`];
    return `${after}: &${after} [${before}, ${before}]`;
  }).join("\n");
  const rows: readonly (readonly [text: string, message: RegExp])[] = [
    ["a: 's3cret\n", /^line \d: not valid YAML$/],
    ["a: s3cret\na: x\n", /^line 2: a key stands in its mapping twice/],
    ["a: s3cret\n---\nb: x\n", /a second document begins/],
    ["a: s3cret\nb: *none\n", /^line 2: an alias stands for nothing$/],
    ["s3cret: &s [*s]\n", /^line 1: an alias stands for something that it is a part of$/],
    [bomb, /^the aliases stand for too much to be followed$/],
  ];
  for (const [text, message] of rows) {
    assert.throws(() => findYamlStrings(text), (error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    }, text);
  }
});
