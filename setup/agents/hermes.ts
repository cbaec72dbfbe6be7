/**
 * Hermes Agent (https://github.com/NousResearch/hermes-agent): `config.yaml` in `HERMES_HOME`.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import { ConfigError } from "../../support/errors.ts";
import { Secret } from "../../workspace/credential.ts";
import { FormatError, isRecord, type ValuePath } from "../../formats/format.ts";
import { yaml } from "../../formats/yaml.ts";
import type { Agent, Env, OwnedValue, Ownership, Wanted } from "./agent.ts";
import { endpointOf } from "./endpoint.ts";

const MODEL = "databricks-claude-opus-4-7";
const FALLBACK_MODEL = "databricks-claude-opus-4-6";

/** Hermes: the section `model`, and one entry of `fallback_providers`. */
export const hermes: Agent = {
  name: "hermes",
  title: "Hermes",
  command: "hermes",
  environment: ["HERMES_HOME", "CUSTOM_BASE_URL"],
  format: yaml,
  emptyConfig: "# Hermes Agent config, made by keyturn setup:hermes\n",
  configPath,
  own,
};

function configPath(home: string, env: Env): string {
  const folder = env.HERMES_HOME ?? "";
  if (folder === "") return `${home}/.hermes/config.yaml`;
  if (isAbsolute(folder)) return `${folder.replace(/\/+$/, "")}/config.yaml`;
  const message = `is ${JSON.stringify(folder)}; wanted an absolute path, or none for ~/.hermes`;
  throw new ConfigError([{ name: "HERMES_HOME", message }]);
}

function own(current: unknown, wanted: Wanted): Ownership {
  const config = isRecord(current) ? current : {};
  const model = ownModel(config.model, wanted);
  const fallback = ownFallback(config, wanted);
  return {
    values: [...model.values, ...fallback.values],
    notes: [...model.notes, ...fallback.notes, ...environmentNotes(wanted.env)],
    facts: [...model.facts, ...fallback.facts],
  };
}

function ownModel(section: unknown, wanted: Wanted): Ownership {
  if (typeof section === "string") {
    // Hermes also reads "model: <name>", which has no place for an endpoint.
    throw new FormatError(
      `"model" is ${JSON.stringify(section)}; write it as a mapping instead, ` +
        `"model:" with "default: ${section}" indented below it, and run setup again`,
    );
  }
  const name = wanted.model ?? MODEL;
  const values = endpointValues(["model"], { nameKey: "default", name, wanted });
  const { before, notes } = isRecord(section)
    ? { before: earlierProvider(section, wanted), notes: apiModeNotes(section) }
    : { before: null, notes: [] };
  return {
    values: before === null ? values : values.map((value) => replacing(value, before)),
    notes,
    facts: [["endpoint", baseUrl(wanted)], ["model", name]],
  };
}

function replacing(value: OwnedValue, before: string): OwnedValue {
  // Of the other provider's key no copy is kept, and the plan says so.
  if (value.value instanceof Secret) return value;
  return { ...value, reason: `${value.reason}; your provider ${before} is back with --undo` };
}

/** What the person had chosen, `null` if it was nothing, us, or the workspace itself. */
function earlierProvider(section: Section, wanted: Wanted): string | null {
  if (isOurs(section, wanted)) return null;
  const { provider, base_url: address } = section;
  if (typeof provider === "string" && provider !== "custom") return JSON.stringify(provider);
  if (typeof address !== "string" || address === "") return null;
  // The origin alone: a path or a query can hold a key.
  return `at ${URL.parse(address)?.origin ?? "another address"}`;
}

function ownFallback(config: Section, wanted: Wanted): Ownership {
  const name = wanted.fallbackModel ?? FALLBACK_MODEL;
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
  return {
    values: endpointValues(path, { nameKey: "model", name, wanted }),
    notes: [],
    facts: [["fallback", name]],
  };
}

function leftAlone(why: string): Ownership {
  return {
    values: [],
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
): readonly OwnedValue[] {
  return [
    { path: [...path, "provider"], value: "custom", reason: "an endpoint with its own address" },
    { path: [...path, nameKey], value: name, reason: "the model to ask for" },
    {
      path: [...path, "base_url"],
      value: baseUrl(wanted),
      reason: "requests go through Keyturn",
    },
    {
      path: [...path, "api_key"],
      value: wanted.key,
      reason: "a key of this machine; Keyturn puts the workspace's token in its place",
    },
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

function environmentNotes(env: Env): readonly string[] {
  if (!env.CUSTOM_BASE_URL) return [];
  return ["CUSTOM_BASE_URL is set and wins over model.base_url in Hermes; unset it"];
}
