import assert from "node:assert/strict";
import { exchange } from "./exchange.ts";
import { startWorkspace, type Workspace } from "./workspace.ts";
import { World } from "./world.ts";

const CREATE = "/api/2.0/token/create";
const CHAT = "/serving-endpoints/chat/completions";
const STREAM = { model: "m", messages: [{ role: "user", content: "hi" }], stream: true };

/** Off by default in Deno 2.9: a timer or a connection that outlives its test is a failure. */
const SANITIZED = { sanitizeOps: true, sanitizeResources: true };

interface Post {
  readonly body: unknown;
  readonly signal?: AbortSignal;
}

function post(workspace: Workspace, path: string, { body, signal }: Post): Promise<Response> {
  const { value } = workspace.issue({ lifetimeMs: null });
  return fetch(workspace.origin + path, {
    method: "POST",
    headers: { authorization: `Bearer ${value}` },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

/** What arrives of a body until it ends or breaks. */
async function drain(response: Response): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { text, isWhole: true };
  } catch {
    return { text, isWhole: false };
  }
}

/** Waits for something that another task is about to do. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isTrue(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(isTrue(), "It did not come about");
}

async function reader(response: Promise<Response>) {
  const stream = (await response).body?.getReader();
  assert.ok(stream !== undefined);
  return stream;
}

Deno.test("a fault before the effect leaves the workspace as it was", SANITIZED, async () => {
  await using workspace = startWorkspace();
  const fault = workspace.fault({
    match: { path: CREATE },
    when: "before",
    times: 1,
    action: { kind: "status", status: 503, headers: { "retry-after": "2" }, body: "busy" },
  });
  const failed = await post(workspace, CREATE, { body: {} });
  assert.deepEqual([failed.status, failed.headers.get("retry-after"), await failed.text()], [
    503,
    "2",
    "busy",
  ]);
  assert.equal(workspace.stats().minted, 0);
  await drain(await post(workspace, CREATE, { body: {} }));
  assert.equal(workspace.stats().minted, 1);
  assert.equal(fault.hits(), 1);
});

Deno.test("a fault after the effect mints the token and loses the answer", SANITIZED, async () => {
  for (const action of [{ kind: "reset" }, { kind: "malformed" }] as const) {
    await using workspace = startWorkspace();
    workspace.fault({ match: { path: CREATE, nth: 1 }, when: "after", action });
    const { text, isWhole } = await drain(await post(workspace, CREATE, { body: {} }));
    assert.equal(isWhole, action.kind === "malformed");
    assert.ok(!text.includes("token_value"));
    assert.equal(workspace.stats().minted, 1);
  }
});

Deno.test("cut-after breaks a stream after exactly so many events", SANITIZED, async () => {
  await using workspace = startWorkspace();
  for (const events of [0, 1, 3]) {
    const fault = workspace.fault({ times: 1, action: { kind: "cut-after", events } });
    const { text, isWhole } = await drain(await post(workspace, CHAT, { body: STREAM }));
    assert.ok(!isWhole);
    assert.equal(text.split("\n\n").length - 1, events);
    assert.ok(workspace.requests().at(-1)?.finished === false);
    fault.remove();
  }
  const { isWhole } = await drain(await post(workspace, CHAT, { body: STREAM }));
  assert.ok(isWhole);
  assert.ok(workspace.requests().at(-1)?.finished === true);
  assert.deepEqual(workspace.stats().inference, { ok: 1, refused: 0, failed: 3 });
});

Deno.test("cut-after breaks a stream that has fewer events, too", SANITIZED, async () => {
  await using workspace = startWorkspace();
  workspace.fault({ action: { kind: "cut-after", events: 1000 } });
  const { text, isWhole } = await drain(await post(workspace, CHAT, { body: STREAM }));
  assert.ok(!isWhole);
  assert.ok(text.endsWith("data: [DONE]\n\n"));
});

Deno.test("fail-after ends a stream in order, with a frame of its own", SANITIZED, async () => {
  await using workspace = startWorkspace();
  const frame = 'data: {"error":{"message":"overloaded"}}\n\n';
  workspace.fault({ times: 1, action: { kind: "fail-after", events: 2, frame } });
  const { text, isWhole } = await drain(await post(workspace, CHAT, { body: STREAM }));
  assert.ok(isWhole);
  assert.equal(text.split("\n\n").length - 1, 3);
  assert.ok(text.endsWith(frame) && !text.includes("[DONE]"));
  assert.deepEqual(workspace.stats().inference, { ok: 0, refused: 0, failed: 1 });
});

Deno.test("stall-after goes silent until the client leaves, which is seen", SANITIZED, async () => {
  await using workspace = startWorkspace();
  workspace.fault({ action: { kind: "stall-after", events: 1 } });
  const leaving = new AbortController();
  const body = await reader(post(workspace, CHAT, { body: STREAM, signal: leaving.signal }));
  assert.match(new TextDecoder().decode((await body.read()).value), /^data: .*\n\n$/);
  const next = body.read().catch(() => "left");
  const silence = new Promise((resolve) => setTimeout(resolve, 30, "silent"));
  assert.equal(await Promise.race([next, silence]), "silent");
  assert.ok(workspace.requests()[0]?.aborted === false);
  leaving.abort();
  assert.equal(await next, "left");
  await until(() => workspace.requests()[0]?.aborted === true);
  assert.ok(workspace.requests()[0]?.finished === false);
});

Deno.test("hang gives no answer until the client leaves, which is seen", SANITIZED, async () => {
  await using workspace = startWorkspace();
  workspace.fault({ when: "after", action: { kind: "hang" } });
  const leaving = new AbortController();
  const response = post(workspace, CREATE, { body: {}, signal: leaving.signal });
  const outcome = response.then(() => "answered", () => "left");
  await until(() => workspace.stats().minted === 1);
  leaving.abort();
  assert.equal(await outcome, "left");
  await until(() => workspace.requests()[0]?.aborted === true);
  assert.deepEqual([workspace.requests()[0]?.status, workspace.requests()[0]?.finished], [
    null,
    false,
  ]);
});

Deno.test("a client that leaves in the middle of a paced stream is seen", SANITIZED, async () => {
  await using workspace = startWorkspace({ paceMs: 5 });
  const leaving = new AbortController();
  const messages = [{ role: "user", content: "[[stream 10000]]" }];
  const post10000 = { body: { ...STREAM, messages }, signal: leaving.signal };
  const body = await reader(post(workspace, CHAT, post10000));
  await body.read();
  leaving.abort();
  await body.read().catch(() => null);
  await until(() => workspace.requests()[0]?.aborted === true);
});

Deno.test(
  "delay answers later, and does what was asked on the side that it says",
  SANITIZED,
  async () => {
    await using workspace = startWorkspace();
    const mintedMeanwhile = async (when: "before" | "after") => {
      const leaving = new AbortController();
      const fault = workspace.fault({ when, action: { kind: "delay", ms: 60_000 } });
      const outcome = post(workspace, CREATE, { body: {}, signal: leaving.signal }).catch(() =>
        null
      );
      await until(() => fault.hits() === 1);
      const { minted } = workspace.stats();
      leaving.abort();
      await outcome;
      await until(() => workspace.requests().at(-1)?.aborted === true);
      fault.remove();
      return minted;
    };
    assert.equal(await mintedMeanwhile("before"), 0);
    // The first was minted too in the end: a server does not know whether anybody still waits.
    assert.equal(await mintedMeanwhile("after"), 2);
    workspace.fault({ action: { kind: "delay", ms: 1 } });
    assert.ok((await drain(await post(workspace, CREATE, { body: {} }))).isWhole);
  },
);

Deno.test("a stream that runs goes on after its token was revoked", SANITIZED, async () => {
  await using workspace = startWorkspace({ paceMs: 2 });
  const response = await post(workspace, CHAT, { body: STREAM });
  const tokenId = workspace.requests()[0]?.tokenId ?? "";
  assert.ok(workspace.revoke(tokenId));
  const { text, isWhole } = await drain(response);
  assert.ok(isWhole);
  assert.ok(text.endsWith("data: [DONE]\n\n"));
});

Deno.test(
  "shutdown() ends hanging, stalled and slow requests and leaves no timer",
  SANITIZED,
  async () => {
    const workspace = startWorkspace();
    workspace.fault({ match: { path: CREATE }, action: { kind: "hang" } });
    workspace.fault({ match: { path: CHAT, nth: 1 }, action: { kind: "stall-after", events: 1 } });
    const hanging = post(workspace, CREATE, { body: {} }).catch(() => null);
    const stalled = await reader(post(workspace, CHAT, { body: STREAM }));
    await stalled.read();
    const slowly = [{ role: "user", content: "[[slow 60000]]" }];
    const slow = await post(workspace, CHAT, { body: { ...STREAM, messages: slowly } });
    await until(() => workspace.requests().length === 3);
    await workspace.shutdown();
    assert.equal(await hanging, null);
    await assert.rejects(stalled.read());
    assert.ok(!(await drain(slow)).isWhole);
    await workspace.shutdown();
  },
);

Deno.test("a client that leaves in the middle of its request is seen", SANITIZED, async () => {
  await using workspace = startWorkspace();
  const client = await Deno.connect({ hostname: "127.0.0.1", port: workspace.port });
  const head = `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`;
  await client.write(new TextEncoder().encode(head));
  await until(() => workspace.requests().length === 1);
  client.close();
  await until(() => workspace.requests()[0]?.aborted === true);
});

Deno.test("/__sim is closed to callers on other machines", async () => {
  const world = new World({
    now: Date.now,
    minLifetimeSeconds: 1,
    tokenQuota: 1,
    takesScopes: true,
    hasGateway: true,
    paceMs: 0,
    models: null,
    script: null,
    rejectLastMs: 0,
    deadTokenAnswer: "403-json",
    oauthClients: [],
    oauthLifetimeSeconds: 1,
  });
  const statusFor = async (remoteHost: string) => {
    const request = new Request("http://127.0.0.1/__sim/tokens");
    const closing = new AbortController().signal;
    return (await exchange(request, { world, remoteHost, closing })).status;
  };
  assert.equal(await statusFor("192.0.2.1"), 403);
  assert.equal(await statusFor("127.0.0.1"), 200);
  assert.equal(await statusFor("::1"), 200);
});
