/**
 * How `serve` ends: on SIGTERM and SIGINT what is in flight comes to its end, old tokens are
 * revoked, the serving one stays for the next start; and it says nothing that is secret.
 */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { readKeys } from "../support/keys_file.ts";
import {
  type Home,
  type Launcher,
  makeHome,
  secretsSeenBy,
  ServeProcess,
} from "./support/serve_process.ts";
import { until } from "./support/until.ts";

/** Under either upstream mode. */
const CHAT = /chat\/completions$/;

async function profileToken(home: Home): Promise<string | undefined> {
  return /^token = (.*)$/m.exec(await Deno.readTextFile(home.profileFile))?.[1];
}

/** Reads a stream until it begins to arrive; the rest is a promise. */
async function beginStream(response: Response): Promise<{ readonly text: Promise<string> }> {
  assert.equal(response.status, 200);
  assert(response.body !== null);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  const readRest = async () => {
    let text = first.value ?? "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += value;
    }
  };
  return { text: readRest() };
}

for (
  const [launcher, signal] of [
    ["task", "SIGTERM"],
    ["terminal", "SIGINT"],
    ["command", "SIGTERM"],
  ] as readonly [Launcher, Deno.Signal][]
) {
  Deno.test(`serve (${launcher}) lets streams end on ${signal}, exits 0, and adopts its token`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const options = { home: home.folder, launcher };
    await using process = await ServeProcess.start(options);
    await until("the given token is replaced", () => workspace.stats().revoked === 1);
    await until("there is a spare", () => /"spare-renewed"/.test(process.stderr));
    // Two seconds of stream, some of it before the signal.
    const streams = await Promise.all(
      [1, 2, 3].map(async () =>
        await beginStream(await process.chat("[[stream 20]] [[slow 100]]", { stream: "stream" }))
      ),
    );
    process.kill(signal);
    const texts = await Promise.allSettled(streams.map(({ text }) => text));
    for (const text of texts) {
      assert.equal(text.status, "fulfilled", process.stderr);
      if (text.status === "fulfilled") assert.match(text.value, /data: \[DONE\]\s*$/);
    }
    const { code, signal: killedBy } = await process.ended();
    assert.deepEqual([code, killedBy], [0, null]);
    const events = process.events().map(({ event }) => event);
    assert.deepEqual(events.slice(-3), ["stopping", "revoked", "stopped"], "so is the spare");
    const serving = await profileToken(home);
    const live = workspace.tokens().filter(({ state }) => state === "live");
    assert.equal(live.length, 1);
    assert.equal(workspace.stats().minted, 2);

    await using again = await ServeProcess.start(options);
    const answer = await again.chat("hello");
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
    const { credential } = await until("the token is adopted", async () => {
      const status = await again.status();
      return status.credential.state === "live" && status;
    });
    assert.equal(credential.tokenId, live[0]?.id);
    assert.equal(credential.rotations, 0);
    assert.equal(await profileToken(home), serving);
    await until("there is another spare", () => workspace.stats().minted === 3);
    assert.equal(await profileToken(home), serving, "its own fresh token is not replaced");
    again.kill("SIGTERM");
    assert.equal((await again.ended()).code, 0);

    for (const each of [process, again]) await assertDiscreet(each, { home, secrets: workspace });
  });
}

Deno.test("serve ends a stream that never ends, and exits 0 before it would be killed", async () => {
  await using workspace = startWorkspace();
  workspace.fault({ match: { path: CHAT }, action: { kind: "stall-after", events: 1 } });
  await using home = await makeHome(workspace);
  await using process = await ServeProcess.start({ home: home.folder, launcher: "task" });
  const { text } = await beginStream(await process.chat("hi", { stream: "stream" }));
  const broken = assert.rejects(text);
  process.kill("SIGTERM");
  const { code, signal } = await process.ended();
  assert.deepEqual([code, signal], [0, null]);
  await broken;
  assert(process.events().some(({ event }) => event === "drain-deadline"));
  assert(process.events().some(({ event }) => event === "stopped"));
});

