/**
 * The Gemini dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, type DialectWriter } from "./answers.ts";
import { sseFrame } from "./replies.ts";

/** Writes `GenerateContentResponse`, whole or one per event (`?alt=sse`). */
export const geminiWriter: DialectWriter = { whole, frames };

/** The same stream as one JSON array, which is what Gemini sends without `?alt=sse`. */
export function* geminiArrayFrames(answer: Answer): Iterable<string> {
  let separator = "[";
  for (const chunk of chunks(answer)) {
    yield separator + JSON.stringify(chunk);
    separator = "\n,\r\n";
  }
  yield "]";
}

function whole(answer: Answer): unknown {
  return chunk(answer, { text: answerText(answer), finishReason: "STOP" });
}

function* frames(answer: Answer): Iterable<string> {
  for (const chunk of chunks(answer)) yield sseFrame(chunk);
}

function* chunks(answer: Answer): Iterable<unknown> {
  for (const text of answer.deltas.slice(0, -1)) yield chunk(answer, { text });
  yield chunk(answer, { text: answer.deltas.at(-1) ?? "", finishReason: "STOP" });
}

function chunk(answer: Answer, part: { readonly text: string; readonly finishReason?: "STOP" }) {
  const { inputTokens, deltas } = answer;
  const { text, ...finish } = part;
  return {
    candidates: [{ content: { role: "model", parts: [{ text }] }, ...finish, index: 0 }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: deltas.length,
      totalTokenCount: inputTokens + deltas.length,
    },
    modelVersion: answer.model,
    responseId: answer.id,
  };
}
