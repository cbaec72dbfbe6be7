/**
 * From what an error names to what a lesson leaves out or lowers.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import type { JsonObject } from "../json.ts";
import { findKey, findPath, SCHEMAS } from "./find_path.ts";
import type { BodyPath, Lesson } from "./lesson.ts";
import { isOptional } from "./optional.ts";

/** A rejected request and what the endpoint said to it. */
export interface Rejection {
  /** Wire language of the request. */
  readonly dialect: Dialect;
  /** Status of the answer. */
  readonly status: number;
  /** Body of the answer as text, in whatever envelope. */
  readonly text: string;
  /** The body that was sent. */
  readonly sent: JsonObject;
  /** The `anthropic-beta` that was sent; `null` for none. */
  readonly beta: string | null;
}

/** Keywords without which a schema says nothing. */
const ESSENTIAL_KEYWORDS: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "items",
  "required",
  "description",
  "enum",
]);

/** Keywords whose value has schemas under names. */
const NAMED: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);

/** Leaving out what stands there, if that can be done without. */
export function strip(
  path: BodyPath | null,
  dialect: Dialect,
): readonly (Lesson & { kind: "strip" })[] {
  return path !== null && isOptional(path, dialect) ? [{ kind: "strip", path }] : [];
}

/** Leaving out what an error names by its path. */
export function stripNamed(
  steps: readonly string[],
  { sent, dialect }: Rejection,
): readonly Lesson[] {
  const path = findPath(sent, steps);
  const schema = path?.findIndex((step) => SCHEMAS.has(step ?? "")) ?? -1;
  return schema < 0 ? strip(path, dialect) : stripKeyword(path?.slice(schema + 1) ?? []);
}

/** Within a schema it is the keyword that is refused; what stands under a name is a property. */
function stripKeyword(path: BodyPath): readonly Lesson[] {
  let isName = false;
  for (const step of path.slice(0, -1)) isName = !isName && NAMED.has(step ?? "");
  const keyword = path.at(-1) ?? "type";
  return isName || ESSENTIAL_KEYWORDS.has(keyword) ? [] : [{ kind: "keyword", keyword }];
}

/** What Google's `Unknown name` teaches. */
export function unknownName(
  name: string,
  place: readonly string[],
  rejection: Rejection,
): readonly Lesson[] {
  if (place.some((step) => SCHEMAS.has(step))) {
    return ESSENTIAL_KEYWORDS.has(name) ? [] : [{ kind: "keyword", keyword: name }];
  }
  if (/^parameters_?json_?schema$/i.test(name)) return [{ kind: "plain-parameters" }];
  const path = findPath(rejection.sent, [...place, name]);
  // A chat body is turned into Gemini's before it is refused: the place is one of that body.
  if (path === null && rejection.dialect !== "gemini") {
    return findKey(rejection.sent, name).flatMap((other) => strip(other, rejection.dialect));
  }
  return strip(path, rejection.dialect);
}

/** Spellings of the cap on output, of all dialects. */
const CAPS: readonly (readonly string[])[] = [
  ["max_tokens"],
  ["max_completion_tokens"],
  ["max_output_tokens"],
  ["generationConfig", "maxOutputTokens"],
];

/** Lowering the cap on output that was asked for. */
export function clamp(
  name: string,
  asked: number,
  most: number,
  { sent }: Rejection,
): readonly Lesson[] {
  if (most < 1) return [];
  return [[name], ...CAPS].flatMap((steps) => {
    const path = findPath(sent, steps);
    return path !== null && numberAt(sent, path) === asked && asked > most
      ? [{ kind: "clamp", path, most } as const]
      : [];
  });
}

function numberAt(body: JsonObject, path: BodyPath): unknown {
  return path.reduce<unknown>((value, step) => (value as JsonObject)[step ?? ""], body);
}
