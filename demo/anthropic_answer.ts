/**
 * The Anthropic Messages dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `message` and the events of its stream. */
export const anthropicWriter: DialectWriter = { whole, frames };

function whole(answer: Answer): unknown {
  return {
    ...message(answer),
    content: [{ type: "text", text: answerText(answer) }],
    stop_reason: "end_turn",
    usage: usage(answer, answer.deltas.length),
  };
}

function* frames(answer: Answer): Iterable<string> {
  const event = (type: string, fields: Readonly<Record<string, unknown>> = {}) =>
    sseFrame({ type, ...fields }, type);

  yield event("message_start", { message: message(answer) });
  yield event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  yield event("ping");
  for (const text of answer.deltas) {
    yield event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  yield event("content_block_stop", { index: 0 });
  yield event("message_delta", {
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: answer.deltas.length },
  });
  yield event("message_stop");
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
