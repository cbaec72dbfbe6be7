/**
 * Hermes Agent (https://github.com/NousResearch/hermes-agent): `config.yaml` in `HERMES_HOME`.
 *
 * @module
 */

import { FormatError, isRecord, type ValuePath } from "../../formats/format.ts";
import { yaml } from "../../formats/yaml.ts";
import type { Agent, Conflict, Current, Env, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { endpointOf } from "./endpoint.ts";
import { folderOf } from "./folder.ts";
import { ADDRESS_REASON, KEY_REASON, MODEL_REASON, setter, shadowing } from "./changes.ts";
import { chooseModel, isWorkspaceModel } from "./model_choice.ts";

const MODELS = ["databricks-claude-opus-4-7", "databricks-claude-opus-4-6"] as const;
const FALLBACK_MODELS = ["databricks-claude-opus-4-6", "databricks-claude-sonnet-4-5"] as const;
const CONFIG = "config";

/** Hermes: the section `model`, and one entry of `fallback_providers`. */
export const hermes: Agent = {
  name: "hermes",
  title: "Hermes",
  environment: ["HERMES_HOME", "CUSTOM_BASE_URL"],
  files: (home, env) => [{
    id: CONFIG,
    path: `${folderOf({ env, variable: "HERMES_HOME", otherwise: `${home}/.hermes` })}/config.yaml`,
    format: yaml,
    emptyText: "# Hermes Agent config, made by keyturn setup:hermes\n",
    use: "own",
  }],
  own,
};

/** What of one section is ours. */
type Part = Omit<Ownership, "start">;

function own(current: Current, wanted: Wanted): Ownership {
  const config = isRecord(current[CONFIG]) ? current[CONFIG] : {};
  const model = ownModel(config.model, wanted);
  const fallback = ownFallback(config, wanted);
  return {
    values: [...model.values, ...fallback.values],
    conflicts: [...model.conflicts, ...environmentConflicts(wanted.env)],
    notes: [...model.notes, ...fallback.notes],
    facts: [...model.facts, ...fallback.facts],
    start: "hermes",
  };
}

function ownModel(section: unknown, wanted: Wanted): Part {
  if (typeof section === "string") {
    // Hermes also reads "model: <name>", which has no place for an endpoint.
    throw new FormatError(
      `"model" is ${JSON.stringify(section)}; write it as a mapping instead, ` +
        `"model:" with "default: ${section}" indented below it, and run setup again`,
    );
  }
  const before = isRecord(section) ? section : {};
  const { model: set, served } = wanted;
  const name = chooseModel({ set, served, current: before.default, preferred: MODELS });
  const values = endpointValues(["model"], { nameKey: "default", name, wanted });
  const conflicts = providerConflicts(before, { values, wanted });
  return {
    values: conflicts.length === 0 ? values : [],
    conflicts,
    notes: apiModeNotes(before),
    facts: [["endpoint", baseUrl(wanted)], ["model", name]],
  };
}

function providerConflicts(
  section: Section,
  { values, wanted }: { readonly values: readonly OwnedChange[]; readonly wanted: Wanted },
): readonly Conflict[] {
  const choice = ownChoice(section, wanted);
  if (choice === null) return [];
  return [{
    where: choice.where,
    what: `is ${choice.what}, your own choice, and Hermes has one provider at a time`,
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver: values,
  }];
}

/** What the person had chosen, `null` if it was nothing, us, or the workspace itself. */
function ownChoice(
  section: Section,
  wanted: Wanted,
): { readonly where: string; readonly what: string } | null {
  if (isOurs(section, wanted)) return null;
  const { provider, base_url: address, default: model } = section;
  if (typeof provider === "string" && !["custom", "auto", ""].includes(provider)) {
    return { where: "model.provider", what: JSON.stringify(provider) };
  }
  if (typeof address === "string" && address !== "") {
    // The origin alone: a path or a query can hold a key.
    return { where: "model.base_url", what: URL.parse(address)?.origin ?? "another address" };
  }
  if (typeof model !== "string" || model === "" || isWorkspaceModel(model, wanted.served)) {
    return null;
  }
  return { where: "model.default", what: JSON.stringify(model) };
}

function ownFallback(config: Section, wanted: Wanted): Part {
  const list = config.fallback_providers ?? [];
  if (!Array.isArray(list)) return leftAlone('"fallback_providers" is not a list');
  const index = list.findIndex((entry) => isRecord(entry) && isOurs(entry, wanted));
  if (index === -1 && list.length > 0) {
    return leftAlone('"fallback_providers" lists providers of yours');
  }
  if (index === -1 && (config.fallback_model ?? null) !== null) {
    return leftAlone('"fallback_model", the older form of "fallback_providers", is set');
  }
  const path = ["fallback_providers", Math.max(index, 0)];
  const name = chooseModel({
    set: wanted.fallbackModel,
    served: wanted.served,
    current: index === -1 ? null : list[index].model,
    preferred: FALLBACK_MODELS,
  });
  return {
    values: [
      ...endpointValues(path, { nameKey: "model", name, wanted }),
      ...furtherValues(list, { after: index, wanted }),
    ],
    conflicts: [],
    notes: [],
    facts: [["fallback", name]],
  };
}

/** Entries of ours behind the first one keep their models; no token may stay in them. */
function furtherValues(
  list: readonly unknown[],
  { after, wanted }: { readonly after: number; readonly wanted: Wanted },
): readonly OwnedChange[] {
  const set = setter(CONFIG);
  return Array.from(list.entries()).flatMap(([index, entry]) => {
    if (index <= after || !isRecord(entry) || !isOurs(entry, wanted)) return [];
    const path = ["fallback_providers", index];
    return [
      set([...path, "base_url"], baseUrl(wanted), ADDRESS_REASON),
      set([...path, "api_key"], wanted.key, KEY_REASON),
    ];
  });
}

function leftAlone(why: string): Part {
  return {
    values: [],
    conflicts: [],
    notes: [`${why}; it was left as it is, and no fallback of Keyturn was added`],
    facts: [["fallback", "yours, left as it is"]],
  };
}

interface EndpointNames {
  /** The key under which Hermes reads the model's name here. */
  readonly nameKey: string;
  /** The model's name. */
  readonly name: string;
  /** Address and key. */
  readonly wanted: Wanted;
}

function endpointValues(
  path: ValuePath,
  { nameKey, name, wanted }: EndpointNames,
): readonly OwnedChange[] {
  const set = setter(CONFIG);
  return [
    set([...path, "provider"], "custom", "an endpoint with its own address"),
    set([...path, nameKey], name, MODEL_REASON),
    set([...path, "base_url"], baseUrl(wanted), ADDRESS_REASON),
    set([...path, "api_key"], wanted.key, KEY_REASON),
  ];
}

/** Hermes appends `/chat/completions`, and asks `/models` below it for the limits of a model. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/v1`;
}

type Section = Readonly<Record<string, unknown>>;

/** Whether Keyturn, or the setup before it, wrote this section. */
function isOurs(section: Section, wanted: Wanted): boolean {
  const { provider = "custom", base_url: address, api_key: key } = section;
  if (provider !== "custom") return false;
  if (typeof key === "string" && key.startsWith("kt_hermes_")) return true;
  return typeof address === "string" && endpointOf(address, wanted) !== "other";
}

function apiModeNotes(section: Section): readonly string[] {
  const { api_mode: mode } = section;
  if (typeof mode !== "string" || mode === "chat_completions") return [];
  return [
    `model.api_mode is ${JSON.stringify(mode)} and was left as it is; ` +
    'what Keyturn serves at this address is "chat_completions"',
  ];
}

function environmentConflicts(env: Env): readonly Conflict[] {
  return shadowing(env, "overrules", { CUSTOM_BASE_URL: "wins over model.base_url in Hermes" });
}
