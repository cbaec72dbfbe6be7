/**
 * The service while its isolates die: it stays up, the numbers of generations go on rising, and
 * it ends in order all the same.
 */

import assert from "node:assert/strict";
import { configureSync } from "@logtape/logtape";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { readKeys } from "../support/keys_file.ts";
import { boot } from "../supervisor/boot.ts";
import { runService } from "../supervisor/run.ts";
import { type Service, startService } from "../supervisor/serve.ts";
import type { Spawn } from "../supervisor/spawn.ts";
import { MortalWorkers } from "./support/mortal_workers.ts";
import { type Home, makeHome, type Status } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const LOG = { level: "error", format: "json", color: "plain" } as const;

interface Stage extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  readonly workers: MortalWorkers;
  readonly service: Service;
  /** One request on a connection of its own. */
  readonly ask: (path: string, init?: RequestInit & { as?: string }) => Promise<Response>;
  readonly chat: (prompt: string) => Promise<number>;
  readonly status: () => Promise<Status>;
  readonly rotate: () => Promise<Response>;
}

async function bootIn(home: Home, env: Record<string, string>) {
  // A spare would only add to what is counted here.
  return await boot({
    HOME: home.folder,
    PROXY_PORT: "0",
    PAT_SPARE_LIFETIME: "0",
    ...env,
  });
}

async function openStage(
  env: Record<string, string> = {},
  spawnWith: (workers: MortalWorkers) => Spawn = ({ spawn }) => spawn,
): Promise<Stage> {
  const workspace = startWorkspace();
  const home = await makeHome(workspace);
  const workers = await MortalWorkers.open();
  const options = { log: LOG, hostName: "host", spawn: spawnWith(workers) };
  const service = await startService(await bootIn(home, env), options);
  const keys = await readKeys(`${home.folder}/.config/keyturn/keys.json`);
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const ask: Stage["ask"] = async (path, { as = "operator", ...init } = {}) => {
    const key = as === "operator" ? keys?.operator : keys?.agents.get(as);
    const headers = { authorization: `Bearer ${key?.reveal()}`, connection: "close" };
    const signal = AbortSignal.timeout(20_000);
    const url = `http://127.0.0.1:${service.port}${path}`;
    return await fetch(url, { signal, ...init, headers, client });
  };
  const stage: Stage = {
    workspace,
    home,
    workers,
    service,
    ask,
    chat: async (prompt) => {
      const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: prompt }] });
      try {
        const answer = await ask("/v1/chat/completions", { method: "POST", body, as: "pi" });
        await answer.body?.cancel();
        return answer.status;
      } catch {
        return 0;
      }
    },
    status: async () =>
      await until("somebody answers", async () => {
        try {
          return await (await ask("/keyturn/status")).json();
        } catch {
          return null; // It came to a proxy that was just dying.
        }
      }),
    rotate: async () => await ask("/keyturn/rotate", { method: "POST" }),
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      client.close();
      await workspace.shutdown();
      await workers[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
  await until(
    "a token of its own serves",
    async () => (await stage.status()).credential.rotations === 1,
  );
  return stage;
}

Deno.test("a proxy that dies comes back on its port, and knows what it has to", async () => {
  await using stage = await openStage();
  const { service, workers } = stage;
  const port = service.port;
  assert.equal(await stage.chat("hello"), 200);
  workers.kill("proxy 0");
  await until("it is started again", () => workers.starts("proxy 0") === 2);
  await until("it serves", async () => await stage.chat("hello") === 200);
  assert.equal(service.port, port);
  const { credential } = await until("it was told", async () => {
    const status = await stage.status();
    return status.credential.state === "live" && status;
  });
  assert.equal(credential.rotations, 1);
  const rotated = await stage.rotate();
  assert.equal(rotated.status, 200, await rotated.text());
  await until(
    "the old one is revoked",
    () => stage.workspace.tokens().filter(({ state }) => state === "live").length === 1,
  );
});

Deno.test("a rotator that dies comes back; meanwhile the proxies serve, and numbers go on", async () => {
  await using stage = await openStage();
  const { workers, workspace } = stage;
  const before = (await stage.status()).credential;
  workers.kill("rotator");
  await until("it is started again", async () => {
    assert.equal(await stage.chat("hello"), 200, "served without a rotator");
    return workers.starts("rotator") === 2;
  });
  const after = await until("it has adopted the token", async () => {
    const { credential } = await stage.status();
    return credential.generation !== before.generation && credential;
  });
  assert((after.generation ?? 0) > (before.generation ?? 0));
  assert.equal(after.tokenId, before.tokenId);
  assert.equal(workspace.stats().minted, 1, "its own token is not replaced");
  const rotated = await stage.rotate();
  assert.equal(rotated.status, 200, await rotated.text());
  await until("the old one is revoked", () => workspace.stats().revoked === 2);
  assert.equal(await stage.chat("hello"), 200);
});

