/**
 * The OpenAI Responses dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, countOutput, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `response` and the events of its stream. */
export const responsesWriter: DialectWriter = { whole: (answer) => finished(answer), frames };

function* frames(answer: Answer): Iterable<string> {
  let sequence = 0;
  const event = (type: string, fields: Readonly<Record<string, unknown>>) =>
    sseFrame({ type, sequence_number: sequence++, ...fields }, type);
  yield event("response.created", { response: unfinished(answer) });
  yield event("response.in_progress", { response: unfinished(answer) });
  yield* answer.call === null ? textFrames(answer, event) : callFrames(answer, event);
  yield event("response.completed", { response: finished(answer) });
}

type WriteEvent = (type: string, fields: Readonly<Record<string, unknown>>) => string;

function* callFrames(answer: Answer, event: WriteEvent): Iterable<string> {
  const item = callOf(answer);
  const place = { "item_id": item.id, "output_index": 0 };
  yield event("response.output_item.added", {
    output_index: 0,
    item: { ...item, status: "in_progress", arguments: "" },
  });
  yield event("response.function_call_arguments.delta", { ...place, delta: item.arguments });
  yield event("response.function_call_arguments.done", { ...place, arguments: item.arguments });
  yield event("response.output_item.done", { output_index: 0, item });
}

function* textFrames(answer: Answer, event: WriteEvent): Iterable<string> {
  const part = partPlace(answer);
  const text = answerText(answer);
  yield event("response.output_item.added", {
    output_index: 0,
    item: { ...message(answer), status: "in_progress", content: [] },
  });
  yield event("response.content_part.added", { ...part, part: textPart("") });
  for (const delta of answer.deltas) {
    yield event("response.output_text.delta", { ...part, delta, logprobs: [] });
  }
  yield event("response.output_text.done", { ...part, text, logprobs: [] });
  yield event("response.content_part.done", { ...part, part: textPart(text) });
  yield event("response.output_item.done", { output_index: 0, item: message(answer) });
}

function unfinished(answer: Answer) {
  return {
    id: `resp_${answer.id}`,
    object: "response",
    created_at: answer.createdSeconds,
    status: "in_progress",
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: answer.model,
    output: [] as readonly unknown[],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: null,
  };
}

function finished(answer: Answer) {
  const { inputTokens } = answer;
  const outputTokens = countOutput(answer);
  return {
    ...unfinished(answer),
    status: "completed",
    output: [answer.call === null ? message(answer) : callOf(answer)],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function message(answer: Answer) {
  return {
    id: itemId(answer),
    type: "message",
    status: "completed",
    role: "assistant",
    content: [textPart(answerText(answer))],
  };
}

function callOf({ id, call }: Answer) {
  return {
    id: `fc_${id}`,
    type: "function_call",
    status: "completed",
    "call_id": `call_${id}`,
    name: call?.name ?? "",
    arguments: JSON.stringify(call?.arguments ?? {}),
  };
}

function textPart(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function partPlace(answer: Answer) {
  return { item_id: itemId(answer), output_index: 0, content_index: 0 };
}

function itemId(answer: Answer): string {
  return `msg_${answer.id}`;
}
