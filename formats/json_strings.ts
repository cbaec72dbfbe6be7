/**
 * JSON with comments and trailing commas, as several agents read their configs: its strings with
 * their places.
 *
 * @module
 */

import { type Node, type ParseError, parseTree } from "jsonc-parser";
import { FormatError, type ValuePath } from "./format.ts";
import { lineOf } from "./span.ts";
import type { StringPlace } from "./string_place.ts";

const BYTE_ORDER_MARK = "\ufeff";

/**
 * The strings of a JSON text; none for a text without any value.
 *
 * @throws {FormatError} for what is not JSON.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findJsonStrings } from "./json_strings.ts";
 *
 * const [place] = findJsonStrings('{ "list": [1, "a\\u0062"] } // mine');
 * assert.deepEqual(place?.path, ["list", 1]);
 * assert.equal(place.value, "ab");
 * assert.equal(place.write('"'), '"\\""');
 * ```
 */
export function findJsonStrings(text: string): readonly StringPlace[] {
  const skipped = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const errors: ParseError[] = [];
  const root = parseTree(text.slice(skipped), errors, {
    allowTrailingComma: true,
    allowEmptyContent: true,
  });
  const [error] = errors;
  if (error !== undefined) {
    throw new FormatError("not valid JSON", lineOf(text, error.offset + skipped));
  }
  return root === undefined ? [] : placesIn(root, []).map(({ node, path }) => ({
    path,
    value: String(node.value),
    start: node.offset + skipped,
    end: node.offset + node.length + skipped,
    write: (value) => JSON.stringify(value),
  }));
}

interface Found {
  readonly node: Node;
  readonly path: ValuePath;
}

function placesIn(node: Node, path: ValuePath): readonly Found[] {
  const { children = [] } = node;
  switch (node.type) {
    case "string":
      return [{ node, path }];
    case "array":
      return children.flatMap((child, index) => placesIn(child, [...path, index]));
    case "object":
      // A key that stands twice is there twice: which of the two counts is for its reader to say.
      return children.flatMap(({ children: [key, value] = [] }) =>
        key === undefined || value === undefined ? [] : placesIn(value, [...path, key.value])
      );
    default:
      return [];
  }
}
