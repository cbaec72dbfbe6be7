/**
 * OpenCode (https://opencode.ai/docs/config): providers in `opencode.json`, and the keys of those
 * that an earlier setup wrote in `auth.json`.
 *
 * @module
 */

import { type ConfigValue, isRecord } from "../../formats/format.ts";
import { json } from "../../formats/json.ts";
import { jsonc } from "../../formats/jsonc.ts";
import type { Agent, Conflict, Current, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { limitsOf, listModels } from "./catalog.ts";
import { ADDRESS_REASON, KEY_REASON, MODEL_REASON, remover, setter, shadowing } from "./changes.ts";
import { isWorkspaceToken, ownerOf } from "./endpoint.ts";
import { xdgFolderOf } from "./folder.ts";
import { authOf } from "./opencode_auth.ts";
import { chooseModel } from "./model_choice.ts";
import { ownLists } from "./opencode_lists.ts";
import { overlaid, overlayConflicts, overlayPlaces } from "./opencode_overlays.ts";

const CONFIG = "config";
const AUTH = "auth";
const PROVIDER = "databricks";
const MODELS = ["databricks-claude-sonnet-4-6", "databricks-claude-sonnet-4-5"] as const;
const SMALL = ["databricks-claude-haiku-4-5"] as const;
const set = setter(CONFIG);

/** Providers that setups before Keyturn wrote, and what each of them finds below our address. */
const FORMER: ReadonlyMap<string, string> = new Map([
  ["databricks-anthropic", "/anthropic/v1"],
  ["databricks-openai", "/openai/v1"],
  ["databricks-google", "/gemini/v1beta"],
  ["databricks-oss", "/serving-endpoints"],
]);

/** OpenCode: the provider `databricks`, and those of an earlier setup. */
export const opencode: Agent = {
  name: "opencode",
  title: "OpenCode",
  environment: [
    "XDG_DATA_HOME",
    "OPENCODE_CONFIG",
    "OPENCODE_CONFIG_CONTENT",
    "OPENCODE_CONFIG_DIR",
  ],
  files: (home, env) => {
    const config = xdgFolderOf({ env, variable: "XDG_CONFIG_HOME", otherwise: `${home}/.config` });
    const data = xdgFolderOf({ env, variable: "XDG_DATA_HOME", otherwise: `${home}/.local/share` });
    const made = { emptyText: "{}\n", format: jsonc } as const;
    return [
      { id: CONFIG, path: `${config}/opencode/opencode.json`, use: "own", ...made },
      ...overlayPlaces({ home, config: `${config}/opencode` }),
      {
        id: AUTH,
        path: `${data}/opencode/auth.json`,
        format: json,
        emptyText: "{}\n",
        use: "own",
      },
    ];
  },
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const config = sectionOf(current[CONFIG]);
  const merged = overlaid(config, current);
  const providers = sectionOf(config.provider);
  const choice = modelChoice(merged, wanted);
  const auth = authOf(sectionOf(current[AUTH]), {
    ids: [PROVIDER, ...FORMER.keys()],
    set: setter(AUTH),
    key: wanted.key,
  });
  const lists = ownLists(merged, { provider: PROVIDER, former: [...FORMER.keys()], set });
  const { address, conflict } = ownAddress(sectionOf(providers[PROVIDER]), wanted);
  return {
    values: [
      ...providerValues(sectionOf(providers[PROVIDER]), { wanted, model: choice.model }),
      ...formerValues(providers, wanted),
      ...lists.values,
      ...choice.values,
      ...auth.values,
    ],
    conflicts: [
      ...conflict,
      ...overlayConflicts(current, {
        provider: PROVIDER,
        baseURL: baseUrl(wanted),
        apiKey: wanted.key,
      }),
      ...lists.conflicts,
      ...choice.conflicts,
      ...auth.conflicts,
      ...shadowing(wanted.env, "warns", {
        OPENCODE_CONFIG: "makes OpenCode read another config on top",
        OPENCODE_CONFIG_DIR: "makes OpenCode read another folder of configs on top",
        OPENCODE_CONFIG_CONTENT: "is laid over every config of OpenCode's",
      }),
    ],
    notes: [],
    facts: [["endpoint", address], ["model", choice.shown]],
    start: choice.start,
  };
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}

/** The client appends `/chat/completions`. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/serving-endpoints`;
}

function providerValues(
  provider: Section,
  { wanted, model }: { readonly wanted: Wanted; readonly model: string },
): readonly OwnedChange[] {
  const path = ["provider", PROVIDER];
  const compatible = "@ai-sdk/openai-compatible";
  return [
    set([...path, "npm"], compatible, "the client for endpoints like OpenAI's"),
    ...(provider.name === undefined
      ? [set([...path, "name"], "Databricks", "its name in OpenCode")]
      : []),
    set([...path, "options", "baseURL"], baseUrl(wanted), ADDRESS_REASON),
    set([...path, "options", "apiKey"], wanted.key, KEY_REASON),
    ...bearerRemoval(PROVIDER, provider),
    ...modelValues(provider.models, { served: wanted.served, model }),
  ];
}

/** All models where none are listed; else the one that is asked for, if it is missing. */
function modelValues(
  models: unknown,
  { served, model }: { readonly served: readonly string[] | null; readonly model: string },
): readonly OwnedChange[] {
  const path = ["provider", PROVIDER, "models"];
  const reason = served === null ? "the usual models" : "the models that the workspace serves";
  const names = listModels(served, { first: model });
  if (models === undefined) {
    return [set(path, Object.fromEntries(names.map((name) => [name, entryOf(name)])), reason)];
  }
  const known = sectionOf(models);
  // Into a list that is there, so that what else stands between its braces stays.
  if (Object.keys(known).length === 0) {
    return names.map((name) => set([...path, name], entryOf(name), reason));
  }
  return known[model] === undefined ? [set([...path, model], entryOf(model), MODEL_REASON)] : [];
}

function entryOf(name: string): ConfigValue {
  return { name, limit: { ...limitsOf(name) } };
}

function formerValues(providers: Section, wanted: Wanted): readonly OwnedChange[] {
  return Array.from(FORMER).flatMap(([id, path]) => {
    const provider = sectionOf(providers[id]);
    const { baseURL: address, apiKey: key } = sectionOf(provider.options);
    if (ownerOf({ address, key }, wanted) !== "us") return [];
    const options = ["provider", id, "options"];
    return [
      set([...options, "baseURL"], `${wanted.proxyOrigin}${path}`, ADDRESS_REASON),
      set([...options, "apiKey"], wanted.key, KEY_REASON),
      ...bearerRemoval(id, provider),
    ];
  });
}

/** The clients send the key in a header of their own, and Keyturn reads all of them. */
function bearerRemoval(id: string, provider: Section): readonly OwnedChange[] {
  const { Authorization: header } = sectionOf(sectionOf(provider.options).headers);
  if (!isWorkspaceToken(header)) return [];
  const path = ["provider", id, "options", "headers", "Authorization"];
  return [remover(CONFIG)(path, "a token of the workspace; the key goes with the request anyway")];
}

function ownAddress(
  provider: Section,
  wanted: Wanted,
): { readonly address: string; readonly conflict: readonly Conflict[] } {
  const { baseURL: address, apiKey: key } = sectionOf(provider.options);
  const isOwn = ownerOf({ address, key }, wanted) === "person" && typeof address === "string";
  if (!isOwn) return { address: baseUrl(wanted), conflict: [] };
  const path = ["provider", PROVIDER, "options", "baseURL"];
  return {
    address: baseUrl(wanted),
    conflict: [{
      where: path.join("."),
      what: `leads to ${URL.parse(address)?.origin ?? "another address"}`,
      fix: "give that provider another name, or run setup with --take-over",
      weight: "blocks",
      takeOver: [set(path, baseUrl(wanted), ADDRESS_REASON)],
    }],
  };
}

interface OpenCodeChoice extends Pick<Ownership, "values" | "conflicts" | "start"> {
  /** Name of the model, without its provider. */
  readonly model: string;
  /** The model that OpenCode starts with. */
  readonly shown: string;
}

function modelChoice(config: Section, wanted: Wanted): OpenCodeChoice {
  const { model: current, small_model: small } = config;
  const [, former, name] = typeof current === "string"
    ? /^(databricks(?:-\w+)?)\/(.+)$/.exec(current) ?? []
    : [];
  const isOurs = current === undefined || former !== undefined;
  const { served } = wanted;
  const model = chooseModel({ set: wanted.model, current: name, served, preferred: MODELS });
  const smallName = chooseModel({ set: null, current: null, served, preferred: SMALL });
  // A model of one of an earlier setup's providers stays with it.
  const isKept = former !== undefined && wanted.model === null && name === model;
  const shown = isKept ? String(current) : `${PROVIDER}/${model}`;
  const chosen = [
    set(["model"], shown, MODEL_REASON),
    ...(small === undefined
      ? [set(["small_model"], `${PROVIDER}/${smallName}`, "the model for titles and summaries")]
      : []),
  ];
  if (isOurs) return { model, shown, values: chosen, conflicts: [], start: "opencode" };
  const start = `opencode -m ${PROVIDER}/${model}`;
  const conflict: Conflict = {
    where: "model",
    what: `is ${JSON.stringify(current)}, your own choice; Keyturn stands beside it`,
    fix: `start OpenCode with -m ${PROVIDER}/${model}, or run setup with --take-over`,
    weight: "warns",
    takeOver: chosen,
  };
  const isTaken = wanted.manners === "take-over";
  return {
    model,
    shown: isTaken ? shown : String(current),
    values: [],
    conflicts: [conflict],
    start: isTaken ? "opencode" : start,
  };
}
