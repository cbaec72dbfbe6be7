// Any config: the same random tree is written twice, once with the change made in the tree, and
// the two texts must be what setYamlValues() makes of each other.

import assert from "node:assert/strict";
import fc from "fast-check";
import { anySettings, anyValue } from "../tests/support/any_value.ts";
import { assertPromises, set } from "../tests/support/edit_promises.ts";
import { type ConfigValue, FormatError, isRecord, type ValuePath } from "./format.ts";
import { setYamlValues, yaml } from "./yaml.ts";
import { writeScalar } from "./yaml_scalar.ts";

type Tree = Leaf | Mapping | List | Flow;
interface Leaf {
  readonly kind: "leaf";
  readonly value: string;
  readonly quotes: "plain" | "single" | "double";
}
interface Mapping {
  readonly kind: "mapping";
  readonly entries: readonly { key: string; tree: Tree; above: string; comment: string }[];
}
interface List {
  readonly kind: "list";
  readonly items: readonly Mapping[];
}
interface Flow {
  readonly kind: "flow";
  readonly entries: readonly { key: string; leaf: Leaf }[];
}
interface Style {
  readonly step: number;
  readonly dash: number;
  readonly eol: string;
  readonly mark: string;
  readonly end: "closed" | "open";
}

const word = fc.stringMatching(/^[a-zA-Z]{1,8}$/).filter((text) => !/^(y|n|no|on)$/i.test(text));
const leaf: fc.Arbitrary<Leaf> = fc.record({
  kind: fc.constant("leaf" as const),
  value: fc.oneof(fc.string({ unit: "grapheme" }), word, fc.webUrl()),
  quotes: fc.constantFrom("plain", "single", "double"),
});
const { mapping } = fc.letrec<{ mapping: Mapping; tree: Tree }>((tie) => ({
  mapping: fc.record({
    kind: fc.constant("mapping" as const),
    entries: fc.uniqueArray(
      fc.record({
        key: word,
        tree: tie("tree"),
        above: fc.constantFrom("", "", "\n", "# a: b\n", "\n#'\n\n"),
        comment: fc.constantFrom("", "", "  # x: {", " #"),
      }),
      { selector: ({ key }) => key, minLength: 1, maxLength: 4 },
    ),
  }),
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant("flow" as const),
      entries: fc.uniqueArray(fc.record({ key: word, leaf }), {
        selector: ({ key }) => key,
        maxLength: 3,
      }),
    }),
    tie("mapping"),
    fc.record({
      kind: fc.constant("list" as const),
      items: fc.array(tie("mapping"), { minLength: 1, maxLength: 2 }),
    }),
  ),
}));
const style: fc.Arbitrary<Style> = fc.record({
  step: fc.constantFrom(2, 3, 4),
  dash: fc.constantFrom(0, 2),
  eol: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "\ufeff"),
  end: fc.constantFrom("closed", "open"),
});

function leafText({ value, quotes }: Leaf): string {
  return writeScalar(value, { quotes });
}

function linesOf(mapping: Mapping, column: number, style: Style): string[] {
  const pad = " ".repeat(column);
  return mapping.entries.flatMap(({ key, tree, above, comment }) => {
    const head = above.split("\n").slice(0, -1).map((line) => line === "" ? "" : pad + line);
    return [...head, ...valueLines(`${pad}${key}:`, { tree, comment, column, style })];
  });
}

function valueLines(
  key: string,
  { tree, comment, column, style }: { tree: Tree; comment: string; column: number; style: Style },
): string[] {
  switch (tree.kind) {
    case "leaf":
      return [`${key} ${leafText(tree)}${comment}`];
    case "flow": {
      // Between braces a plain URL would stand in quotes, so all leaves stand in them.
      const inside = tree.entries.map(({ key, leaf }) =>
        `${key}: ${leafText({ ...leaf, quotes: "double" })}`
      );
      return [`${key} {${inside.join(", ")}}${comment}`];
    }
    case "mapping":
      return [key + comment, ...linesOf(tree, column + style.step, style)];
    case "list":
      return [
        key + comment,
        ...tree.items.flatMap((item) => {
          const below = column + style.dash + 2;
          const first = item.entries[0];
          assert.ok(first !== undefined);
          const plain = {
            ...item,
            entries: [{ ...first, above: "" }, ...item.entries.slice(1)],
          };
          const [line = "", ...lines] = linesOf(plain, below, style);
          return [`${" ".repeat(below - 2)}- ${line.trimStart()}`, ...lines];
        }),
      ];
  }
}

