/**
 * What the tests of the system before this one (the token cache in
 * tests/test_content_filter_proxy.py) asked of the way of a token from the rotator into the next
 * request, each by its name, with what it asserts here. Those that this design makes meaningless
 * are listed in ARCHITECTURE.md.
 */

import assert from "node:assert/strict";
import { FollowedFile } from "../support/followed_file.ts";
import { utf8 } from "./support/bytes.ts";
import { HandOutScene } from "./support/hand_out_scene.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import {
  chunk,
  CHUNKED_HEAD,
  headerOf,
  type RawUpstream,
  startRawUpstream,
  wholeAnswer,
} from "./support/raw_upstream.ts";
import { secretsSeenBy } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const PATH = "/v1/chat/completions";
const ANSWER = wholeAnswer("{}");

/** A proxy that has nothing but the profile, and the workspace behind it. */
async function openCache(): Promise<
  AsyncDisposable & { readonly proxy: ProxyFixture; readonly workspace: RawUpstream }
> {
  const workspace = startRawUpstream(ANSWER);
  const proxy = await startProxy({ upstream: workspace.origin, token: null });
  return {
    proxy,
    workspace,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

async function writeToken(path: string, token: string): Promise<void> {
  await Deno.writeTextFile(path, `[DEFAULT]\nhost = https://one.example\ntoken = ${token}\n`);
}

/** The token with which the next request goes upstream. */
async function nextToken({ proxy, workspace }: Awaited<ReturnType<typeof openCache>>) {
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 200, await response.text());
  const request = workspace.requests.at(-1);
  return request === undefined ? null : headerOf(request, "authorization")?.slice(7);
}

Deno.test("founding: test_cache_invalidates_on_mtime_change, test_reads_from_databrickscfg: a token that is written into the profile goes with the next request", async () => {
  await using cache = await openCache();
  await writeToken(cache.proxy.profileFile, "dapi-old");
  assert.equal(await nextToken(cache), "dapi-old");
  await writeToken(cache.proxy.profileFile, "dapi-new");
  const { mtime } = await Deno.stat(cache.proxy.profileFile);
  const later = new Date((mtime?.getTime() ?? 0) + 10_000);
  await Deno.utime(cache.proxy.profileFile, later, later);
  assert.equal(await nextToken(cache), "dapi-new");
});

Deno.test("founding: test_refreshes_after_ttl: no time has to pass for that, and none may, however often it is written", async () => {
  await using cache = await openCache();
  for (let turn = 0; turn < 20; turn++) {
    await writeToken(cache.proxy.profileFile, `dapi-${turn}`);
    assert.equal(await nextToken(cache), `dapi-${turn}`);
  }
});

Deno.test("founding: test_cache_hits_when_mtime_unchanged: the time of the last change does not decide alone: a rewrite that keeps it is seen at once", async () => {
  await using cache = await openCache();
  const { profileFile } = cache.proxy;
  await writeToken(profileFile, "dapi-one");
  const { mtime, atime } = await Deno.stat(profileFile);
  assert(mtime && atime);
  // A file that was just written is read again in any case.
  await until("that is long ago", () => Date.now() - mtime.getTime() > 2_500);
  assert.equal(await nextToken(cache), "dapi-one");
  await writeToken(profileFile, "dapi-two");
  await Deno.utime(profileFile, atime, mtime);
  assert.equal(await nextToken(cache), "dapi-two");
});

Deno.test("founding: test_returns_cached_within_ttl: a file that stays as it is is read once", async () => {
  await using cache = await openCache();
  const { profileFile } = cache.proxy;
  await writeToken(profileFile, "dapi-one");
  let reads = 0;
  const now = Date.now() + 60_000;
  const file = new FollowedFile(profileFile, (text) => ++reads && text, { now: () => now });
  const texts = Array.from({ length: 50 }, () => file.read());
  assert.equal(new Set(texts).size, 1);
  assert.equal(reads, 1);
});

Deno.test("founding: test_falls_back_to_cache_on_stat_error, test_returns_stale_on_read_error: without a file that can be read the last good token goes on", async () => {
  await using cache = await openCache();
  const { profileFile } = cache.proxy;
  await writeToken(profileFile, "dapi-good");
  assert.equal(await nextToken(cache), "dapi-good");
  await Deno.writeTextFile(profileFile, "[DEFAULT]\nhost = https://one.example\ntok");
  assert.equal(await nextToken(cache), "dapi-good", "half written");
  await writeToken(profileFile, "dapi-a\n[DEFAULT]\ntoken = dapi-b");
  assert.equal(await nextToken(cache), "dapi-good", "ambiguous");
  await Deno.remove(profileFile);
  assert.equal(await nextToken(cache), "dapi-good", "gone");
  await Deno.mkdir(profileFile);
  assert.equal(await nextToken(cache), "dapi-good", "a folder");
  await Deno.remove(profileFile);
  await writeToken(profileFile, "dapi-next");
  assert.equal(await nextToken(cache), "dapi-next");
});

Deno.test("founding: test_returns_none_when_file_missing_and_cache_empty, test_returns_none_when_no_cache_and_no_file: nothing goes upstream, and the caller is told what to do", async () => {
  await using cache = await openCache();
  const { proxy, workspace } = cache;
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "needed") proxy.rotator.tell({ state: "lost", lastFailure: "Create a token" });
  };
  const ready = await proxy.call("/ready", { headers: {} });
  assert.equal(ready.status, 503, await ready.text());
  const response = await proxy.post(PATH, "{}");
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error.message, "Create a token");
  assert.equal(workspace.connections, 0);
});

