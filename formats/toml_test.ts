import assert from "node:assert/strict";
import {
  assertPromises,
  assertRefused,
  set,
  type Setting,
} from "../tests/support/edit_promises.ts";
import type { ConfigValue, ValuePath } from "./format.ts";
import { toml } from "./toml.ts";

type Row = readonly [before: string, path: ValuePath, value: ConfigValue, after: string];

const CODEX = `# Codex, mine
model = "gpt-5"   # fast
approval_policy = 'never'
notify = [
    "bash", # the shell
    "-c"
]
tui.sound = true

# lab
[model_providers.lab]
name = "Lab"
http_headers = { "X-Team" = "a", x.y = 1 }

# trusted
[projects."/home/me/a.b"]
trust_level = "trusted"

[[hooks]]
run = """
a
b"""

[[hooks]]
[hooks.env]
A = "1"
# the end
`;

Deno.test("toml.edit() changes the bytes of the values and no other", () => {
  const edited = assertPromises(toml, CODEX, [
    { path: ["model"], value: 'a "b"' },
    { path: ["approval_policy"], value: "on-request" },
    { path: ["notify", 1], value: ["-x", 1.5] },
    { path: ["tui", "sound"], value: false },
    { path: ["model_providers", "lab", "http_headers", "X-Team"], value: { a: 1 } },
    { path: ["model_providers", "lab", "http_headers", "x", "y"], value: 2 },
    { path: ["projects", "/home/me/a.b", "trust_level"], value: "untrusted" },
    { path: ["hooks", 0, "run"], value: "x\ny" },
    { path: ["hooks", 1, "env", "A"], value: "2" },
  ]);
  assert.equal(
    edited,
    CODEX
      .replace('"gpt-5"', '"a \\"b\\""')
      .replace("'never'", "'on-request'")
      .replace('"-c"', '["-x", 1.5]')
      .replace("true", "false")
      .replace('= "a"', "= { a = 1 }")
      .replace("x.y = 1", "x.y = 2")
      .replace('"trusted"', '"untrusted"')
      .replace('"""\na\nb"""', '"x\\ny"')
      .replace('"1"', '"2"'),
  );
});

Deno.test("toml.edit() adds keys and tables beside their siblings", () => {
  const edited = assertPromises(toml, CODEX, [
    { path: ["model_provider"], value: "keyturn" },
    { path: ["notify", 2], value: "x" },
    { path: ["tui", "theme"], value: { dark: true } },
    { path: ["model_providers", "lab", "wire_api"], value: "responses" },
    { path: ["model_providers", "lab", "http_headers", "Z"], value: "z" },
    { path: ["model_providers", "lab", "http_headers", "x", "z"], value: 3 },
    { path: ["model_providers", "keyturn", "name"], value: "Keyturn" },
    { path: ["model_providers", "keyturn", "auth", "args"], value: [] },
    { path: ["model_providers", "keyturn", "base_url"], value: "http://127.0.0.1:4000" },
    { path: ["projects", "/home/me/c"], value: { trust_level: "trusted" } },
    { path: ["hooks", 2], value: { run: "c", env: { B: "2" } } },
    { path: ["shell"], value: { a: { b: { c: 1 } }, list: [{ d: 1 }] } },
  ]);
  assert.equal(
    edited,
    CODEX
      .replace('"-c"\n', '"-c",\n    "x"\n')
      .replace(
        "tui.sound = true\n",
        'tui.sound = true\ntui.theme = { dark = true }\nmodel_provider = "keyturn"\n',
      )
      .replace("x.y = 1 }", 'x.y = 1, Z = "z", x.z = 3 }\nwire_api = "responses"')
      .replace(
        "\n# trusted\n",
        `
[model_providers.keyturn]
name = "Keyturn"
base_url = "http://127.0.0.1:4000"

[model_providers.keyturn.auth]
args = []

# trusted
`,
      )
      .replace(
        "\n[[hooks]]",
        '\n[projects."/home/me/c"]\ntrust_level = "trusted"\n\n[[hooks]]',
      )
      .replace(
        "# the end\n",
        `
[[hooks]]
run = "c"

[hooks.env]
B = "2"
# the end

[shell]
list = [{ d = 1 }]

[shell.a]

[shell.a.b]
c = 1
`,
      ),
  );
});

