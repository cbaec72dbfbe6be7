import assert from "node:assert/strict";
import { FormatError } from "./format.ts";
import { findJsonStrings } from "./json_strings.ts";
import { putStrings } from "./string_place.ts";

const found = (text: string) => findJsonStrings(text).map(({ path, value }) => [path, value]);

Deno.test("findJsonStrings() finds every string when comments and commas stand between them", () => {
  const text =
    `\ufeff// "not": "this"\r\n{\r\n\t"a" : "x", /* "b": "no" */ "list": [1, "y", ["z",],],` +
    `\n "deep": {"__proto__": {"k": "\\u0077\\n"}}, "n": null, }`;
  assert.deepEqual(found(text), [
    [["a"], "x"],
    [["list", 1], "y"],
    [["list", 2, 0], "z"],
    [["deep", "__proto__", "k"], "w\n"],
  ]);
  for (const { start, end, value } of findJsonStrings(text)) {
    assert.equal(JSON.parse(text.slice(start, end)), value);
  }
});

Deno.test("findJsonStrings() reports both places when a key stands twice", () => {
  const text = '{"a": "x", "a": "y"}';
  assert.deepEqual(found(text), [[["a"], "x"], [["a"], "y"]]);
  const changes = findJsonStrings(text).map((place) => ({ place, value: "z" }));
  assert.equal(putStrings(text, changes), '{"a": "z", "a": "z"}');
});

Deno.test("findJsonStrings() finds nothing when there is no value", () => {
  for (const text of ["", "\ufeff", " \r\n", "// c\n", "{}", "[1]", "null"]) {
    assert.deepEqual(found(text), [], text);
  }
});

Deno.test("findJsonStrings() throws without a part of the text when it is not JSON", () => {
  const rows: readonly (readonly [text: string, line: number])[] = [
    ['{"a": "s3cret', 1],
    ['{\n"a": "s3cret"\n', 3],
    ['{\n\n"a" "s3cret"}', 3],
    ["{'a': 's3cret'}", 1],
    ['{a: "s3cret"}', 1],
    ['{"a": "s3cret"} s3cret', 1],
    ['\ufeff{"a": "s3\ncret"}', 1],
    ["s3cret", 1],
  ];
  for (const [text, line] of rows) {
    assert.throws(() => findJsonStrings(text), (error) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.message, `line ${line}: not valid JSON`);
      return true;
    }, text);
  }
});

Deno.test("putStrings() changes only the source of a string when it puts JSON", () => {
  const text = '\ufeff{ "a":"x",\r\n  // c\r\n  "b" : [ "\\u0079" ] }';
  const put = (value: string) =>
    putStrings(text, findJsonStrings(text).map((place) => ({ place, value })));
  assert.equal(put("dapi-1"), '\ufeff{ "a":"dapi-1",\r\n  // c\r\n  "b" : [ "dapi-1" ] }');
  assert.equal(
    put('"\\1\n'),
    '\ufeff{ "a":"\\"\\\\1\\n",\r\n  // c\r\n  "b" : [ "\\"\\\\1\\n" ] }',
  );
});
