/** Who has no key, or makes one up. */

import { anthropic, type Attack, CHAT, gemini, openai, request, type Target } from "./attack.ts";

const shown: ReadonlyArray<readonly [name: string, key: (target: Target) => string]> = [
  ["no key", () => "Accept: */*"],
  ["a wrong key", ({ wrongKey }) => `Authorization: Bearer ${wrongKey}`],
  ["half of a key", ({ key }) => `X-Api-Key: ${key.slice(0, -1)}`],
  ["a key and one character", ({ key }) => `X-Api-Key: ${key}a`],
  ["a key in another case", ({ key }) => `X-Api-Key: ${key.toUpperCase()}`],
  ["a key where nobody looks", ({ key }) => `Cookie: key=${key}`],
  ["a key by another scheme", ({ key }) => `Authorization: Basic ${key}`],
  ["a key that is joined with another", ({ key, wrongKey }) => `X-Api-Key: ${key}, ${wrongKey}`],
  ["an empty key", () => "Authorization: Bearer "],
  ["a key that is a pattern", () => "X-Api-Key: *"],
  ["a key of a prototype", () => "X-Api-Key: __proto__"],
];

/** Attacks on the lock. */
export const KEYS: readonly Attack[] = [
  ...shown.map(([name, key]): Attack => ({
    name: `lock: ${name}`,
    send: request({ key }),
    refused: openai(401),
  })),
  {
    name: "lock: no key, in the words of Anthropic",
    send: request({ line: "POST /v1/messages", key: () => "" }),
    refused: anthropic(401),
  },
  {
    name: "lock: no key, in the words of Gemini",
    send: request({
      line: "POST /gemini/v1beta/models/gemini-2.5-pro:generateContent",
      key: () => "",
    }),
    refused: gemini(401),
  },
  {
    name: "lock: a wrong key in the query",
    send: (target) =>
      request({ line: `POST ${CHAT}?key=${target.wrongKey}`, key: () => "" })(target),
    refused: openai(401),
  },
  {
    name: "lock: no key, and a body that is never sent",
    send: request({ key: () => "", framing: ["Content-Length: 1000000"], body: "" }),
    refused: openai(401),
  },
  {
    name: "lock: no key, and a body that waits to be asked for",
    send: request({
      key: () => "",
      framing: ["Content-Length: 1000000", "Expect: 100-continue"],
      body: "",
    }),
    refused: openai(401),
  },
  {
    name: "lock: an agent's key for the token",
    send: request({ line: "POST /keyturn/token" }),
    refused: openai(401),
  },
  {
    name: "lock: an agent's key for the status",
    send: request({ line: "GET /keyturn/status", body: "" }),
    refused: openai(401),
  },
  {
    name: "lock: an agent's key for the metrics",
    send: request({ line: "GET /metrics", body: "" }),
    refused: openai(401),
  },
  {
    name: "lock: a guess at the metadata URL",
    send: request({
      line: "GET /metadata/capability",
      headers: ["X-Databricks-Metadata-Version: 1"],
      body: "",
    }),
    refused: openai(404),
  },
];
