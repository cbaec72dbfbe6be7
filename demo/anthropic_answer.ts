/**
 * The Anthropic Messages dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, countOutput, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `message` and the events of its stream. */
export const anthropicWriter: DialectWriter = { whole, frames };

function whole(answer: Answer): unknown {
  return {
    ...message(answer),
    content: answer.call === null
      ? [{ type: "text", text: answerText(answer) }]
      : [{ ...toolUse(answer), input: answer.call.arguments }],
    stop_reason: stopReasonOf(answer),
    usage: usage(answer, countOutput(answer)),
  };
}

function* frames(answer: Answer): Iterable<string> {
  const event = (type: string, fields: Readonly<Record<string, unknown>> = {}) =>
    sseFrame({ type, ...fields }, type);

  yield event("message_start", { message: message(answer) });
  const block = answer.call === null ? { type: "text", text: "" } : toolUse(answer);
  yield event("content_block_start", { index: 0, content_block: block });
  yield event("ping");
  for (const text of answer.deltas) {
    yield event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  if (answer.call !== null) {
    const json = JSON.stringify(answer.call.arguments);
    const delta = { type: "input_json_delta", "partial_json": json };
    yield event("content_block_delta", { index: 0, delta });
  }
  yield event("content_block_stop", { index: 0 });
  yield event("message_delta", {
    delta: { stop_reason: stopReasonOf(answer), stop_sequence: null },
    usage: { output_tokens: countOutput(answer) },
  });
  yield event("message_stop");
}

function toolUse({ id, call }: Answer) {
  return { type: "tool_use", id: `toolu_bdrk_${id}`, name: call?.name ?? "", input: {} };
}

function stopReasonOf({ call }: Answer): string {
  return call === null ? "end_turn" : "tool_use";
}

function message(answer: Answer) {
  return {
    // The ids of Claude models that are hosted on Bedrock look like this.
    id: `msg_bdrk_${answer.id}`,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: [] as readonly unknown[],
    stop_reason: null as string | null,
    stop_sequence: null,
    usage: usage(answer, 1),
  };
}

function usage({ inputTokens }: Answer, outputTokens: number) {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  };
}
