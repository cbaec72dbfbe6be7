/**
 * The proxy without its isolate: the real wiring behind a real server, a line to a rotator that
 * the test speaks for, files of its own.
 */

import type { ProxyConfig } from "../../protocol.ts";
import { AGENT_DIALECTS } from "../../settings/agent_dialects.ts";
import { makeKey, renderKeys } from "../../support/keys_file.ts";
import type { ProxyLimits } from "../../support/limits.ts";
import type { Door } from "../../proxy/guard.ts";
import { listenOnPort } from "../../proxy/listen.ts";
import { createProxy, type Proxy, type ProxyOptions } from "../../proxy/wiring.ts";
import { FakeRotator } from "./fake_rotator.ts";

/** How the proxy is to be. */
export interface FixtureOptions {
  /** Origin of the workspace. */
  readonly upstream: string;
  /** What differs from the defaults. */
  readonly config?: Partial<ProxyConfig>;
  /** The token published at first, as generation 1; `null`: none. */
  readonly token?: string | null;
  /** The clock by which hand-outs last. */
  readonly elapsed?: () => number;
  /** The time of streams that wait. */
  readonly streams?: ProxyOptions["streams"];
  /** What keeps strangers waiting. */
  readonly pause?: ProxyOptions["pause"];
}

/** A running proxy. */
export interface ProxyFixture extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Local keys by owner. */
  readonly keys: { readonly operator: string; readonly pi: string; readonly hermes: string };
  readonly proxy: Proxy;
  readonly rotator: FakeRotator;
  /** Where the profile stands; there is none at first. */
  readonly profileFile: string;
  readonly keysFile: string;
  /** Sends a request with pi's key, unless `init` has other headers. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** A POST of `body` with pi's key. */
  post(path: string, body: BodyInit, headers?: Record<string, string>): Promise<Response>;
}

/** The capability in the metadata URL of every fixture. */
export const CAPABILITY = "capability-of-the-test";

/** Bounds that no test meets unless it sets its own. */
export const LIMITS: ProxyLimits = {
  maxConnections: 1_000,
  maxConnectionsPerKey: 1_000,
  maxStreams: 1_000,
  maxHeaderBytes: 32_768,
  maxEventBytes: 16_777_216,
  bodyMemoryBytes: 134_217_728,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
};

/** Starts a proxy that serves when this returns. */
export async function startProxy(options: FixtureOptions): Promise<ProxyFixture> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-proxy-" });
  const config = { ...configOf(folder, options.upstream), ...options.config };
  const keys = await writeKeys(config.keysFile);
  let port = 0;
  const proxy = createProxy(config, {
    port: () => port,
    gather: () => Promise.resolve([proxy.stats()]),
    elapsed: options.elapsed ?? (() => performance.now()),
    ...options.streams === undefined ? {} : { streams: options.streams },
    ...options.pause === undefined ? {} : { pause: options.pause },
  });
  const door = (): Door => ({ kind: "port", hostname: "127.0.0.1", port, allowRemote: false });
  const opened = listenOnPort(
    { hostname: "127.0.0.1", port: 0, shared: false },
    proxy.handlerAt(door),
    proxy.connections,
  );
  port = opened.port;
  const rotator = new FakeRotator();
  proxy.link.connect(rotator.line);
  if (options.token !== null) await rotator.publish(1, options.token ?? "dapi-1");
  const client = Deno.createHttpClient({});
  const origin = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${keys.pi}`;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(origin + path, { headers: { authorization }, redirect: "manual", ...init, client });
  return {
    origin,
    port,
    keys,
    proxy,
    rotator,
    profileFile: profileIn(folder),
    keysFile: config.keysFile,
    call,
    post: (path, body, headers = {}) =>
      call(path, {
        method: "POST",
        body,
        headers: { authorization, "content-type": "application/json", ...headers },
      }),
    [Symbol.asyncDispose]: async () => {
      client.close();
      await opened.shutdown();
      proxy.close();
      rotator[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A configuration whose files are in `folder`. */
export function configOf(
  folder: string,
  workspaceHost: string,
): ProxyConfig & { readonly profileFile: string } {
  return {
    index: 0,
    hostname: "127.0.0.1",
    port: 0,
    shared: false,
    socketPath: null,
    workspaceHost,
    gatewayHost: null,
    chatBase: null,
    geminiBase: null,
    upstreamMode: "serving-endpoints",
    profileFile: profileIn(folder),
    profileName: "DEFAULT",
    profileRule: "newer",
    source: "pat",
    keysFile: `${folder}/keys.json`,
    clientAuth: "required",
    agentDialects: AGENT_DIALECTS,
    allowRemote: false,
    maxBodyBytes: 1_048_576,
    idleTimeoutMs: 60_000,
    limits: LIMITS,
    marginMs: 1_000,
    drainTimeoutMs: 120_000,
    repairsOff: [],
    metadataCapability: CAPABILITY,
    log: { level: "error", format: "json", color: "plain" },
    version: "0.0.0",
  };
}

function profileIn(folder: string): string {
  return `${folder}/databrickscfg`;
}

/** Makes and writes local keys. */
export async function writeKeys(path: string): Promise<ProxyFixture["keys"]> {
  const make = (name: string) => makeKey(name, crypto.getRandomValues(new Uint8Array(32)));
  const keys = { operator: make("operator"), pi: make("pi"), hermes: make("hermes") };
  const { operator, ...agents } = keys;
  await Deno.writeTextFile(path, renderKeys({ operator, agents: new Map(Object.entries(agents)) }));
  return {
    operator: operator.reveal(),
    pi: keys.pi.reveal(),
    hermes: keys.hermes.reveal(),
  };
}
