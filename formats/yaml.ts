/**
 * YAML as a {@link TextFormat}: values change, every other byte stays, and each outcome is read
 * again before it is handed out.
 *
 * @module
 */

import type { Data } from "./data.ts";
import { editChecked, type PathValue } from "./edit_checked.ts";
import { type Edit, FormatError, type Look, type TextFormat, type ValuePath } from "./format.ts";
import { putBackYaml, removeYaml, setYaml } from "./yaml_edit.ts";
import { sourceSpan } from "./yaml_layout.ts";
import { redactYaml } from "./yaml_redact.ts";
import { openYaml, walk } from "./yaml_tree.ts";

/** YAML: every function throws {@link FormatError} for a text that it does not understand. */
export const yaml: TextFormat = {
  parse: parseYaml,
  look: lookYaml,
  edit: editYaml,
  redact: redactYaml,
};

/**
 * `text` with other values at the paths of `changes`; what is missing is made.
 *
 * @throws {FormatError} that names the line, for anything that would make the outcome a guess.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { setYamlValues } from "./yaml.ts";
 *
 * assert.equal(
 *   setYamlValues("model:  # mine\n  default: 'old'   # keep\n", [
 *     { path: ["model", "default"], value: "new" },
 *     { path: ["model", "provider"], value: "custom" },
 *   ]),
 *   "model:  # mine\n  default: 'new'   # keep\n  provider: custom\n",
 * );
 * ```
 */
export function setYamlValues(
  text: string,
  changes: readonly PathValue[],
): string {
  return editYaml(text, changes.map(({ path, value }) => ({ path, to: "value", value })));
}

function parseYaml(text: string): unknown {
  return dataOf(text, { mapAsMap: false });
}

function lookYaml(text: string, path: ValuePath): Look {
  const tree = openYaml(text);
  const place = walk(tree, path);
  switch (place.at) {
    case "value": {
      const { start, end } = sourceSpan(tree, place.node);
      return { state: "value", source: text.slice(start, end) };
    }
    default:
      return { state: "absent", since: path.length - place.rest.length + 1 };
  }
}

function editYaml(text: string, edits: readonly Edit[]): string {
  return editChecked(text, edits, {
    dataOf: (text) => dataOf(text, { mapAsMap: true }),
    remove: removeYaml,
    set: setYaml,
    putBack: putBackYaml,
  });
}

/** The text's data; mappings as maps keep keys of every kind apart. */
function dataOf(text: string, options: { readonly mapAsMap: boolean }): Data {
  const { document } = openYaml(text);
  try {
    return document.toJS(options);
  } catch {
    // An alias that stands for nothing, or for so much that it would fill the memory.
    throw new FormatError("the file has aliases that setup cannot follow");
  }
}
