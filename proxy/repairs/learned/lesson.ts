/**
 * What a rejected request teaches: the one thing to leave out or to lower the next time.
 *
 * @module
 */

/** Where in a body: keys from the top, and `null` for every item of a list. */
export type BodyPath = readonly (string | null)[];

/** What was learned. Only what a request can do without is ever in one. */
export type Lesson =
  | {
    /** Leaves an entry out, in every item of the lists on its way. */
    readonly kind: "strip";
    /** Which entry. */
    readonly path: BodyPath;
    /** Only strings longer than this. */
    readonly longerThan?: number;
    /** Only if the body has this key too. */
    readonly beside?: string;
  }
  | {
    /** Lowers a number. */
    readonly kind: "clamp";
    /** Which number. */
    readonly path: BodyPath;
    /** What it may be at most. */
    readonly most: number;
  }
  | {
    /** Says the same under the name that a model has for it. */
    readonly kind: "rename";
    /** What was sent, at the top of the body. */
    readonly from: string;
    /** What is known. */
    readonly to: string;
  }
  | {
    /** Leaves a keyword out of every tool schema; properties of that name stay. */
    readonly kind: "keyword";
    /** Which keyword. */
    readonly keyword: string;
  }
  | {
    /** Asks a model that no longer takes a thinking budget to think as it sees fit. */
    readonly kind: "adaptive-thinking";
  }
  | {
    /** Sends Gemini tools as `parameters` where `parametersJsonSchema` is not known. */
    readonly kind: "plain-parameters";
  }
  | {
    /** Says of each turn's first call that it is not signed, where Gemini asks for signatures. */
    readonly kind: "sign-calls";
  }
  | {
    /** Leaves flags out of `anthropic-beta`. */
    readonly kind: "beta";
    /** Which flags. */
    readonly flags: readonly string[];
  };

/**
 * The lesson in a few words, for `status` and logs; no two lessons share them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { lessonText } from "./lesson.ts";
 *
 * assert.equal(lessonText({ kind: "strip", path: ["tools", null, "strict"] }), "strip tools[].strict");
 * assert.equal(lessonText({ kind: "clamp", path: ["max_tokens"], most: 8192 }), "max_tokens <= 8192");
 * ```
 */
export function lessonText(lesson: Lesson): string {
  switch (lesson.kind) {
    case "strip": {
      const longer = lesson.longerThan === undefined ? "" : ` longer than ${lesson.longerThan}`;
      const beside = lesson.beside === undefined ? "" : ` beside ${lesson.beside}`;
      return `strip ${pathText(lesson.path)}${longer}${beside}`;
    }
    case "clamp":
      return `${pathText(lesson.path)} <= ${lesson.most}`;
    case "rename":
      return `${lesson.from} as ${lesson.to}`;
    case "keyword":
      return `strip schema keyword ${lesson.keyword}`;
    case "adaptive-thinking":
      return "thinking adaptive";
    case "plain-parameters":
      return "parametersJsonSchema as parameters";
    case "sign-calls":
      return "calls signed as unsigned";
    case "beta":
      return `strip beta ${lesson.flags.join(",")}`;
  }
}

/** The path as people write it. */
export function pathText(path: BodyPath): string {
  return path.reduce<string>(
    (text, step) => step === null ? `${text}[]` : text === "" ? step : `${text}.${step}`,
    "",
  );
}
