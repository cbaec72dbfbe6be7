import assert from "node:assert/strict";
import {
  assertPromises,
  assertRefused,
  set,
  type Setting,
} from "../tests/support/edit_promises.ts";
import type { ConfigValue, ValuePath } from "./format.ts";
import { json } from "./json.ts";
import { jsonc } from "./jsonc.ts";

type Row = readonly [before: string, path: ValuePath, value: ConfigValue, after: string];

const SETTINGS = `// my agent
{
    /* the endpoint */
    "env": {
        "BASE_URL": "https://x.example/v1", // mine
        "EMPTY": {},
    },
    "hooks": [
        {"run": "a"},
        {"run": "b"}
    ], // and more
    // "later": 1
    "theme" : "dark"
    // the end
}
`;

Deno.test("jsonc.edit() changes the bytes of the values and no other", () => {
  const edited = assertPromises(jsonc, SETTINGS, [
    { path: ["env", "BASE_URL"], value: 'http://127.0.0.1:4000/"' },
    { path: ["hooks", 1, "run"], value: { a: [1, null] } },
    { path: ["theme"], value: ["light", true] },
  ]);
  assert.equal(
    edited,
    SETTINGS
      .replace("https://x.example/v1", 'http://127.0.0.1:4000/\\"')
      .replace('"run": "b"', '"run": {"a": [1, null]}')
      .replace('"dark"', '[\n        "light",\n        true\n    ]'),
  );
});

Deno.test("jsonc.edit() adds entries in the file's own indent and comma style", () => {
  const edited = assertPromises(jsonc, SETTINGS, [
    { path: ["env", "KEY"], value: "k" },
    { path: ["env", "EMPTY", "a"], value: 1 },
    { path: ["hooks", 2, "run"], value: "c" },
    { path: ["providers", "kt", "models"], value: [{ id: "m" }, []] },
    { path: ["providers", "kt", "key"], value: "x" },
  ]);
  assert.equal(
    edited,
    SETTINGS
      .replace("{},\n", '{\n            "a": 1\n        },\n        "KEY": "k",\n')
      .replace(
        '{"run": "b"}\n',
        '{"run": "b"},\n        {\n            "run": "c"\n        }\n',
      )
      .replace(
        '"dark"\n',
        `"dark",
    "providers": {
        "kt": {
            "models": [
                {
                    "id": "m"
                },
                []
            ],
            "key": "x"
        }
    }
`,
      ),
  );
});

