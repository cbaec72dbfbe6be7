/**
 * A rotator at work: the real chain with real files in a folder of its own, against the simulated
 * workspace over HTTP, with clocks that the test can set.
 *
 * @module
 */

import { configureSync, getLogger } from "@logtape/logtape";
import { startWorkspace, type Workspace, type WorkspaceOptions } from "../../demo/workspace.ts";
import type { RotatorConfig } from "../../protocol.ts";
import { parseJournal } from "../../rotator/journal.ts";
import { Proxies } from "../../rotator/proxies.ts";
import { type Rotator, startRotator } from "../../rotator/rotator.ts";
import { parseProfile } from "../../workspace/profile_file.ts";
import { FakeProxy } from "./fake_proxy.ts";

/** A line of the log. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** The name that the scene's installation has. */
export const INSTANCE = "scene";
/** The comment of its tokens. */
export const COMMENT = `coda-auto-rotated:${INSTANCE}`;

/** Beyond the numbers of all others. */
const REAL_PROXY = 1_000;

/** How the scene differs from an ordinary one. */
export interface SceneOptions {
  readonly config?: Partial<RotatorConfig>;
  readonly workspace?: WorkspaceOptions;
}

/** Everything that a test of the rotator looks at. */
export class RotationScene implements AsyncDisposable {
  /** The simulated workspace. Its clock goes on with {@link RotationScene.advance}. */
  readonly workspace: Workspace;
  /** The rotator's files. */
  readonly folder: string;
  /** All events since the start. */
  readonly events: LogEvent[] = [];
  /** The generations in the order in which they served. */
  readonly served: number[] = [];
  /** In [0, 1): decides on pauses between tries. */
  random = 0;
  readonly #options: SceneOptions;
  readonly #lines: FakeProxy[] = [];
  #proxies: Proxies;
  #rotator: Rotator | null = null;
  #passedMs = 0;
  #setMs = 0;

  private constructor(folder: string, options: SceneOptions) {
    this.folder = folder;
    this.#options = options;
    this.workspace = startWorkspace({ now: () => this.#time(), ...options.workspace });
    this.#proxies = this.#makeProxies();
    // One logger for all tests of the process, so each scene takes it over.
    configureSync({
      reset: true,
      sinks: {
        scene: (record) => {
          const { properties, level, rawMessage } = record;
          this.events.push({ ...properties, level, event: String(rawMessage) });
        },
      },
      loggers: [
        { category: "scene", lowestLevel: "debug", sinks: ["scene"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["scene"] },
      ],
    });
  }

  /** A scene whose profile has no token yet. */
  static async open(options: SceneOptions = {}): Promise<RotationScene> {
    const scene = new RotationScene(await Deno.realPath(await Deno.makeTempDir()), options);
    await scene.writeProfile(null);
    return scene;
  }

  /** Where the profile is. */
  get profileFile(): string {
    return `${this.folder}/databrickscfg`;
  }

  /** Where the journal is. */
  get journalFile(): string {
    return `${this.folder}/journal.json`;
  }

  /** Epoch ms by the rotator's clock. */
  now(): number {
    return this.#time() + this.#setMs;
  }

  /** Lets time pass, for the workspace as well, in which nobody uses the service. */
  idle(ms: number): void {
    this.#passedMs += ms;
  }

  /** Lets time pass, and something come in after it. */
  advance(ms: number): void {
    this.idle(ms);
    this.touch();
  }

  /** Sets the rotator's wall clock forward, or back; no time passes by it. */
  setClock(ms: number): void {
    this.#setMs += ms;
    this.touch();
  }

  /** A request comes in somewhere. */
  touch(): void {
    this.#lines[0]?.send({ type: "active", at: this.now() });
  }

  /** Starts a rotator; a scene has one at a time. */
  async start(config: Partial<RotatorConfig> = {}): Promise<Rotator> {
    this.#rotator = await startRotator({ ...this.#config(), ...config }, {
      proxies: this.#proxies,
      fetch,
      random: () => this.random,
      log: getLogger("scene"),
      pid: 1,
      now: () => this.now(),
      elapsed: () => performance.now() + this.#passedMs,
      onServe: ({ number }) => this.served.push(number),
    });
    return this.#rotator;
  }

  /** Ends the rotator as SIGTERM does. */
  async stop(): Promise<void> {
    for (const line of this.#lines.splice(0)) line[Symbol.dispose]();
    this.#proxies.unlink(REAL_PROXY);
    await this.#rotator?.stop();
    this.#rotator = null;
    this.#proxies = this.#makeProxies();
  }

  /** A proxy isolate comes. */
  proxy(manner: "silent" | "prompt" = "prompt"): FakeProxy {
    const line = new FakeProxy(this.#proxies, { index: this.#lines.length, manner });
    this.#lines.push(line);
    return line;
  }

  /** The line of a real proxy, the only one of a scene. */
  line(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#proxies.link(REAL_PROXY, port1);
    return port2;
  }

  /** Writes a profile as a person or another program would. */
  async writeProfile(token: string | null): Promise<void> {
    const line = token === null ? "" : `token = ${token}\n`;
    await Deno.writeTextFile(
      this.profileFile,
      `; mine\n[DEFAULT]\nhost = ${this.workspace.origin}\n${line}`,
    );
  }

  /** The token in the profile now. */
  async profileToken(): Promise<string | null> {
    const text = await Deno.readTextFile(this.profileFile);
    return parseProfile(text, "DEFAULT").token?.reveal() ?? null;
  }

  /** Ids in the journal. */
  async journalled(): Promise<readonly string[]> {
    const { tokens, condemned } = parseJournal(await Deno.readTextFile(this.journalFile));
    return [...tokens.map(({ id }) => id), ...condemned];
  }

  /** Events with that name. */
  eventsOf(name: string): readonly LogEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** Ids of live tokens; those of the scene's own installation, or all others. */
  live(whose: "own" | "other"): readonly string[] {
    return this.workspace.tokens()
      .filter(({ state, comment }) =>
        state === "live" && (comment === COMMENT) === (whose === "own")
      )
      .map(({ id }) => id);
  }

  /** How often the workspace was asked for this. */
  asked(path: string): number {
    return this.workspace.requests().filter((request) => request.path.startsWith(path)).length;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#proxies.close();
    await this.workspace.shutdown();
    await Deno.remove(this.folder, { recursive: true });
  }

  #time(): number {
    return Date.now() + this.#passedMs;
  }

  #makeProxies(): Proxies {
    return new Proxies({
      onRejected: (number) => this.#rotator?.chain.onRejected(number),
      onNeeded: () => this.#rotator?.chain.onNeeded(),
      onActive: (at) => this.#rotator?.chain.onActive(at),
      onRotate: (answer) => this.#rotator?.chain.onRotate(answer),
    });
  }

  #config(): RotatorConfig {
    return {
      workspaceHost: this.workspace.origin,
      source: { kind: "pat" },
      profileFile: this.profileFile,
      profileName: "DEFAULT",
      journalFile: this.journalFile,
      agentFiles: [],
      bootstrapToken: null,
      rotation: "auto",
      tokenLifetimeMs: 900_000,
      rotationIntervalMs: 600_000,
      spareLifetimeMs: 0,
      scopes: null,
      drainTimeoutMs: 120_000,
      graceMs: 0,
      bootstrapRevoke: "auto",
      instanceName: INSTANCE,
      hostName: "host",
      probe: false,
      lastNumber: 0,
      log: { level: "debug", format: "json", color: "plain" },
      version: "test",
      ...this.#options.config,
    };
  }
}
