/**
 * A refresher at work: the real chain of an OAuth client or a command, against the simulated
 * workspace over HTTP, with clocks that the test can set.
 *
 * @module
 */

import { configureSync, getLogger } from "@logtape/logtape";
import { type OauthClient, startWorkspace, type Workspace } from "../../demo/workspace.ts";
import type { Chain, RotatorConfig } from "../../protocol.ts";
import { Proxies } from "../../rotator/proxies.ts";
import type { Refresher } from "../../rotator/refresher.ts";
import { type SelfExpiring, startRefresher } from "../../rotator/start_refresher.ts";
import { FakeProxy } from "./fake_proxy.ts";
import type { LogEvent } from "./rotation_scene.ts";
import { until } from "./until.ts";

/** The client that the simulated workspace knows. */
export const CLIENT: OauthClient = { clientId: "client-1", clientSecret: "dose0123456789abcdef0" };
/** Life of its tokens. */
export const LIFETIME_MS = 3_600_000;
/** After how long a token of unknown expiry is fetched anew. */
export const INTERVAL_MS = 600_000;

/** Everything that a test of the refresher looks at. */
export class SourceScene implements AsyncDisposable {
  /** The clients that the workspace knows at this moment. */
  readonly clients: OauthClient[] = [CLIENT];
  readonly workspace: Workspace;
  /** A folder for the files of commands. */
  readonly folder: string;
  /** All events since the start. */
  readonly events: LogEvent[] = [];
  /** In [0, 1): decides on pauses between tries. */
  random = 0;
  readonly #proxies: Proxies;
  readonly #lines: FakeProxy[] = [];
  #chain: { readonly chain: Refresher; readonly stop: () => Promise<void> } | null = null;
  #passedMs = 0;
  #setMs = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.workspace = startWorkspace({
      now: () => Date.now() + this.#passedMs,
      oauthClients: this.clients,
      oauthLifetimeSeconds: LIFETIME_MS / 1_000,
    });
    this.#proxies = new Proxies({
      onRejected: (number) => this.#chain?.chain.onRejected(number),
      onNeeded: () => this.#chain?.chain.onNeeded(),
      onActive: (at) => this.#chain?.chain.onActive(at),
      onRotate: (answer) => this.#chain?.chain.onRotate(answer),
    });
    configureSync({
      reset: true,
      sinks: {
        scene: (record) => {
          this.events.push({ ...record.properties, event: String(record.rawMessage) });
        },
      },
      loggers: [
        { category: "scene", lowestLevel: "debug", sinks: ["scene"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["scene"] },
      ],
    });
  }

  /** A scene in which nothing was started. */
  static async open(): Promise<SourceScene> {
    return new SourceScene(await Deno.realPath(await Deno.makeTempDir()));
  }

  /** Epoch ms by the chain's clock. */
  now(): number {
    return Date.now() + this.#passedMs + this.#setMs;
  }

  /** Lets time pass, for the workspace as well. */
  advance(ms: number): void {
    this.#passedMs += ms;
    this.wake();
  }

  /** Sets the chain's wall clock; no time passes by it. */
  setClock(ms: number): void {
    this.#setMs += ms;
    this.wake();
  }

  /** Lets the chain look at its clocks, as it does by itself every second. */
  wake(): void {
    this.#lines[0]?.send({ type: "rejected", number: -1 });
  }

  /** A proxy isolate comes. */
  proxy(): FakeProxy {
    const line = new FakeProxy(this.#proxies, { index: this.#lines.length });
    this.#lines.push(line);
    return line;
  }

  /** Starts the chain of the OAuth client. */
  startOauth(config: Partial<RotatorConfig> = {}): void {
    this.#start({ kind: "oauth", ...CLIENT }, config);
  }

  /** Starts the chain of a command that prints what is in a file, and counts its runs. */
  async startCommand(output: string): Promise<void> {
    const script = `${this.folder}/print-token`;
    await this.print(output);
    await Deno.writeTextFile(
      script,
      `#!/bin/sh\necho run >>'${this.folder}/runs'\nexec cat '${this.folder}/output'\n`,
      { mode: 0o755 },
    );
    this.#start({ kind: "command", command: [script], env: { PATH: "/usr/bin:/bin" } }, {});
  }

  /** What the command prints from now on. */
  async print(output: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/next`, output);
    await Deno.rename(`${this.folder}/next`, `${this.folder}/output`);
  }

  /** How often the command ran. */
  async runs(): Promise<number> {
    const text = await Deno.readTextFile(`${this.folder}/runs`).catch(() => "");
    return text.split("\n").length - 1;
  }

  /** How often the workspace was asked for this. */
  asked(path: string): number {
    return this.workspace.requests().filter((request) => request.path.startsWith(path)).length;
  }

  /** Events with that name. */
  eventsOf(name: string): readonly LogEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** Ends the chain as SIGTERM does. */
  async stop(): Promise<void> {
    await this.#chain?.stop();
    this.#chain = null;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const line of this.#lines.splice(0)) line[Symbol.dispose]();
    this.#proxies.close();
    await this.workspace.shutdown();
    await Deno.remove(this.folder, { recursive: true });
  }

  #start(source: SelfExpiring, rest: Partial<RotatorConfig>): void {
    const config: RotatorConfig = {
      workspaceHost: this.workspace.origin,
      source,
      profileFile: "/nonexistent/profile",
      profileName: "DEFAULT",
      journalFile: "/nonexistent/journal",
      bootstrapToken: null,
      rotation: "auto",
      tokenLifetimeMs: 900_000,
      rotationIntervalMs: INTERVAL_MS,
      spareLifetimeMs: 0,
      scopes: null,
      agentFiles: [],
      drainTimeoutMs: 120_000,
      graceMs: 0,
      bootstrapRevoke: "auto",
      instanceName: null,
      hostName: "host",
      probe: false,
      lastNumber: 0,
      log: { level: "debug", format: "json", color: "plain" },
      version: "test",
      ...rest,
    };
    this.#chain = startRefresher(source, {
      config,
      effects: {
        proxies: this.#proxies,
        fetch,
        random: () => this.random,
        log: getLogger("scene"),
        pid: 1,
        now: () => this.now(),
        elapsed: () => performance.now() + this.#passedMs,
        onServe: () => {},
      },
    });
  }
}

/** Waits until the chain is in this state. */
export async function untilState(proxy: FakeProxy, state: Chain["state"]): Promise<void> {
  await until(`the chain is ${state}`, () => proxy.chain?.state === state);
}
