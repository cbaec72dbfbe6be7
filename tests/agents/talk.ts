/**
 * The promise that matters most, with a real agent: it is given a key once, and answers before
 * and after rotations.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RequestRecord, Workspace } from "../../demo/workspace.ts";
import type { Keys } from "../../support/keys_file.ts";
import type { Agent } from "./agent.ts";
import { withoutSecrets } from "./line_process.ts";
import type { Rig } from "./rig.ts";

const LAST_REQUESTS = 12;

/**
 * Asks the agent, waits for two rotations and the end of the token that answered, and asks again:
 * another token answers.
 */
export async function talkAcrossRotations(agent: Agent, rig: Rig): Promise<void> {
  const { workspace, service } = rig;
  try {
    const first = await askOnce(agent, { words: "asks before the rotations", rig });
    await service.untilRetired(first.tokenId ?? "none");
    const { state } = workspace.tokens().find(({ id }) => id === first.tokenId) ?? {};
    assert.equal(state, "revoked", "the token of the first answer is worth nothing now");
    const second = await askOnce(agent, { words: "asks after the rotations", rig });
    assert.notEqual(second.tokenId, first.tokenId, "another token answered");
  } catch (error) {
    const seen = `${describeLast(workspace)}\n${service.lastWords()}`;
    throw new Error(`${agent.name} failed; ${seen}`, { cause: error });
  }
}

/** The request of a question, of which there is exactly one, after its answer has come whole. */
async function askOnce(
  agent: Agent,
  { words, rig }: { readonly words: string; readonly rig: Rig },
): Promise<RequestRecord> {
  const question = `${agent.name} ${words}`;
  const answer = await agent.ask(question);
  assert.equal(answer, `Hello from ${agent.model}. You said: "${question}".`);
  const requests = rig.workspace.requests().filter((each) => bodyOf(each).includes(question));
  const request = requests[0];
  assert.ok(request !== undefined && requests.length === 1, "the question took one request");
  assert.match(request.path, agent.wire);
  checkRequest(request, rig.service.keys);
  return request;
}

/**
 * Every request of every agent was as it should be; the service let in what the workspace saw,
 * under the agents' names (`expected`: requests of each), and nothing else happened to it.
 */
export async function checkAllRequests(
  { workspace, service }: Rig,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  const requests = workspace.requests().filter(({ path }) => !path.startsWith("/api/"));
  for (const request of requests) checkRequest(request, service.keys);
  const { refused, rescues, upstreamFailures, agents } = (await service.status()).requests;
  assert.deepEqual({ refused, rescues, upstreamFailures }, NOTHING_HAPPENED);
  const counts = Object.entries(agents).map(([name, { requests: count }]) => [name, count]);
  assert.deepEqual(Object.fromEntries(counts), expected);
  const sum = Object.values(expected).reduce((total, count) => total + count, 0);
  assert.equal(requests.length, sum, describeLast(workspace));
}

/** It was answered with 200, and carried one credential, which was not a local key. */
export function checkRequest(request: RequestRecord, { operator, agents }: Keys): void {
  const { path, status, headers, tokenId } = request;
  assert.equal(status, 200, path);
  const credentials = headers.filter(([name]) => CREDENTIALS.includes(name));
  // Names only: what an assertion prints must hold no token.
  assert.deepEqual(credentials.map(([name]) => name), ["authorization"], path);
  assert.ok(/^Bearer [^\s,]+$/.test(credentials[0]?.[1] ?? ""), "there is one bearer");
  assert.ok(tokenId !== null, "the bearer is a token of the workspace");
  const sent = [path, ...headers.flat(), bodyOf(request)].join("\n");
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

const NOTHING_HAPPENED = { refused: {}, rescues: 0, upstreamFailures: 0 };

function bodyOf({ body }: RequestRecord): string {
  return new TextDecoder().decode(body);
}

function describeLast(workspace: Workspace): string {
  const lines = workspace.requests().slice(-LAST_REQUESTS).map((request) => {
    const { method, path, status, tokenId, body } = request;
    const token = tokenId?.slice(0, 8) ?? "none";
    return `  ${method} ${path} → ${status}, token ${token}, body of ${body.length} bytes`;
  });
  return withoutSecrets(`the workspace's last requests were:\n${lines.join("\n")}`);
}
