/**
 * `serve`: starts the isolates, gives them lines to each other, and ends them in order. It
 * serves nothing itself and connects to nothing.
 *
 * @module
 */

import { AGENTS } from "../settings.ts";
import { rejectMarginMs } from "../workspace/credential.ts";
import type {
  FromProxy,
  FromRotator,
  ProxyConfig,
  ProxyStats,
  RotatorConfig,
  ToProxy,
  ToRotator,
} from "../protocol.ts";
import { ConfigError } from "../support/errors.ts";
import { ensureKeys } from "../support/keys_file.ts";
import { logFor, type LogOptions } from "../support/log.ts";
import { within } from "../support/within.ts";
import { VERSION } from "../support/version.ts";
import type { Boot } from "./boot.ts";
import { grantsForServe, workerPermissions } from "./grants.ts";
import { Isolate } from "./isolate.ts";

/** A service that runs. */
export interface Service {
  /** The port that it listens on. */
  readonly port: number;
  /** Lets requests end, revokes what can be revoked, and ends all isolates. */
  stop(): Promise<void>;
}

/** SIGTERM is followed by SIGKILL after 10 s in most places. */
const STOP_DEADLINE_MS = 9_000;
/** Of which so much is for the rotator's last revocations. */
const ROTATOR_STOP_MS = 1_500;

const log = logFor("supervisor");
const now = () => Date.now();

/**
 * Starts the service.
 *
 * @throws {ConfigError} if it cannot listen.
 */
export async function startService(
  boot: Boot,
  options: { log: LogOptions; hostName: string },
): Promise<Service> {
  await makeFolders(boot);
  await ensureKeys(`${boot.settings.configFolder}/keys.json`, AGENTS, {
    randomBytes: () => crypto.getRandomValues(new Uint8Array(32)),
  });
  const service = new RunningService(boot, options);
  await service.start();
  return service;
}