function textOf(mapping: Mapping, style: Style): string {
  const end = style.end === "closed" ? style.eol : "";
  return style.mark + linesOf(mapping, 0, style).join(style.eol) + end;
}

/** Every way to change `mapping` to `value`: at a leaf that is there, or as a new entry. */
function changesOf(
  mapping: Mapping,
  value: string,
): { path: ValuePath; changed: Mapping; isNew: boolean }[] {
  const added = {
    key: "NEW",
    tree: { kind: "leaf", value, quotes: "plain" } as const,
    above: "",
    comment: "",
  };
  const here = {
    path: ["NEW"],
    changed: { ...mapping, entries: [...mapping.entries, added] },
    isNew: true,
  };
  const below = mapping.entries.flatMap((entry, index) =>
    treeChanges(entry.tree, value).map(({ path, changed, isNew }) => ({
      path: [entry.key, ...path],
      changed: { ...mapping, entries: mapping.entries.with(index, { ...entry, tree: changed }) },
      isNew,
    }))
  );
  return [here, ...below];
}

function treeChanges(
  tree: Tree,
  value: string,
): { path: ValuePath; changed: Tree; isNew: boolean }[] {
  switch (tree.kind) {
    case "leaf":
      return [{ path: [], changed: keepQuotes(tree, value), isNew: false }];
    case "mapping":
      return changesOf(tree, value);
    case "list":
      return tree.items.flatMap((item, index) =>
        changesOf(item, value).map(({ path, changed, isNew }) => ({
          path: [index, ...path],
          changed: { ...tree, items: tree.items.with(index, changed) },
          isNew,
        }))
      );
    case "flow":
      return tree.entries.map(({ key, leaf }, index) => ({
        path: [key],
        changed: {
          ...tree,
          entries: tree.entries.with(index, { key, leaf: { ...leaf, value } }),
        },
        isNew: false,
      }));
  }
}

/** A plain or single-quoted leaf stands in double quotes if its old value needed them. */
function keepQuotes(old: Leaf, value: string): Leaf {
  if (old.value === value) return old;
  const first = leafText(old)[0];
  return { ...old, value, quotes: first === '"' ? "double" : first === "'" ? "single" : "plain" };
}

Deno.test("setYamlValues() writes what a person would have, in any config", () => {
  fc.assert(
    fc.property(mapping, style, leaf, fc.nat(), (mapping, style, { value }, pick) => {
      const text = textOf(mapping, style);
      // One line without an end does not show how its file ends lines.
      fc.pre(text.includes("\n") || style.eol === "\n");
      const changes = changesOf(mapping, value);
      const change = changes[pick % changes.length];
      assert.ok(change !== undefined);
      const edited = setYamlValues(text, [{ path: change.path, value }]);
      assert.equal(edited, textOf(change.changed, style));
      const look = yaml.look(text, change.path);
      assert.equal(look.state, change.isNew ? "absent" : "value");
      const back = look.state === "value"
        ? { path: change.path, to: "source", source: look.source } as const
        : { path: change.path, to: "nothing" } as const;
      assert.equal(yaml.edit(edited, [back]), text);
    }),
    { numRuns: 200 },
  );
});

// There is no place for it in this text, whatever is done.
const NO_PLACE = /wanted a (?:mapping|list)|something else stands on its line/;

function configOf(text: string): ConfigValue {
  const data = yaml.parse(text);
  assert.ok(isRecord(data));
  return JSON.parse(JSON.stringify(data));
}

Deno.test("yaml.edit() keeps its promises for values of every kind", () => {
  let held = 0;
  let refused = 0;
  fc.assert(
    fc.property(mapping, style, (mapping, style) => {
      const text = textOf(mapping, style);
      fc.pre(text.includes("\n") || style.eol === "\n");
      const value = anyValue({ depth: 3, nulls: "with" });
      fc.assert(
        fc.property(anySettings(configOf(text), value), (settings) => {
          let edited = "";
          try {
            edited = set(yaml, text, settings);
          } catch (error) {
            assert.ok(error instanceof FormatError, `${error}`);
            // A list below its key's column leaves no room for anything else.
            const noRoom = style.dash === 0 && /stands in a way/.test(error.message);
            assert.ok(noRoom || NO_PLACE.test(error.message), `${error}`);
            refused += 1;
            return;
          }
          held += 1;
          assert.equal(assertPromises(yaml, text, settings), edited);
        }),
        { numRuns: 5 },
      );
    }),
    { numRuns: 60 },
  );
  // Not a promise: enough edits found a place for this test to say something.
  assert.ok(held > 50, `${held} held, ${refused} refused`);
});
