/** Targets that could be read in two ways, or lead elsewhere than their route says. */

import { anthropic, type Attack, BARE, gemini, openai, type Refused, request } from "./attack.ts";

const lines: ReadonlyArray<readonly [name: string, line: string, refused: Refused]> = [
  ["two slashes and a host", "POST //evil.example/v1/chat/completions", openai(404)],
  ["two slashes", "POST //v1/chat/completions", openai(404)],
  ["two slashes inside", "POST /v1//chat/completions", openai(404)],
  ["dots that go up", "POST /v1/x/../chat/completions", openai(404)],
  ["dots that stay", "POST /v1/./chat/completions", openai(404)],
  ["dots to the token API", "POST /serving-endpoints/../api/2.0/token/create", openai(404)],
  ["coded dots", "POST /serving-endpoints/%2e%2e/invocations", openai(404)],
  ["a coded slash", "POST /v1%2fchat%2fcompletions", openai(404)],
  ["a coded slash in a model", "POST /gemini/v1beta/models/a%2Fb:generateContent", gemini(404)],
  [
    "a coded slash in an endpoint",
    "POST /serving-endpoints/..%2f..%2fapi/invocations",
    openai(404),
  ],
  ["dots in a model", "POST /gemini/v1beta/models/..:generateContent", gemini(404)],
  ["a coded letter", "POST /v1/chat/completion%73", openai(404)],
  ["a letter coded twice", "POST /v1/chat/completion%2573", openai(404)],
  ["a backslash", "POST /v1\\chat\\completions", openai(404)],
  ["a host after a backslash", "POST /\\evil.example/v1/chat/completions", openai(404)],
  ["an at sign", "POST /@evil.example/v1/chat/completions", openai(404)],
  ["an at sign first", "POST @evil.example/v1/chat/completions", BARE],
  ["a target without its slash", "POST v1/chat/completions", BARE],
  ["a parameter of the path", "POST /v1/chat/completions;a=b", openai(404)],
  ["a fragment", "POST /v1/chat/completions#x", openai(404)],
  ["a coded NUL", "POST /v1/chat/completions%00", openai(404)],
  ["a coded question mark", "POST /v1/chat/completions%3Fa=b", openai(404)],
  ["a coded line break", "POST /v1/chat/completions%0d%0aX-A:%20b", openai(404)],
  ["a NUL", "POST /v1/chat/completions\0", BARE],
  ["a control character", "POST /v1/chat/completions\x01", BARE],
  ["a DEL", "POST /v1/chat/completions\x7f", BARE],
  ["a tab", "POST /v1/chat/completions\t", BARE],
  ["a space", "POST /v1/chat/completions x", BARE],
  ["a letter that is not ASCII", "POST /v1/chat/completions\xc3\xa9", openai(404)],
  ["UTF-8 that is longer than it has to be", "POST /v1/\xc0\xafchat/completions", BARE],
  ["another scheme", "POST ftp://127.0.0.1:<port>/v1/chat/completions", openai(403)],
  ["a file", "GET file:///etc/passwd", openai(404)],
  ["a host to be connected to", "CONNECT evil.example:443", openai(403)],
  ["everything", "OPTIONS *", openai(404)],
  ["an echo", "TRACE /v1/chat/completions", openai(404)],
  ["a method in small letters", "post /v1/chat/completions", openai(404)],
  ["a method that is overridden", "GET /v1/chat/completions", openai(404)],
  ["a method of nobody", "PROPFIND /v1/messages", anthropic(404)],
  ["the management API of the workspace", "GET /api/2.0/clusters/list", openai(404)],
  ["a path of a megabyte", `POST /${"a".repeat(60_000)}`, openai(431)],
];

/** Attacks on the route table. */
export const TARGETS: readonly Attack[] = lines.map(([name, line, refused]) => ({
  name: `target: ${name}`,
  send: request({ line, headers: line.startsWith("GET") ? ["X-HTTP-Method-Override: POST"] : [] }),
  refused,
}));
