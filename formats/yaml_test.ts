import assert from "node:assert/strict";
import { type ConfigValue, FormatError, type ValuePath } from "./format.ts";
import { setYamlValues, yaml } from "./yaml.ts";

const HANDWRITTEN = `# my agent   
model:   # the one I like
    default:   "claude"   # fast
    provider: 'openrouter'

    # the endpoint
    base_url:
tools: [a,  b ,c]   # odd spaces
other: {x: 1,y: "2"}

providers:
- name: mine   # dash at the key
  api_key: sk-mine
`;

function set(text: string, path: ValuePath, value = "new"): string {
  return setYamlValues(text, [{ path, value }]);
}

Deno.test("setYamlValues() changes the bytes of the values and no other", () => {
  const text = setYamlValues(HANDWRITTEN, [
    { path: ["model", "default"], value: 'a "b"' },
    { path: ["model", "provider"], value: "it's" },
    { path: ["model", "base_url"], value: "http://127.0.0.1:4000/v1" },
    { path: ["other", "y"], value: "3" },
    { path: ["providers", 0, "name"], value: "ours" },
  ]);
  assert.equal(
    text,
    HANDWRITTEN
      .replace('"claude"', '"a \\"b\\""')
      .replace("'openrouter'", "'it''s'")
      .replace("base_url:", "base_url: http://127.0.0.1:4000/v1")
      .replace('"2"', '"3"')
      .replace("name: mine", "name: ours"),
  );
});

Deno.test("setYamlValues() adds keys in the file's own indent, behind the last entry", () => {
  const text = setYamlValues(HANDWRITTEN, [
    { path: ["model", "api_key"], value: "k" },
    { path: ["other", "z"], value: "http://[::1]:1" },
    { path: ["providers", 0, "mode"], value: "no" },
    { path: ["fallbacks", 0, "name"], value: "f" },
    { path: ["fallbacks", 0, "model"], value: "m" },
    { path: ["deep", "er"], value: "d" },
  ]);
  assert.equal(
    text,
    HANDWRITTEN
      .replace("base_url:\n", "base_url:\n    api_key: k\n")
      .replace('y: "2"', 'y: "2", z: "http://[::1]:1"')
      .replace("sk-mine\n", 'sk-mine\n  mode: "no"\n') +
      "fallbacks:\n- name: f\n  model: m\ndeep:\n    er: d\n",
  );
});

Deno.test("setYamlValues() keeps line ends, byte order mark and a missing last line break", () => {
  const rows: readonly (readonly [string, ValuePath, string])[] = [
    ["a:\r\n  b: 1 # c\r\nd: x\r\n", ["a", "b"], "a:\r\n  b: new # c\r\nd: x\r\n"],
    ["a:\r\n  b: 1\r\nd: x\r\n", ["a", "c"], "a:\r\n  b: 1\r\n  c: new\r\nd: x\r\n"],
    ["a: 1\r\nb: 2", ["c"], "a: 1\r\nb: 2\r\nc: new"],
    ["a: 1", ["b"], "a: 1\nb: new"],
    ["\ufeffa: 1\n", ["b"], "\ufeffa: 1\nb: new\n"],
    ["\ufeff", ["b"], "\ufeffb: new\n"],
    ["", ["a", "b"], "a:\n  b: new\n"],
    ["# only this", ["a"], "# only this\na: new"],
    ["---\na: 1\n...\n", ["a"], "---\na: new\n...\n"],
    ["---\na: 1\n...\n", ["b"], "---\na: 1\nb: new\n...\n"],
    ["a:   # c\n\nb:\n", ["a"], "a: new   # c\n\nb:\n"],
    ["a:   # c\n\n# d\nb:\n", ["a", "x"], "a:   # c\n  x: new\n\n# d\nb:\n"],
    ["a: |+\n  x\n\n\n# c\n", ["b"], "a: |+\n  x\n\n\nb: new\n# c\n"],
    ["a:\n  b: >-\n    x\nc: 1\n", ["a", "d"], "a:\n  b: >-\n    x\n  d: new\nc: 1\n"],
    ["a: null # c\n", ["a", 0, "b"], "a: [{b: new}] # c\n"],
    ["a: ~\n", ["a", "b"], "a: {b: new}\n"],
    ["a: {}\n", ["a", "b"], "a: {b: new}\n"],
    ["a: []   # c\n", ["a", 0, "b"], "a: [{b: new}]   # c\n"],
    ["a: {b: 1,}\n", ["a", "c"], "a: {b: 1, c: new,}\n"],
    ["a: {\n  b: 1 # c\n}\n", ["a", "c"], "a: {\n  b: 1, c: new # c\n}\n"],
    ["a: {b: x}\n", ["a", "b"], "a: {b: new}\n"],
    ["{a: 1}\n", ["b"], "{a: 1, b: new}\n"],
    ["a: two\n  lines # c\n", ["a"], "a: new # c\n"],
    ["'a' : 1\n", ["a"], "'a' : new\n"],
  ];
  for (const [before, path, after] of rows) assert.equal(set(before, path), after);
});

