/**
 * From a rejection to lessons: which optional part of this body an endpoint does not take.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import type { JsonObject } from "../json.ts";
import { errorTexts } from "./error_texts.ts";
import { findKey, findPath, pathSteps, SCHEMAS } from "./find_path.ts";
import { type BodyPath, isOptional, type Lesson, lessonText } from "./lesson.ts";
import { refusedFlags } from "./beta_flags.ts";

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

/** No request is learned from beyond this many at once. */
const LESSONS = 16;

/** Keywords without which a schema says nothing. */
const ESSENTIAL_KEYWORDS: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "items",
  "required",
  "description",
  "enum",
]);

/**
 * The lessons of a rejection; none if it names nothing, nothing that was sent, or something that
 * a request cannot do without.
 *
 * Texts: facts of Databricks, https://github.com/continuedev/continue/issues/12936 (unknown field),
 * https://github.com/block/goose/issues/8042 (unknown name),
 * https://github.com/databricks/unity-gateway/issues/85 (unknown parameter),
 * https://github.com/databricks/databricks-sdk-go/issues/1183 (cannot exceed).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readLessons } from "./read_lessons.ts";
 *
 * const lessons = readLessons({
 *   dialect: "chat",
 *   status: 400,
 *   text: '{"message":"Bad request: json: unknown field \\"stream_options\\""}',
 *   sent: { model: "m", stream_options: {} },
 *   beta: null,
 * });
 * assert.deepEqual(lessons, [{ kind: "strip", path: ["stream_options"] }]);
 * ```
 */
export function readLessons(rejection: Rejection): readonly Lesson[] {
  if (rejection.status !== 400 && rejection.status !== 422) return [];
  const lessons = new Map<string, Lesson>();
  for (const text of errorTexts(rejection.text)) {
    for (const { pattern, read } of READERS) {
      for (const match of text.matchAll(pattern)) {
        for (const lesson of read(match, rejection)) lessons.set(lessonText(lesson), lesson);
      }
    }
  }
  return [...lessons.values()].slice(0, LESSONS);
}

interface Reader {
  readonly pattern: RegExp;
  read(match: RegExpExecArray, rejection: Rejection): readonly Lesson[];
}

const READERS: readonly Reader[] = [
  // Go's decoder names the key, not its place.
  {
    pattern: /json: unknown field \\?"([^"\\]{1,128})\\?"/g,
    read: ([, key = ""], { sent, dialect }) =>
      findKey(sent, key).flatMap((path) => strip(path, dialect)),
  },
  // Google: `Unknown name "id" at 'contents[1].parts[1].function_call': Cannot find field.`
  {
    pattern: /Unknown name \\?"([^"\\]{1,128})\\?"(?: at '([^']{0,512})')?: Cannot find field/g,
    read: ([, name = "", place = ""], rejection) => unknownName(name, pathSteps(place), rejection),
  },
  // Pydantic: `tools.0.custom.defer_loading: Extra inputs are not permitted`
  {
    pattern: /(?<![\w.$[\]-])([A-Za-z_$][\w.$[\]-]{0,255}): Extra inputs are not permitted/g,
    read: ([, path = ""], rejection) => stripNamed(pathSteps(path), rejection),
  },
  // OpenAI, with the path and not only the key.
  {
    pattern:
      /(?:Unknown|Unsupported|Unrecognized) parameter: '([^']{1,256})'(?: is not supported with this model\. Use '(max_\w{1,32})' instead)?/g,
    read: ([, path = "", other], rejection) =>
      other !== undefined && /^max_\w+$/.test(path) && Object.hasOwn(rejection.sent, path)
        ? [{ kind: "rename", from: path, to: other }]
        : stripNamed(pathSteps(path), rejection),
  },
  {
    pattern: /Unrecognized request arguments? supplied: ([\w, ]{1,512})/g,
    read: ([, names = ""], rejection) =>
      names.split(/[\s,]+/).flatMap((name) => stripNamed([name], rejection)),
  },
  {
    pattern: /does not support parameters: \[([^\]]{1,1024})\]/g,
    read: ([, names = ""], rejection) =>
      names.split(/[\s,'"\\]+/).flatMap((name) => stripNamed([name], rejection)),
  },
  // A14: https://github.com/qodo-ai/pr-agent/issues/2456
  {
    pattern: /`(\w{1,64})` is deprecated for this model/g,
    read: ([, name = ""], rejection) => stripNamed([name], rejection),
  },
  {
    pattern: /`(\w{1,64})` and `(\w{1,64})` cannot both be specified/g,
    read: ([, kept = "", dropped = ""], { sent, dialect }) =>
      Object.hasOwn(sent, kept)
        ? strip(findPath(sent, [dropped]), dialect).map((lesson) => ({ ...lesson, beside: kept }))
        : [],
  },
  // O9: https://github.com/databricks/unity-gateway/issues/99
  {
    pattern:
      /Invalid '(input\[\d+\]\.id)': string too long\. Expected a string with maximum length (\d{1,6})/g,
    read: ([, path = "", most], { sent, dialect }) =>
      strip(findPath(sent, pathSteps(path)), dialect)
        .map((lesson) => ({ ...lesson, longerThan: Number(most) })),
  },
  // A12
  {
    pattern: /\\?"thinking\.type\.enabled\\?" is not supported for this model/g,
    read: (_, { sent }) =>
      findPath(sent, ["thinking", "type"]) === null ? [] : [{ kind: "adaptive-thinking" }],
  },
  // G4: where the model's name does not tell, or in chat
  {
    pattern: /missing a thought_signature in functionCall parts/g,
    read: () => [{ kind: "sign-calls" }],
  },
  // O13, and Anthropic's `max_tokens: 64001 > 64000, which is the maximum allowed number of …`
  {
    pattern: /\b(max_\w{1,32}) \((\d{1,9})\) cannot exceed (\d{1,9})/g,
    read: ([, name = "", asked, most], rejection) =>
      clamp(name, Number(asked), Number(most), rejection),
  },
  {
    pattern: /\b(max_\w{1,32}): (\d{1,9}) > (\d{1,9}), which is the maximum/g,
    read: ([, name = "", asked, most], rejection) =>
      clamp(name, Number(asked), Number(most), rejection),
  },
  // A11
  {
    pattern:
      /invalid beta flag|Unexpected value\(s\) (`[^`]{1,128}`(?:, ?`[^`]{1,128}`)*) for the `anthropic-beta` header/g,
    read: ([, named], { beta }) => {
      const flags = refusedFlags(beta, named?.match(/[^`, ]+/g) ?? []);
      return flags.length === 0 ? [] : [{ kind: "beta", flags }];
    },
  },
];

function strip(path: BodyPath | null, dialect: Dialect): readonly (Lesson & { kind: "strip" })[] {
  return path !== null && isOptional(path, dialect) ? [{ kind: "strip", path }] : [];
}

function stripNamed(steps: readonly string[], { sent, dialect }: Rejection): readonly Lesson[] {
  return strip(findPath(sent, steps), dialect);
}

function unknownName(
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

function clamp(
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
