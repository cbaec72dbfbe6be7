/**
 * The real service as a process of its own, started as a user or a container starts it, in a home
 * of its own, against the simulated workspace.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
import type { Workspace } from "../../demo/workspace.ts";
import { readKeys } from "../../support/keys_file.ts";
import { within } from "../../support/within.ts";
import { until } from "./until.ts";

/** How long an answer may take on a busy machine. */
const LIMIT_MS = 20_000;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * How to start it: the task; the task as from a terminal, whose Ctrl-C reaches the runner and what
 * it runs; or the task's command line without the task runner around it.
 */
export type Launcher = "task" | "terminal" | "command";

/** A process and what it was started with. */
export interface ServeOptions {
  /** Its `HOME`; `null`: the variable is not set at all. */
  readonly home: string | null;
  /** Further variables; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default {"command"} */
  readonly launcher?: Launcher;
  /** A script of the tests that serves, and its arguments, in the place of the task. */
  readonly script?: readonly string[];
  /** @default {"serve"} */
  readonly task?: "serve" | "serve:command";
  /** Where every access that needs a permission is written; for the launcher `command`. */
  readonly auditFile?: string;
}

/** A home with a profile for `workspace`. */
export interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly profileFile: string;
  /** The token in the profile at first. */
  readonly given: { readonly value: string; readonly tokenId: string };
}