Deno.test("setYamlValues() quotes what readers of YAML 1.1 would take for something else", () => {
  for (const value of ["yes", "0x10", "1:30", "~", "", "a: b", "a #b", "- a", "\u2028", "a\nb"]) {
    const text = set("a: x\n", ["a"], value);
    assert.match(text, /^a: ".*"\n$/, value);
    assert.deepEqual(yaml.parse(text), { a: value });
  }
  assert.equal(set("a: 5\n", ["a"], "5"), 'a: "5"\n');
});

Deno.test("setYamlValues() changes nothing where the value stands already", () => {
  for (const text of ["a: x\n", 'a: "x"\n', "a: >-\n  x\n"]) {
    assert.equal(set(text, ["a"], "x"), text);
  }
});

Deno.test("setYamlValues() refuses what would be a guess, by name and line, without values", () => {
  const rows: readonly (readonly [string, ValuePath, RegExp])[] = [
    ["x: 1\na: &m\n  b: s3cret\n", ["a", "b"], /^line 3: "a" has an anchor/],
    ["x: &m {b: s3cret}\na: *m\n", ["a", "b"], /^line 2: "a" has an alias/],
    ["a: &m s3cret\n", ["a"], /^line 1: "a" has an anchor/],
    ["x: &m {b: 1}\na:\n  <<: *m\n", ["a", "b"], /^line 3: a merge key/],
    ["a: !!str s3cret\n", ["a"], /^line 1: "a" has a tag/],
    ["a: 1\nb: 2\na: s3cret\n", ["b"], /^line 3: a key stands in its mapping twice/],
    ["a:\n\tb: s3cret\n", ["a", "b"], /^line 2: the indent is a tab/],
    ["a:\ts3cret\n", ["a"], /^line 1: a tab stands behind the colon/],
    ["a: 1\n---\nb: s3cret\n", ["a"], /^line 2: a second document/],
    ["a: |\n  s3cret\n", ["a"], /^line 1: "a" is a block scalar/],
    ["a: >\n  s3cret\n", ["a"], /^line 1: "a" is a block scalar/],
    ["a: s3cret\n", ["a", "b"], /^line 1: "a" is a single value, wanted a mapping/],
    ["a: []\n", ["a", 0, "b", 1], /Cannot begin a list/],
    ["a: [s3cret]\n", ["a", "b"], /^line 1: "a" is a list, wanted a mapping/],
    ["a: {b: s3cret}\n", ["a", 0], /^line 1: "a" is a mapping, wanted a list/],
    ["a: {b: s3cret}\n", [], /^the whole file is not a value/],
    ["a:\n- b: s3cret\n", ["a"], /stands in a way that setup cannot change/],
    [`a: s3cret\nb: ${"[".repeat(9000)}${"]".repeat(9000)}\n`, ["a"], /nested too deep/],
    ["- s3cret\n", ["a"], /^line 1: the file is a list/],
    ["a: 's3cret\n", ["a"], /^line \d: not valid YAML/],
    ["b: x\n  s3cret: y: z\n", ["b"], /^line \d: not valid YAML/],
    ["? s3cret\n", ["a"], /^line 1: "a" stands in a way|^"a" stands in a way/],
    ["a:\n  - b: 1\n", ["a", 2, "b"], /the list has 1 entries/],
    ["a: s3cret\nb: [*none]\n", ["b"], /aliases that setup cannot follow/],
    ["a: []\n", ["a", 1], /the list has 0 entries/],
    ["a: *none\nb: 1\n", ["b"], /aliases that setup cannot follow/],
  ];
  for (const [text, path, message] of rows) {
    assert.throws(() => set(text, path), (error) => {
      assert.ok(error instanceof FormatError, `${text}: ${error}`);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("s3cret"));
      return true;
    }, text);
  }
});