async function makeFolders({ settings }: Boot): Promise<void> {
  for (const folder of [settings.configFolder, settings.stateFolder]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
}

type ProxyIsolate = Isolate<ToProxy, FromProxy>;

class RunningService implements Service {
  readonly #boot: Boot;
  readonly #options: { readonly log: LogOptions; readonly hostName: string };
  readonly #rotator: Isolate<ToRotator, FromRotator>;
  readonly #proxies: ProxyIsolate[] = [];
  readonly #listening = Promise.withResolvers<number>();
  readonly #stopped = new Map<ProxyIsolate | "rotator", () => void>();
  readonly #gathering = new Map<string, { readonly parts: ProxyStats[]; wanted: number }>();
  readonly #capability = makeCapability();
  #port: number;
  #lastNumber = 0;

  constructor(boot: Boot, options: { log: LogOptions; hostName: string }) {
    this.#boot = boot;
    this.#options = options;
    this.#port = boot.settings.proxyPort;
    this.#rotator = this.#makeRotator();
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#rotator.start();
    // The first one finds the port; the others share it.
    this.#startProxy();
    try {
      this.#port = await this.#listening.promise;
    } catch (error) {
      this.#end();
      throw error;
    }
    while (this.#proxies.length < this.#boot.settings.proxyWorkers) this.#startProxy();
  }

  async stop(): Promise<void> {
    const deadlineMs = STOP_DEADLINE_MS - ROTATOR_STOP_MS;
    const drained = this.#proxies.map((proxy) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (!proxy.isAlive) resolve();
      this.#stopped.set(proxy, resolve);
      proxy.send({ type: "stop" });
      return promise;
    });
    if (await within(Promise.all(drained), deadlineMs) === "late") {
      log.warn("drain-deadline", { afterMs: deadlineMs });
    }
    for (const [index, proxy] of this.#proxies.entries()) {
      proxy.end();
      this.#rotator.send({ type: "unlink", proxy: index });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!this.#rotator.isAlive) resolve();
    this.#stopped.set("rotator", resolve);
    this.#rotator.send({ type: "stop" });
    await within(promise, ROTATOR_STOP_MS);
    this.#end();
  }

  #end(): void {
    for (const isolate of [this.#rotator, ...this.#proxies]) isolate.end();
  }

  #makeRotator(): Isolate<ToRotator, FromRotator> {
    return new Isolate({
      name: "rotator",
      log,
      now,
      spawn: () =>
        new Worker(new URL("../rotator/worker.ts", import.meta.url), {
          type: "module",
          name: "rotator",
          deno: { permissions: workerPermissions(grantsForServe(this.#boot.grants).rotator) },
        }),
      onStart: () => {
        this.#rotator.send({ type: "start", config: this.#rotatorConfig() });
        for (const index of this.#proxies.keys()) this.#link(index);
      },
      onMessage: (message) => {
        if (message.type === "numbered") {
          this.#lastNumber = Math.max(this.#lastNumber, message.number);
        } else this.#stopped.get("rotator")?.();
      },
      onDeath: () => this.#stopped.get("rotator")?.(),
    });
  }

  #startProxy(): void {
    const index = this.#proxies.length;
    const proxy: ProxyIsolate = new Isolate<ToProxy, FromProxy>({
      name: `proxy ${index}`,
      log,
      now,
      spawn: () => {
        // After a death it comes back where its callers know it.
        const listen = { hostname: this.#boot.settings.proxyHost, port: this.#port };
        const grants = grantsForServe({ ...this.#boot.grants, listen });
        return new Worker(new URL("../proxy/worker.ts", import.meta.url), {
          type: "module",
          name: `proxy ${index}`,
          deno: { permissions: workerPermissions(grants.proxy) },
        });
      },
      onStart: () => {
        proxy.send({ type: "start", config: this.#proxyConfig(index) });
        this.#link(index);
      },
      onMessage: (message) => this.#onProxyMessage(index, message),
      onDeath: () => {
        this.#rotator.send({ type: "unlink", proxy: index });
        this.#stopped.get(proxy)?.();
        for (const id of [...this.#gathering.keys()]) this.#collectPart(id, null);
      },
    });
    this.#proxies.push(proxy);
    proxy.start();
  }

  /** A line between the rotator and a proxy; whichever of them comes later gets it made. */
  #link(index: number): void {
    const proxy = this.#proxies[index];
    if (proxy === undefined || !proxy.isAlive || !this.#rotator.isAlive) return;
    const { port1, port2 } = new MessageChannel();
    this.#rotator.send({ type: "link", proxy: index, port: port1 }, [port1]);
    proxy.send({ type: "link", port: port2 }, [port2]);
  }

  #onProxyMessage(index: number, message: FromProxy): void {
    const proxy = this.#proxies[index];
    switch (message.type) {
      case "listening":
        this.#listening.resolve(message.port);
        break;
      case "failed":
        this.#listening.reject(new ConfigError([message.problem]));
        log.error("listen-failed", { reason: message.problem.message });
        break;
      case "stopped":
        if (proxy !== undefined) this.#stopped.get(proxy)?.();
        break;
      case "gather": {
        const id = `${index}:${message.id}`;
        const alive = this.#proxies.filter(({ isAlive }) => isAlive);
        this.#gathering.set(id, { parts: [], wanted: alive.length });
        for (const each of alive) each.send({ type: "collect", id });
        break;
      }
      case "stats":
        this.#collectPart(message.id, message.stats);
        break;
    }
  }

  /** `null`: a proxy died whose counts were waited for. */
  #collectPart(id: string, stats: ProxyStats | null): void {
    const gathered = this.#gathering.get(id);
    if (gathered === undefined) return;
    if (stats === null) gathered.wanted--;
    else gathered.parts.push(stats);
    if (gathered.parts.length < gathered.wanted) return;
    this.#gathering.delete(id);
    const [index, call] = id.split(":").map(Number);
    if (index === undefined || call === undefined) return;
    this.#proxies[index]?.send({ type: "collected", id: call, stats: gathered.parts });
  }

  #proxyConfig(index: number): ProxyConfig {
    const { settings, workspaceHost, allowRemote } = this.#boot;
    const { gatewayHost, upstreamMode: mode } = settings;
    return {
      index,
      hostname: settings.proxyHost,
      port: this.#port,
      shared: settings.proxyWorkers > 1,
      socketPath: index === 0 ? settings.proxySocket : null,
      workspaceHost,
      gatewayHost,
      chatBase: settings.upstreamBase,
      geminiBase: settings.geminiUpstreamBase,
      upstreamMode: mode === "auto" ? (gatewayHost === null ? null : "gateway-host") : mode,
      profileFile: settings.profileFile,
      profileName: settings.profileName,
      keysFile: `${settings.configFolder}/keys.json`,
      clientAuth: settings.clientAuth,
      allowRemote,
      maxBodyBytes: settings.maxBodyBytes,
      idleTimeoutMs: settings.idleTimeoutMs,
      marginMs: rejectMarginMs(settings.tokenLifetimeMs, settings.rotationIntervalMs),
      repairsOff: settings.repairsOff,
      metadataCapability: this.#capability,
      log: this.#options.log,
      version: VERSION,
    };
  }

  #rotatorConfig(): RotatorConfig {
    const { settings, workspaceHost } = this.#boot;
    return {
      workspaceHost,
      profileFile: settings.profileFile,
      profileName: settings.profileName,
      journalFile: `${settings.stateFolder}/journal.json`,
      bootstrapToken: settings.databricksToken?.reveal() ?? null,
      rotation: settings.rotation,
      tokenLifetimeMs: settings.tokenLifetimeMs,
      rotationIntervalMs: settings.rotationIntervalMs,
      drainTimeoutMs: settings.drainTimeoutMs,
      bootstrapRevoke: settings.bootstrapRevoke,
      instanceName: settings.instanceName,
      hostName: this.#options.hostName,
      probe: settings.upstreamMode === "auto" && settings.gatewayHost === null,
      lastNumber: this.#lastNumber,
      log: this.#options.log,
      version: VERSION,
    };
  }
}

/** 256 random bits for a URL. */
function makeCapability(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
