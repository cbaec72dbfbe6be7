import assert from "node:assert/strict";
import fc from "fast-check";
import { assertPromises, assertRefused, set } from "../tests/support/edit_promises.ts";
import { dotenv } from "./dotenv.ts";
import type { ConfigValue, ValuePath } from "./format.ts";

const HANDWRITTEN = `# my agent
export GEMINI_API_KEY="old"   # mine
  BASE_URL = http://x.example/v1 # here

EMPTY=
ODD='a
b'
NAME: value
# OLD=1
`;

Deno.test("dotenv.edit() changes the bytes of the values and no other", () => {
  const edited = assertPromises(dotenv, HANDWRITTEN, [
    { path: ["GEMINI_API_KEY"], value: "kt_gemini_x" },
    { path: ["BASE_URL"], value: "http://127.0.0.1:4000/gemini" },
    { path: ["EMPTY"], value: "two words" },
    { path: ["ODD"], value: "c" },
    { path: ["NAME"], value: "it's" },
    { path: ["OLD"], value: "2" },
    { path: ["NEW"], value: "" },
  ]);
  assert.equal(
    edited,
    HANDWRITTEN
      .replace('"old"', '"kt_gemini_x"')
      .replace("http://x.example/v1", "'http://127.0.0.1:4000/gemini'")
      .replace("EMPTY=", "EMPTY='two words'")
      .replace("'a\nb'", "'c'")
      .replace(": value", `: "it's"`) + "OLD=2\nNEW=''\n",
  );
});

Deno.test("dotenv.edit() keeps line ends, marks and comments, and undo gives every byte back", () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["", "A", "x", "A=x\n"],
    ["\ufeff", "A", "x", "\ufeffA=x\n"],
    ["\ufeffA=1\r\nB=2", "A", "x", "\ufeffA=x\r\nB=2"],
    ["A=1\r\n", "B", "x", "A=1\r\nB=x\r\n"],
    ["A=1\r\nB=2", "C", "x", "A=1\r\nB=2\r\nC=x"],
    ["# c", "A", "x", "# c\nA=x"],
    ["export A=1\nexport  B=2\n", "C", "x", "export A=1\nexport  B=2\nexport C=x\n"],
    ["export A=1\nB=2\n", "C", "x", "export A=1\nB=2\nC=x\n"],
    ["A= # c\n", "A", "x", "A=x # c\n"],
    ["A=   \nB=1\n", "A", "x", "A=   x\nB=1\n"],
    ['A="v"# c\n', "A", "x", 'A="x"# c\n'],
    ["A=`v`\n", "A", "x", "A=`x`\n"],
    ["A='v'\n", "A", "$x", "A='$x'\n"],
    ['A="v"\n', "A", "$x", "A='$x'\n"],
    ["A=1\nA=2\nB=3\n", "B", "x", "A=1\nA=2\nB=x\n"],
    ["__proto__=1\n", "__proto__", "x", "__proto__=x\n"],
    ["A=1\n", "constructor", "x", "A=1\nconstructor=x\n"],
  ];
  for (const [text, name, value, after] of rows) {
    assert.equal(assertPromises(dotenv, text, [{ path: [name], value }]), after, text);
  }
});

Deno.test("dotenv.edit() removes an assignment with its line, and nothing else", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["# a\nA='1\n2' # c\n\nB=1\n", "# a\n\nB=1\n"],
    ["B=1\r\nexport A=1", "B=1"],
    ["\ufeffA=1\n", "\ufeff"],
    ["B=1\n", "B=1\n"],
  ];
  for (const [text, after] of rows) {
    assert.equal(dotenv.edit(text, [{ path: ["A"], to: "nothing" }]), after);
  }
});

Deno.test("dotenv refuses what readers differ on, by name and line, without values", () => {
  const rows: readonly (readonly [string, ValuePath, ConfigValue, RegExp])[] = [
    ["A=s3cret\nB=1\nA=s3cret\n", ["A"], "x", /^line 3: "A" stands here a second time/],
    ["B=1\nA='s3cret\n", ["B"], "x", /^line 2: a quote is not closed/],
    ["B=1\nA=s3cret#x\n", ["A"], "x", /^line 2: a "#" stands at the value/],
    ["A: # s3cret\n", ["A"], "x", /^line 1: a "#" stands at the value/],
    ["B=1\nA=s3cret\rC=1", ["B"], "x", /^line 2: a line ends in a way/],
    ["", ["A", "b"], "x", /names with values, and nothing below/],
    ["", [], "x", /names with values, and nothing below/],
    ["", [0], "x", /names with values, and nothing below/],
    ["", ["A B"], "x", /"A B" is no name/],
    ["", ["1"], "x", /"1" is no name/],
    ["", ["A"], "a\ns3cret", /cannot be written so that every reader/],
    ["A=1\n", ["A"], 5, /something else than text/],
    ["A=1\n", ["A"], ["s3cret"], /something else than text/],
  ];
  for (const [text, path, value, message] of rows) {
    assertRefused(() => set(dotenv, text, [{ path, value }]), message, text);
  }
  const source = (path: ValuePath, source: string) => () =>
    dotenv.edit("A=1\n", [{ path, to: "source", source }]);
  assertRefused(source(["B"], "1"), /Cannot put back "B"/, "absent");
  assertRefused(source(["A"], "1\nB=2"), /stands in a way/, "more than a value");
});

