/**
 * The OpenAI chat dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, countOutput, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `chat.completion` and `chat.completion.chunk`. */
export const chatWriter: DialectWriter = { whole, frames };

function whole(answer: Answer): unknown {
  const calls = answer.call === null ? {} : { "tool_calls": [callOf(answer)] };
  const message = { role: "assistant", content: answerText(answer), ...calls };
  return {
    ...head(answer, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: finishReasonOf(answer) }],
    usage: usage(answer),
  };
}

function* frames(answer: Answer): Iterable<string> {
  const chunk = (delta: unknown, finishReason: string | null = null) =>
    sseFrame({
      ...head(answer, "chat.completion.chunk"),
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  yield chunk({ role: "assistant", content: "" });
  for (const content of answer.deltas) yield chunk({ content });
  if (answer.call !== null) {
    const { function: { name, arguments: text }, ...call } = callOf(answer);
    const start = { index: 0, ...call, function: { name, arguments: "" } };
    yield chunk({ "tool_calls": [start] });
    yield chunk({ "tool_calls": [{ index: 0, function: { arguments: text } }] });
  }
  yield chunk({}, finishReasonOf(answer));
  if (answer.wantsUsage) {
    yield sseFrame({
      ...head(answer, "chat.completion.chunk"),
      choices: [],
      usage: usage(answer),
    });
  }
  yield "data: [DONE]\n\n";
}

function head(answer: Answer, object: string) {
  const { id, createdSeconds, model } = answer;
  return { id: `chatcmpl_${id}`, object, created: createdSeconds, model };
}

function callOf({ id, call }: Answer) {
  const { name, arguments: fields } = call ?? { name: "", arguments: {} };
  const text = JSON.stringify(fields);
  return { id: `call_${id}`, type: "function", function: { name, arguments: text } };
}

function finishReasonOf({ call }: Answer): string {
  return call === null ? "stop" : "tool_calls";
}

function usage(answer: Answer) {
  const { inputTokens } = answer;
  const outputTokens = countOutput(answer);
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}