const ROWS: readonly Row[] = [
  // Line ends, byte order mark, final line break.
  ['{\r\n  "a": 1\r\n}\r\n', ["b"], 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'],
  [
    '{\r\n  "a": {}\r\n}',
    ["a", "b"],
    [1],
    '{\r\n  "a": {\r\n    "b": [\r\n      1\r\n    ]\r\n  }\r\n}',
  ],
  ['\ufeff{"a": 1}', ["a"], 2, '\ufeff{"a": 2}'],
  ['\ufeff{\n  "a": 1\n}', ["b"], 2, '\ufeff{\n  "a": 1,\n  "b": 2\n}'],
  ["\ufeff", ["a"], 1, '\ufeff{\n  "a": 1\n}\n'],
  ["", ["a", "b"], 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'],
  ["", ["a", 0, "b"], 1, '{\n  "a": [\n    {\n      "b": 1\n    }\n  ]\n}\n'],
  ["\n\n", ["a"], 1, '\n\n{\n  "a": 1\n}\n'],
  ["  ", ["a"], 1, '  \n{\n  "a": 1\n}'],
  // Indents.
  ['{\n\t"a": 1\n}\n', ["b", "c"], 2, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}\n'],
  ['{\n    "a": 1\n}\n', ["b", "c"], 2, '{\n    "a": 1,\n    "b": {\n        "c": 2\n    }\n}\n'],
  ['{\n"a": 1\n}\n', ["b"], 2, '{\n"a": 1,\n"b": 2\n}\n'],
  [
    '{\n   "a": {\n      "b": 1\n   }\n}',
    ["a", "c"],
    {},
    '{\n   "a": {\n      "b": 1,\n      "c": {}\n   }\n}',
  ],
  // Empty objects and lists.
  ["{}", ["a"], 1, '{\n  "a": 1\n}'],
  ["{}\n", ["a", "b"], 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'],
  ["{ }\n", ["a"], 1, '{ "a": 1 }\n'],
  ["{\n}\n", ["a"], 1, '{\n  "a": 1\n\n}\n'],
  ["{\r\n\r\n  }", ["a"], 1, '{\r\n  "a": 1\r\n\r\n\r\n  }'],
  ['{\n  "a": []\n}', ["a", 0], "x", '{\n  "a": [\n    "x"\n  ]\n}'],
  ['{"a":{}}', ["a", "b"], [1, 2], '{"a":{"b":[1,2]}}'],
  // One line.
  ['{"a":1,"b":{"c":"d"}}', ["b", "e"], { f: [1, 2] }, '{"a":1,"b":{"c":"d","e":{"f":[1,2]}}}'],
  ['{"a":1}\n', ["b"], [], '{"a":1,"b":[]}\n'],
  ['{ "a": 1 }', ["b", "c"], 2, '{ "a": 1, "b": { "c": 2 } }'],
  ['{"a": [1, 2]}', ["a", 2], 3, '{"a": [1, 2, 3]}'],
  ['{\n  "a": [1, 2], "b": 1\n}', ["a", 2], { c: 3 }, '{\n  "a": [1, 2, {"c": 3}], "b": 1\n}'],
  ['{\n  "a": [1, 2], "b": 1\n}', ["c"], 1, '{\n  "a": [1, 2], "b": 1, "c": 1\n}'],
  ['{ "a": 1\n}', ["b"], 2, '{ "a": 1, "b": 2\n}'],
  // Comments.
  ['{\n  "a": 1 // c\n}', ["b"], 2, '{\n  "a": 1, // c\n  "b": 2\n}'],
  [
    '{\n  "a": 1 /* c */ // d\n  // e\n}',
    ["b"],
    2,
    '{\n  "a": 1, /* c */ // d\n  "b": 2\n  // e\n}',
  ],
  ['{\n  "a": 1, // c\n}', ["b"], 2, '{\n  "a": 1, // c\n  "b": 2,\n}'],
  ['{\n  "a": 1 /* c */, // d\n}', ["b"], 2, '{\n  "a": 1 /* c */, // d\n  "b": 2,\n}'],
  ['{\n  "a": 1 /* c\n  d */\n}', ["b"], 2, '{\n  "a": 1, "b": 2 /* c\n  d */\n}'],
  ['{\n  "a": 1 // c\n  , // d\n}', ["b"], 2, '{\n  "a": 1 // c\n  , // d\n  "b": 2,\n}'],
  ['{"a": 1, /* } */}', ["b"], 2, '{"a": 1, "b": 2, /* } */}'],
  ["{\n  // c\n}", ["a"], 1, '{\n  // c\n  "a": 1\n}'],
  ["{ // c\n  \n}", ["a"], 1, '{ // c\n  "a": 1\n  \n}'],
  ["{/* c */}", ["a"], 1, '{/* c */"a": 1}'],
  ["{/* c */ }", ["a"], 1, '{/* c */ "a": 1}'],
  ["// c\n", ["a"], 1, '// c\n{\n  "a": 1\n}\n'],
  ["// c", ["a"], 1, '// c\n{\n  "a": 1\n}'],
  ["/* c */{} // d", ["a"], 1, '/* c */{\n  "a": 1\n} // d'],
  ['{/*c*/"a"/*d*/:/*e*/1/*f*/}/*g*/', ["a"], "x", '{/*c*/"a"/*d*/:/*e*/"x"/*f*/}/*g*/'],
  // Values of every kind in the place of others.
  ['{"a": null}', ["a"], { b: 1 }, '{"a": {"b": 1}}'],
  ['{\n  "a": {\n    // c\n    "b": 1\n  }\n}', ["a"], "x", '{\n  "a": "x"\n}'],
  ['{\n  "a": [1, 2]\n}', ["a"], [3], '{\n  "a": [3]\n}'],
  ['{\n  "a": []\n}', ["a"], [3], '{\n  "a": [\n    3\n  ]\n}'],
  ['{"a": "1"}', ["a"], 1, '{"a": 1}'],
  ['{"a": true}', ["a"], false, '{"a": false}'],
  ['{"a": 1}', ["a"], 1e21, '{"a": 1e+21}'],
  ['{"a": 1}', ["a"], -0, '{"a": -0}'],
  // Escapes and odd keys.
  ['{"\\u0061": "x"}', ["a"], "y", '{"\\u0061": "y"}'],
  ['{"a": "\\u0000\\ud83d\\ude00"}', ["a"], "\u0000\ud800é", '{"a": "\\u0000\\ud800é"}'],
  ['{"": {"a.b": 1}}', ["", "a.b"], 2, '{"": {"a.b": 2}}'],
  ['{"__proto__": {"a": 1}}', ["__proto__", "a"], 2, '{"__proto__": {"a": 2}}'],
  ["{}", ["__proto__", "constructor"], 2, '{\n  "__proto__": {\n    "constructor": 2\n  }\n}'],
  ['{"a":1}', ["toString"], 2, '{"a":1,"toString":2}'],
  ["{}", ['"\n'], 2, '{\n  "\\"\\n": 2\n}'],
];

Deno.test("jsonc.edit() keeps what is not the value, and undo gives every byte back", () => {
  for (const [before, path, value, after] of ROWS) {
    assert.equal(assertPromises(jsonc, before, [{ path, value }]), after, before);
  }
});

Deno.test("json.edit() does the same to a text without comments", () => {
  const rows = ROWS.filter(([before]) => !/\/|,\s*[}\]]/.test(before));
  assert.ok(rows.length > 30);
  for (const [before, path, value, after] of rows) {
    assert.equal(assertPromises(json, before, [{ path, value }]), after, before);
    if (before.startsWith("{")) JSON.parse(after);
  }
});

Deno.test("jsonc.edit() leaves a value that is there already, however it is written", () => {
  const text = '{"a": {"c": [1.0, /* x */], "b": "\\u0041"}}';
  const value = { b: "A", c: [1] };
  assert.equal(set(jsonc, text, [{ path: ["a"], value }]), text);
});

Deno.test("jsonc.edit() takes back many values of one object, and the object that it made", () => {
  for (
    const text of ["", "{}", "{\n}\n", '{"x":1}', '{\n  "x": 1, // y\n}\n', "{ // c\n}", "// c"]
  ) {
    const settings: readonly Setting[] = [
      { path: ["a"], value: 1 },
      { path: ["b", "c"], value: 2 },
      { path: ["b", "d"], value: [3] },
      { path: ["e", 0, "f"], value: "g" },
      { path: ["e", 0, "h"], value: "i" },
      { path: ["e", 1], value: {} },
    ];
    assertPromises(jsonc, text, settings);
    assertPromises(jsonc, text, settings.toReversed().filter(({ path }) => path[0] !== "e"));
  }
});

Deno.test("jsonc.edit() removes an entry with its line and one comma, and nothing else", () => {
  const rows: readonly (readonly [string, ValuePath, string])[] = [
    ['{\n  "a": 1, // c\n  "b": 2\n}', ["a"], '{\n  "b": 2\n}'],
    ['{\n  "a": 1, // c\n  "b": 2 // d\n}', ["b"], '{\n  "a": 1 // c\n}'],
    ['{\n  "a": 1, // c\n  "b": 2, // d\n}', ["b"], '{\n  "a": 1, // c\n}'],
    [
      '{\n  "a": 1,\n\n  // b\n  "b": 2,\n  // e\n  "e": 3\n}',
      ["b"],
      '{\n  "a": 1,\n\n  // b\n  // e\n  "e": 3\n}',
    ],
    ['{"a": 1, "b": 2, "c": 3}', ["a"], '{"b": 2, "c": 3}'],
    ['{"a": 1, "b": 2, "c": 3}', ["b"], '{"a": 1, "c": 3}'],
    ['{"a": 1, "b": 2, "c": 3}', ["c"], '{"a": 1, "b": 2}'],
    ['{"a": 1, /* b */ "b": 2 /* c */ }', ["b"], '{"a": 1 /* b */  /* c */ }'],
    ['{"a": 1, // a\n "b": 2, "c": 3}', ["b"], '{"a": 1, // a\n "c": 3}'],
    ['{"a": [1,2,3,]}', ["a", 2], '{"a": [1,2,]}'],
    ['{"a": [1,2,3,]}', ["a", 0], '{"a": [2,3,]}'],
    ['{\n  "a": {\n    "b": 1\n  }\n}', ["a", "b"], '{\n  "a": {}\n}'],
    ['{\n  "a": {\n    "b": 1\n  },\n  "c": 1\n}', ["a"], '{\n  "c": 1\n}'],
    ['{\n  "a": 1\n  , "b": 2\n}', ["b"], '{\n  "a": 1\n  \n}'],
    ['{\n  "a": 1, // a\n  , "b": 2\n}'.replace("1, //", "1 //"), ["a"], '{\n  "b": 2\n}'],
    ['{ "a": 1, }', ["a"], "{ }"],
    ['{ "a": 1}', ["a"], "{ }"],
    ['{"a": 1}', ["b", "c"], '{"a": 1}'],
    ['{"a": [1]}', ["a", 1], '{"a": [1]}'],
    ["", ["a"], ""],
    ['// c\n{"a": 1} // d\n', [], "// c\n// d\n"],
  ];
  for (const [text, path, after] of rows) {
    assert.equal(jsonc.edit(text, [{ path, to: "nothing" }]), after, text);
  }
});

Deno.test("jsonc refuses what would be a guess, by name and line, without values", () => {
  const deep = "[".repeat(201) + "]".repeat(201);
  const rows: readonly (readonly [string, ValuePath, RegExp])[] = [
    ['{"a": "s3cret",\n"a": 1}', ["b"], /^line 2: a key stands in its object twice/],
    ['{\n"a": "s3cret", "\\u0061": 1}', ["a"], /^line 2: a key stands in its object twice/],
    ['{"b": [{"a": 1,\n\n"a": 1}]}', ["b", 0, "a"], /^line 3: a key stands in its object twice/],
    ['{"__proto__": 1, "__proto__": 2}', ["a"], /^line 1: a key stands in its object twice/],
    ['{"a": "s3cret}', ["a"], /^line 1: not valid JSON/],
    ['{"a": 1}\n{"s3cret": 1}', ["a"], /^line 2: not valid JSON/],
    ["{'a': 1}", ["a"], /^line 1: not valid JSON/],
    ["{a: 1}", ["a"], /^line 1: not valid JSON/],
    ['{"a": 1 "b": 2}', ["a"], /^line 1: not valid JSON/],
    ['{"a": 1,, "b": 2}', ["a"], /^line 1: not valid JSON/],
    ["[1, 2", ["a"], /^line 1: not valid JSON/],
    ["/* s3cret", ["a"], /^line 1: not valid JSON/],
    ['\n["s3cret"]', ["a"], /^line 2: the file is an array, wanted an object/],
    ['"s3cret"', ["a"], /^line 1: the file is a single value, wanted an object/],
    ['{"a": "s3cret"}', ["a", "b"], /^line 1: "a" is a single value, wanted an object/],
    ['{"a": null}', ["a", "b"], /^line 1: "a" is a single value, wanted an object/],
    ['{"a": ["s3cret"]}', ["a", "b"], /^line 1: "a" is an array, wanted an object/],
    ['{"a": {"b": "s3cret"}}', ["a", 0], /^line 1: "a" is an object, wanted an array/],
    ['{"a": [1]}', ["a", 2], /the list has 1 entries/],
    ["{}", ["a", 1], /the list has 0 entries/],
    ["", ["a", 1], /the list has 0 entries/],
    ["{}", [], /the whole file is not a value to change/],
    [`{"s3cret": ${deep}}`, ["a"], /^line 1: the file is nested too deep/],
    ["[".repeat(100_000), ["a"], /^line 1: the file is nested too deep/],
  ];
  for (const [text, path, message] of rows) {
    assertRefused(() => set(jsonc, text, [{ path, value: "s3cret" }]), message, text);
  }
  const source = (path: ValuePath, source: string) => () =>
    jsonc.edit('{"a": 1}', [{ path, to: "source", source }]);
  assertRefused(source(["b"], "1"), /Cannot put back "b"/, "absent");
  assertRefused(source(["a"], '1, "b": 2'), /stands in a way/, "more than a value");
  assertRefused(source(["a"], "s3cret"), /stands in a way/, "no value");
  for (const value of [NaN, Infinity]) {
    assertRefused(() => set(jsonc, "{}", [{ path: ["a"], value }]), /not a number/, "number");
  }
});

Deno.test("jsonc.edit() changes nothing if one of its edits is refused", () => {
  const text = '{"a": 1}';
  assertRefused(
    () => set(jsonc, text, [{ path: ["b"], value: 1 }, { path: ["a", "c"], value: 1 }]),
    /"a" is a single value/,
    text,
  );
});

Deno.test("json refuses comments and trailing commas, which its readers do not take", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['{\n// c\n"a": 1}', /^line 2: a comment stands here, and this program/],
    ['{"a": /* c */ 1}', /^line 1: a comment stands here/],
    ['{"a": 1,}', /^line 1: not valid JSON/],
    ["[1,]", /^line 1: not valid JSON/],
  ];
  for (const [text, message] of rows) {
    assertRefused(() => json.parse(text), message, text);
    jsonc.parse(text);
  }
});

