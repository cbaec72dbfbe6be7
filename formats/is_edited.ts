/**
 * What an edit is to do to the data of a text, to hold the edited text against. Mappings are maps,
 * so that keys of every kind stay apart.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { type Data, dataOf } from "./data.ts";
import type { Edit, ValuePath } from "./format.ts";

/**
 * Whether `after` is `before` with `edit` made and nothing else changed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isEdited } from "./is_edited.ts";
 *
 * const edit = { path: ["a"], to: "value", value: "y" } as const;
 * const before = new Map([["a", "x"], ["b", "z"]]);
 * assert.ok(isEdited({ before, after: new Map([["a", "y"], ["b", "z"]]) }, edit));
 * assert.ok(!isEdited({ before, after: new Map([["a", "y"]]) }, edit));
 * ```
 */
export function isEdited(
  { before, after }: { readonly before: Data; readonly after: Data },
  edit: Edit,
): boolean {
  if (edit.to === "nothing") {
    if (edit.path.length === 0) return after === null;
    // A block mapping that loses its last entry leaves its key without a value, braces stay.
    return isDeepStrictEqual(withoutData(before, { path: edit.path, emptied: "kept" }), after) ||
      isDeepStrictEqual(withoutData(before, { path: edit.path, emptied: "null" }), after);
  }
  const value = edit.to === "value" ? dataOf(edit.value) : dataAt(after, edit.path);
  return isDeepStrictEqual(withData(before, { path: edit.path, value }), after);
}

function dataAt(data: Data, path: ValuePath): Data {
  return path.reduce((value: Data, part) => childOf(value, part), data);
}

function childOf(data: Data, part: string | number): Data {
  if (Array.isArray(data) && typeof part === "number") return data[part];
  return data instanceof Map ? data.get(part) : undefined;
}

function withData(
  data: Data,
  { path, value }: { readonly path: ValuePath; readonly value: Data },
): Data {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const child = withData(childOf(data, part), { path: rest, value });
  if (typeof part !== "number") return new Map(data instanceof Map ? data : []).set(part, child);
  const list: readonly Data[] = Array.isArray(data) ? data : [];
  return part < list.length ? list.with(part, child) : [...list, child];
}

function withoutData(
  data: Data,
  { path, emptied }: { readonly path: ValuePath; readonly emptied: "kept" | "null" },
): Data {
  const [part, ...rest] = path;
  if (part === undefined || childOf(data, part) === undefined) return data;
  if (rest.length > 0) {
    return withData(data, {
      path: [part],
      value: withoutData(childOf(data, part), { path: rest, emptied }),
    });
  }
  const left = Array.isArray(data)
    ? data.filter((_, index) => index !== part)
    : new Map(Array.from(data instanceof Map ? data : []).filter(([key]) => key !== part));
  const size = Array.isArray(left) ? left.length : left.size;
  return size === 0 && emptied === "null" ? null : left;
}
