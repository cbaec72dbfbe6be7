/**
 * Calls and results in Anthropic Messages: `tool_result` blocks stand at the head of the user
 * message behind the assistant's `tool_use`. Messages of one side that follow each other count as
 * one, as the API itself puts them together.
 *
 * @module
 */

import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { roleOf } from "../messages.ts";
import { idOf, NO_RESULT, type Pairing, type Turns } from "./pairs.ts";
import { remembering } from "../surveys/remembering.ts";

/** What follows a side's calls: from `start` to before `end`, all of it not the assistant's. */
interface Reply {
  readonly start: number;
  readonly end: number;
  /** Calls without a result. */
  readonly unanswered: readonly string[];
  /** Whether a result stands where none may. */
  readonly isDisordered: boolean;
}

interface Faults {
  /** Blocks of results without a call. */
  readonly orphans: ReadonlySet<Json>;
  /** Replies with something wrong, by their start. */
  readonly replies: readonly Reply[];
}

const NO_FAULTS: Faults = { orphans: new Set(), replies: [] };

const findFaults = remembering((messages: Turns): Faults => {
  if (isInOrder(messages)) return NO_FAULTS;
  const orphans = new Set<Json>();
  const replies: Reply[] = [];
  let index = 0;
  while (index < messages.length) {
    const waiting = new Set<string>();
    for (; roleOf(messages[index]) === "assistant"; index++) {
      for (const block of blocksOf(messages[index])) addCall(waiting, block);
    }
    const start = index;
    let isDisordered = false;
    let isHead = true;
    for (; index < messages.length && roleOf(messages[index]) !== "assistant"; index++) {
      if (index > start) isHead = false;
      for (const block of blocksOf(messages[index])) {
        if (!isResult(block)) isHead = false;
        else if (!waiting.delete(String(block.tool_use_id))) orphans.add(block);
        else isDisordered ||= !isHead;
      }
    }
    if (isDisordered || waiting.size > 0) {
      replies.push({ start, end: index, unanswered: [...waiting], isDisordered });
    }
  }
  return { orphans, replies };
});

/** Whether each turn's calls are answered at the head of the message behind it, in their order. */
function isInOrder(messages: Turns): boolean {
  let asked: readonly Json[] | null = null;
  for (const message of messages) {
    const blocks = blocksOf(message);
    const isAssistant = roleOf(message) === "assistant";
    if (isAssistant ? asked !== null : !areAnswered(asked ?? NONE, blocks)) return false;
    asked = isAssistant ? blocks : null;
  }
  return asked === null || areAnswered(asked, NONE);
}

function areAnswered(asked: readonly Json[], blocks: readonly Json[]): boolean {
  let place = 0;
  for (const call of asked) {
    if (!isObject(call) || call.type !== "tool_use") continue;
    const result = blocks[place++];
    if (result === undefined || !isResult(result) || result.tool_use_id !== call.id) return false;
  }
  for (; place < blocks.length; place++) if (isResult(blocks[place] ?? null)) return false;
  return true;
}

const NONE: readonly Json[] = [];

function blocksOf(message: Json | undefined): readonly Json[] {
  const content = isObject(message) ? message.content : undefined;
  return isArray(content) ? content : NONE;
}

function addCall(ids: Set<string>, block: Json): void {
  if (!isObject(block) || block.type !== "tool_use") return;
  const id = idOf(block.id);
  if (id !== null) ids.add(id);
}

function isResult(block: Json): block is JsonObject {
  return isObject(block) && block.type === "tool_result" && idOf(block.tool_use_id) !== null;
}

/** Pairs of Anthropic Messages. */
export const anthropicPairs: Pairing = {
  dropOrphans(messages) {
    const { orphans } = findFaults(messages);
    if (orphans.size === 0) return messages;
    return messages.flatMap((message) => withoutBlocks(message, (block) => orphans.has(block)));
  },

  orderResults(messages) {
    const disordered = findFaults(messages).replies.filter((reply) => reply.isDisordered);
    return mapReplies(messages, disordered, (reply) => {
      const results = reply.flatMap((message) => blocksOf(message).filter(isResult));
      const rest = reply.flatMap((message) => withoutBlocks(message, isResult));
      return withResults(rest, results, 0);
    });
  },

  answerCalls(messages) {
    const open = findFaults(messages).replies.filter(({ unanswered }) => unanswered.length > 0);
    return mapReplies(messages, open, (reply, { unanswered }) => {
      const head = blocksOf(reply[0]).findIndex((block) => !isResult(block));
      const place = head === -1 ? blocksOf(reply[0]).length : head;
      return withResults(reply, unanswered.map(noResult), place);
    });
  },
};

/** The list with some of its replies replaced. */
function mapReplies(
  messages: Turns,
  replies: readonly Reply[],
  map: (reply: Turns, faults: Reply) => Turns,
): Turns {
  if (replies.length === 0) return messages;
  const mapped: Json[] = [];
  let done = 0;
  for (const reply of replies) {
    mapped.push(...messages.slice(done, reply.start));
    mapped.push(...map(messages.slice(reply.start, reply.end), reply));
    done = reply.end;
  }
  return [...mapped, ...messages.slice(done)];
}

/** The message without some of its blocks, in a list; no message if none of them is left. */
function withoutBlocks(message: Json, isOut: (block: Json) => boolean): readonly Json[] {
  const blocks = blocksOf(message);
  if (!isObject(message) || !blocks.some(isOut)) return [message];
  const content = blocks.filter((block) => !isOut(block));
  return content.length === 0 ? [] : [{ ...message, content }];
}

/** The reply with `results` at a place in its first message; in one of their own if it has none. */
function withResults(reply: Turns, results: readonly Json[], place: number): Turns {
  const [first, ...others] = reply;
  if (roleOf(first) !== "user" || !isObject(first)) {
    return [{ role: "user", content: results }, ...reply];
  }
  const said = get(first, "content");
  const blocks = typeof said === "string" ? [{ type: "text", text: said }] : blocksOf(first);
  const content = [...blocks.slice(0, place), ...results, ...blocks.slice(place)];
  return [{ ...first, content }, ...others];
}

function noResult(id: string): Json {
  return { type: "tool_result", "tool_use_id": id, content: NO_RESULT, "is_error": true };
}
