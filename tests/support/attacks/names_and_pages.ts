/** What a web page can send: under a name of its own, with the marks that a browser leaves. */

import { anthropic, type Attack, CHAT, gemini, openai, request, type Target } from "./attack.ts";

const hosts: ReadonlyArray<readonly [name: string, host: (target: Target) => string | null]> = [
  ["rebinding: a name in the public DNS", ({ port }) => `evil.example:${port}`],
  ["rebinding: the same without the port", () => "evil.example"],
  ["rebinding: our address in front of theirs", ({ port }) => `127.0.0.1.evil.example:${port}`],
  ["rebinding: a final dot", ({ port }) => `localhost.:${port}`],
  ["rebinding: our name as a subdomain", ({ port }) => `localhost.evil.example:${port}`],
  ["rebinding: the right name at another port", ({ port }) => `127.0.0.1:${port + 1}`],
  ["rebinding: the right name at no port", () => "127.0.0.1"],
  ["rebinding: our address as one number", ({ port }) => `2130706433:${port}`],
  ["rebinding: our address in octal", ({ port }) => `0177.0.0.1:${port}`],
  ["rebinding: another address of loopback", ({ port }) => `127.0.0.2:${port}`],
  ["rebinding: any address", ({ port }) => `0.0.0.0:${port}`],
  ["rebinding: IPv6 with IPv4 in it", ({ port }) => `[::ffff:127.0.0.1]:${port}`],
  ["rebinding: a user before the host", ({ port }) => `127.0.0.1:${port}@evil.example`],
  ["rebinding: a path behind the host", ({ port }) => `127.0.0.1:${port}/evil.example`],
  ["rebinding: two hosts in one", ({ port }) => `127.0.0.1:${port}, evil.example`],
  ["rebinding: an empty host", () => ""],
  ["rebinding: no host", () => null],
];

const marks: ReadonlyArray<readonly [name: string, header: string]> = [
  ["a page: an origin", "Origin: https://evil.example"],
  ["a page: an origin that is hidden", "Origin: null"],
  ["a page: our own origin", "Origin: http://127.0.0.1:<port>"],
  ["a page: an empty origin", "Origin: "],
  ["a page: from another site", "Sec-Fetch-Site: cross-site"],
  ["a page: from a sister site", "Sec-Fetch-Site: same-site"],
  ["a page: from a site of a made-up kind", "Sec-Fetch-Site: trusted"],
];

/** Attacks by way of a browser. */
export const NAMES_AND_PAGES: readonly Attack[] = [
  ...hosts.map(([name, host]): Attack => ({
    name,
    send: request({ host }),
    refused: openai(403),
  })),
  ...marks.map(([name, header]): Attack => ({
    name,
    send: request({ headers: [header] }),
    refused: openai(403),
  })),
  {
    name: "rebinding: an absolute target that names another host",
    send: request({ line: `POST http://evil.example${CHAT}` }),
    refused: openai(403),
  },
  {
    name: "rebinding: an absolute target with a user before the host",
    send: request({ line: `POST http://127.0.0.1:<port>@evil.example${CHAT}` }),
    refused: openai(403),
  },
  {
    name: "rebinding: the health of the service",
    send: request({ line: "GET /health", host: () => "evil.example", body: "" }),
    refused: openai(403),
  },
  {
    name: "a page: a preflight",
    send: request({
      line: `OPTIONS ${CHAT}`,
      headers: ["Origin: https://evil.example", "Access-Control-Request-Method: POST"],
      body: "",
    }),
    refused: openai(403),
  },
  {
    name: "a page: a preflight without an origin",
    send: request({
      line: `OPTIONS ${CHAT}`,
      headers: ["Access-Control-Request-Method: POST", "Access-Control-Request-Private-Network: 1"],
      body: "",
    }),
    refused: openai(404),
  },
  {
    name: "a page: a form, which needs no preflight",
    send: request({
      headers: ["Origin: https://evil.example", "Content-Type: text/plain"],
      key: () => "Cookie: session=1",
    }),
    refused: openai(403),
  },
  {
    name: "a page: an image that makes tokens turn",
    send: request({ line: "GET /keyturn/rotate", key: () => "Sec-Fetch-Dest: image", body: "" }),
    refused: openai(401),
  },
  {
    name: "a page: told in the words of Anthropic",
    send: request({ line: "POST /v1/messages", headers: ["Origin: null"] }),
    refused: anthropic(403),
  },
  {
    name: "a page: told in the words of Gemini",
    send: request({
      line: "POST /gemini/v1beta/models/gemini-2.5-pro:generateContent",
      headers: ["Origin: null"],
    }),
    refused: gemini(403),
  },
];
