/** The attack table: each is refused as its row says, and nothing of it reaches the workspace. */

import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { makeKey } from "../support/keys_file.ts";
import { errorOf } from "./support/attacks/error_of.ts";
import type { Attack, Target } from "./support/attacks/attack.ts";
import { BODIES } from "./support/attacks/bodies.ts";
import { FRAMING } from "./support/attacks/framing.ts";
import { KEYS } from "./support/attacks/keys.ts";
import { NAMES_AND_PAGES } from "./support/attacks/names_and_pages.ts";
import { TARGETS } from "./support/attacks/targets.ts";
import { fromLatin1, latin1 } from "./support/bytes.ts";
import { LIMITS, type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { exchangeRaw, type RawAnswer } from "./support/raw_client.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const ATTACKS = [...NAMES_AND_PAGES, ...KEYS, ...TARGETS, ...FRAMING, ...BODIES];
const MAX_BODY_BYTES = 100_000;

Deno.test("every attack of the table is refused as its row says", async (t) => {
  assert(ATTACKS.length >= 60, `${ATTACKS.length} attacks`);
  assert.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length, "names are unique");
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  // Many of them have no key: none of these waits for its answer.
  const pause = () => Promise.resolve();
  const limits = { ...LIMITS, bodyTimeoutMs: 300 };
  const config = { maxBodyBytes: MAX_BODY_BYTES, limits };
  await using proxy = await startProxy({ upstream: workspace.origin, config, pause });
  const target = targetOf(proxy);
  // All at once: some are only given up after a while.
  const attempts = ATTACKS.map((attack) => ({ attack, answered: attempt(attack, target) }));
  for (const { attack, answered } of attempts) {
    await t.step(attack.name, async () => {
      const answer = await answered;
      check(skipInterim(answer), attack);
      for (const secret of [target.key, "dapi-1"]) {
        assert(!fromLatin1(answer.rest).includes(secret), "the answer holds no secret");
      }
    });
  }
  await t.step("nothing of it went upstream", () => assert.equal(workspace.connections, 0));
  const after = await proxy.post("/v1/chat/completions", "{}");
  assert.equal(after.status, 200, "whoever has a key is served after all of that");
  await after.body?.cancel();
});

Deno.test("HTTP/2 without TLS is the same door", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({ upstream: workspace.origin });
  const own = `127.0.0.1:${proxy.port}`;
  const knock = (headers: Record<string, string>) => knockHttp2(proxy.port, headers);
  const key = { "x-api-key": proxy.keys.pi };
  assert.equal(await knock({ ...key, ":authority": "evil.example", host: "evil.example" }), 403);
  assert.equal(await knock({ ...key, ":authority": "evil.example", host: own }), 403);
  assert.equal(await knock({ ...key, ":authority": own, host: own, origin: "null" }), 403);
  assert.equal(await knock({ ":authority": own, host: own }), 401);
  assert.equal(workspace.connections, 0);
});

async function attempt(attack: Attack, target: Target): Promise<RawAnswer> {
  try {
    return await exchangeRaw(target, latin1(attack.send(target)));
  } catch (error) {
    // It was cut off while it was still being sent.
    assert(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe);
    return { status: 0, head: "", rest: new Uint8Array() };
  }
}

/** The server below asks for the body that an `Expect` holds back, whoever will want it. */
function skipInterim(answer: RawAnswer): RawAnswer {
  if (answer.status !== 100) return answer;
  const text = fromLatin1(answer.rest);
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end).replaceAll("\r\n", "\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    head,
    rest: latin1(text.slice(end + 4)),
  };
}

function check(answer: RawAnswer, { refused }: Attack): void {
  const text = fromLatin1(answer.rest);
  assert.doesNotMatch(answer.head, /access-control|^allow|^server|^x-powered/im);
  assert.doesNotMatch(text, /HTTP\/1\.[01] \d/, "one request, one answer");
  if (refused === "closed") {
    assert.equal(answer.status, 0, answer.head);
    return;
  }
  assert.equal(answer.status, refused.status, `${answer.head}\n${text}`);
  if (refused.as === "bare") assert.equal(text, "");
  else assert.match(errorOf(text, refused), /\S/);
}

function targetOf({ port, keys }: ProxyFixture): Target {
  const wrongKey = makeKey("pi", crypto.getRandomValues(new Uint8Array(32))).reveal();
  return { port, key: keys.pi, wrongKey, maxBodyBytes: MAX_BODY_BYTES };
}

/** The status of a chat request over HTTP/2. */
async function knockHttp2(port: number, headers: Record<string, string>): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/v1/chat/completions",
      ...headers,
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.on("response", (answer) => resolve(Number(answer[":status"])));
    stream.on("error", reject);
    session.on("error", reject);
    stream.end("{}");
    return await promise;
  } finally {
    session.destroy();
  }
}