Deno.test("yaml.edit() sets values of every kind, in the style of what stands there", () => {
  const rows: readonly (readonly [string, ValuePath, ConfigValue, string])[] = [
    ["a: x # c\n", ["a"], 5, "a: 5 # c\n"],
    ["a: 'x'\n", ["a"], true, "a: true\n"],
    ["a: 5\n", ["a"], "5", 'a: "5"\n'],
    ["a: 5\n", ["a"], null, "a: null\n"],
    ["a: x\n", ["a"], 1e21, "a: 1.0e+21\n"],
    ["a: x # c\n", ["a"], ["b", 1], "a: [b, 1] # c\n"],
    ["a: {b: 1} # c\n", ["a"], "x", "a: x # c\n"],
    ["a: {b: 1}\n", ["a"], { c: { d: "http://h" } }, 'a: {c: {d: "http://h"}}\n'],
    [
      "a:\n    b: 1 # c\n    d: 2 # e\nf: 1\n",
      ["a"],
      { x: [1] },
      "a:\n    x:\n      - 1 # e\nf: 1\n",
    ],
    ["a:\n  b: 1\nc: 2\n", ["a"], "x", "a:\n  x\nc: 2\n"],
    ["a:\n  b: 1\n", ["a"], {}, "a:\n  {}\n"],
    ["a:\n- 1\n- 2\nc: 2\n", ["a"], [{ b: 1, c: [] }], "a:\n- b: 1\n  c: []\nc: 2\n"],
    ["a:\r\n  - 1\r\n", ["a"], [2, [3]], "a:\r\n  - 2\r\n  - - 3\r\n"],
    ["a:\n  - b: 1\n", ["a", 1], { c: 1, d: 2 }, "a:\n  - b: 1\n  - c: 1\n    d: 2\n"],
    ["a:\n- 1 # c\nb: 2", ["a", 1], 2, "a:\n- 1 # c\n- 2\nb: 2"],
    ["a:\n- 1", ["a", 1], 2, "a:\n- 1\n- 2"],
    ["a: [1]\n", ["a", 1, "b"], 2, "a: [1, {b: 2}]\n"],
    [
      "a: 1\n",
      ["b"],
      { c: { d: 1 }, e: [{ f: 1 }] },
      "a: 1\nb:\n  c:\n    d: 1\n  e:\n    - f: 1\n",
    ],
    ["a: 1\n", ["b", "c"], [], "a: 1\nb:\n  c: []\n"],
    ["a: {}\n", ["a", "b"], [{ c: "d: e" }], 'a: {b: [{c: "d: e"}]}\n'],
    ["a: 1\n", ["__proto__", "x"], 1, 'a: 1\n"__proto__":\n  x: 1\n'],
  ];
  for (const [text, path, value, after] of rows) {
    const edited = yaml.edit(text, [{ path, to: "value", value }]);
    assert.equal(edited, after);
    assert.equal(yaml.edit(edited, [{ path, to: "value", value }]), edited);
    const look = yaml.look(text, path);
    const back = look.state === "value"
      ? { path, to: "source", source: look.source } as const
      : { path: path.slice(0, look.since), to: "nothing" } as const;
    assert.equal(yaml.edit(edited, [back]), text);
  }
});

