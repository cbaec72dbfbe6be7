/**
 * Claude Code (https://code.claude.com/docs/en/settings): `settings.json`, whose `env` it reads
 * again while it runs, and `.claude.json`, where it notes that it has been introduced.
 *
 * @module
 */

import { isRecord } from "../../formats/format.ts";
import { json } from "../../formats/json.ts";
import { jsonc } from "../../formats/jsonc.ts";
import type { Agent, Conflict, Current, Env, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { ADDRESS_REASON, KEY_REASON, remover, setter, shadowing } from "./changes.ts";
import { formerClaude } from "./claude_former.ts";
import { isWorkspaceToken, ownerOf } from "./endpoint.ts";
import { folderOf } from "./folder.ts";
import { isWorkspaceModel, planModel, type PlannedModel } from "./model_choice.ts";

const SETTINGS = "settings";
const STATE = "state";
const set = setter(SETTINGS);
const remove = remover(SETTINGS);

/** Each of them sends it to another cloud, whatever its address says. */
const CLOUDS = [
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_MANTLE",
  "CLAUDE_CODE_USE_VERTEX",
] as const;

/** Claude Code: address, key and models in the `env` of its settings. */
export const claude: Agent = {
  name: "claude",
  title: "Claude Code",
  environment: ["CLAUDE_CONFIG_DIR", "ANTHROPIC_API_KEY", ...CLOUDS],
  files: (home, env) => {
    const folder = folderOf({ env, variable: "CLAUDE_CONFIG_DIR", otherwise: `${home}/.claude` });
    // Its own place is beside the folder; where the folder is named, in it, whatever the name.
    const state = (env.CLAUDE_CONFIG_DIR ?? "").trim() === "" ? home : folder;
    const made = { emptyText: "{}\n", use: "own" } as const;
    return [
      { id: SETTINGS, path: `${folder}/settings.json`, format: jsonc, ...made },
      { id: STATE, path: `${state}/.claude.json`, format: json, ...made },
    ];
  },
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const settings = isRecord(current[SETTINGS]) ? current[SETTINGS] : {};
  const env = isRecord(settings.env) ? settings.env : {};
  const endpoint = endpointValues(wanted);
  const owner = ownerOf({ address: env.ANTHROPIC_BASE_URL, key: env.ANTHROPIC_AUTH_TOKEN }, wanted);
  const models = MODELS.map(({ name, preferred, set }) =>
    keptModel(settings, { name, env, wanted }) ?? planModel({
      current: env[name],
      preferred,
      set: set === "setting" ? wanted.model : null,
      where: `env.${name}`,
      aliases: ALIASES,
      change: (value, reason) => setEnv(name, value, reason),
    }, wanted)
  );
  const former = formerClaude(settings, { set, remove });
  return {
    values: [
      ...(owner === "person" ? [] : endpoint),
      ...models.flatMap(({ values }) => values),
      ...switches(env),
      ...former,
      introduced(),
    ],
    conflicts: [
      ...(owner === "person" ? [elsewhere(env, endpoint)] : []),
      ...models.flatMap(({ conflicts }) => conflicts),
      ...keyConflicts(settings, env),
      ...cloudConflicts(env),
      ...environmentConflicts(wanted.env),
    ],
    notes: headerNotes(env),
    facts: factsOf(models, wanted),
    start: "claude",
  };
}

// Names that Claude Code resolves by the three variables of defaults.
const ALIASES = ["default", "best", "opus", "opusplan", "sonnet", "haiku", "sonnet[1m]"];

const MODELS = [
  {
    name: "ANTHROPIC_MODEL",
    set: "setting",
    preferred: ["databricks-claude-opus-4-7", "databricks-claude-opus-4-6"],
  },
  {
    name: "ANTHROPIC_DEFAULT_OPUS_MODEL",
    set: "nothing",
    preferred: ["databricks-claude-opus-4-7", "databricks-claude-opus-4-6"],
  },
  {
    name: "ANTHROPIC_DEFAULT_SONNET_MODEL",
    set: "nothing",
    preferred: ["databricks-claude-sonnet-4-6", "databricks-claude-sonnet-4-5"],
  },
  {
    name: "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    set: "nothing",
    preferred: ["databricks-claude-haiku-4-5"],
  },
] as const;

function setEnv(name: string, value: string, reason: string): OwnedChange {
  return set(["env", name], value, reason);
}

/** `model` in the settings is the person's choice, which `ANTHROPIC_MODEL` would win over. */
function keptModel(
  { model }: Section,
  { name, env, wanted }: { readonly name: string; readonly env: Section; readonly wanted: Wanted },
): PlannedModel | null {
  if (name !== "ANTHROPIC_MODEL" || wanted.model !== null || env[name] !== undefined) return null;
  if (typeof model !== "string") return null;
  const isUsable = ALIASES.includes(model) || isWorkspaceModel(model, wanted.served);
  return isUsable ? { name: model, values: [], conflicts: [] } : null;
}

/** Claude Code appends `/v1/messages`. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/anthropic`;
}

function endpointValues(wanted: Wanted): readonly OwnedChange[] {
  return [
    setEnv("ANTHROPIC_BASE_URL", baseUrl(wanted), ADDRESS_REASON),
    set(["env", "ANTHROPIC_AUTH_TOKEN"], wanted.key, KEY_REASON),
  ];
}

function switches(env: Section): readonly OwnedChange[] {
  const missing = ([name]: readonly [string, string, string]) => env[name] === undefined;
  return ([
    ["ANTHROPIC_CUSTOM_HEADERS", CODING_AGENT, "Databricks knows coding agents by it"],
    [
      "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
      "1",
      "Databricks refuses fields of Anthropic's experiments",
    ],
  ] as const).filter(missing).map(([name, value, reason]) => setEnv(name, value, reason));
}

const CODING_AGENT = "x-databricks-use-coding-agent-mode: true";

function headerNotes({ ANTHROPIC_CUSTOM_HEADERS: headers }: Section): readonly string[] {
  if (typeof headers !== "string" || headers.includes(CODING_AGENT)) return [];
  return [
    `env.ANTHROPIC_CUSTOM_HEADERS has headers of yours and was left as it is; ` +
    `"${CODING_AGENT}" on a line of its own is what Databricks knows coding agents by`,
  ];
}

/** Without it Claude Code begins with a login, whatever its settings say. */
function introduced(): OwnedChange {
  const path = ["hasCompletedOnboarding"];
  const reason = "Claude Code does not ask for a login";
  return { file: STATE, path, to: "value", value: true, reason };
}

function elsewhere(env: Section, endpoint: readonly OwnedChange[]): Conflict {
  const { ANTHROPIC_BASE_URL: address } = env;
  const isAddress = typeof address === "string" && address !== "";
  return {
    where: isAddress ? "env.ANTHROPIC_BASE_URL" : "env.ANTHROPIC_AUTH_TOKEN",
    what: isAddress
      ? `leads to ${URL.parse(address)?.origin ?? "another address"}`
      : "is a token of yours for another service",
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver: endpoint,
  };
}

/** The token of ours wins over both, yet Claude Code asks about them, and sends the key along. */
function keyConflicts(settings: Section, env: Section): readonly Conflict[] {
  const conflicts: Conflict[] = [];
  const { ANTHROPIC_API_KEY: key } = env;
  if (typeof key === "string" && key !== "" && !isWorkspaceToken(key)) {
    conflicts.push({
      where: "env.ANTHROPIC_API_KEY",
      what: "stands beside ANTHROPIC_AUTH_TOKEN, and Claude Code sends it along",
      fix: "remove it, or let --take-over do that",
      weight: "warns",
      takeOver: [remove(["env", "ANTHROPIC_API_KEY"], "Keyturn needs no key of Anthropic's")],
    });
  }
  const { apiKeyHelper: helper } = settings;
  if (typeof helper === "string" && helper !== "" && !/anthropic-token-helper\.py/.test(helper)) {
    conflicts.push({
      where: "apiKeyHelper",
      what: "runs a program for a key that Keyturn does not know",
      fix: "remove it, or let --take-over do that",
      weight: "warns",
      takeOver: [remove(["apiKeyHelper"], "Keyturn's key does not expire")],
    });
  }
  return conflicts;
}

function cloudConflicts(env: Section): readonly Conflict[] {
  return CLOUDS.filter((name) => isOn(env[name])).map((name) => ({
    where: `env.${name}`,
    what: "sends Claude Code to another cloud, whatever its address says",
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver: [remove(["env", name], "requests go through Keyturn")],
  }));
}

function isOn(flag: unknown): boolean {
  return ![undefined, "", "0", "false"].includes(flag as string | undefined);
}

function environmentConflicts(env: Env): readonly Conflict[] {
  const clouds = CLOUDS.filter((name) => isOn(env[name]));
  const does = clouds.map((name) => [name, "sends Claude Code to another cloud"]);
  return [
    ...shadowing(env, "overrules", Object.fromEntries(does)),
    ...shadowing(env, "warns", {
      ANTHROPIC_API_KEY: "Claude Code sends it along with Keyturn's key, and asks about it",
    }),
  ];
}

function factsOf(models: readonly PlannedModel[], wanted: Wanted): Ownership["facts"] {
  const [main, , , small] = models;
  return [
    ["endpoint", baseUrl(wanted)],
    ["model", main?.name ?? ""],
    ["small", small?.name ?? ""],
  ];
}
