/**
 * `serve`: starts the isolates, gives them lines to each other, and ends them in order. It
 * serves nothing itself and connects to nothing.
 *
 * @module
 */

import { AGENTS, type Settings } from "../settings.ts";
import type { FromProxy, FromRotator, ToProxy, ToRotator } from "../protocol.ts";
import { keepCollecting } from "../support/collector.ts";
import { ConfigError, describeError } from "../support/errors.ts";
import { ensureKeys, readKeys } from "../support/keys_file.ts";
import { logFor, type LogOptions } from "../support/log.ts";
import { within } from "../support/within.ts";
import type { Boot } from "./boot.ts";
import { Gathering } from "./gathering.ts";
import { grantsForServe } from "./grants.ts";
import { Isolate } from "./isolate.ts";
import { keysFileOf, proxyConfigOf, rotatorConfigOf, sourceKindOf } from "./isolate_config.ts";
import { keepFolder, makeFolder } from "./own_folders.ts";
import { type Spawn, spawnWorker } from "./spawn.ts";

/** A service that runs. */
export interface Service {
  /** The port that it listens on. */
  readonly port: number;
  /** Lets requests end, revokes what can be revoked, and ends all isolates. */
  stop(): Promise<void>;
}

/** How a service is started. */
export interface ServiceOptions {
  readonly log: LogOptions;
  readonly hostName: string;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
  /**
   * Starts workers; a test can give its own.
   * @default {spawnWorker}
   */
  readonly spawn?: Spawn;
}

/** SIGTERM is followed by SIGKILL after 10 s in most places. */
const STOP_DEADLINE_MS = 9_000;
/** Of which at least so much is for the rotator's last revocations. */
const ROTATOR_STOP_MS = 1_500;

const log = logFor("supervisor");

/**
 * Starts the service.
 *
 * @throws {ConfigError} if it cannot listen, or cannot write its own files.
 * @throws {Error} if an isolate cannot even be started, or if `signal` fires first.
 */
export async function startService(boot: Boot, options: ServiceOptions): Promise<Service> {
  await prepareFiles(boot);
  const service = new RunningService(boot, options);
  await service.start();
  return service;
}

async function prepareFiles({ settings }: Boot): Promise<void> {
  let name = settings.configFolder;
  try {
    for (name of [name, ...journalFolders(settings)]) await makeFolder(name);
    name = keysFileOf(settings);
    const randomBytes = () => crypto.getRandomValues(new Uint8Array(32));
    // A key that is missing in a file that is there was taken back: only a person makes it again.
    const names = await readKeys(name) === null ? AGENTS : [];
    await ensureKeys(name, names, { randomBytes });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([{ name, message: `cannot be made: ${describeError(error)}` }]);
  }
}

/** Only tokens of our own making are journalled. */
function journalFolders(settings: Settings): readonly string[] {
  return sourceKindOf(settings) === "pat" ? [settings.stateFolder] : [];
}

type ProxyIsolate = Isolate<ToProxy, FromProxy>;
type RotatorIsolate = Isolate<ToRotator, FromRotator>;

class RunningService implements Service {
  readonly #boot: Boot;
  readonly #options: ServiceOptions;
  readonly #spawn: Spawn;
  readonly #rotator: RotatorIsolate;
  readonly #proxies: ProxyIsolate[] = [];
  readonly #gathering: Gathering;
  readonly #listening = Promise.withResolvers<number>();
  /** Whom to tell when an isolate has stopped, or has died instead. */
  readonly #stopped = new Map<ProxyIsolate | RotatorIsolate, () => void>();
  readonly #metadataCapability = makeCapability();
  #stopping: Promise<void> | null = null;
  #port: number;
  #lastNumber = 0;
  /** What isolates said, from the start on. */
  #messages = 0;
  #stopCollecting = () => {};
  #stopKeeping = () => {};

