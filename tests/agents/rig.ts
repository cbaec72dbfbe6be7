/**
 * What a test of an agent stands on: a simulated workspace, the service in front of it, and a
 * scratch folder in which everything is written.
 *
 * @module
 */

import { join } from "node:path";
import { startWorkspace, type Workspace } from "../../demo/workspace.ts";
import { type Service, startService } from "./service.ts";

/** A workspace with the service in front of it. */
export interface Rig extends AsyncDisposable {
  /** Listens on a port of its own. */
  readonly workspace: Workspace;
  /** Serves a token that it has minted. */
  readonly service: Service;
  /** A new, empty home for an agent: its folder, and the environment that leads there. */
  makeHome(name: string): Promise<AgentHome>;
}

/** Where an agent lives. */
export interface AgentHome {
  /** Its `HOME`. */
  readonly folder: string;
  /** The folder that it works in. */
  readonly work: string;
  /** Its environment; nothing of it is from the machine's user but `PATH`. */
  readonly env: Readonly<Record<string, string>>;
}

const HOUR_MS = 3_600_000;

/** Starts workspace and service; disposing of it ends both and removes what was written. */
export async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const scratch = await Deno.makeTempDir({ prefix: "keyturn_agents_" });
  stack.defer(() => Deno.remove(scratch, { recursive: true }));
  const workspace = stack.use(startWorkspace());
  // A token that ends within a day was pasted for this, so the service may revoke it.
  const { value } = workspace.issue({ lifetimeMs: HOUR_MS });
  const home = join(scratch, "service");
  await Deno.mkdir(home);
  const profile = `[DEFAULT]\nhost = ${workspace.origin}\ntoken = ${value}\n`;
  await Deno.writeTextFile(join(home, ".databrickscfg"), profile, { mode: 0o600 });
  const service = stack.use(await startService(home));
  const parts = stack.move();
  return {
    workspace,
    service,
    makeHome: (name) => makeHome(join(scratch, name)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function makeHome(folder: string): Promise<AgentHome> {
  const work = join(folder, "work");
  const tmp = join(folder, "tmp");
  for (const path of [folder, work, tmp]) await Deno.mkdir(path);
  return {
    folder,
    work,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, ".config"),
      XDG_CACHE_HOME: join(folder, ".cache"),
      XDG_DATA_HOME: join(folder, ".local/share"),
      XDG_STATE_HOME: join(folder, ".local/state"),
      TMPDIR: tmp,
      TERM: "dumb",
      LANG: "C.UTF-8",
    },
  };
}