Deno.test("founding: test_rotated_pat_beats_stale_proxy_env_token: the profile's token serves, and the one of the environment is not even tried", async () => {
  const config = { bootstrapToken: "dapi-startup" };
  await using scene = await HandOutScene.open({ config });
  const { workspace } = scene.rotation;
  const first = await scene.rotation.profileToken();
  for (let turn = 0; turn < 2; turn++) {
    const response = await scene.proxy.post(PATH, JSON.stringify({ model: "m", messages: [] }));
    assert.equal(response.status, 200, await response.text());
    await scene.operate("/keyturn/rotate");
  }
  const seen = secretsSeenBy(workspace);
  assert(seen.has(first ?? ""));
  assert(!seen.has("dapi-startup"));
});

Deno.test("founding: test_sse_line_decodes_literal_utf8_without_latin1_mojibake: what comes byte by byte arrives as it was written", async () => {
  const text = 'data: {"text":"✓ café → │ ─ 😀"}\n\n';
  await using workspace = startRawUpstream(async (_, connection) => {
    await connection.send(CHUNKED_HEAD);
    for (const byte of utf8(text)) await connection.send(chunk(Uint8Array.of(byte)));
    await connection.send(chunk(""));
  });
  await using proxy = await startProxy({ upstream: workspace.origin });
  const response = await proxy.post(PATH, "{}");
  assert.deepEqual(await response.bytes(), utf8(text));
});

Deno.test("a rotation reaches the very next request, and the old token lives as long as a stream of it", async () => {
  await using scene = await HandOutScene.open();
  const { rotation, proxy } = scene;
  const { workspace } = rotation;
  const [old = ""] = rotation.live("own");
  const chat = { model: "m", messages: [{ role: "user", content: "hello" }] };
  workspace.fault({
    match: { path: "/serving-endpoints/chat", nth: 1 },
    action: { kind: "stall-after", events: 1 },
  });
  const stream = await proxy.post(PATH, JSON.stringify({ ...chat, stream: true }));
  for (let turn = 0; turn < 2; turn++) {
    const { newId } = JSON.parse(await scene.operate("/keyturn/rotate"));
    const response = await proxy.post(PATH, JSON.stringify(chat));
    assert.equal(response.status, 200, await response.text());
    const request = workspace.requests().findLast(({ path }) => path.includes("/chat"));
    assert.equal(request?.tokenId, newId);
    assert(rotation.live("own").includes(old));
  }
  await stream.body?.cancel();
  await until("it is revoked", () => !rotation.live("own").includes(old));
  assert.equal(workspace.stats().inference.refused, 0);
});