const ROWS: readonly Row[] = [
  // Line ends, byte order mark, final line break.
  ["", ["a"], 1, "a = 1\n"],
  ["", ["a", "b", "c"], 1, "[a.b]\nc = 1\n"],
  ["", ["a"], [{ b: 1 }], "a = [{ b = 1 }]\n"],
  ["", ["a", 0, "b"], 1, "a = [{ b = 1 }]\n"],
  ["", ["a"], {}, "a = {}\n"],
  ["\ufeff", ["a", "b"], 1, "\ufeff[a]\nb = 1\n"],
  ["\ufeffa = 1", ["a"], 2, "\ufeffa = 2"],
  ["\ufeff[t]\n", ["a"], 2, "\ufeffa = 2\n\n[t]\n"],
  ["a = 1\r\n", ["b"], 2, "a = 1\r\nb = 2\r\n"],
  [
    "a = 1\r\n[t]\r\nb = 1\r\n",
    ["t", "u", "c"],
    2,
    "a = 1\r\n[t]\r\nb = 1\r\n\r\n[t.u]\r\nc = 2\r\n",
  ],
  ["a = 1", ["b"], 2, "a = 1\nb = 2"],
  ["a = 1 # c", ["b"], 2, "a = 1 # c\nb = 2"],
  ["a = 0", ["a"], 10, "a = 10"],
  ["a = 10", ["a"], 0, "a = 0"],
  ["a = 1", ["t", "b"], 2, "a = 1\n\n[t]\nb = 2"],
  ["[t]", ["t", "b"], 2, "[t]\nb = 2"],
  ["# c", ["a"], 1, "# c\na = 1"],
  ["# c\n", ["t", "a"], 1, "# c\n\n[t]\na = 1\n"],
  ["a = 1\n\n", ["t", "a"], 1, "a = 1\n\n\n[t]\na = 1\n"],
  // Keys of the root in a file that begins with a table.
  ["[t]\nb = 1\n", ["a"], 2, "a = 2\n\n[t]\nb = 1\n"],
  ["# top\n\n# about t\n[t]\n", ["a"], 2, "# top\na = 2\n\n# about t\n[t]\n"],
  ["# about t\n[t]\n", ["a"], 2, "a = 2\n\n# about t\n[t]\n"],
  ["\n\n[t]\n", ["a"], 2, "\na = 2\n\n[t]\n"],
  ["\n[t]\n", ["a"], 2, "a = 2\n\n\n[t]\n"],
  ["# top\r\n\r\n[t]", ["a"], 2, "# top\r\na = 2\r\n\r\n[t]"],
  ["\n# about t\n[t]\n", ["a"], 2, "a = 2\n\n\n# about t\n[t]\n"],
  ["  [t]\n", ["a"], 2, "a = 2\n\n  [t]\n"],
  ["a = 1 # c\n# d\n\n[t]\n", ["b"], 2, "a = 1 # c\nb = 2\n# d\n\n[t]\n"],
  ["a = 1\n[t]\n", ["b"], 2, "a = 1\nb = 2\n[t]\n"],
  // Bodies that are empty, or followed by other tables.
  ["[t] # c\n\n[u]\n", ["t", "b"], 2, "[t] # c\nb = 2\n\n[u]\n"],
  ["[t]\n# b = 1\n[u]\n", ["t", "b"], 2, "[t]\nb = 2\n# b = 1\n[u]\n"],
  ["[t]\n  [t.u]\n  c = 1\n", ["t", "u", "b"], 2, "[t]\n  [t.u]\n  c = 1\n  b = 2\n"],
  ["[t.u]\nc = 1\n", ["t", "b"], 2, "[t]\nb = 2\n[t.u]\nc = 1\n"],
  ["[t]\n\n[t.u]\nc = 1\n", ["t", "b"], 2, "[t]\nb = 2\n\n[t.u]\nc = 1\n"],
  [
    "[t]\na = 1\n[t.u]\nc = 1\n\n[x]\n",
    ["t", "v", "b"],
    2,
    "[t]\na = 1\n[t.u]\nc = 1\n\n[t.v]\nb = 2\n\n[x]\n",
  ],
  ["[t.u]\n[x]\n[t]\n", ["t", "v", "b"], 2, "[t.u]\n[x]\n[t]\n\n[t.v]\nb = 2\n"],
  // Keys with dots, and tables between braces.
  ["a.b.c = 1\n", ["a", "b", "d"], 2, "a.b.c = 1\na.b.d = 2\n"],
  ["a.b.c = 1\nx = 1\n", ["a", "d", "e"], 2, "a.b.c = 1\na.d.e = 2\nx = 1\n"],
  ["[t]\na.b = 1\n", ["t", "a", "c"], { d: 1 }, "[t]\na.b = 1\na.c = { d = 1 }\n"],
  ["[t]\na.b = 1\n", ["t", "c", "d"], 1, "[t]\na.b = 1\n\n[t.c]\nd = 1\n"],
  ["a = { b = 1 }\n", ["a", "c"], [1], "a = { b = 1, c = [1] }\n"],
  ["a = { b = 1 }\n", ["a", "c", "d"], 1, "a = { b = 1, c = { d = 1 } }\n"],
  ["a = { b.c = 1 } # x\n", ["a", "b", "d"], 1, "a = { b.c = 1, b.d = 1 } # x\n"],
  ["a = {}\n", ["a", "b"], 1, "a = {b = 1}\n"],
  ["a = { }\n", ["a", "b"], 1, "a = { b = 1 }\n"],
  ["a={b=1}\n", ["a", "c", "d"], 1, "a={b=1, c={ d=1 }}\n"],
  // Arrays.
  ["a = [1, 2]\n", ["a", 2], 3, "a = [1, 2, 3]\n"],
  ["a = []\n", ["a", 0], { b: 1 }, "a = [{ b = 1 }]\n"],
  ["a = [ # c\n]\n", ["a", 0], 1, "a = [1 # c\n]\n"],
  ["a = [\n  1, # one\n  2 # two\n]\n", ["a", 2], 3, "a = [\n  1, # one\n  2, # two\n  3\n]\n"],
  ["a = [\n  1,\n  2, # two\n]\n", ["a", 2], 3, "a = [\n  1,\n  2, # two\n  3,\n]\n"],
  ["[[a]]\nb = 1\n\n[x]\n", ["a", 1, "b"], 2, "[[a]]\nb = 1\n\n[[a]]\nb = 2\n\n[x]\n"],
  ["[[a]]\nb = 1\n[[a]]\n", ["a", 0, "c"], 2, "[[a]]\nb = 1\nc = 2\n[[a]]\n"],
  ["[[a]]\nb = 1\n[[a]]\n", ["a", 0, "c", "d"], 2, "[[a]]\nb = 1\n\n[a.c]\nd = 2\n[[a]]\n"],
  ["[[a]]\nb = 1\n", ["a", 1], {}, "[[a]]\nb = 1\n\n[[a]]\n"],
  // Values in the place of others, and tables of several lines.
  ["a = 1979-05-27 # c\n", ["a"], "x", 'a = "x" # c\n'],
  ["a = 'x'\n", ["a"], "it's", 'a = "it\'s"\n'],
  ["a = '''x\ny''' # c\n", ["a"], 1, "a = 1 # c\n"],
  ["a = 0x10\n", ["a"], 1e300, "a = 1e+300\n"],
  ["a = 1\n", ["a"], 2 ** 60, "a = 1.152921504606847e+18\n"],
  ["a = 1\n", ["a"], -0, "a = -0.0\n"],
  ["a = 1\n", ["a"], { b: { c: [true] } }, "a = { b = { c = [true] } }\n"],
  ["[t]\na = 1 # c\nb = 2\n\n[u]\n", ["t"], { a: 3, c: 4 }, "[t]\na = 3 # c\nc = 4\n\n[u]\n"],
  ["[t.u]\na = 1\n", ["t"], { u: { b: 1 } }, "[t.u]\nb = 1\n"],
  ["a.b = 1\na.c = 2\n", ["a"], { b: 3 }, "a.b = 3\n"],
  ["[[t]]\na = 1\n\n[[t]]\na = 2\n", ["t"], [{ a: 3 }], "[[t]]\na = 3\n"],
  // Odd keys and escapes.
  ['"a b".c = 1\n', ["a b", "d.e"], 2, '"a b".c = 1\n"a b"."d.e" = 2\n'],
  ["'a' = 1\n", ["a"], 2, "'a' = 2\n"],
  ['"\\u0061" = 1\n', ["a"], 2, '"\\u0061" = 2\n'],
  ["[ a . b ]\n", ["a", "b", "c"], 1, "[ a . b ]\nc = 1\n"],
  ["", [""], 1, '"" = 1\n'],
  ["a = 1\n", ["a"], '\u0000\u007f\\"é\u{1f600}\n', 'a = "\\u0000\\u007f\\\\\\"é\u{1f600}\\n"\n'],
  ["__proto__ = 1\n", ["__proto__"], 2, "__proto__ = 2\n"],
  ["", ["__proto__", "constructor"], 2, "[__proto__]\nconstructor = 2\n"],
  ["[a]\n", ["toString"], 2, "toString = 2\n\n[a]\n"],
  ["# [a]\nb = '''\n[a]\n'''\n", ["a", "c"], 1, "# [a]\nb = '''\n[a]\n'''\n\n[a]\nc = 1\n"],
];