Deno.test("dotenv.parse() reads names like __proto__ as any other, and the last of two", () => {
  const data = dotenv.parse("__proto__=1\nA=1\nexport A='2'\nnothing\n");
  assert.deepEqual(Object.entries(Object(data)), [["__proto__", "1"], ["A", "2"]]);
  assert.deepEqual(dotenv.look("A='1' # c", ["A"]), { state: "value", source: "'1'" });
  assert.deepEqual(dotenv.look("A=1", ["toString"]), { state: "absent", since: 1 });
});

Deno.test("dotenv.redact() hides values by their names and tokens by their looks", () => {
  const key = `kt_gemini_${"A".repeat(43)}`;
  assert.equal(
    dotenv.redact(
      `API_KEY="hunter2" # dapi0123456789abcdef\n#  export OLD_TOKEN = hunter2\n# token: hunter2\n# MODEL=a\n` +
        `K=${key}\nGEMINI_API_KEY=${key}\nPASSWORD='hunter2\nhunter2'\nA=b # key=c\nSECRET=\nX=sk-0123456789\n`,
    ),
    `API_KEY="[redacted]" # [redacted]\n#  export OLD_TOKEN = [redacted]\n# token: [redacted]\n# MODEL=a\n` +
      `K=kt_gemini_[redacted]\nGEMINI_API_KEY=kt_gemini_[redacted]\nPASSWORD='[redacted]'\nA=b # key=c\nSECRET=\nX=[redacted]\n`,
  );
});

Deno.test("dotenv.edit() keeps its promises in any file", () => {
  const name = fc.constantFrom("A", "B", "API_KEY", "__proto__", "C");
  const bare = fc.stringMatching(/^[\w./:=-]{0,8}$/);
  const assignment = fc.tuple(
    fc.constantFrom("", "export ", "  ", "export\t"),
    name,
    fc.constantFrom("=", " = ", "= ", ": "),
    fc.oneof(
      bare,
      fc.string({ maxLength: 6 }).map((text) => `'${text.replace(/['\\]/g, "")}'`),
      fc.stringMatching(/^[\w #\n]{0,6}$/).map((text) => `"${text}"`),
    ),
    fc.constantFrom("", " # it is", "  ", "\t#"),
  ).map((parts) => parts.join(""));
  const line = fc.oneof(assignment, fc.constantFrom("", "# A=1", "no", "  "));
  const file = fc.tuple(
    fc.constantFrom("", "\ufeff"),
    fc.array(line, { maxLength: 6 }),
    fc.constantFrom("\n", "\r\n"),
    fc.constantFrom("open", "closed"),
  ).map(([mark, lines, eol, end]) =>
    mark + lines.join(eol) + (end === "open" || lines.length === 0 ? "" : eol)
  );
  // What needs both kinds of quotes at once is refused.
  const value = fc.oneof(bare, fc.webUrl(), fc.stringMatching(/^[\w '#~&]{0,9}$/))
    .filter((text) => !/'/.test(text) || !/["\\$`]/.test(text));
  const settings = fc.uniqueArray(fc.tuple(name, value), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 3,
  }).map((pairs) => pairs.map(([name, value]) => ({ path: [name], value })));
  let held = 0;
  fc.assert(
    fc.property(file, settings, (text, settings) => {
      const names = Object.keys(Object(dotenv.parse(text)));
      const isTwice = (name: string) =>
        Array.from(text.matchAll(new RegExp(`(?:^|[\\s\\ufeff])${name}(?: ?=|: )`, "g"))).length >
          1;
      fc.pre(!names.some(isTwice) && !/: *\t?#/.test(text));
      held += 1;
      assertPromises(dotenv, text, settings);
    }),
    { numRuns: 500 },
  );
  assert.ok(held > 100);
});