Deno.test("a journal's folder that is removed is made again, and rotations go on", async () => {
  await using stage = await openStage();
  const folder = `${stage.home.folder}/.local/state/keyturn`;
  await Deno.remove(folder, { recursive: true });
  await until("it is there again", () => Deno.stat(folder).catch(() => null));
  const rotated = await stage.rotate();
  assert.equal(rotated.status, 200, await rotated.text());
  assert.equal(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  const { tokenId } = (await stage.status()).credential;
  assert((await Deno.readTextFile(`${folder}/journal.json`)).includes(tokenId ?? "none"));
});

Deno.test("two proxies share the port, both confirm, and the counts are those of both", async () => {
  await using stage = await openStage({ PROXY_WORKERS: "2" });
  const { workers, workspace } = stage;
  for (let turn = 0; turn < 40; turn++) assert.equal(await stage.chat("hello"), 200);
  const status = await stage.status();
  assert.equal(status.workers, 2);
  assert.equal(status.requests.requests, 40);
  assert.equal(status.requests.agents.pi?.requests, 40);
  // Revoked only when both have confirmed the next.
  const rotated = await stage.rotate();
  assert.equal(rotated.status, 200, await rotated.text());
  await until("the old one is revoked", () => workspace.stats().revoked === 2);
  for (let turn = 0; turn < 10; turn++) assert.equal(await stage.chat("hello"), 200);
  assert.equal(workspace.stats().inference.refused, 0, "neither used a dead token");

  workers.kill("proxy 1");
  await until("it is started again", () => workers.starts("proxy 1") === 2);
  await until("both count", async () => (await stage.status()).workers === 2);
  assert.equal(workers.starts("proxy 0"), 1);
  for (let turn = 0; turn < 10; turn++) assert.equal(await stage.chat("hello"), 200);
});

Deno.test("a proxy that dies for good is not waited for by the next rotation", async () => {
  await using stage = await openStage({ PROXY_WORKERS: "2" }, (workers) => (room, options) => {
    if (workers.starts("proxy 1") > 0 && options.name === "proxy 1") throw new Error("no memory");
    return workers.spawn(room, options);
  });
  const { workers, workspace } = stage;
  await until("both count", async () => (await stage.status()).workers === 2);
  workers.kill("proxy 1");
  await until("one is left", async () => (await stage.status()).workers === 1);
  await until("it is rotated", async () => {
    try {
      const rotated = await stage.rotate();
      await rotated.body?.cancel();
      return rotated.ok;
    } catch {
      return false; // The dead one's socket takes a moment to close.
    }
  });
  await until(
    "the old ones are revoked",
    () => workspace.stats().revoked === workspace.stats().minted,
  );
});

Deno.test("a proxy that dies while another one still drains is not started again", async () => {
  await using stage = await openStage({ PROXY_WORKERS: "2" });
  const { workspace, workers, service } = stage;
  const action = { kind: "delay", ms: 1_000 } as const;
  const slow = workspace.fault({ match: { path: /chat\/completions$/ }, action });
  // Eight connections, so that each proxy has some of them.
  const requests = Array.from({ length: 8 }, () => stage.chat("hello"));
  await until("all are in flight", () => slow.hits() === requests.length);
  const stopped = service.stop();
  workers.kill("proxy 0");
  await stopped;
  const answers = await Promise.all(requests);
  assert(answers.every((status) => status === 200 || status === 0));
  assert.equal(workers.starts("proxy 0"), 1);
});

Deno.test("a proxy that dies while the service stops is not waited for", async () => {
  const events: string[] = [];
  configureSync({
    reset: true,
    sinks: { list: ({ rawMessage }) => void events.push(String(rawMessage)) },
    loggers: [
      { category: "keyturn", sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["list"] },
    ],
  });
  await using stage = await openStage();
  const { workspace, workers, service } = stage;
  workspace.fault({ match: { path: /chat\/completions$/ }, action: { kind: "hang" } });
  const request = stage.chat("hello");
  await until("it is in flight", () =>
    workspace.stats().minted === 1 &&
    workspace.requests().some(({ path, status }) => /chat/.test(path) && status === null));
  const stopped = service.stop();
  workers.kill("proxy 0");
  await stopped;
  assert.equal(await request, 0, "cut");
  assert.deepEqual(events, ["isolate-died"], "and no deadline");
  await assert.rejects(stage.ask("/health"));
});

Deno.test("the service that is stopped before it listens ends, and says 0", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using workers = await MortalWorkers.open({
    proxy: `self.onmessage = ({ data }) => {
      if (data.type === "stop") self.postMessage({ type: "stopped" });
    };`,
  });
  const booted = await bootIn(home, { LOG_LEVEL: "error" });
  const controller = new AbortController();
  const starting = startService(booted, {
    log: LOG,
    hostName: "host",
    spawn: workers.spawn,
    signal: controller.signal,
  });
  const refused = assert.rejects(starting, /stopped before it listened/);
  await until("the proxy is there", () => workers.starts("proxy 0") === 1);
  controller.abort();
  await refused;
  assert.equal(await runService(booted, { signal: AbortSignal.abort() }), 0);
});

Deno.test("a proxy that cannot even be started fails the start with its reason", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using workers = await MortalWorkers.open({ proxy: `throw new Error("broken build");` });
  const booted = await bootIn(home, {});
  const options = { log: LOG, hostName: "host", spawn: workers.spawn };
  await assert.rejects(
    startService(booted, options),
    /the isolate "proxy 0" cannot be started: .*broken build/,
  );
});

Deno.test("a port that is lost between the check and the start is told as such", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const booted = await bootIn(home, { PROXY_PORT: `${port}` });
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  await using workers = await MortalWorkers.open();
  const options = { log: LOG, hostName: "host", spawn: workers.spawn };
  await assert.rejects(startService(booted, options), {
    name: "ConfigError",
    message: new RegExp(`^PROXY_PORT: .*${port}`),
  });
});