Deno.test("serve tells a Gemini stream that never ends to try again, before it is cut", async () => {
  await using workspace = startWorkspace();
  workspace.fault({ match: { path: /Content$/ }, action: { kind: "stall-after", events: 1 } });
  await using home = await makeHome(workspace);
  await using process = await ServeProcess.start({ home: home.folder });
  const path = "/gemini/v1beta/models/m:streamGenerateContent?alt=sse";
  const response = await fetch(`${process.origin}${path}`, {
    method: "POST",
    headers: { "x-goog-api-key": await process.key("gemini") },
    body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "hi" }] }] }),
  });
  assert(response.body !== null);
  const heard: string[] = [];
  const reading = (async () => {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      heard.push(text);
    }
  })();
  const broken = assert.rejects(reading);
  await until("it begins", () => heard.length > 0);
  process.kill("SIGTERM");
  assert.equal((await process.ended()).code, 0);
  await broken;
  assert.match(heard.at(1) ?? "", /^\{"error":\{"code":503,.*try again/);
});

Deno.test("serve ends at once when it is told a second time", async () => {
  await using workspace = startWorkspace();
  workspace.fault({ match: { path: CHAT }, action: { kind: "stall-after", events: 1 } });
  await using home = await makeHome(workspace);
  await using process = await ServeProcess.start({ home: home.folder });
  const { text } = await beginStream(await process.chat("hi", { stream: "stream" }));
  const broken = assert.rejects(text);
  process.kill("SIGTERM");
  await until("it stops", () => process.stderr.includes('"event":"stopping"'));
  // What comes within half a second is the same Ctrl-C, passed on by a task runner.
  const ended = process.ended();
  let isOver = false;
  ended.finally(() => isOver = true);
  await until("it gives up", () => {
    try {
      process.kill("SIGTERM");
    } catch {
      // It has ended just now.
    }
    return isOver;
  });
  assert.equal((await ended).code, 1);
  assert(process.events().every(({ event }) => event !== "drain-deadline"), "and no stack trace");
  await broken;
});

Deno.test("serve takes no new connection while it stops, and revokes what still drains", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const env = { PAT_SPARE_LIFETIME: "0" };
  await using process = await ServeProcess.start({ home: home.folder, env });
  await until("the given token is replaced", () => workspace.stats().revoked === 1);
  const { text } = await beginStream(
    await process.chat("[[stream 20]] [[slow 100]]", { stream: "stream" }),
  );
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const rotated = await fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers });
  assert.equal(rotated.status, 200, await rotated.text());
  const live = () => workspace.tokens().filter(({ state }) => state === "live").length;
  assert.equal(live(), 2, "the old one waits for the stream");
  process.kill("SIGTERM");
  await until("nobody is let in", async () => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    try {
      await (await fetch(`${process.origin}/health`, { client })).body?.cancel();
      return false;
    } catch {
      return true;
    } finally {
      client.close();
    }
  });
  assert.match(await text, /data: \[DONE\]\s*$/);
  assert.equal((await process.ended()).code, 0);
  assert.equal(live(), 1);
});

/** No token and no local key in all that it wrote; and stderr is one JSON object a line. */
async function assertDiscreet(
  process: ServeProcess,
  context: { readonly home: Home; readonly secrets: Parameters<typeof secretsSeenBy>[0] },
): Promise<void> {
  const { home, secrets: workspace } = context;
  const keys = await readKeys(`${home.folder}/.config/keyturn/keys.json`);
  assert(keys !== null);
  const local = [keys.operator, ...keys.agents.values()].map((key) => key.reveal());
  const secrets = [...secretsSeenBy(workspace), ...local, home.given.value];
  assert(secrets.length > local.length + 1, "tokens were seen");
  for (const secret of secrets) {
    assert(!process.stdout.includes(secret) && !process.stderr.includes(secret));
  }
  for (const event of process.events()) {
    assert.equal(typeof event.event, "string");
    assert.equal(typeof event.time, "string");
  }
  const journal = await Deno.readTextFile(`${home.folder}/.local/state/keyturn/journal.json`);
  for (const secret of secrets) assert(!journal.includes(secret));
}
