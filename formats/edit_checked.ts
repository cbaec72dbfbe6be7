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
  return edits.reduce((text, edit) => editOne(text, edit, editor), text);
}

function editOne(text: string, edit: Edit, { dataOf, makeEdit }: Editor): string {
  const before = dataOf(text);
  const edited = makeEdit(text, edit);
  if (edited === text || readsAs(edited, { before, edit, dataOf })) return edited;
  throw new FormatError(
    `"${pathText(edit.path)}" stands in a way that setup cannot change without a risk`,
  );
}

function readsAs(
  edited: string,
  { before, edit, dataOf }: {
    readonly before: Data;
    readonly edit: Edit;
    readonly dataOf: Editor["dataOf"];
  },
): boolean {
  try {
    return isEdited({ before, after: dataOf(edited) }, edit);
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