/** A new home; its profile's token lives for an hour. */
export async function makeHome(workspace: Workspace): Promise<Home> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "keyturn-home-" }));
  const given = workspace.issue({ lifetimeMs: 3_600_000, comment: "pasted" });
  const profileFile = `${folder}/.databrickscfg`;
  const text = `; mine\n[DEFAULT]\nhost = ${workspace.origin}\ntoken = ${given.value}\n`;
  await Deno.writeTextFile(profileFile, text);
  return {
    folder,
    profileFile,
    given,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A `serve` that runs, or has ended. */
export class ServeProcess implements AsyncDisposable {
  /** All that it wrote so far. */
  stdout = "";
  stderr = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  readonly #options: ServeOptions;
  #port: number | null = null;

  private constructor(options: ServeOptions) {
    this.#options = options;
    this.#child = makeCommand(options).spawn();
    this.#reading = Promise.all([
      readAll(this.#child.stdout, (text) => this.stdout += text),
      readAll(this.#child.stderr, (text) => this.stderr += text),
    ]);
  }

  /** Starts it, and waits until it listens. */
  static async start(options: ServeOptions): Promise<ServeProcess> {
    const process = ServeProcess.launch(options);
    try {
      await process.listens();
      return process;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw new Error(`serve did not start: ${process.stderr}`, { cause: error });
    }
  }

  /** Starts it, and waits for nothing. */
  static launch(options: ServeOptions): ServeProcess {
    return new ServeProcess({ ...options, env: { PROXY_PORT: "0", ...options.env } });
  }

  /** Waits until it listens. */
  async listens(): Promise<void> {
    let isOver = false;
    this.#child.status.then(() => isOver = true);
    await until("it listens", () => {
      if (isOver) throw new Error("it has ended");
      const port = /^Keyturn serves on http:\/\/[^ ]+:(\d+) for /m.exec(this.stdout)?.[1];
      if (port !== undefined) this.#port = Number(port);
      return port;
    });
  }

  /** Where it listens, without a final slash. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Of what was started: the service itself where the launcher makes way for it. */
  get pid(): number {
    return this.#child.pid;
  }

  /** How it ends, whenever that is. */
  get end(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** The local key of an agent, or of the operator. */
  async key(name: string): Promise<string> {
    const keys = await readKeys(`${this.#options.home}/.config/keyturn/keys.json`);
    const key = name === "operator" ? keys?.operator : keys?.agents.get(name);
    if (key === undefined) throw new Error(`there is no key for ${name}`);
    return key.reveal();
  }

  /** A chat completion as an agent asks for it. */
  async chat(prompt: string, options: { stream?: "stream" | "whole" } = {}): Promise<Response> {
    return await fetch(`${this.origin}/v1/chat/completions`, {
      method: "POST",
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: { authorization: `Bearer ${await this.key("hermes")}` },
      body: JSON.stringify({
        model: "m",
        messages: [{ role: "user", content: prompt }],
        stream: options.stream === "stream",
      }),
    });
  }

  /** `status --json`. */
  async status(): Promise<Status> {
    const headers = { authorization: `Bearer ${await this.key("operator")}` };
    const signal = AbortSignal.timeout(LIMIT_MS);
    const response = await fetch(`${this.origin}/keyturn/status`, { headers, signal });
    return await response.json();
  }

  /** Sends a signal to the process that was started; a terminal, to all that it runs. */
  kill(signal: Deno.Signal): void {
    if (this.#options.launcher === "terminal") Deno.kill(-this.#child.pid, signal);
    else this.#child.kill(signal);
  }

  /** How it ended. By then one that drains as long as it may has ended, too. */
  async ended(): Promise<Deno.CommandStatus> {
    const status = await within(this.#child.status, 15_000);
    if (status === "late") throw new Error(`serve did not end: ${this.stderr}`);
    await this.#reading;
    return status;
  }

  /** The lines of stderr, each of which is one JSON object. Throws if one is not. */
  events(): readonly (Readonly<Record<string, unknown>> & { readonly event: string })[] {
    return this.stderr.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended();
  }
}

/** The part of `status --json` that tests look at. */
export interface Status {
  readonly credential: {
    readonly state: string;
    readonly source: string;
    readonly generation: number | null;
    readonly tokenId: string | null;
    readonly secondsToExpiry: number | null;
    readonly failures: number;
    readonly lastFailure: string | null;
    readonly rotations: number;
    readonly spare: { readonly tokenId: string | null } | null;
    readonly agentFiles: readonly { readonly path: string; readonly result: string }[];
    readonly pendingRevocations: number;
  };
  readonly requests: {
    readonly requests: number;
    readonly rescues: number;
    readonly upstreamFailures: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly agents: Readonly<Record<string, { readonly requests: number }>>;
  };
  readonly workers: number;
  readonly metadataUrl: string;
}

/** Values of tokens that must never be printed: all that were ever sent to the workspace. */
export function secretsSeenBy(workspace: Workspace): ReadonlySet<string> {
  const bearers = workspace.requests().flatMap(({ headers }) =>
    headers.filter(([name]) => name === "authorization").map(([, value]) => value.slice(7))
  );
  return new Set(bearers);
}

function makeCommand(options: ServeOptions): Deno.Command {
  const { home, env, script, launcher = "command", task = "serve", auditFile } = options;
  const [program, args] = script === undefined
    ? auditFile === undefined ? findProgram(launcher, task) : audited(task, auditFile)
    : [Deno.execPath(), ["run", "-q", "-A", ...script]];
  return new Deno.Command(program, {
    args,
    cwd: ROOT,
    clearEnv: true,
    env: {
      PATH: `${dirname(Deno.execPath())}:/usr/bin:/bin`,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      ...(home === null ? {} : { HOME: home }),
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function findProgram(launcher: Launcher, name: string): [program: string, args: string[]] {
  const task = ["task", "-q", name];
  switch (launcher) {
    case "task":
      return [Deno.execPath(), task];
    case "terminal":
      // A group of processes of its own.
      return ["setsid", [Deno.execPath(), ...task]];
    case "command":
      // The shell makes way for the service, so that signals and kills reach it.
      return ["/bin/sh", ["-c", `exec ${readTask(name)}`]];
  }
}

/** The variables are for the service alone, not for what makes its flags. */
function audited(name: string, file: string): [program: string, args: string[]] {
  const audit = `DENO_TRACE_PERMISSIONS=1 DENO_AUDIT_PERMISSIONS='${file}'`;
  return ["/bin/sh", ["-c", `exec env ${audit} ${readTask(name)}`]];
}

function readTask(name: string): string {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  return tasks[name];
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}
