/**
 * Pi (https://github.com/badlogic/pi-mono/blob/main/packages/coding-agent/docs/models.md):
 * providers in `models.json`, and which of them it starts with in `settings.json`. Without that it
 * takes the first that finds a key in the environment.
 *
 * @module
 */

import { type ConfigValue, isRecord } from "../../formats/format.ts";
import { json } from "../../formats/json.ts";
import { jsonc } from "../../formats/jsonc.ts";
import type { Agent, Conflict, Current, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { isClaude, limitsOf, listModels } from "./catalog.ts";
import { ADDRESS_REASON, KEY_REASON, MODEL_REASON, setter } from "./changes.ts";
import { ownerOf } from "./endpoint.ts";
import { folderOf } from "./folder.ts";
import { chooseModel } from "./model_choice.ts";

const MODELS_FILE = "models";
const SETTINGS = "settings";
const AUTH = "auth";
const MODELS = [
  "databricks-claude-opus-4-8",
  "databricks-claude-opus-4-7",
  "databricks-claude-opus-4-6",
  "databricks-claude-sonnet-4-6",
] as const;
const set = setter(MODELS_FILE);

interface Wire {
  readonly id: string;
  readonly path: string;
  readonly api: string;
  /** What Databricks refuses, or does not need. */
  readonly compat: Readonly<Record<string, ConfigValue>>;
}

const CLAUDE: Wire = {
  id: "databricks-claude",
  // Pi appends `/v1/messages`.
  path: "/anthropic",
  api: "anthropic-messages",
  compat: { supportsEagerToolInputStreaming: false },
};

const CHAT: Wire = {
  id: "databricks",
  path: "/serving-endpoints",
  api: "openai-completions",
  compat: {
    supportsStore: false,
    supportsDeveloperRole: false,
    supportsReasoningEffort: false,
    supportsStrictMode: false,
    maxTokensField: "max_tokens",
  },
};

/** Pi: a provider for Claude in its own dialect, and one for all others. */
export const pi: Agent = {
  name: "pi",
  title: "Pi",
  environment: ["PI_CODING_AGENT_DIR"],
  files: (home, env) => {
    const variable = "PI_CODING_AGENT_DIR";
    const folder = folderOf({ env, variable, otherwise: `${home}/.pi/agent` });
    const made = { emptyText: "{}\n", format: jsonc, use: "own" } as const;
    return [
      { id: MODELS_FILE, path: `${folder}/models.json`, ...made },
      { id: SETTINGS, path: `${folder}/settings.json`, ...made },
      { id: AUTH, path: `${folder}/auth.json`, format: json, emptyText: "{}\n", use: "look" },
    ];
  },
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const providers = sectionOf(sectionOf(current[MODELS_FILE]).providers);
  const choice = defaultsOf(sectionOf(current[SETTINGS]), wanted);
  const wires = [CLAUDE, CHAT];
  return {
    values: [
      ...wires.flatMap((wire) =>
        providerValues(sectionOf(providers[wire.id]), { wire, wanted, model: choice.model })
      ),
      ...choice.values,
    ],
    conflicts: [
      ...wires.flatMap((wire) => elsewhere(sectionOf(providers[wire.id]), { wire, wanted })),
      ...loginConflicts(sectionOf(current[AUTH])),
      ...choice.conflicts,
    ],
    notes: [],
    facts: [["endpoint", `${wanted.proxyOrigin}${CLAUDE.path}`], ["model", choice.shown]],
    start: choice.start,
  };
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}

function wireOf(model: string): Wire {
  return isClaude(model) ? CLAUDE : CHAT;
}

interface ProviderOptions {
  readonly wire: Wire;
  readonly wanted: Wanted;
  /** The model that Pi starts with. */
  readonly model: string;
}

function providerValues(
  provider: Section,
  { wire, wanted, model }: ProviderOptions,
): readonly OwnedChange[] {
  const path = ["providers", wire.id];
  const missing = (name: string, value: ConfigValue, reason: string) =>
    provider[name] === undefined ? [set([...path, name], value, reason)] : [];
  return [
    set([...path, "baseUrl"], `${wanted.proxyOrigin}${wire.path}`, ADDRESS_REASON),
    set([...path, "api"], wire.api, "the dialect of this address"),
    set([...path, "apiKey"], wanted.key, KEY_REASON),
    ...missing("compat", wire.compat, "what Databricks does not accept"),
    ...modelValues(provider.models, { wire, wanted, model }),
  ];
}

/** All models where none are listed; else the one that is asked for, if it is missing. */
function modelValues(
  models: unknown,
  { wire, wanted: { served }, model }: ProviderOptions,
): readonly OwnedChange[] {
  const path = ["providers", wire.id, "models"];
  const isOurs = (name: string) => wireOf(name) === wire;
  if (!Array.isArray(models)) {
    const names = listModels(served, { first: model }).filter(isOurs);
    const reason = served === null ? "the usual models" : "the models that the workspace serves";
    return [set(path, names.map(entryOf), reason)];
  }
  const isThere = models.some((entry) => isRecord(entry) && entry.id === model);
  if (isThere || !isOurs(model)) return [];
  return [set([...path, models.length], entryOf(model), MODEL_REASON)];
}

function entryOf(id: string): ConfigValue {
  const { context, output } = limitsOf(id);
  return { id, contextWindow: context, maxTokens: output };
}

interface PiChoice extends Pick<Ownership, "values" | "conflicts" | "start"> {
  /** Name of the workspace's model. */
  readonly model: string;
  /** The model that Pi starts with. */
  readonly shown: string;
}

function defaultsOf(settings: Section, wanted: Wanted): PiChoice {
  const { defaultProvider: provider, defaultModel: current } = settings;
  const isOurs = provider === CLAUDE.id || provider === CHAT.id;
  const model = chooseModel({
    set: wanted.model,
    served: wanted.served,
    current: isOurs ? current : null,
    preferred: MODELS,
  });
  const setting = setter(SETTINGS);
  const chosen = [
    setting(["defaultProvider"], wireOf(model).id, "Pi starts with it"),
    setting(["defaultModel"], model, MODEL_REASON),
  ];
  const nothing = provider === undefined && current === undefined;
  if (isOurs || nothing) {
    return { model, shown: model, values: chosen, conflicts: [], start: "pi" };
  }
  const flags = `--provider ${wireOf(model).id} --model ${model}`;
  const conflict: Conflict = {
    where: provider === undefined ? "defaultModel" : "defaultProvider",
    what: `is ${JSON.stringify(provider ?? current)}, your own choice; Keyturn stands beside it`,
    fix: `start Pi with ${flags}, or run setup with --take-over`,
    weight: "warns",
    takeOver: chosen,
  };
  const isTaken = wanted.manners === "take-over";
  const shown = isTaken ? model : String(current ?? provider);
  return {
    model,
    shown,
    values: [],
    conflicts: [conflict],
    start: isTaken ? "pi" : `pi ${flags}`,
  };
}

function elsewhere(
  { baseUrl: address, apiKey: key }: Section,
  { wire, wanted }: Pick<ProviderOptions, "wire" | "wanted">,
): readonly Conflict[] {
  if (typeof address !== "string" || ownerOf({ address, key }, wanted) !== "person") return [];
  const path = ["providers", wire.id, "baseUrl"];
  return [{
    where: path.join("."),
    what: `leads to ${URL.parse(address)?.origin ?? "another address"}`,
    fix: "give that provider another name, or run setup with --take-over",
    weight: "blocks",
    takeOver: [set(path, `${wanted.proxyOrigin}${wire.path}`, ADDRESS_REASON)],
  }];
}

/** A key in `auth.json` wins over the one in `models.json`. */
function loginConflicts(auth: Section): readonly Conflict[] {
  return [CLAUDE.id, CHAT.id].filter((id) => auth[id] !== undefined).map((id) => ({
    where: `auth.json, ${id}`,
    what: "wins over the key in models.json",
    fix: "remove it with /logout in Pi",
    weight: "overrules",
    takeOver: [],
  }));
}
