/** Bodies that are too much, or could become it. */

import { anthropic, type Attack, CHAT, gemini, openai, request } from "./attack.ts";

function compressed(encoding: string): Attack {
  return {
    name: `body: packed by ${encoding}`,
    send: request({ headers: [`Content-Encoding: ${encoding}`], body: "\x1f\x8b\x08" }),
    refused: openai(415),
  };
}

/** Attacks by volume. */
export const BODIES: readonly Attack[] = [
  ...["gzip", "br", "zstd", "deflate", "gzip, identity"].map(compressed),
  {
    name: "body: a length beyond the limit",
    send: (target) =>
      request({ framing: [`Content-Length: ${target.maxBodyBytes + 1}`], body: "{" })(target),
    refused: openai(413),
  },
  {
    name: "body: a length beyond the limit, in the words of Anthropic",
    send: request({ line: "POST /v1/messages", framing: ["Content-Length: 9007199254740993"] }),
    refused: anthropic(413),
  },
  {
    name: "body: a length beyond the limit, in the words of Gemini",
    send: request({
      line: "POST /gemini/v1beta/models/gemini-2.5-pro:streamGenerateContent",
      framing: ["Content-Length: 9007199254740993"],
    }),
    refused: gemini(413),
  },
  {
    name: "body: chunks beyond the limit",
    send: (target) => {
      const size = target.maxBodyBytes + 1;
      const body = `${size.toString(16)}\r\n${"a".repeat(size)}\r\n0\r\n\r\n`;
      return request({ framing: ["Transfer-Encoding: chunked"], body })(target);
    },
    refused: openai(413),
  },
  {
    name: "body: a wait to be asked for too much",
    send: request({
      line: `POST ${CHAT}`,
      framing: ["Expect: 100-continue", "Content-Length: 999999999999"],
      body: "",
    }),
    refused: openai(413),
  },
];
