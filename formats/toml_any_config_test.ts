// Any config: a random tree is written down with headers, dots, braces, comments and spaces at
// random, and random values are set in it. The promises of formats/format.ts must hold for all.

import assert from "node:assert/strict";
import fc from "fast-check";
import { anyRecord, anySettings, anyValue } from "../tests/support/any_value.ts";
import { assertPromises, set } from "../tests/support/edit_promises.ts";
import { type ConfigValue, FormatError, type ValuePath } from "./format.ts";
import { toml } from "./toml.ts";
import { type ConfigTable, isTable, writeKey, writeToml } from "./toml_write.ts";

/** The choices of a hand, one after the other, over and over. */
interface Hand {
  readonly choices: readonly number[];
  readonly spaces: readonly string[];
  readonly comments: readonly string[];
  readonly eol: string;
  readonly mark: string;
  readonly end: "closed" | "open";
}

const value = anyValue({ depth: 3, nulls: "without" });
const config = anyRecord(value);
const hand: fc.Arbitrary<Hand> = fc.record({
  choices: fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 12 }),
  spaces: fc.array(fc.constantFrom("", " ", "  ", "\t"), { minLength: 1, maxLength: 4 }),
  comments: fc.array(fc.constantFrom("", "", "", "# c", " # [x]", "\t# a = 1"), {
    minLength: 1,
    maxLength: 7,
  }),
  eol: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "", "\ufeff"),
  end: fc.constantFrom("closed", "open"),
});

function isTables(value: ConfigValue): value is readonly ConfigTable[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function scrawl(root: ConfigTable, hand: Hand): string {
  let at = 0;
  const next = <Value>(list: readonly Value[], none: Value) => list[at++ % list.length] ?? none;
  const space = () => next(hand.spaces, "");
  const lines: string[] = [];
  const line = (text: string) => {
    const before = ["", "", "", "# above", "  ", "none", "none"][next(hand.choices, 0)];
    if (before !== undefined && before !== "none") lines.push(before);
    lines.push(space() + text + next(hand.comments, ""));
  };
  const layout = { eol: "\n", equals: " = " } as const;

  const written = (value: ConfigValue): string => {
    if (typeof value === "string" && next(hand.choices, 0) < 3 && /^[ -&(-~é]*$/.test(value)) {
      return `'${value}'`;
    }
    if (typeof value === "string" && next(hand.choices, 0) < 2 && /^[\w ]*$/.test(value)) {
      return `"""${hand.eol}${value}"""`;
    }
    if (isTable(value)) {
      const entries = Object.entries(value).map(([key, child]) => {
        const [inner] = isTable(child) ? Object.entries(child) : [];
        return inner !== undefined && Object.keys(child ?? {}).length === 1
          ? `${writeKey([key])}${space()}.${space()}${writeKey([inner[0]])}=${written(inner[1])}`
          : `${writeKey([key])}${space()}=${space()}${written(child)}${space()}`;
      });
      return `{${space()}${entries.join(`,${space()}`)}${space()}}`;
    }
    if (!Array.isArray(value)) return writeToml(value, layout);
    const isMany = next(hand.choices, 0) < 4;
    const gap = () => isMany ? `${next(hand.comments, "")}${hand.eol}${space()}` : space();
    const items = value.map((item) => `${gap()}${written(item)}`);
    const comma = items.length > 0 && next(hand.choices, 0) < 4 ? "," : "";
    return `[${items.join(`${space()},`)}${comma}${gap()}]`;
  };

  const body = (path: ValuePath, table: ConfigTable, prefix: ValuePath): void => {
    const later: (() => void)[] = [];
    for (const [key, child] of Object.entries(table)) {
      const choice = next(hand.choices, 0);
      const isDotted = prefix.length > 0;
      if (isTable(child) && choice < 5 && !isDotted) {
        later.push(() => header([...path, key], child));
      } else if (isTables(child) && choice < 8 && !isDotted) {
        later.push(() =>
          child.forEach((item) => {
            line(`[[${space()}${writeKey([...path, key])}]]`);
            body([...path, key], item, []);
          })
        );
      } else if (isTable(child) && choice < 9 && Object.keys(child).length > 0) {
        body([...path, key], child, [...prefix, key]);
      } else {
        line(`${writeKey([...prefix, key])}${space()}=${space()}${written(child)}`);
      }
    }
    later.forEach((write) => write());
  };
  const header = (path: ValuePath, table: ConfigTable): void => {
    const isNeeded = !Object.values(table).every(isTable) || Object.keys(table).length === 0;
    // Tables below it make it as well, if they all have headers of their own.
    if (isNeeded || next(hand.choices, 0) < 8) {
      line(`[${writeKey(path)}${space()}]`);
      body(path, table, []);
    } else {
      Object.entries(table).forEach(([key, child]) => {
        if (isTable(child)) header([...path, key], child);
      });
    }
  };
  body([], root, []);
  const text = lines.join(hand.eol);
  return hand.mark + text + (text === "" || hand.end === "open" ? "" : hand.eol);
}

// There is no place for it in this text, whatever is done.
const NO_PLACE =
  /wanted a (?:table|list)|lines of its own|spread over|dots between|takes nothing else|no place from|could not be put back/;

Deno.test("toml.edit() keeps its promises for any hand", () => {
  let held = 0;
  let refused = 0;
  fc.assert(
    fc.property(config, hand, (root, hand) => {
      fc.pre(isTable(root));
      const text = scrawl(root, hand);
      assert.deepEqual(toml.parse(text), root, text);
      fc.assert(
        fc.property(anySettings(root, value), (settings) => {
          let edited = "";
          try {
            edited = set(toml, text, settings);
          } catch (error) {
            assert.ok(error instanceof FormatError && NO_PLACE.test(error.message), `${error}`);
            refused += 1;
            return;
          }
          held += 1;
          assert.equal(assertPromises(toml, text, settings), edited);
        }),
        { numRuns: 5 },
      );
    }),
    { numRuns: 120 },
  );
  // Not a promise: enough edits found a place for this test to say something.
  assert.ok(held > 50, `${held} held, ${refused} refused`);
});
