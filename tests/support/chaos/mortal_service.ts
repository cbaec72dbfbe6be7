/**
 * The service without isolates: the real rotator and the real proxies in this very process, each
 * of which can die and come back as its isolate would.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { ProxyConfig, RotatorConfig } from "../../../protocol.ts";
import { sourceOf } from "../../../proxy/connections.ts";
import type { Door } from "../../../proxy/guard.ts";
import { createProxy, type Proxy } from "../../../proxy/wiring.ts";
import { createFreshFetch } from "../../../rotator/fresh_fetch.ts";
import { Proxies } from "../../../rotator/proxies.ts";
import { type Rotator, startRotator } from "../../../rotator/rotator.ts";
import type { Generation } from "../../../workspace/credential.ts";
import type { PlayClocks } from "./clocks.ts";

/** What it is made of. */
export interface MortalOptions {
  readonly clocks: PlayClocks;
  readonly rotator: Omit<RotatorConfig, "lastNumber">;
  /** One for each proxy. */
  readonly proxies: readonly ProxyConfig[];
  readonly random: () => number;
  readonly log: Logger;
  readonly onServe: (generation: Generation) => void;
}

/** How long the supervisor waits before it starts again what died. */
const RESTART_MS = 100;

/** A rotator and what it reaches the world by, until it dies. */
class Incarnation {
  readonly proxies: Proxies;
  readonly #death = new AbortController();
  readonly #fresh = createFreshFetch();
  readonly #options: MortalOptions;
  #rotator: Promise<Rotator> | null = null;
  #chain: Rotator["chain"] | null = null;

  constructor(options: MortalOptions) {
    this.#options = options;
    this.proxies = new Proxies({
      onRejected: (number) => this.#chain?.onRejected(number),
      onNeeded: () => this.#chain?.onNeeded(),
      onActive: (at) => this.#chain?.onActive(at),
      onRotate: (answer) => this.#chain?.onRotate(answer),
    });
  }

  async start(lastNumber: number): Promise<void> {
    const { clocks, rotator: config, random, log, onServe } = this.#options;
    this.#rotator = startRotator({ ...config, lastNumber }, {
      proxies: this.proxies,
      fetch: (url, init) => this.#fetch(url, init),
      random,
      log,
      pid: 1,
      now: clocks.service,
      elapsed: clocks.elapsed,
      onServe: (generation) => {
        if (!this.#death.signal.aborted) onServe(generation);
      },
    });
    // A handover to another chain changes what this leads to.
    const rotator = await this.#rotator;
    this.#chain = {
      onRejected: (number) => rotator.chain.onRejected(number),
      onNeeded: () => rotator.chain.onNeeded(),
      onActive: (at) => rotator.chain.onActive(at),
      onRotate: (answer) => rotator.chain.onRotate(answer),
    };
  }

  /**
   * From now on it reaches nobody: what was under way at the workspace may have been done there,
   * and nobody hears of it. Resolves when nothing of it touches a file any more.
   */
  async die(): Promise<void> {
    this.#death.abort();
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.#death.signal.aborted) this.proxies.close();
    await (await this.#rotator)?.stop();
    this.proxies.close();
    this.#fresh[Symbol.dispose]();
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const { signal } = this.#death;
    signal.throwIfAborted();
    const signals = init.signal ? [signal, init.signal] : [signal];
    return await this.#fresh.fetch(url, { ...init, signal: AbortSignal.any(signals) });
  }
}

/** A proxy behind a port of its own, until it dies. */
export class LiveProxy {
  readonly proxy: Proxy;
  readonly #closing = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Listens at once. */
  constructor(config: ProxyConfig, clocks: PlayClocks) {
    this.proxy = createProxy(config, {
      port: () => this.#server.addr.port,
      gather: () => Promise.resolve([this.proxy.stats()]),
      now: clocks.service,
      elapsed: clocks.elapsed,
    });
    const door = (): Door => {
      const { port } = this.#server.addr;
      return { kind: "port", hostname: "127.0.0.1", port, allowRemote: false };
    };
    const handle = this.proxy.handlerAt(door);
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#closing.signal,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    }, (request, { completed, remoteAddr }) =>
      handle(request, {
        completed,
        source: sourceOf(remoteAddr),
        admit: () => {},
        dismiss: () => {},
      }));
  }

  /** Where it listens. */
  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Whether it has died: what it was asked is lost. */
  get isDead(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Ends it with all that it was asked. */
  async die(): Promise<void> {
    this.#closing.abort();
    this.proxy.close();
    await this.#server.finished;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.#server.shutdown();
    this.proxy.close();
  }
}

/** All of it. */
export class MortalService {
  readonly #options: MortalOptions;
  readonly #live: (LiveProxy | null)[];
  #rotator: Incarnation | null = null;
  #lastNumber = 0;

  /** Nothing runs yet. */
  constructor(options: MortalOptions) {
    this.#options = {
      ...options,
      onServe: (generation) => {
        this.#lastNumber = Math.max(this.#lastNumber, Math.floor(generation.number));
        options.onServe(generation);
      },
    };
    this.#live = options.proxies.map(() => null);
  }

  /** The proxies that live. */
  get live(): readonly LiveProxy[] {
    return this.#live.filter((each) => each !== null);
  }

  /** Whether there is a rotator. */
  get hasRotator(): boolean {
    return this.#rotator !== null;
  }

  /** Starts all that does not run. */
  async start(): Promise<void> {
    for (const [index, config] of this.#options.proxies.entries()) {
      if (this.#live[index] !== null) continue;
      this.#live[index] = new LiveProxy(config, this.#options.clocks);
      this.#link(index);
    }
    if (this.#rotator !== null) return;
    const rotator = new Incarnation(this.#options);
    this.#rotator = rotator;
    for (const index of this.#live.keys()) this.#link(index);
    await rotator.start(this.#lastNumber);
  }

  /** Something dies, and is started again by its supervisor; or all, by whoever does that. */
  async crash(what: "rotator" | "proxy" | "all"): Promise<void> {
    const dying: Promise<void>[] = [];
    if (what !== "proxy") {
      const rotator = this.#rotator;
      this.#rotator = null;
      if (rotator !== null) dying.push(rotator.die());
    }
    if (what !== "rotator") {
      const indices = what === "proxy" ? [0] : [...this.#live.keys()];
      for (const index of indices) {
        const live = this.#live[index];
        this.#live[index] = null;
        this.#rotator?.proxies.unlink(index);
        if (live) dying.push(live.die());
      }
    }
    if (what === "all") this.#lastNumber = 0;
    await Promise.all(dying);
    await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    await this.start();
  }

  /** Ends it as SIGTERM does. */
  async stop(): Promise<void> {
    const live = this.#live.splice(0, this.#live.length, ...this.#live.map(() => null));
    await Promise.all(live.map((each) => each?.stop()));
    for (const index of live.keys()) this.#rotator?.proxies.unlink(index);
    const rotator = this.#rotator;
    this.#rotator = null;
    await rotator?.stop();
  }

  #link(index: number): void {
    const live = this.#live[index];
    if (!live || this.#rotator === null) return;
    const { port1, port2 } = new MessageChannel();
    this.#rotator.proxies.link(index, port1);
    live.proxy.link.connect(port2);
  }
}
