/**
 * Codex CLI (https://github.com/openai/codex/blob/main/docs/config.md): a provider of its own in
 * `config.toml`. The key stands in the provider: the terminal's background program keeps the
 * environment that it was started with, so a key from there can be an old one.
 *
 * @module
 */

import { dotenv } from "../../formats/dotenv.ts";
import { isRecord } from "../../formats/format.ts";
import { toml } from "../../formats/toml.ts";
import type { Agent, Conflict, Current, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { ADDRESS_REASON, KEY_REASON, remover, setter } from "./changes.ts";
import { isWorkspaceToken, ownerOf } from "./endpoint.ts";
import { folderOf } from "./folder.ts";
import { isWorkspaceModel, planModel } from "./model_choice.ts";

const CONFIG = "config";
const ENV = "env";
const PROVIDER = "databricks";
const MODELS = [
  "databricks-gpt-5-5",
  "databricks-gpt-5-3-codex",
  "databricks-gpt-5-2-codex",
  "databricks-gpt-5",
] as const;
const set = setter(CONFIG);
const remove = remover(CONFIG);

/** Codex: the provider `databricks`, chosen unless the person has chosen another. */
export const codex: Agent = {
  name: "codex",
  title: "Codex",
  environment: ["CODEX_HOME"],
  files: (home, env) => {
    const folder = folderOf({ env, variable: "CODEX_HOME", otherwise: `${home}/.codex` });
    const made = {
      emptyText: "# Codex config, made by keyturn setup:codex\n",
      use: "own",
    } as const;
    return [
      { id: CONFIG, path: `${folder}/config.toml`, format: toml, ...made },
      { id: ENV, path: `${folder}/.env`, format: dotenv, emptyText: "", use: "own" },
    ];
  },
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const config = sectionOf(current[CONFIG]);
  const provider = sectionOf(sectionOf(config.model_providers)[PROVIDER]);
  const { base_url: address, experimental_bearer_token: key } = provider;
  const isElsewhere = ownerOf({ address, key }, wanted) === "person";
  const choice = ownChoice(config, wanted);
  const model = planModel({
    // With another provider it is a name of that one.
    current: config.model_provider === PROVIDER ? config.model : workspaceName(config, wanted),
    preferred: MODELS,
    set: wanted.model,
    where: "model",
    change: (name, reason) => set(["model"], name, reason),
  }, wanted);
  const isChosen = choice === null || wanted.manners === "take-over";
  const chosen = [...model.values, ...choosing(config)];
  return {
    values: [
      ...(choice === null ? chosen : []),
      ...providerValues(provider, wanted),
      ...formerToken(sectionOf(current[ENV])),
    ],
    conflicts: [
      ...(isElsewhere ? [elsewhere(String(address))] : []),
      ...(choice === null ? model.conflicts : [beside(choice, { chosen, model: model.name })]),
      ...commandConflicts(provider),
    ],
    notes: [],
    facts: [["endpoint", baseUrl(wanted)], ["model", model.name]],
    start: isChosen ? "codex" : `codex -c model_provider=${PROVIDER} -m ${model.name}`,
  };
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}

/** Codex appends `/responses`; Responses is all that it speaks. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/openai/v1`;
}

/** What the person has chosen that is not us, `null` if nothing. */
function ownChoice(
  config: Section,
  { served, model }: Wanted,
): { readonly where: string; readonly what: string } | null {
  const { model_provider: provider, model: name, profile } = config;
  if (typeof profile === "string") {
    const section = sectionOf(sectionOf(config.profiles)[profile]);
    if ((section.model_provider ?? PROVIDER) !== PROVIDER) {
      return { where: "profile", what: `${JSON.stringify(profile)}, which has its own provider` };
    }
  }
  if (typeof provider === "string" && provider !== PROVIDER) {
    return { where: "model_provider", what: JSON.stringify(provider) };
  }
  // Without a provider the model is one of OpenAI's.
  const isForeign = provider === undefined && model === null && typeof name === "string" &&
    !isWorkspaceModel(name, served);
  return isForeign ? { where: "model", what: JSON.stringify(name) } : null;
}

function workspaceName({ model }: Section, { served }: Wanted): string | undefined {
  return typeof model === "string" && isWorkspaceModel(model, served) ? model : undefined;
}

function choosing(config: Section): readonly OwnedChange[] {
  // Databricks refuses the tool; with another provider it is none of our business.
  const search = set(["web_search"], "disabled", "Databricks does not serve this tool");
  const { profile } = config;
  return [
    set(["model_provider"], PROVIDER, "the provider below"),
    ...(config.web_search === undefined ? [search] : []),
    ...(typeof profile === "string" ? profileChange(config, profile) : []),
  ];
}

function profileChange(config: Section, profile: string): readonly OwnedChange[] {
  const section = sectionOf(sectionOf(config.profiles)[profile]);
  if ((section.model_provider ?? PROVIDER) === PROVIDER) return [];
  return [remove(["profile"], "it chooses another provider")];
}

function providerValues(provider: Section, wanted: Wanted): readonly OwnedChange[] {
  const path = ["model_providers", PROVIDER];
  const name = set([...path, "name"], "Databricks through Keyturn", "its name in Codex");
  return [
    ...(provider.name === undefined ? [name] : []),
    set([...path, "base_url"], baseUrl(wanted), ADDRESS_REASON),
    set([...path, "wire_api"], "responses", "the one dialect that Codex speaks"),
    set([...path, "experimental_bearer_token"], wanted.key, KEY_REASON),
    remove([...path, "env_key"], "the key stands in the provider, where no environment is old"),
    ...(provider.requires_openai_auth === true
      ? [remove([...path, "requires_openai_auth"], "Keyturn takes no login of OpenAI's")]
      : []),
  ];
}

/** The earlier setup wrote the token there, for `env_key`. */
function formerToken(env: Section): readonly OwnedChange[] {
  if (!isWorkspaceToken(env.OPENAI_API_KEY)) return [];
  return [remover(ENV)(["OPENAI_API_KEY"], "a token of the workspace; Codex has a key of its own")];
}

function elsewhere(address: string): Conflict {
  return {
    where: `model_providers.${PROVIDER}.base_url`,
    what: `leads to ${URL.parse(address)?.origin ?? "another address"}`,
    fix: "give that provider another name, or run setup with --take-over",
    weight: "blocks",
    // What is set below it goes to this provider anyway.
    takeOver: [remove(["model_providers", PROVIDER, "env_key"], "the key stands in the provider")],
  };
}

function beside(
  { where, what }: { readonly where: string; readonly what: string },
  { chosen, model }: { readonly chosen: readonly OwnedChange[]; readonly model: string },
): Conflict {
  return {
    where,
    what: `is ${what}, your own choice; Keyturn stands beside it`,
    fix:
      `start Codex with -c model_provider=${PROVIDER} -m ${model}, or run setup with --take-over`,
    weight: "warns",
    takeOver: chosen,
  };
}

/** Codex refuses a provider that has both a command and a key. */
function commandConflicts(provider: Section): readonly Conflict[] {
  if (!isRecord(provider.auth)) return [];
  const path = ["model_providers", PROVIDER, "auth"];
  return [{
    where: path.join("."),
    what: "runs a program for a token, and Codex takes no key beside it",
    fix: "remove that table, or run setup with --take-over",
    weight: "blocks",
    takeOver: [remove(path, "Keyturn's key does not expire")],
  }];
}
