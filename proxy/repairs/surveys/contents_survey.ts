/**
 * One look at all turns of Gemini, as `messages_survey.ts` has for messages.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { isForeign } from "../names/tool_names.ts";
import { answers, callOf, isBlankPart, resultOf } from "../gemini_parts.ts";
import { signatureOf } from "../signatures/signed.ts";
import { remembering } from "./remembering.ts";

/** What some turn has. */
export interface ContentsSurvey {
  /** Parts that say nothing, or no parts at all. */
  hasBlanks: boolean;
  /** The name of a tool that endpoints refuse. */
  hasForeignNames: boolean;
  /** A turn whose first call is not signed. */
  hasUnsigned: boolean;
  /** Whether all calls are answered in the turn behind, one by one, and nothing else is. */
  isPaired: boolean;
}

/** The pairs on the way through a conversation. */
interface Pairs {
  /** What the model called before it was spoken to. */
  calls: JsonObject[];
  answered: number;
  last: "model" | "answer" | "other";
}

const look = remembering((contents): Readonly<ContentsSurvey> => {
  const survey: ContentsSurvey = {
    hasBlanks: false,
    hasForeignNames: false,
    hasUnsigned: false,
    isPaired: true,
  };
  const pairs: Pairs = { calls: [], answered: 0, last: "other" };
  for (const turn of contents) if (isObject(turn)) lookAtTurn(turn, { survey, pairs });
  if (pairs.answered < pairs.calls.length) survey.isPaired = false;
  return survey;
});

const NOTHING: Readonly<ContentsSurvey> = look([]);

/** What the turns of a body have; nothing if it has no list of them. */
export function surveyContents(body: JsonObject): Readonly<ContentsSurvey> {
  const contents = get(body, "contents");
  return isArray(contents) ? look(contents) : NOTHING;
}

/** Whether all calls of these turns are answered right behind, and nothing else is. */
export function arePaired(contents: readonly Json[]): boolean {
  return look(contents).isPaired;
}

interface Eyes {
  readonly survey: ContentsSurvey;
  readonly pairs: Pairs;
}

function lookAtTurn(turn: JsonObject, { survey, pairs }: Eyes): void {
  const { role, parts } = turn;
  if (role === "model" && pairs.last !== "model") {
    if (pairs.answered < pairs.calls.length) survey.isPaired = false;
    pairs.calls = [];
    pairs.answered = 0;
  }
  pairs.last = role === "model" ? "model" : pairs.last === "model" ? "answer" : "other";
  if (!isArray(parts)) {
    survey.hasBlanks ||= parts === undefined || parts === null;
    return;
  }
  if (parts.length === 0) survey.hasBlanks = true;
  let isFirst = true;
  for (const part of parts) {
    if (!isObject(part)) continue;
    const call = callOf(part);
    if (call !== null) {
      if (isFirst && signatureOf(part) === null) survey.hasUnsigned = true;
      isFirst = false;
      survey.hasForeignNames ||= isForeign(call.name);
      if (role === "model") pairs.calls.push(call);
      continue;
    }
    const result = resultOf(part);
    if (result === null) survey.hasBlanks ||= isBlankPart(part);
    else lookAtResult(result, { survey, pairs });
  }
}

function lookAtResult(result: JsonObject, { survey, pairs }: Eyes): void {
  survey.hasForeignNames ||= isForeign(result.name);
  if (pairs.last === "model") return;
  const call = pairs.calls[pairs.answered++];
  if (pairs.last !== "answer" || call === undefined || !answers(result, call)) {
    survey.isPaired = false;
  }
}
