/**
 * A model that says what a script wants, in place of a greeting.
 *
 * @module
 */

import { type Answer, splitEvenly } from "./answers.ts";
import type { Conversation } from "./conversation.ts";

/** A tool that the model wants to be run. */
export interface ToolCall {
  /** One of the tools that the caller offers. */
  readonly name: string;
  /** Its arguments. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the model says. */
export type Line =
  | { readonly kind: "call"; readonly call: ToolCall }
  | { readonly kind: "text"; readonly text: string };

/** What the model says to a conversation; `null`: the usual greeting. */
export type Script = (conversation: Conversation) => Line | null;

const TEXT_DELTAS = 3;

/** The parts of an answer that a line decides. */
export function answerOf(line: Line): Pick<Answer, "deltas" | "call"> {
  if (line.kind === "call") return { deltas: [], call: line.call };
  return { deltas: splitEvenly(line.text, TEXT_DELTAS).filter((text) => text !== ""), call: null };
}
