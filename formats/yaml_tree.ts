/**
 * A YAML text → its tree with positions, and the way along a path through it. Everything that
 * would make an edit a guess is refused here.
 *
 * @module
 */

import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { FormatError, pathText, type ValuePath } from "./format.ts";
import { misfit } from "./refusals.ts";
import { lineOf } from "./span.ts";

/** A text with its tree. */
export interface YamlTree {
  /** The text itself. */
  readonly text: string;
  /** Its only document; the ranges of the nodes are offsets into `text`. */
  readonly document: Document.Parsed;
}

/** The end of a path at a value. */
export interface ValuePlace {
  /** Tells it from the other places. */
  readonly at: "value";
  /** The value. */
  readonly node: Scalar | YAMLMap | YAMLSeq;
  /** Offset after the colon of its key, `null` in a list. */
  readonly colon: number | null;
  /** `flow`: braces or brackets are open around it. */
  readonly style: "block" | "flow";
}

/** Where a path ends. */
export type Place =
  /** At a value. */
  | ValuePlace
  /** `parent` has no such entry: `rest` is the part of the path that is missing. */
  | { readonly at: "gap"; readonly parent: YAMLMap | YAMLSeq; readonly rest: ValuePath }
  /** `key` has nothing or `null` for its value, and `rest` is to stand below it. */
  | { readonly at: "void"; readonly key: Node; readonly node: Node; readonly rest: ValuePath }
  /** The text has nothing but comments. */
  | { readonly at: "root"; readonly rest: ValuePath };

/**
 * Parses `text`.
 *
 * @throws {FormatError} for what is not YAML, and for more than one document.
 */
export function openYaml(text: string): YamlTree {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const error = document.errors[0];
  // The parser's own message can quote the text, and the text can hold secrets.
  if (error !== undefined) {
    throw new FormatError(ERRORS[error.code] ?? "not valid YAML", lineOf(text, error.pos[0]));
  }
  return { text, document };
}

const ERRORS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a key stands in its mapping twice; remove one of the two",
  MULTIPLE_DOCS: "a second document begins; the file must hold one",
  RESOURCE_EXHAUSTION: "the file is nested too deep",
  TAB_AS_INDENT: "the indent is a tab; YAML wants spaces",
};

/** Offsets of a node: start and end of its own text. */
export function rangeOf(node: Node): readonly [start: number, end: number] {
  if (!node.range) throw new TypeError("Cannot find a YAML node in its text: it has no range");
  return [node.range[0], node.range[1]];
}

/**
 * Follows `path` as far as it goes.
 *
 * @throws {FormatError} for an anchor, alias, merge key or tag on the way, and where the path
 * wants a mapping or a list and finds something else.
 */
export function walk(tree: YamlTree, path: ValuePath): Place {
  const { text, document } = tree;
  if (document.contents === null) return { at: "root", rest: path };
  let node: Node = document.contents;
  let key: Node | null = null;
  let style: ValuePlace["style"] = "block";
  for (const [depth, part] of path.entries()) {
    refuseShared(tree, node, path.slice(0, depth));
    const rest = path.slice(depth);
    if (key !== null && isScalar(node) && node.value === null) {
      return { at: "void", key, node, rest };
    }
    const entry = findEntry(tree, node, { part, path: path.slice(0, depth) });
    if (entry === null) return { at: "gap", parent: collection(node), rest };
    if (collection(node).flow) style = "flow";
    ({ node, key } = entry);
  }
  refuseShared(tree, node, path);
  const colon = key === null ? null : colonAfter(text, key);
  return { at: "value", node: isScalar(node) ? node : collection(node), colon, style };
}

/** Offset after the colon that ends `key`. */
export function colonAfter(text: string, key: Node): number {
  const end = rangeOf(key)[1];
  const between = /^[ \t]*:/.exec(text.slice(end));
  if (between === null) {
    throw new FormatError("the key has no colon behind it", lineOf(text, end));
  }
  if (/^ *\t/.test(text.slice(end + between[0].length))) {
    throw new FormatError("a tab stands behind the colon; YAML wants spaces", lineOf(text, end));
  }
  return end + between[0].length;
}

/** Whether `node` is a value of which nothing stands in the text. */
export function isVoid(node: Node): boolean {
  const [start, end] = rangeOf(node);
  return isScalar(node) && start === end;
}

interface Entry {
  readonly node: Node;
  readonly key: Node | null;
}

interface Step {
  readonly part: string | number;
  /** The path so far, for the message. */
  readonly path: ValuePath;
}

function findEntry(tree: YamlTree, node: Node, step: Step): Entry | null {
  if (typeof step.part === "number") {
    if (!isSeq<Node>(node)) throw misfitAt(tree, node, { wanted: "a list", path: step.path });
    const item = node.items[step.part];
    return item === undefined ? null : { node: item, key: null };
  }
  if (!isMap<Node, Node | null>(node)) {
    throw misfitAt(tree, node, { wanted: "a mapping", path: step.path });
  }
  for (const pair of node.items) {
    const key = plainKey(tree, pair);
    if (key === step.part) return { node: valueOf(tree, pair), key: pair.key };
  }
  return null;
}

function plainKey(tree: YamlTree, pair: Pair<Node, Node | null>): unknown {
  const { key } = pair;
  const line = lineOf(tree.text, rangeOf(key)[0]);
  if (!isScalar(key)) throw new FormatError("a key that is not a word stands here", line);
  if (key.value === "<<") throw new FormatError('a merge key ("<<") stands here', line);
  if (key.anchor !== undefined) throw new FormatError("an anchor stands on a key here", line);
  return key.value;
}

function valueOf(tree: YamlTree, pair: Pair<Node, Node | null>): Node {
  if (pair.value !== null) return pair.value;
  throw new FormatError(
    "a key without a colon stands here",
    lineOf(tree.text, rangeOf(pair.key)[0]),
  );
}

function refuseShared(tree: YamlTree, node: Node, path: ValuePath): void {
  const what = isAlias(node)
    ? "an alias"
    : node.anchor !== undefined
    ? "an anchor"
    : node.tag !== undefined
    ? "a tag"
    : null;
  if (what === null) return;
  const where = path.length === 0 ? "the whole file" : `"${pathText(path)}"`;
  throw new FormatError(
    `${where} has ${what}; write the value out instead`,
    lineOf(tree.text, rangeOf(node)[0]),
  );
}

function misfitAt(
  tree: YamlTree,
  node: Node,
  { wanted, path }: { readonly wanted: string; readonly path: ValuePath },
): FormatError {
  const found = isMap(node) ? "a mapping" : isSeq(node) ? "a list" : "a single value";
  return misfit(path, { found, wanted, line: lineOf(tree.text, rangeOf(node)[0]) });
}

function collection(node: Node): YAMLMap | YAMLSeq {
  if (isMap(node) || isSeq(node)) return node;
  throw new TypeError("Cannot follow a path: a node is neither mapping, list nor scalar");
}