Deno.test("toml.edit() keeps what is not the value, and undo gives every byte back", () => {
  for (const [before, path, value, after] of ROWS) {
    assert.equal(assertPromises(toml, before, [{ path, value }]), after, before);
  }
});

Deno.test("toml.edit() takes back many values, and the tables that it made", () => {
  const texts = [
    "",
    "# c\n",
    "\n",
    "# c\n\n",
    "x = 1",
    "x = 1\n",
    "[t]\nx = 1\n",
    "# c\n\n[t]",
    "\ufeff\n\n[t.u]\r\n",
    "# c",
  ];
  for (const text of texts) {
    const settings: readonly Setting[] = [
      { path: ["a"], value: 1 },
      { path: ["b", "c"], value: 2 },
      { path: ["b", "d", "e"], value: [3] },
      { path: ["b", "f"], value: {} },
      { path: ["g"], value: "h" },
      { path: ["i", "j", "k"], value: "l" },
      { path: ["i", "m", "n"], value: { o: 1 } },
    ];
    assertPromises(toml, text, settings);
    assertPromises(toml, text, settings.toReversed());
  }
});

Deno.test("toml.edit() puts a table back when the last line of the file is another's by now", () => {
  for (const text of ["[b]\na = 1", "b.a = 1", "b = 1"]) {
    assertPromises(toml, text, [
      { path: ["b"], value: text === "b = 1" ? 2 : { c: 2 } },
      { path: ["c"], value: 3 },
      { path: ["d", "e"], value: 4 },
    ]);
  }
});

