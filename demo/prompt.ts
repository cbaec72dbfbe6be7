/**
 * Inference request of any dialect → {@link Prompt}: the few things that the simulated model
 * looks at.
 *
 * @module
 */

/** What the simulated model is asked. */
export interface Prompt {
  /** Model of the body, `null` if it names none. */
  readonly model: string | null;
  /** The last text of the last user message that has any; `""` if there is none. */
  readonly userText: string;
  /** Whether the body asks for a stream. */
  readonly isStream: boolean;
  /** Whether `stream_options.include_usage` is set. */
  readonly wantsUsage: boolean;
  /** Number of deltas that `[[stream N]]` in the user message asks for, 1 to 10,000, else `null`. */
  readonly deltaCount: number | null;
  /** Pause between events that `[[slow MS]]` asks for, else `null`. */
  readonly paceMs: number | null;
}

const MAX_DELTAS = 10_000;
const MAX_PACE_MS = 60_000;

/**
 * Reads a decoded body. Chat and Anthropic have `messages`, Responses `input`, Gemini `contents`;
 * the text of all is a string, or parts with a `text`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readPrompt } from "./prompt.ts";
 *
 * const chat = readPrompt({ model: "m", messages: [{ role: "user", content: "hi [[slow 5]]" }] });
 * assert.equal(chat.userText, "hi [[slow 5]]");
 * assert.equal(chat.paceMs, 5);
 * const gemini = readPrompt({ contents: [{ parts: [{ text: "a" }, { text: "b" }] }] });
 * assert.equal(gemini.userText, "b");
 * ```
 */
export function readPrompt(body: unknown): Prompt {
  const fields = asRecord(body);
  const texts = lastUserTexts(fields.messages ?? fields.contents ?? fields.input);
  const message = texts.join("\n");
  const deltaCount = directive(message, "stream");
  const paceMs = directive(message, "slow");
  return {
    model: typeof fields.model === "string" ? fields.model : null,
    userText: texts.at(-1) ?? "",
    isStream: fields.stream === true,
    wantsUsage: asRecord(fields.stream_options).include_usage === true,
    deltaCount: deltaCount === null ? null : Math.min(Math.max(deltaCount, 1), MAX_DELTAS),
    paceMs: paceMs === null ? null : Math.min(paceMs, MAX_PACE_MS),
  };
}

function lastUserTexts(turns: unknown): readonly string[] {
  if (typeof turns === "string") return [turns];
  if (!Array.isArray(turns)) return [];
  return turns.map(asRecord)
    // Gemini may leave out the role of the user.
    .filter((turn) => turn.role === "user" || turn.role === undefined)
    .map((turn) => textsOf(turn.content ?? turn.parts))
    .findLast((texts) => texts.length > 0) ?? [];
}

function textsOf(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.map((part) => asRecord(part).text).filter((text) => typeof text === "string");
}

function directive(message: string, name: "stream" | "slow"): number | null {
  const digits = message.match(new RegExp(`\\[\\[${name} (\\d{1,9})\\]\\]`))?.[1];
  return digits === undefined ? null : Number(digits);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
