/** The door over a real socket: bytes of any kind, and a workspace that must see nothing odd. */

import assert from "node:assert/strict";
import { request } from "../../support/attacks/attack.ts";
import { latin1 } from "../../support/bytes.ts";
import { LIMITS, type ProxyFixture, startProxy } from "../../support/proxy_fixture.ts";
import { connect } from "../../support/raw_client.ts";
import { type RawRequest, startRawUpstream, wholeAnswer } from "../../support/raw_upstream.ts";
import type { FuzzTarget } from "../target.ts";

const LIMIT_MS = 5_000;
const TOKEN = "dapi-fuzz-0123456789";
/** What requests may be sent to, but for their query. */
const OURS =
  /^\/serving-endpoints\/(chat\/completions|responses|anthropic\/v1\/messages(\/count_tokens)?|gemini\/v1beta\/models\/[\w.-]+:\w+|[\w.-]+\/invocations)$|^\/api\/2\.0\//;

interface Stage {
  readonly proxy: ProxyFixture;
  readonly close: () => Promise<void>;
  readonly seen: RawRequest[];
}

/** Opens the stage at the first input. */
export function doorTarget(): FuzzTarget {
  let stage: Promise<Stage> | null = null;
  return {
    name: "door",
    seeds: [
      request({})({ port: 4000, key: "KEY", wrongKey: "", maxBodyBytes: 1 }),
      request({ line: "POST /v1/messages?beta=true", headers: ["Accept: */*"] })(
        { port: 4000, key: "KEY", wrongKey: "", maxBodyBytes: 1 },
      ),
      request({ framing: ["Transfer-Encoding: chunked"], body: "2\r\n{}\r\n0\r\n\r\n" })(
        { port: 4000, key: "KEY", wrongKey: "", maxBodyBytes: 1 },
      ),
    ],
    words: [
      "Host: evil.example\r\n",
      "Origin: null\r\n",
      "Content-Length: 5\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Authorization: Bearer x\r\n",
      "X-Api-Key: KEY\r\n",
      "?key=KEY",
      "http://evil.example/",
      "\r\n\r\n",
      " HTTP/1.0",
    ],
    check: async (input) => {
      stage ??= open();
      const { proxy, seen } = await stage;
      const text = input.replaceAll("KEY", proxy.keys.pi).replaceAll("4000", String(proxy.port))
        .replace(/[^\0-\xff]/g, "?");
      seen.length = 0;
      const answer = await ask(proxy, text);
      assert(!answer.includes(TOKEN), "the token stays here");
      for (const each of seen) assertProper(each, proxy);
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? "closed";
      if (status === "500") assert.fail(`a mistake of ours: ${answer}`);
      return `${status} ${seen.length} ${answer.match(/HTTP\/1\.1 \d+/g)?.length ?? 0}`;
    },
    close: async () => {
      if (stage !== null) await (await stage).close();
    },
  };
}

/** What goes upstream is made by us alone. */
function assertProper({ method, target, headers }: RawRequest, proxy: ProxyFixture): void {
  const bearers = headers.filter(([name]) => name.toLowerCase() === "authorization");
  assert.deepEqual(bearers.map(([, value]) => value), [`Bearer ${TOKEN}`]);
  assert(["POST", "GET"].includes(method), method);
  assert.match(target.replace(/\?.*$/, ""), OURS);
  const all = JSON.stringify(headers) + target;
  assert(!all.includes(proxy.keys.pi), "the local key stays here");
  assert(
    headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name)).length <= 1,
  );
}

async function open(): Promise<Stage> {
  const seen: RawRequest[] = [];
  const answer = wholeAnswer('{"ok":true}');
  const upstream = startRawUpstream(async (request, connection) => {
    seen.push(request);
    await answer(request, connection);
  });
  const limits = { ...LIMITS, headerTimeoutMs: 50, bodyTimeoutMs: 50 };
  const pause = () => Promise.resolve();
  const proxy = await startProxy({
    upstream: upstream.origin,
    token: TOKEN,
    config: { limits, maxBodyBytes: 10_000 },
    pause,
  });
  const close = async () => {
    await proxy[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  };
  return { proxy, close, seen };
}

/** All that comes back once nothing more is sent. */
async function ask(proxy: ProxyFixture, text: string): Promise<string> {
  using connection = await connect({ port: proxy.port });
  const late = setTimeout(() => connection.close(), LIMIT_MS);
  const started = performance.now();
  let answer = "";
  try {
    for (let rest = latin1(text); rest.length > 0;) {
      rest = rest.subarray(await connection.write(rest));
    }
    if ("closeWrite" in connection) {
      await connection.closeWrite();
    }
    const buffer = new Uint8Array(16_384);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      answer += new TextDecoder("latin1").decode(buffer.subarray(0, n));
    }
  } catch (error) {
    if (performance.now() - started > LIMIT_MS - 100) {
      throw new Error("it never ended", { cause: error });
    }
  } finally {
    clearTimeout(late);
  }
  return answer;
}