Deno.test("toml.edit() leaves a value that is there already, however it is written", () => {
  const value = { b: { c: [1, "x"] } };
  for (
    const text of ["a.b.c = [0x1, 'x',]\n", "[a.b]\nc = [1, '''x''']\n", "a = {b.c=[1,'x']}\n"]
  ) {
    assert.equal(set(toml, text, [{ path: ["a"], value }]), text);
  }
});

Deno.test("toml.edit() removes a value with its line or its comma, and nothing else", () => {
  const rows: readonly (readonly [string, ValuePath, string])[] = [
    ["a = 1 # c\nb = 2\n", ["a"], "b = 2\n"],
    ["# a\na = '''\nx\n''' # c\n\n# b\nb = 2\n", ["a"], "# a\n\n# b\nb = 2\n"],
    ["b = 2\na = 1", ["a"], "b = 2"],
    ["a = { b = 1, c = 2, d = 3 }\n", ["a", "b"], "a = { c = 2, d = 3 }\n"],
    ["a = { b = 1, c = 2, d = 3 }\n", ["a", "c"], "a = { b = 1, d = 3 }\n"],
    ["a = { b = 1, c = 2, d = 3 }\n", ["a", "d"], "a = { b = 1, c = 2 }\n"],
    ["a = [\n  1, # one\n  2, # two\n]\n", ["a", 1], "a = [\n  1, # one\n]\n"],
    ["a = [\n  1, # one\n  2 # two\n]\n", ["a", 1], "a = [\n  1 # one\n]\n"],
    ["a = [1,2]\n", ["a", 0], "a = [2]\n"],
    [
      "x = 1\n\n# t\n[t] # c\na = 1\n[t.u]\nb = 1 # d\n\n# v\n[v]\n",
      ["t"],
      "x = 1\n\n# t\n\n# v\n[v]\n",
    ],
    ["[a]\nb = 1\n\n[[c]]\n\n[[c]]\nd = 1\n", ["c", 1], "[a]\nb = 1\n\n[[c]]\n"],
    ["a.b = 1\na.c = 2\nd = 1\n", ["a"], "d = 1\n"],
    ["[a]\nb = 1\n", ["a", "b"], "[a]\n"],
    ["[a]\nb = 1\n", ["a", "c"], "[a]\nb = 1\n"],
    ["a = 1\n", ["b", "c"], "a = 1\n"],
  ];
  for (const [text, path, after] of rows) {
    assert.equal(toml.edit(text, [{ path, to: "nothing" }]), after, text);
  }
});