Deno.test("jsonc.parse() and look() read keys like __proto__ as any other", () => {
  const data = jsonc.parse('{"__proto__": {"a": 1}, "b": [{}, null, "x", 1.5, true]}');
  assert.deepEqual(Object.entries(Object(data)), [
    ["__proto__", { a: 1 }],
    ["b", [{}, null, "x", 1.5, true]],
  ]);
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
  assert.equal(jsonc.parse(" // nothing"), null);
  assert.deepEqual(jsonc.look("{}", ["constructor", "name"]), { state: "absent", since: 1 });
  assert.deepEqual(jsonc.look("", ["a", "b"]), { state: "absent", since: 0 });
  assert.deepEqual(jsonc.look('{"a": {"b": [1, /* c */]}}', ["a", "b"]), {
    state: "value",
    source: "[1, /* c */]",
  });
  assert.deepEqual(jsonc.look('{"a": {}}', ["a", "b", "c"]), { state: "absent", since: 2 });
});

Deno.test("jsonc.redact() hides values by the names of their keys and tokens by their looks", () => {
  const key = `kt_pi_${"A".repeat(43)}`;
  const text = `{
  "apiKey": "hunter2", // was dapi0123456789abcdef
  "key_env": "NAME", "token": "\${MY_TOKEN}",
  "headers": {"Authorization": "Bearer hunter2hunter2", "x": "dap\\u00690123456789"},
  "secret": ["hunter2", {"deep": "hunter2"}, 5], "password": "",
  "own_key": "${key}", "max_tokens": 5, /* sk-0123456789 */
}`;
  assert.equal(
    jsonc.redact(text),
    `{
  "apiKey": "[redacted]", // was [redacted]
  "key_env": "NAME", "token": "\${MY_TOKEN}",
  "headers": {"Authorization": "[redacted]", "x": "[redacted]"},
  "secret": ["[redacted]", {"deep": "[redacted]"}, 5], "password": "",
  "own_key": "kt_pi_[redacted]", "max_tokens": 5, /* [redacted] */
}`,
  );
});
