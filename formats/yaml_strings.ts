/**
 * A YAML text: its strings with their places.
 *
 * @module
 */

import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from "yaml";
import { FormatError, pathText, type ValuePath } from "./format.ts";
import { lineOf } from "./span.ts";
import type { StringPlace } from "./string_place.ts";
import { writeScalar } from "./yaml_scalar.ts";
import { openYaml, rangeOf, type YamlTree } from "./yaml_tree.ts";

/** How much aliases may stand for, before a small text fills the memory. */
const ALIAS_BUDGET = 2_000;

/** Longer than each word that YAML takes for something else, and no number. */
const PLAIN = /^[A-Za-z][\w.~+/=-]{5,}$/;

/**
 * The strings of a YAML text, between any quotes and in blocks. A string that also stands
 * elsewhere (by an anchor, an alias, a merge key) or has a tag is found, but cannot be written.
 *
 * @throws {FormatError} for what is not YAML, names a key twice, or has aliases for nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findYamlStrings } from "./yaml_strings.ts";
 *
 * const places = findYamlStrings("list:\n  - {a: 'it''s'} # mine\n  - 1\n");
 * assert.deepEqual(places.map(({ path, value }) => [...path, value]), [["list", 0, "a", "it's"]]);
 * assert.deepEqual(places.map(({ write }) => write("new")), ["'new'"]);
 * ```
 */
export function findYamlStrings(text: string): readonly StringPlace[] {
  const tree = openYaml(text);
  const { contents } = tree.document;
  if (contents === null) return [];
  return placesIn(tree, contents, { path: [], lock: null, within: [], spent: [0] });
}

interface Lock {
  /** What is in the way. */
  readonly what: string;
  /** Where it stands in the text; the strings behind it have no place of their own. */
  readonly range: readonly [start: number, end: number];
}

interface Way {
  readonly path: ValuePath;
  readonly lock: Lock | null;
  /** What the aliases on the way stand for. */
  readonly within: readonly Node[];
  /** Nodes seen behind aliases, one count for the whole text. */
  readonly spent: [count: number];
}

function placesIn(tree: YamlTree, node: Node, way: Way): readonly StringPlace[] {
  if (isAlias(node)) return placesBehind(tree, node, way);
  if (way.within.length > 0 && ++way.spent[0] > ALIAS_BUDGET) {
    throw new FormatError("the aliases stand for too much to be followed");
  }
  const { path } = way;
  const lock = way.lock ?? lockOf(node);
  if (isScalar(node)) {
    const isString = typeof node.value === "string";
    return isString ? [placeOf(tree, node as Scalar<string>, { path, lock })] : [];
  }
  if (isSeq<Node>(node)) {
    return node.items.flatMap((item, index) =>
      placesIn(tree, item, { ...way, path: [...path, index], lock })
    );
  }
  return isMap<Node, Node | null>(node) ? entriesOf(tree, node.items, { ...way, lock }) : [];
}

function placesBehind(tree: YamlTree, alias: Alias, way: Way): readonly StringPlace[] {
  const lock = way.lock ?? { what: "an alias", range: rangeOf(alias) };
  const source = alias.resolve(tree.document);
  if (source === undefined || way.within.includes(source)) {
    const stands = source === undefined ? "nothing" : "something that it is a part of";
    throw new FormatError(`an alias stands for ${stands}`, lineOf(tree.text, rangeOf(alias)[0]));
  }
  return placesIn(tree, source, { ...way, lock, within: [...way.within, source] });
}

function entriesOf(
  tree: YamlTree,
  pairs: readonly Pair<Node, Node | null>[],
  way: Way,
): readonly StringPlace[] {
  const { path, lock } = way;
  const own = new Set(pairs.map(({ key }) => isScalar(key) ? String(key.value) : null));
  return pairs.flatMap(({ key, value }) => {
    if (!isScalar(key) || value === null) return [];
    if (key.value !== "<<") {
      return placesIn(tree, value, { ...way, path: [...path, String(key.value)] });
    }
    // What is merged in holds only where the mapping does not say it itself.
    const merged = isSeq<Node>(value) ? value.items : [value];
    const locked = { ...way, lock: lock ?? { what: "a merge key", range: rangeOf(value) } };
    return merged.flatMap((source) => placesIn(tree, source, locked))
      .filter((place) => !own.has(String(place.path[path.length])));
  });
}

function placeOf(
  { text }: YamlTree,
  node: Scalar<string>,
  { path, lock }: { readonly path: ValuePath; readonly lock: Lock | null },
): StringPlace {
  const [start, end] = lock?.range ?? rangeOf(node);
  const source = text.slice(start, end);
  const refuse = (what: string) =>
    new FormatError(
      `"${pathText(path)}" has ${what}; write its value out on one line`,
      lineOf(text, start),
    );
  const write = (value: string) => {
    if (lock !== null) throw refuse(lock.what);
    switch (node.type) {
      case Scalar.QUOTE_SINGLE:
        return writeScalar(value, { quotes: "single" });
      case Scalar.QUOTE_DOUBLE:
        return writeScalar(value, { quotes: "double" });
      case Scalar.PLAIN:
        return PLAIN.test(value) ? value : writePlain(value);
      default: {
        const block = writeBlock(source, { before: node.value, after: value });
        if (block === null) throw refuse('a block ("|" or ">")');
        return block;
      }
    }
  };
  return { path, value: node.value, start, end, write };
}

/** Also fit for a place between braces, where a colon has another meaning. */
function writePlain(value: string): string {
  return writeScalar(value, { quotes: value.includes(":") ? "double" : "plain" });
}

/** The block with another line in it, `null` if it has not just one or it is not plain to see. */
function writeBlock(
  source: string,
  { before, after }: { readonly before: string; readonly after: string },
): string | null {
  const [oldLine, newLine] = [before.trimEnd(), after.trimEnd()];
  const isLine = /^[!-~](?:[ -~]*[!-~])?$/;
  if (!isLine.test(oldLine) || !isLine.test(newLine)) return null;
  // How the line ends is said by the block's head, not by the line.
  if (before.slice(oldLine.length) !== after.slice(newLine.length)) return null;
  if (source.split(oldLine).length !== 2) return null;
  return source.replace(oldLine, () => newLine);
}

function lockOf(node: Node): Lock | null {
  const range = rangeOf(node);
  if ("anchor" in node && node.anchor !== undefined) return { what: "an anchor", range };
  return node.tag === undefined ? null : { what: "a tag", range };
}