Deno.test("toml refuses what would be a guess, by name and line, without values", () => {
  const deep = "[".repeat(201) + "]".repeat(201);
  const twice = /^line 2: a key or table stands here a second time/;
  const rows: readonly (readonly [string, ValuePath, ConfigValue, RegExp])[] = [
    ["a = 's3cret'\na = 1\n", ["b"], 1, twice],
    ["a = 's3cret'\n\"a\" = 1\n", ["a"], 1, twice],
    ["[a]\n[a]\n", ["b"], 1, twice],
    ["a = { s3cret = 1 }\na.b = 1\n", ["a", "b"], 1, twice],
    ["a = { s3cret = 1 }\n[a.b]\n", ["a", "b"], 1, twice],
    ["a.s3cret = 1\n[a]\n", ["a", "b"], 1, twice],
    ["[a]\nb.c = 1\n[a.b]\n", ["a", "b"], 1, /^line 3: a key or table stands here a second time/],
    ["[a]\n\n[[a]]\n", ["a", "b"], 1, /^line 3: a key or table stands here a second time/],
    ["a = []\n[[a]]\n", ["a", 0], 1, twice],
    ["a = 's3cret\n", ["a"], 1, /^line \d: not valid TOML/],
    ["b = 1\na = s3cret\n", ["a"], 1, /^line 2: not valid TOML/],
    ["a = 1 b = 2\n", ["a"], 1, /^line 1: not valid TOML/],
    ["a = 1\rb = 2\n", ["a"], 1, /^line 1: not valid TOML/],
    ["[a\n", ["a"], 1, /^line \d: not valid TOML/],
    ["a = { b = 1, }\n", ["a", "c"], 1, /^line 1: not valid TOML/],
    ["a = 's3cret'\n", ["a", "b"], 1, /^line 1: "a" is a single value, wanted a table/],
    ["x = 1\na = ['s3cret']\n", ["a", "b"], 1, /^line 2: "a" is a list, wanted a table/],
    ["[[a]]\n", ["a", "b"], 1, /^line 1: "a" is a list, wanted a table/],
    ["[a]\n", ["a", 0], 1, /^line 1: "a" is a table, wanted a list/],
    ["a = 1\n", [0], 1, /the file is a table, wanted a list/],
    ["a = [1]\n", ["a", 2], 1, /the list has 1 entries/],
    ["[[a]]\n", ["a", 2, "b"], 1, /the list has 1 entries/],
    ["[[a]]\n", ["a", 1], "s3cret", /takes nothing else/],
    ["", ["a", 1], 1, /Cannot begin a list with its entry 1/],
    ["[a]\n", ["a"], "s3cret", /"a" is a table with lines of its own/],
    ["[[a]]\n", ["a"], {}, /"a" is a list of tables with lines of its own/],
    ["[a.b]\n[c]\n[a.d]\n", ["a"], { b: 1 }, /"a" is spread over the file/],
    ["[a]\n\nb = 's3cret'\n", ["a"], {}, /^"a" has lines that could not be put back/],
    ["[a.b]\nc = 's3cret'\n", ["a"], {}, /^"a" has lines that could not be put back/],
    ["a = { b.c = 1 }\n", ["a", "b"], 1, /"a\.b" is written with dots between braces/],
    ["[t]\n[t.u]\n", ["t", "a"], 1, /has no place from which it could be taken back/],
    ["a = 1\n", ["a"], null, /has no null/],
    ["a = 1\n", ["a"], "s3cret\ud800", /half a character/],
    ["a = 1\n", ["a"], NaN, /not a number/],
    ["a = 1\n", [], 1, /the whole file is not a value/],
    [`s3cret = ${deep}`, ["a"], 1, /nested too deep/],
    [`a = ${"[".repeat(100_000)}`, ["a"], 1, /nested too deep/],
    [`${"a.".repeat(300)}b = 1`, ["a"], 1, /nested too deep/],
    [`[${"a.".repeat(20_000)}b]`, ["a"], 1, /nested too deep/],
  ];
  for (const [text, path, value, message] of rows) {
    assertRefused(() => set(toml, text, [{ path, value }]), message, text.slice(0, 80));
  }
  const edit = (path: ValuePath, source: string) => () =>
    toml.edit("a = 1\n[t]\n", [{ path, to: "source", source }]);
  assertRefused(edit(["b"], "1"), /Cannot put back "b"/, "absent");
  assertRefused(edit(["a"], "1\nb = 2"), /stands in a way/, "more than a value");
  assertRefused(edit(["a"], "s3cret"), /stands in a way/, "no value");
  assertRefused(edit(["t"], "[s3cret]\n"), /stands in a way/, "another table");
  const apart = "[a.b]\n[c]\n[a.d]\n";
  assertRefused(() => toml.edit(apart, [{ path: ["a"], to: "nothing" }]), /is spread over/, apart);
  assertRefused(() => toml.look(apart, ["a"]), /is spread over/, apart);
});