  constructor(boot: Boot, options: ServiceOptions) {
    this.#boot = boot;
    this.#options = options;
    this.#spawn = options.spawn ?? spawnWorker;
    this.#port = boot.settings.proxyPort;
    this.#rotator = this.#makeRotator();
    this.#gathering = new Gathering({
      ask: (index, id) => this.#proxies[index]?.send({ type: "collect", id }),
      deliver: ({ index, id }, stats) =>
        this.#proxies[index]?.send({ type: "collected", id, stats }),
    });
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { signal } = this.#options;
    const giveUp = () => this.#listening.reject(new Error("it was stopped before it listened"));
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    this.#stopCollecting = keepCollecting({
      workDone: () => this.#messages,
      isBusy: () => false,
    });
    const kept = journalFolders(this.#boot.settings).map((path) => keepFolder({ path }));
    this.#stopKeeping = () => kept.forEach((stop) => stop());
    this.#rotator.start();
    // The first one finds the port; the others share it.
    this.#startProxy();
    try {
      this.#port = await this.#listening.promise;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
    while (this.#proxies.length < this.#boot.settings.proxyWorkers) this.#startProxy();
  }

  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    for (const isolate of [this.#rotator, ...this.#proxies]) isolate.letGo();
    const startedAt = performance.now();
    const drained = this.#proxies.map((proxy) => this.#stopIsolate(proxy));
    const deadlineMs = STOP_DEADLINE_MS - ROTATOR_STOP_MS;
    if (await within(Promise.all(drained), deadlineMs) === "late") {
      log.warn("drain-deadline", { afterMs: deadlineMs });
    }
    // Only now: until the last request is over, a dead token may still have to be replaced.
    for (const [index, proxy] of this.#proxies.entries()) {
      proxy.end();
      this.#rotator.send({ type: "unlink", proxy: index });
    }
    const leftMs = STOP_DEADLINE_MS - (performance.now() - startedAt);
    await within(this.#stopIsolate(this.#rotator), Math.max(leftMs, ROTATOR_STOP_MS));
    this.#rotator.end();
    this.#gathering.end();
    this.#stopCollecting();
    this.#stopKeeping();
  }

  /** Resolves when it says that it has stopped, and when it dies instead. */
  async #stopIsolate(isolate: ProxyIsolate | RotatorIsolate): Promise<void> {
    if (!isolate.isAlive) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stopped.set(isolate, resolve);
    isolate.send({ type: "stop" });
    await promise;
  }

  #makeRotator(): RotatorIsolate {
    const { log: logOptions, hostName } = this.#options;
    const rotator: RotatorIsolate = new Isolate<ToRotator, FromRotator>({
      name: "rotator",
      log,
      elapsed: () => performance.now(),
      spawn: () => {
        const { rotator: grants } = grantsForServe(this.#boot.grants);
        return this.#spawn("rotator", { name: "rotator", grants });
      },
      onStart: () => {
        const own = { lastNumber: this.#lastNumber, hostName, log: logOptions };
        rotator.send({ type: "start", config: rotatorConfigOf(this.#boot, own) });
        for (const index of this.#proxies.keys()) this.#link(index);
      },
      onMessage: (message) => {
        if (message.type === "stopped") return this.#stopped.get(rotator)?.();
        this.#lastNumber = Math.max(this.#lastNumber, message.number);
      },
      onDeath: () => this.#stopped.get(rotator)?.(),
    });
    return rotator;
  }

  #startProxy(): void {
    const index = this.#proxies.length;
    const name = `proxy ${index}`;
    const proxy: ProxyIsolate = new Isolate<ToProxy, FromProxy>({
      name,
      log,
      elapsed: () => performance.now(),
      spawn: () => {
        // After a death it comes back where its callers know it.
        const listen = { hostname: this.#boot.settings.proxyHost, port: this.#port };
        const { proxy: grants } = grantsForServe({ ...this.#boot.grants, listen });
        return this.#spawn("proxy", { name, grants });
      },
      onStart: () => {
        const own = { index, port: this.#port, log: this.#options.log };
        const metadataCapability = this.#metadataCapability;
        const config = proxyConfigOf(this.#boot, { ...own, metadataCapability });
        proxy.send({ type: "start", config });
        this.#link(index);
      },
      onMessage: (message) => this.#onProxyMessage(index, message),
      onDeath: (reason) => {
        // What cannot be started at all is no matter for restarts; later this says nothing more.
        this.#listening.reject(new Error(`the isolate "${name}" cannot be started: ${reason}`));
        this.#rotator.send({ type: "unlink", proxy: index });
        this.#gathering.lose(index);
        this.#stopped.get(proxy)?.();
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
    this.#messages++;
    switch (message.type) {
      case "listening":
        return this.#listening.resolve(message.port);
      case "failed":
        this.#listening.reject(new ConfigError([message.problem]));
        return log.error("listen-failed", { reason: message.problem.message });
      case "stopped": {
        const proxy = this.#proxies[index];
        if (proxy !== undefined) this.#stopped.get(proxy)?.();
        return;
      }
      case "gather": {
        const alive = [...this.#proxies.keys()].filter((each) => this.#proxies[each]?.isAlive);
        return this.#gathering.begin({ index, id: message.id }, alive);
      }
      case "stats":
        return this.#gathering.receive(index, message.id, message.stats);
    }
  }
}

/** 256 random bits for a URL. */
function makeCapability(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
