/**
 * A home in which `serve` runs and `deno task setup` has configured agents, and nothing else: what
 * a person has after the README's commands.
 *
 * @module
 */

import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import type { Script } from "../../demo/script.ts";
import { type RequestRecord, startWorkspace, type Workspace } from "../../demo/workspace.ts";
import type { AgentName } from "../../settings.ts";
import { type Keys, readKeys } from "../../support/keys_file.ts";
import { type FileTree, writeTree } from "../support/file_tree.ts";
import { runTask } from "../support/run_task.ts";
import { makeHome, ServeProcess } from "../support/serve_process.ts";
import { until } from "../support/until.ts";

/** How the stage is set. */
export interface HomeStageOptions {
  /** The agents that are set up, or all. */
  readonly agents: readonly AgentName[] | "all";
  /** Folders that come before all others in the `PATH` of agents. */
  readonly path: readonly string[];
  /** Further environment of `serve`. */
  readonly serve?: Readonly<Record<string, string>>;
  /** What is in the home before anything is set up. */
  readonly files?: (home: BareHome) => FileTree;
}

/** A home before anything is set up. */
export interface BareHome {
  /** Its `HOME`. */
  readonly home: string;
  /** The folder that agents will work in. */
  readonly work: string;
  /** Origin of the workspace. */
  readonly host: string;
  /** The token in the profile. */
  readonly token: string;
}

/** Where agents live. */
export interface HomeStage extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly serve: ServeProcess;
  /** Its `HOME`. */
  readonly home: string;
  /** The folder that agents work in. */
  readonly work: string;
  /** The environment of a person in this home; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** What setup told. */
  readonly setup: string;
  /** The local keys. */
  readonly keys: Keys;
  /** What the models say from now on. */
  follow(script: Script): void;
  /** Runs `setup` again. */
  setUp(agents: HomeStageOptions["agents"]): Promise<void>;
  /** Requests to models so far. */
  modelRequests(): readonly RequestRecord[];
  /** Rotates as an operator, and waits until the old token is worth nothing. */
  rotate(): Promise<void>;
}

/** Sets it. */
export async function openHomeStage(options: HomeStageOptions): Promise<HomeStage> {
  await using stack = new AsyncDisposableStack();
  let script: Script = () => null;
  const workspace = stack.use(startWorkspace({ script: (said) => script(said) }));
  const { folder: home, given } = stack.use(await makeHome(workspace));
  const work = join(home, "work");
  await Deno.mkdir(work);
  await writeTree(
    home,
    options.files?.({ home, work, host: workspace.origin, token: given.value }) ?? {},
  );
  // At this level each request is a line of its log.
  const env = { LOG_LEVEL: "debug", ...options.serve };
  const serve = stack.use(await ServeProcess.start({ home, env }));
  await until("the given token is replaced", () => workspace.stats().revoked > 0);
  const setup = await setUp(options.agents, { home, serve });
  const keys = await readKeys(join(home, ".config/keyturn/keys.json"));
  assert(keys !== null);
  const parts = stack.move();
  return {
    workspace,
    serve,
    home,
    work,
    env: {
      HOME: home,
      PATH: [...options.path, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
      LANG: "C.UTF-8",
      NO_COLOR: "1",
    },
    setup,
    keys,
    follow: (next) => script = next,
    setUp: async (agents) => {
      await setUp(agents, { home, serve });
    },
    modelRequests: () => workspace.requests().filter(({ path }) => !path.startsWith("/api/")),
    rotate: () => rotate({ workspace, serve, keys }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function setUp(
  agents: HomeStageOptions["agents"],
  { home, serve }: Pick<HomeStage, "home" | "serve">,
): Promise<string> {
  const names = agents === "all" ? ["--all"] : agents;
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const { code, stdout, stderr } = await runTask(["setup", "--", ...names], { home, env });
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

async function rotate(
  { workspace, serve, keys }: Pick<HomeStage, "workspace" | "serve" | "keys">,
): Promise<void> {
  const headers = { authorization: `Bearer ${keys.operator.reveal()}` };
  const answer = await fetch(`${serve.origin}/keyturn/rotate`, { method: "POST", headers });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const { oldId } = JSON.parse(text);
  await until(
    "the old token is revoked",
    () => workspace.tokens().find(({ id }) => id === oldId)?.state === "revoked",
  );
}
