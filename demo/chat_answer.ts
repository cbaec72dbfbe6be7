/**
 * The OpenAI chat dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `chat.completion` and `chat.completion.chunk`. */
export const chatWriter: DialectWriter = { whole, frames };

function whole(answer: Answer): unknown {
  const message = { role: "assistant", content: answerText(answer) };
  return {
    ...head(answer, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: "stop" }],
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
  yield chunk({}, "stop");
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

function usage({ inputTokens, deltas }: Answer) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: deltas.length,
    total_tokens: inputTokens + deltas.length,
  };
}