Deno.test("toml.parse() and look() read keys like __proto__ as any other, and dates as text", () => {
  const text =
    "a = 1979-05-27\nb = 9007199254740993\n__proto__.c = [{ d = 1 }]\n[t] # c\nx = 1\n\n[u]\n";
  const data = toml.parse(text);
  assert.deepEqual(Object.entries(Object(data)), [
    ["a", "1979-05-27"],
    ["b", 9007199254740993n],
    ["__proto__", { c: [{ d: 1 }] }],
    ["t", { x: 1 }],
    ["u", {}],
  ]);
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
  assert.deepEqual(toml.parse("# nothing"), {});
  const rows: readonly (readonly [ValuePath, string | number])[] = [
    [["a"], "1979-05-27"],
    [["t"], "[t] # c\nx = 1"],
    [["__proto__", "c"], "[{ d = 1 }]"],
    [["__proto__", "c", 0, "d"], "1"],
    [["__proto__", "c", 1, "d"], 3],
    [["constructor", "name"], 1],
    [["t", "y", "z"], 2],
  ];
  for (const [path, found] of rows) {
    const look = typeof found === "string"
      ? { state: "value", source: found }
      : { state: "absent", since: found };
    assert.deepEqual(toml.look(text, path), look);
  }
});

Deno.test("toml.redact() hides values by the names of their keys and tokens by their looks", () => {
  const key = `kt_codex_${"A".repeat(43)}`;
  const text = `experimental_bearer_token = "${key}" # was dapi0123456789abcdef
env_key = "NAME"
x = "dap\\u00690123456789"
http_headers = { Authorization = "hunter2", a.api_key = 'hunter2', ok = "\${TOKEN}" }
max_tokens = 5
list = ["sk-0123456789", "b"]
password = """
hunter2
"""
[secret]
deep = ["hunter2", { x = "hunter2" }, 5, ""]
`;
  assert.equal(
    toml.redact(text),
    `experimental_bearer_token = "kt_codex_[redacted]" # was [redacted]
env_key = "NAME"
x = "[redacted]"
http_headers = { Authorization = "[redacted]", a.api_key = "[redacted]", ok = "\${TOKEN}" }
max_tokens = 5
list = ["[redacted]", "b"]
password = "[redacted]"
[secret]
deep = ["[redacted]", { x = "[redacted]" }, 5, ""]
`,
  );
});
