/**
 * Edits of a text, each of which is read again before the next: whatever the format, only the
 * one value that was meant may be another.
 *
 * @module
 */

import { type Edit, FormatError, pathText } from "./format.ts";
import type { Data } from "./data.ts";
import { isEdited } from "./is_edited.ts";

/** What is needed of a format. Both throw {@link FormatError}. */
export interface Editor {
  /** The data of a text. */
  readonly dataOf: (text: string) => Data;
  /** The text with one edit made. */
  readonly makeEdit: (text: string, edit: Edit) => string;
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

function editOne(before: Read, edit: Edit, { dataOf, makeEdit }: Editor): Read {
  const text = makeEdit(before.text, edit);
  if (text === before.text) return before;
  const data = readAgain(text, dataOf);
  if (data !== null && isEdited({ before: before.data, after: data.value }, edit)) {
    return { text, data: data.value };
  }
  throw new FormatError(
    `"${pathText(edit.path)}" stands in a way that setup cannot change without a risk`,
  );
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
