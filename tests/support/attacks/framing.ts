/** Requests whose end two servers could see at different places, and lines that are none. */

import { type Attack, BARE, CHAT, openai, type Refused, request } from "./attack.ts";

const SMUGGLED = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked";

type Row = readonly [
  name: string,
  framing: readonly string[],
  body: string,
  refused: Refused,
];

const framings: readonly Row[] = [
  ["a length and chunks", ["Content-Length: 2", CHUNKED], "0\r\n\r\n", BARE],
  ["chunks and a length", [CHUNKED, "Content-Length: 2"], "0\r\n\r\n", BARE],
  ["two lengths", ["Content-Length: 2", `Content-Length: ${SMUGGLED.length}`], "{}", BARE],
  ["two equal lengths", ["Content-Length: 2", "Content-Length: 2"], "{}", openai(400)],
  ["a list of lengths", ["Content-Length: 2, 2"], "{}", BARE],
  ["a length with a sign", ["Content-Length: +2"], "{}", BARE],
  ["a length below zero", ["Content-Length: -1"], "{}", BARE],
  ["a length in hex", ["Content-Length: 0x2"], "{}", BARE],
  ["a length with a fraction", ["Content-Length: 2.0"], "{}", BARE],
  ["a length with a space in it", ["Content-Length: 2 2"], "{}", BARE],
  ["an empty length", ["Content-Length: "], "{}", BARE],
  ["a length beyond 64 bits", ["Content-Length: 18446744073709551618"], "{}", BARE],
  ["the greatest length there is", ["Content-Length: 18446744073709551615"], "{}", openai(413)],
  ["a space before the colon", ["Transfer-Encoding : chunked"], "0\r\n\r\n", BARE],
  ["chunks on a line that goes on", ["Transfer-Encoding:\r\n chunked"], "0\r\n\r\n", BARE],
  ["chunks by another name", ["Transfer-Encoding: xchunked"], "0\r\n\r\n", BARE],
  ["chunks that are not last", ["Transfer-Encoding: chunked, identity"], "0\r\n\r\n", BARE],
  ["chunks twice", [CHUNKED, CHUNKED], "0\r\n\r\n", BARE],
  [
    "chunks of something compressed",
    ["Transfer-Encoding: gzip, chunked"],
    "0\r\n\r\n",
    openai(400),
  ],
  ["chunks after a control character", ["Transfer-Encoding: \x0bchunked"], "0\r\n\r\n", BARE],
  ["a chunk whose size is none", [CHUNKED], "zz\r\n{}\r\n0\r\n\r\n", "closed"],
  ["a chunk of a size below zero", [CHUNKED], "-2\r\n{}\r\n0\r\n\r\n", "closed"],
  ["a chunk with 0x", [CHUNKED], "0x2\r\n{}\r\n0\r\n\r\n", "closed"],
  ["a chunk beyond 64 bits", [CHUNKED], "10000000000000002\r\n{}\r\n0\r\n\r\n", "closed"],
  ["a chunk that is longer than it says", [CHUNKED], "1\r\n{}\r\n0\r\n\r\n", "closed"],
  ["a chunk that ends in LF", [CHUNKED], "2\n{}\n0\n\n", "closed"],
  [
    "a chunk with endless notes",
    [CHUNKED],
    `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    openai(400),
  ],
];

const headers: ReadonlyArray<readonly [name: string, header: string]> = [
  ["a line that goes on", "X-A: b\r\n c"],
  ["a carriage return in a value", "X-A: a\rX-B: b"],
  ["a NUL in a value", "X-A: a\0b"],
  ["a control character in a name", "X\x01A: b"],
  ["a space in a name", "X A: b"],
  ["no name", ": b"],
  ["no colon", "X-A"],
  ["a second host", "Host: evil.example"],
  ["two hundred", Array.from({ length: 200 }, (_, i) => `X-${i}: a`).join("\r\n")],
  ["more than the server reads", `X-A: ${"a".repeat(66_000)}`],
];

/** Attacks on the grammar. */
export const FRAMING: readonly Attack[] = [
  ...framings.map(([name, framing, body, refused]): Attack => ({
    name: `framing: ${name}`,
    send: request({ framing, body: body + SMUGGLED }),
    refused,
  })),
  ...headers.map(([name, header]): Attack => ({
    name: `header: ${name}`,
    send: request({ headers: [header] }),
    refused: BARE,
  })),
  {
    name: "framing: chunks in HTTP/1.0",
    send: ({ port, key }) =>
      `POST ${CHAT} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nX-Api-Key: ${key}\r\n${CHUNKED}\r\n\r\n` +
      "2\r\n{}\r\n0\r\n\r\n",
    refused: BARE,
  },
  {
    name: "header: longer than any agent's",
    send: request({ headers: [`X-A: ${"a".repeat(40_000)}`] }),
    refused: openai(431),
  },
  {
    name: "line: a version that is yet to come",
    send: ({ port }) => `GET /health HTTP/2.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    refused: BARE,
  },
  { name: "line: HTTP/0.9", send: () => `GET /health\r\n\r\n`, refused: BARE },
  { name: "line: TLS", send: () => `\x16\x03\x01\x02\0\x01\0${"\0".repeat(300)}`, refused: BARE },
  {
    name: "line: HTTP/1.0 without a host",
    send: () => "GET /health HTTP/1.0\r\n\r\n",
    refused: openai(403),
  },
];
