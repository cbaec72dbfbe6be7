/**
 * Calls and results in Gemini: the parts of a model's turn that call functions are all answered
 * by parts of the turn right behind it, matched by id where both have one, else by name.
 *
 * @module
 */

import { isObject, type Json, type JsonObject, withEntry } from "../json.ts";
import { roleOf } from "../messages.ts";
import { answers, callOf, partsOf, resultOf } from "../gemini_parts.ts";
import { arePaired } from "../surveys/contents_survey.ts";
import { remembering } from "../surveys/remembering.ts";
import { NO_RESULT, type Pairing, type Turns } from "./pairs.ts";

/** Turns of a model, and what was said to it next. */
interface Exchange {
  /** Calls without a result. */
  readonly unanswered: readonly JsonObject[];
  /** Where the turn stands or would stand that answers them. */
  readonly answerAt: number;
  /** Where the last one stands that was said before the model's next turn, plus one. */
  readonly end: number;
  /** Whether results stand in other turns than the one right behind their calls. */
  readonly isDisordered: boolean;
}

interface Faults {
  readonly orphans: ReadonlySet<Json>;
  readonly exchanges: readonly Exchange[];
}

const NO_FAULTS: Faults = { orphans: new Set(), exchanges: [] };

const findFaults = remembering((contents: Turns): Faults => {
  if (arePaired(contents)) return NO_FAULTS;
  const orphans = new Set<Json>();
  const exchanges: Exchange[] = [];
  let index = 0;
  while (index < contents.length) {
    const waiting: JsonObject[] = [];
    for (; roleOf(contents[index]) === "model"; index++) {
      for (const part of partsOf(contents[index])) {
        if (callOf(part) !== null) waiting.push(part as JsonObject);
      }
    }
    const answerAt = index;
    let isDisordered = false;
    for (; index < contents.length && roleOf(contents[index]) !== "model"; index++) {
      for (const part of partsOf(contents[index])) {
        const result = resultOf(part);
        if (result === null) continue;
        const at = waiting.findIndex((call) => answers(result, callOf(call) ?? {}));
        if (at < 0) orphans.add(part);
        else {
          waiting.splice(at, 1);
          isDisordered ||= index > answerAt;
        }
      }
    }
    if (waiting.length > 0 || isDisordered) {
      exchanges.push({ unanswered: waiting, answerAt, end: index, isDisordered });
    }
  }
  return { orphans, exchanges };
});

/** Pairs of Gemini. */
export const geminiPairs: Pairing = {
  dropOrphans(contents) {
    const { orphans } = findFaults(contents);
    if (orphans.size === 0) return contents;
    return contents.flatMap((turn) => {
      const parts = partsOf(turn);
      const kept = parts.filter((part) => !orphans.has(part));
      if (kept.length === parts.length || !isObject(turn)) return [turn];
      return kept.length === 0 ? [] : [withEntry(turn, "parts", kept)];
    });
  },

  orderResults(contents) {
    const { exchanges } = findFaults(contents);
    const disordered = exchanges.filter(({ isDisordered }) => isDisordered);
    if (disordered.length === 0) return contents;
    const isResult = (part: Json): boolean => resultOf(part) !== null;
    const turns = [...contents];
    for (const { answerAt, end } of disordered.toReversed()) {
      const said = contents.slice(answerAt, end);
      const results = said.flatMap((turn) => partsOf(turn).filter(isResult));
      const others = said.flatMap((turn) => {
        const parts = partsOf(turn);
        const kept = parts.filter((part) => !isResult(part));
        if (kept.length === parts.length || !isObject(turn)) return [turn];
        return kept.length === 0 ? [] : [withEntry(turn, "parts", kept)];
      });
      turns.splice(answerAt, end - answerAt, { role: "user", parts: results }, ...others);
    }
    return turns;
  },

  answerCalls(contents) {
    const { exchanges } = findFaults(contents);
    const open = exchanges.filter(({ unanswered }) => unanswered.length > 0);
    if (open.length === 0) return contents;
    const turns = [...contents];
    for (const { unanswered, answerAt } of open.toReversed()) {
      const answer = contents[answerAt];
      const parts = partsOf(answer);
      const behind = parts.findLastIndex((part) => resultOf(part) !== null) + 1;
      const added = unanswered.map(noResult);
      if (behind === 0 || !isObject(answer)) {
        turns.splice(answerAt, 0, { role: "user", parts: added });
      } else turns[answerAt] = withEntry(answer, "parts", parts.toSpliced(behind, 0, ...added));
    }
    return turns;
  },
};

function noResult(part: JsonObject): Json {
  const { id, name } = callOf(part) ?? {};
  const key = Object.hasOwn(part, "functionCall") ? "functionResponse" : "function_response";
  return {
    [key]: {
      ...(id === undefined ? {} : { id }),
      ...(name === undefined ? {} : { name }),
      response: { error: NO_RESULT },
    },
  };
}
