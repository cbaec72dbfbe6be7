/**
 * What is needed of a file format: where a value stands in a text, and the text with other
 * values in those places. The text is the model, so comments and order survive.
 *
 * @module
 */

/** The way to a value: keys of mappings and indices of lists, from the root. */
export type ValuePath = readonly (string | number)[];

/** A value of a config: what JSON has. Numbers are finite. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** One change of a text. Whatever the path does not name keeps its bytes. */
export type Edit =
  /** `value` is to stand at `path`, whatever stands there; what is missing on the way is made. */
  | { readonly path: ValuePath; readonly to: "value"; readonly value: ConfigValue }
  /** `source`, as {@link TextFormat.look} gave it, is to stand at `path` again. */
  | { readonly path: ValuePath; readonly to: "source"; readonly source: string }
  /** What stands at `path` is to go, with its key or its place in the list; `[]` is all of it. */
  | { readonly path: ValuePath; readonly to: "nothing" };

/** What stands at a path. */
export type Look =
  /** A value; `source` is its text with quotes, braces and brackets, without a comment behind it. */
  | { readonly state: "value"; readonly source: string }
  /**
   * Nothing. `since` is how many parts of the path reach the first thing that is missing; 0 where
   * the text has no value at all, and what is added goes as a whole.
   */
  | { readonly state: "absent"; readonly since: number };

/** A file format, as functions over texts. All throw {@link FormatError}. */
export interface TextFormat {
  /** The whole text as plain objects, arrays and scalars. */
  readonly parse: (text: string) => unknown;
  /** What stands at `path`. */
  readonly look: (text: string, path: ValuePath) => Look;
  /** The text with all `edits` made, or none of them. */
  readonly edit: (text: string, edits: readonly Edit[]) => string;
  /** The text for people's eyes: every secret `[redacted]`. */
  readonly redact: (text: string) => string;
}

/** A text that is not edited because the outcome would be a guess. Never repeats a secret. */
export class FormatError extends Error {
  /** Line of the text, counted from 1; `null` where the whole text is meant. */
  readonly line: number | null;

  /** `reason` is a clause that says what stands in the way, without a final period. */
  constructor(reason: string, line: number | null = null) {
    super(line === null ? reason : `line ${line}: ${reason}`);
    this.name = "FormatError";
    this.line = line;
  }
}

/**
 * A path as people write it; no two paths have the same text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pathText } from "./format.ts";
 *
 * assert.equal(pathText(["fallback_providers", 0, "model"]), "fallback_providers[0].model");
 * assert.equal(pathText(["projects", "/home/me"]), 'projects["/home/me"]');
 * ```
 */
export function pathText(path: ValuePath): string {
  return path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
    return index === 0 ? part : `.${part}`;
  }).join("");
}

/**
 * What stands at `path` in a parsed value, `undefined` where nothing does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { valueAt } from "./format.ts";
 *
 * assert.equal(valueAt({ list: [{ a: "x" }] }, ["list", 0, "a"]), "x");
 * assert.equal(valueAt({ list: "x" }, ["list", 0]), undefined);
 * ```
 */
export function valueAt(root: unknown, path: ValuePath): unknown {
  return path.reduce((value: unknown, part) => {
    if (Array.isArray(value)) return typeof part === "number" ? value[part] : undefined;
    if (!isRecord(value) || typeof part === "number") return undefined;
    return Object.hasOwn(value, part) ? value[part] : undefined;
  }, root);
}

/**
 * `value` below the keys and indices of `path`, each the only one of its mapping or list.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nested } from "./format.ts";
 *
 * assert.deepEqual(nested(["a", 0, "b"], 1), { a: [{ b: 1 }] });
 * ```
 */
export function nested(path: ValuePath, value: ConfigValue): ConfigValue {
  return path.reduceRight(
    // A key "__proto__" is a key like any other here.
    (inner: ConfigValue, part) =>
      typeof part === "number" ? [inner] : Object.fromEntries([[part, inner]]),
    value,
  );
}

/** Whether `value` is a mapping of a parsed text. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A number as JSON, YAML and TOML read it.
 *
 * @throws {FormatError} for what is not a finite number.
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new FormatError(`${value} is not a number to write down`);
  return Object.is(value, -0) ? "-0" : String(value);
}
