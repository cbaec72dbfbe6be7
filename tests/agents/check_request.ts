/**
 * What every request of every agent must be like at the workspace.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RequestRecord } from "../../demo/workspace.ts";
import type { Keys } from "../../support/keys_file.ts";

/** It was answered with 200, and carried one credential, which was not a local key. */
export function checkRequest(request: RequestRecord, { operator, agents }: Keys): void {
  const { path, status, headers, body, tokenId } = request;
  assert.equal(status, 200, path);
  const credentials = headers.filter(([name]) => CREDENTIALS.includes(name));
  // Names only: what an assertion prints must hold no token.
  assert.deepEqual(credentials.map(([name]) => name), ["authorization"], path);
  assert.ok(/^Bearer [^\s,]+$/.test(credentials[0]?.[1] ?? ""), "there is one bearer");
  assert.ok(tokenId !== null, "the bearer is a token of the workspace");
  const sent = [path, ...headers.flat(), new TextDecoder().decode(body)].join("\n");
  const isLeaked = [operator, ...agents.values()].some((key) => sent.includes(key.reveal()));
  assert.ok(!isLeaked, "local keys stay local");
}

const CREDENTIALS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
];
