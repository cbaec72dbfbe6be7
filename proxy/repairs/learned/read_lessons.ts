/**
 * From a rejection to lessons: which optional part of this body an endpoint does not take.
 *
 * @module
 */

import { errorTexts } from "./error_texts.ts";
import { findKey, findPath, pathSteps } from "./find_path.ts";
import { type Lesson, lessonText } from "./lesson.ts";
import { clamp, type Rejection, strip, stripNamed, unknownName } from "./refused.ts";
import { refusedFlags } from "./beta_flags.ts";

/** No request is learned from beyond this many at once. */
const LESSONS = 16;

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
