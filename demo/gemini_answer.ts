/**
 * The Gemini dialect of the simulated workspace.
 *
 * @module
 */

import { type Answer, answerText, countOutput, type DialectWriter } from "./answers.ts";
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
  return chunk(answer, { parts: [lastPart(answer, answerText(answer))], ...STOP });
}

function* frames(answer: Answer): Iterable<string> {
  for (const chunk of chunks(answer)) yield sseFrame(chunk);
}

function* chunks(answer: Answer): Iterable<unknown> {
  for (const text of answer.deltas.slice(0, -1)) yield chunk(answer, { parts: [{ text }] });
  yield chunk(answer, { parts: [lastPart(answer, answer.deltas.at(-1) ?? "")], ...STOP });
}

const STOP = { finishReason: "STOP" } as const;

function lastPart({ call }: Answer, text: string): unknown {
  return call === null ? { text } : { functionCall: { name: call.name, args: call.arguments } };
}

function chunk(
  answer: Answer,
  said: { readonly parts: readonly unknown[]; readonly finishReason?: "STOP" },
) {
  const { inputTokens } = answer;
  const { parts, ...finish } = said;
  const outputTokens = countOutput(answer);
  return {
    candidates: [{ content: { role: "model", parts }, ...finish, index: 0 }],
    usageMetadata: {
      promptTokenCount: inputTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: inputTokens + outputTokens,
    },
    modelVersion: answer.model,
    responseId: answer.id,
  };
}
