/**
 * The service under load on a compressed clock: tokens of 6 s, rotated each 3 s, while some 40
 * mixed requests a second come in. `LOAD_SECONDS=60` runs it for longer.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const SECONDS = Number(Deno.env.get("LOAD_SECONDS") ?? 15);
const PER_SECOND = 40;
const COMMENT = "coda-auto-rotated:load";

interface Kind {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What a whole answer ends in. */
  readonly end: RegExp;
}

const say = (text: string) => [{ role: "user", content: text }];
const parts = (text: string) => [{ role: "user", parts: [{ text }] }];
const SLOW = "[[stream 8]] [[slow 60]]";

const KINDS: readonly Kind[] = [
  { path: "/v1/chat/completions", body: { messages: say("hi") }, end: /"usage"[^]*\}\s*$/ },
  {
    path: "/v1/chat/completions",
    body: { messages: say(SLOW), stream: true },
    end: /data: \[DONE\]\s*$/,
  },
  { path: "/v1/responses", body: { input: "hi" }, end: /\}\s*$/ },
  { path: "/v1/responses", body: { input: SLOW, stream: true }, end: /response\.completed[^]*$/ },
  { path: "/anthropic/v1/messages", body: { messages: say("hi"), "max_tokens": 9 }, end: /\}\s*$/ },
  {
    path: "/v1/messages?beta=true",
    body: { messages: say(SLOW), "max_tokens": 9, stream: true },
    end: /message_stop[^]*$/,
  },
  {
    path: "/gemini/v1beta/models/m:generateContent",
    body: { contents: parts("hi") },
    end: /\}\s*$/,
  },
  {
    path: "/gemini/v1beta/models/m:streamGenerateContent?alt=sse",
    body: { contents: parts(SLOW) },
    end: /"finishReason":\s*"STOP"[^]*$/,
  },
  { path: "/serving-endpoints/chat/completions", body: { messages: say("hi") }, end: /\}\s*$/ },
  { path: "/serving-endpoints/m/invocations", body: { messages: say("hi") }, end: /\}\s*$/ },
];

Deno.test(`serve fails no request in ${SECONDS} s of load and rotations`, async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const others = [
    workspace.issue({ lifetimeMs: null, comment: COMMENT, owner: "somebody@else.example" }),
    workspace.issue({ lifetimeMs: null, comment: `${COMMENT}2` }),
  ].map(({ tokenId }) => tokenId);
  const env = {
    CODA_INSTANCE_NAME: "load",
    PAT_TOKEN_LIFETIME: "6",
    PAT_ROTATION_INTERVAL: "3",
    LOG_LEVEL: "warn",
  };
  await using process = await ServeProcess.start({ home: home.folder, env });
  const key = await process.key("pi");
  const failures: string[] = [];
  const work: Promise<void>[] = [];
  const begunAt = performance.now();
  for (let turn = 0; turn < SECONDS * PER_SECOND; turn++) {
    const kind = KINDS[turn % KINDS.length];
    if (kind === undefined) break;
    work.push(
      request(`${process.origin}${kind.path}`, { kind, key }).then((failure) => {
        if (failure !== null) failures.push(failure);
      }),
    );
    const nextAt = begunAt + (turn + 1) * 1_000 / PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAt - performance.now())));
  }
  await Promise.all(work);
  assert.deepEqual(failures, [], process.stderr);

  const { credential, requests } = await process.status();
  assert(credential.rotations >= 4, `${credential.rotations} rotations`);
  assert.equal(requests.agents.pi?.requests, work.length);
  const own = () =>
    workspace.tokens().filter(({ comment, owner }) =>
      comment === COMMENT && owner !== "somebody@else.example"
    );
  await until(
    "all but the serving one and the spare are dead",
    () => own().filter(({ state }) => state === "live").length === 2,
  );
  for (const { id, state } of workspace.tokens()) {
    if (others.includes(id)) assert.equal(state, "live");
  }
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  assert.equal(own().filter(({ state }) => state === "live").length, 1, "the spare is revoked");

  const { inference, minted } = workspace.stats();
  const states = Map.groupBy(own(), ({ state }) => state);
  const counts = [...states].map(([state, tokens]) => `${tokens.length} ${state}`).join(", ");
  report(
    `${work.length} requests in ${SECONDS} s, 0 failed, ${credential.rotations} rotations, ` +
      `${minted} minted: ${counts}; upstream ${JSON.stringify(inference)}; ` +
      `${process.events().length} warnings`,
  );
});

/** Why it failed, `null` if it did not. */
async function request(url: string, call: { kind: Kind; key: string }): Promise<string | null> {
  const { kind: { body, end }, key } = call;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "m", ...body }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (response.status === 200 && end.test(text)) return null;
    return `${url}: ${response.status} ${text.slice(-300)}`;
  } catch (error) {
    return `${url}: ${error instanceof Error ? error.message : error}`;
  }
}

function report(line: string): void {
  if (Deno.env.get("LOAD_SECONDS") !== undefined) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  }
}
