/**
 * Edits of a text, each of which is read again before the next: whatever the format, only the
 * one value that was meant may be another.
 *
 * @module
 */

import { type ConfigValue, type Edit, FormatError, pathText, type ValuePath } from "./format.ts";
import type { Data } from "./data.ts";
import { isEdited } from "./is_edited.ts";

/** What is needed of a format. All throw {@link FormatError}. */
export interface Editor {
  /** The data of a text. */
  readonly dataOf: (text: string) => Data;
  /** The text without what stands at a path; the same text if nothing does. */
  readonly remove: (text: string, path: ValuePath) => string;
  /** The text with a value at a path; what is missing on the way is made. */
  readonly set: (text: string, to: PathValue) => string;
  /** The text with the source of a value in the place of another one; `null` if none is there. */
  readonly putBack: (text: string, to: PathSource) => string | null;
}

/** A value and where it is to stand. */
export interface PathValue {
  /** Where. */
  readonly path: ValuePath;
  /** What. */
  readonly value: ConfigValue;
}

/** The source of a value and where it is to stand. */
export interface PathSource {
  /** Where. */
  readonly path: ValuePath;
  /** What, as it is written. */
  readonly source: string;
}

/**
 * `text` with all `edits` made.
 *
 * @throws {FormatError} as the format does, and where the outcome does not read as it should.
 */
export function editChecked(text: string, edits: readonly Edit[], editor: Editor): string {
  const start: Read = { text, data: editor.dataOf(text) };
  return edits.reduce((before, edit) => editOne(before, edit, editor), start).text;
}

/** A text that has been read. */
interface Read {
  readonly text: string;
  readonly data: Data;
}

function editOne(before: Read, edit: Edit, editor: Editor): Read {
  const text = makeEdit(before.text, edit, editor);
  if (text === before.text) return before;
  const data = readAgain(text, editor.dataOf);
  if (data !== null && isEdited({ before: before.data, after: data.value }, edit)) {
    return { text, data: data.value };
  }
  throw new FormatError(
    `"${pathText(edit.path)}" stands in a way that setup cannot change without a risk`,
  );
}

function makeEdit(text: string, edit: Edit, { remove, set, putBack }: Editor): string {
  switch (edit.to) {
    case "nothing":
      return remove(text, edit.path);
    case "value":
      return set(text, edit);
    case "source": {
      const edited = putBack(text, edit);
      if (edited !== null) return edited;
      throw new FormatError(
        `Cannot put back "${pathText(edit.path)}": no value stands there now`,
      );
    }
  }
}

/** The data of an edited text, `null` if it is no longer one of the format. */
function readAgain(text: string, dataOf: Editor["dataOf"]): { readonly value: Data } | null {
  try {
    return { value: dataOf(text) };
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
