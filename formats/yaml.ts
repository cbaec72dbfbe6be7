/**
 * YAML as a {@link TextFormat}: values change, every other byte stays, and each outcome is read
 * again before it is handed out.
 *
 * @module
 */

import {
  type Edit,
  FormatError,
  type Look,
  pathText,
  type TextFormat,
  type ValuePath,
} from "./format.ts";
import { type Data, isEdited } from "./yaml_data.ts";
import { makeEdit } from "./yaml_edit.ts";
import { redactYaml } from "./yaml_redact.ts";
import { openYaml, rangeOf, walk } from "./yaml_tree.ts";

/** YAML: every function throws {@link FormatError} for a text that it does not understand. */
export const yaml: TextFormat = {
  parse: parseYaml,
  look: lookYaml,
  edit: editYaml,
  redact: redactYaml,
};

/**
 * `text` with other strings at the paths of `changes`; what is missing is made.
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
  changes: readonly { readonly path: ValuePath; readonly value: string }[],
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
    case "scalar":
      return { state: "value", source: text.slice(...rangeOf(place.node)) };
    case "collection":
      throw new FormatError("a mapping or list stands where a single value is looked for");
    default:
      return { state: "absent", since: path.length - place.rest.length + 1 };
  }
}

function editYaml(text: string, edits: readonly Edit[]): string {
  return edits.reduce(editChecked, text);
}

/** One edit. Its outcome is read again: only this one value may be another. */
function editChecked(text: string, edit: Edit): string {
  const edited = makeEdit(text, edit);
  if (edited === text || isRightlyEdited({ text, edited }, edit)) return edited;
  throw new FormatError(
    `"${pathText(edit.path)}" stands in a way that setup cannot change without a risk`,
  );
}

function isRightlyEdited(
  { text, edited }: { readonly text: string; readonly edited: string },
  edit: Edit,
): boolean {
  const before = dataOf(text, { mapAsMap: true });
  try {
    return isEdited({ before, after: dataOf(edited, { mapAsMap: true }) }, edit);
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
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
