// Any config: a random tree is written down with comments, spaces and line ends at random, and
// random values are set in it. The promises of formats/format.ts must hold for all of them.

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyRecord, anySettings, anyValue } from "../tests/support/any_value.ts";
import { assertPromises, set } from "../tests/support/edit_promises.ts";
import { type ConfigValue, FormatError, type TextFormat } from "./format.ts";
import { json } from "./json.ts";
import { jsonc } from "./jsonc.ts";

interface Hand {
  /** What stands between two tokens: the next of these, over and over. */
  readonly trivia: readonly string[];
  readonly trailing: readonly boolean[];
}

const value = anyValue({ depth: 3, nulls: "with" });
const config = anyRecord(anyValue({ depth: 3, nulls: "with" }));
const spaces = fc.constantFrom("", "", "", " ", "\t", "\n", "\n  ", "\r\n    ", "\n\n");
const comments = fc.constantFrom("// }\n", "/* , */", " /* \n */ ", '  // "\r\n', "/**/");
const tidy = fc.constantFrom<readonly (string | number | undefined)[]>(
  [2],
  [4],
  ["\t"],
  [undefined],
);

function hand(trivia: fc.Arbitrary<string>): fc.Arbitrary<Hand> {
  return fc.record({
    trivia: fc.array(trivia, { minLength: 1, maxLength: 12 }),
    trailing: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  });
}

/** A value in a hand that keeps no rules but those of JSON. */
function scrawl(root: ConfigValue, { trivia, trailing }: Hand): string {
  let tokens = 0;
  let containers = 0;
  const space = () => trivia[tokens++ % trivia.length];
  const write = (value: ConfigValue): string => {
    if (typeof value !== "object" || value === null) {
      return Object.is(value, -0) ? "-0" : JSON.stringify(value);
    }
    const isList = Array.isArray(value);
    const entries = Object.entries(value).map(([key, child]) =>
      isList
        ? space() + write(child) + space()
        : `${space()}${JSON.stringify(key)}${space()}:${space()}${write(child)}${space()}`
    );
    const comma = entries.length > 0 && trailing[containers++ % trailing.length] ? "," : "";
    const inside = entries.join(",") + comma + space();
    return isList ? `[${inside}]` : `{${inside}}`;
  };
  return space() + write(root) + space();
}

function holds(format: TextFormat, root: ConfigValue, text: string): void {
  fc.assert(
    fc.property(anySettings(root, value), (settings) => {
      let edited = "";
      try {
        edited = set(format, text, settings);
      } catch (error) {
        // Below a single value there is no place; nothing else may be refused.
        assert.ok(
          error instanceof FormatError && /is (?:a|an) .*, wanted an/.test(error.message),
          `${error}`,
        );
        return;
      }
      assert.equal(assertPromises(format, text, settings), edited);
    }),
    { numRuns: 5 },
  );
}

Deno.test("jsonc.edit() keeps its promises for any hand", () => {
  fc.assert(
    fc.property(config, hand(fc.oneof(spaces, comments)), (root, hand) => {
      holds(jsonc, root, scrawl(root, hand));
    }),
    { numRuns: 200 },
  );
});

Deno.test("json.edit() keeps its promises for any hand", () => {
  fc.assert(
    fc.property(config, hand(spaces), (root, { trivia }) => {
      const text = scrawl(root, { trivia, trailing: [false] });
      JSON.parse(text);
      holds(json, root, text);
    }),
    { numRuns: 100 },
  );
});

Deno.test("json.edit() writes as JSON.stringify() does in a text that it wrote", () => {
  fc.assert(
    fc.property(config, value, tidy, (root, value, [unit]) => {
      fc.pre(typeof root === "object" && root !== null && Object.keys(root).length > 0);
      const text = JSON.stringify(root, null, unit);
      const edited = set(json, text, [{ path: ["NEW"], value }]);
      const colon = unit === undefined ? ":" : ": ";
      assert.ok(edited.includes(`"NEW"${colon}`));
      const wanted = JSON.stringify({ ...root, NEW: value }, null, unit);
      // JSON.stringify() forgets the sign of a zero.
      assert.equal(edited.replaceAll(/(?<=[\s:[,])-0(?=[\s,\]}])/g, "0"), wanted);
    }),
    { numRuns: 200 },
  );
});
