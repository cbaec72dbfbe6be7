/**
 * A repaired value as JSON text that keeps the source's text wherever the value is the same:
 * numbers keep their digits, and a prompt cache finds again what it has seen.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "./json.ts";
import { skipSpace, skipString, skipValue } from "./skip.ts";

const COMMA = 0x2c;

/**
 * The text of `after`, given that `source` is the text of `before`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { writeBack } from "./write_back.ts";
 *
 * const source = '{ "n": 1.0, "store": true, "big": 12345678901234567890 }';
 * const before = JSON.parse(source);
 * const { store: _, ...after } = before;
 * assert.equal(writeBack(source, { before, after }), '{ "n": 1.0, "big": 12345678901234567890 }');
 * ```
 */
export function writeBack(source: string, { before, after }: Pair): string {
  const copy = new Copy(source);
  copy.at = skipSpace(source, 0);
  writeValue(copy, { before, after });
  return copy.finish();
}

/** What a value was and what it is to be. */
interface Pair {
  readonly before: Json;
  readonly after: Json;
}

/** A source that is read once from its beginning, and copied but for what is put in its place. */
class Copy {
  readonly source: string;
  /** What is read next. */
  at = 0;
  readonly #parts: string[] = [];
  #copied = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Puts `text` in the place of the source between two indices. */
  replace(from: number, to: number, text: string): void {
    if (from > this.#copied) this.#parts.push(this.source.slice(this.#copied, from));
    if (text !== "") this.#parts.push(text);
    this.#copied = to;
  }

  /** A place that {@link back} returns to. */
  mark(): readonly [parts: number, copied: number] {
    return [this.#parts.length, this.#copied];
  }

  /** Forgets what was put since. */
  back([parts, copied]: readonly [parts: number, copied: number]): void {
    this.#parts.length = parts;
    this.#copied = copied;
  }

  finish(): string {
    this.#parts.push(this.source.slice(this.#copied));
    return this.#parts.join("");
  }
}

function writeValue(copy: Copy, { before, after }: Pair): void {
  if (before === after) copy.at = skipValue(copy.source, copy.at);
  else if (isObject(before) && isObject(after)) writeObject(copy, { before, after });
  else if (isArray(before) && isArray(after)) writeArray(copy, { before, after });
  else {
    const from = copy.at;
    copy.at = skipValue(copy.source, from);
    copy.replace(from, copy.at, JSON.stringify(after));
  }
}

function writeObject(
  copy: Copy,
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): void {
  const { source } = copy;
  const start = copy.at;
  const mark = copy.mark();
  const items = new Items(copy);
  let count = 0;
  for (; items.hasNext; items.advance()) {
    count++;
    const key = keyAt(source, copy.at);
    const value = get(after, key);
    if (value === undefined) items.drop();
    else items.keep();
    copy.at = skipSpace(source, skipSpace(source, skipString(source, copy.at)) + 1);
    if (value === undefined) copy.at = skipValue(source, copy.at);
    else writeValue(copy, { before: before[key] ?? null, after: value });
  }
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) continue;
    items.add(`${JSON.stringify(key)}:${JSON.stringify(after[key])}`);
  }
  items.end();
  if (count === Object.keys(before).length) return;
  // A key that is there twice counts by its last place, which is no question of places any more.
  copy.back(mark);
  copy.replace(start, copy.at, JSON.stringify(after));
}

function writeArray(
  copy: Copy,
  { before, after }: { readonly before: readonly Json[]; readonly after: readonly Json[] },
): void {
  const items = new Items(copy);
  const known = new Set(before);
  const lastIndex = new Map(after.map((value, index) => [value, index]));
  let next = 0;
  for (let index = 0; items.hasNext; items.advance(), index++) {
    const item = before[index] as Json;
    const isToCome = (lastIndex.get(item) ?? -1) >= next;
    // What is new stands before the next item that is old.
    while (isToCome && !known.has(after[next] as Json)) items.insert(JSON.stringify(after[next++]));
    const value = after[next];
    if (value === undefined || (!isToCome && known.has(value))) {
      items.drop();
      copy.at = skipValue(copy.source, copy.at);
    } else {
      items.keep();
      writeValue(copy, { before: item, after: value });
      next++;
    }
  }
  while (next < after.length) items.add(JSON.stringify(after[next++]));
  items.end();
}

/** The members of an object or the items of an array, and the commas between those that stay. */
class Items {
  readonly #copy: Copy;
  readonly #added: string[] = [];
  /** Behind the last one that stays, or where the first one could begin. */
  #keptTo: number;
  /** Behind the last one that was read. */
  #readTo: number;
  /** Where those begin that go, if any do just before the reading place. */
  #goneFrom: number | null = null;
  #hasKept = false;
  #isKept = false;

  /** Whether there is one at the reading place. */
  hasNext: boolean;

  /** Begins at the bracket. */
  constructor(copy: Copy) {
    this.#copy = copy;
    copy.at = skipSpace(copy.source, copy.at + 1);
    this.#keptTo = this.#readTo = copy.at;
    const code = copy.source.charCodeAt(copy.at);
    this.hasNext = code !== 0x5d && code !== 0x7d;
  }

  /** The one that begins at the reading place stays. */
  keep(): void {
    this.insert("");
    this.#hasKept = this.#isKept = true;
  }

  /** The one that begins at the reading place goes. */
  drop(): void {
    this.#goneFrom ??= this.#copy.at;
    this.#isKept = false;
  }

  /** Puts a text before the one that begins at the reading place, which is to stay. */
  insert(text: string): void {
    const { at } = this.#copy;
    const from = this.#goneFrom ?? at;
    this.#goneFrom = null;
    if (from !== at || text !== "") this.#copy.replace(from, at, text === "" ? "" : `${text},`);
  }

  /** Puts a text behind all others. */
  add(text: string): void {
    this.#added.push(text);
  }

  /** The reading place is behind one: goes on to the next. */
  advance(): void {
    const { source, at } = this.#copy;
    this.#readTo = at;
    if (this.#isKept) this.#keptTo = at;
    const next = skipSpace(source, at);
    this.hasNext = source.charCodeAt(next) === COMMA;
    this.#copy.at = this.hasNext ? skipSpace(source, next + 1) : next;
  }

  /** Ends behind the closing bracket. */
  end(): void {
    const text = this.#added.join(",");
    const from = this.#hasKept ? this.#keptTo : this.#goneFrom ?? this.#keptTo;
    const to = this.#goneFrom === null ? from : this.#readTo;
    if (to > from || text !== "") {
      this.#copy.replace(from, to, this.#hasKept && text !== "" ? `,${text}` : text);
    }
    this.#copy.at++;
  }
}

function keyAt(source: string, at: number): string {
  const raw = source.slice(at + 1, skipString(source, at) - 1);
  return raw.includes("\\") ? JSON.parse(`"${raw}"`) : raw;
}
