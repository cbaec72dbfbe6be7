/**
 * GitHub Copilot CLI with a provider of one's own
 * (https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/use-byok-models), which
 * it takes from the environment alone: setup writes a file of ours that a shell reads.
 *
 * @module
 */

import { dotenv } from "../../formats/dotenv.ts";
import { isRecord } from "../../formats/format.ts";
import type { Agent, Conflict, Current, Env, Ownership, Wanted } from "./agent.ts";
import { ADDRESS_REASON, KEY_REASON, setter, shadowing } from "./changes.ts";
import { xdgFolderOf } from "./folder.ts";
import { planModel } from "./model_choice.ts";

const ENV = "env";
const MODELS = ["databricks-claude-sonnet-4-6", "databricks-claude-sonnet-4-5"] as const;
const set = setter(ENV);

/** Copilot CLI: `agents/copilot.env` in Keyturn's own folder. */
export const copilot: Agent = {
  name: "copilot",
  title: "GitHub Copilot CLI",
  environment: ["COPILOT_PROVIDER_TRANSPORT"],
  files: (home, env) => [{
    id: ENV,
    path: pathOf(home, env),
    format: dotenv,
    emptyText: "# The environment of GitHub Copilot CLI, made by keyturn setup:copilot\n",
    use: "own",
  }],
  own,
};

function pathOf(home: string, env: Env): string {
  const folder = xdgFolderOf({ env, variable: "XDG_CONFIG_HOME", otherwise: `${home}/.config` });
  return `${folder}/keyturn/agents/copilot.env`;
}

function own(current: Current, wanted: Wanted): Ownership {
  const env = isRecord(current[ENV]) ? current[ENV] : {};
  const model = planModel({
    current: env.COPILOT_MODEL,
    preferred: MODELS,
    set: wanted.model,
    where: "COPILOT_MODEL",
    change: (name, reason) => set(["COPILOT_MODEL"], name, reason),
  }, wanted);
  return {
    values: [
      set(["COPILOT_OFFLINE"], "true", "no login at GitHub is asked for"),
      set(["COPILOT_PROVIDER_TYPE"], "openai", "a provider of one's own"),
      set(["COPILOT_PROVIDER_WIRE_API"], "completions", "the dialect"),
      set(["COPILOT_PROVIDER_BASE_URL"], baseUrl(wanted), ADDRESS_REASON),
      set(["COPILOT_PROVIDER_BEARER_TOKEN"], wanted.key, KEY_REASON),
      ...model.values,
    ],
    conflicts: [
      ...model.conflicts,
      ...transportConflicts(wanted.env),
    ],
    notes: [],
    facts: [["endpoint", baseUrl(wanted)], ["model", model.name]],
    start: `(set -a; . ${quoted(pathOf(wanted.home, wanted.env))}; copilot)`,
  };
}

/** What else it takes from the environment, the sourced file sets, or a bearer token wins over. */
function transportConflicts(env: Env): readonly Conflict[] {
  if (env.COPILOT_PROVIDER_TRANSPORT !== "websockets") return [];
  return shadowing(env, "overrules", {
    COPILOT_PROVIDER_TRANSPORT: "asks for websockets, with which Copilot CLI does not start",
  });
}

/** Copilot appends `/chat/completions`. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/serving-endpoints`;
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