Deno.test("yaml.edit() leaves a value that is there already, however it is written", () => {
  for (const text of ["a: {c: [0x1], b: ~}\n", "a:\n  b:\n  c:\n  - 1\n"]) {
    const value = { b: null, c: [1] };
    assert.equal(yaml.edit(text, [{ path: ["a"], to: "value", value }]), text);
  }
});

Deno.test("yaml.edit() refuses a number that is none", () => {
  for (const value of [NaN, Infinity]) {
    assert.throws(() => yaml.edit("a: 1\n", [{ path: ["a"], to: "value", value }]), FormatError);
  }
});

Deno.test("yaml.edit() takes away what it added, and puts back what it replaced", () => {
  const rows: readonly (readonly [string, ValuePath])[] = [
    [HANDWRITTEN, ["model", "api_key"]],
    [HANDWRITTEN, ["model", "base_url"]],
    [HANDWRITTEN, ["model", "provider"]],
    [HANDWRITTEN, ["fallbacks", 0, "name"]],
    ["a: []\n", ["a", 0, "b"]],
    ["a: {b: 1}", ["a", "c"]],
    ["a:\n", ["a", "b"]],
    ["a:\n", ["a", 0, "b"]],
    ["a: 1\r\nb: 2", ["c"]],
    ["\ufeff# x\n", ["c"]],
    ["a: ~ # null\n", ["a"]],
    ["a:  # null\n", ["a"]],
  ];
  for (const [text, path] of rows) {
    const look = yaml.look(text, path);
    const back = look.state === "value"
      ? { path, to: "source", source: look.source } as const
      : { path: path.slice(0, look.since), to: "nothing" } as const;
    assert.notEqual(set(text, path), text);
    assert.equal(yaml.edit(set(text, path), [back]), text);
  }
});

Deno.test("yaml.edit() removes an entry with its line, and nothing that is not there", () => {
  const remove = (text: string, path: ValuePath) => yaml.edit(text, [{ path, to: "nothing" }]);
  assert.equal(remove("a: 1 # c\nb: 2\n", ["a"]), "b: 2\n");
  assert.equal(remove("a: {x: 1, y: 2}\n", ["a", "x"]), "a: {y: 2}\n");
  assert.equal(remove("a: {x: 1, y: 2}\n", ["a", "y"]), "a: {x: 1}\n");
  assert.equal(remove("l:\n  - a: 1\n    b: 2\n  - c: 3\n", ["l", 0]), "l:\n  - c: 3\n");
  assert.equal(remove("l:\n  - a: 1\n", ["x", "y"]), "l:\n  - a: 1\n");
  assert.equal(remove("l:\n  - a: 1\n    b: 2\n", ["l", 0, "a"]), "l:\n  - b: 2\n");
  assert.throws(() => remove("l:\n  - - a\n", ["l", 0, 0]), /something else stands/);
});

Deno.test("yaml.redact() hides values by the names of their keys and tokens by their looks", () => {
  const key = `kt_hermes_${"A".repeat(43)}`;
  const text = `a:\n  api_key: "hunter2"  # dapi0123456789abcdef\n  key_env: NAME\n` +
    `  token: |\n    hunter2\n  headers: {Authorization: hunter2}\n  secret: [hunter2, hunter2]\n` +
    `  password:\n    hunter2\n    hunter2\n  empty_key: ""\n  own_key: ${key}\n  max_tokens: 5\n`;
  assert.equal(
    yaml.redact(text),
    `a:\n  api_key: [redacted]  # [redacted]\n  key_env: NAME\n` +
      `  token: [redacted]\n  headers: {Authorization: [redacted]}\n  secret: [[redacted], [redacted]]\n` +
      `  password:\n    [redacted]\n  empty_key: ""\n  own_key: kt_hermes_[redacted]\n  max_tokens: 5\n`,
  );
});

Deno.test("yaml.redact() hides tokens behind escapes, and shows where a secret is to be had", () => {
  const text = 'a: "dap\\u00690123456789"\napi_key: ${MY_KEY}\nb: ["x", "\\u0062"]\n';
  assert.equal(yaml.redact(text), text.replace('"dap\\u00690123456789"', "[redacted]"));
});
