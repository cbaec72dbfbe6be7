/**
 * Qwen Code (https://github.com/QwenLM/qwen-code): address, key and model in its `.env`, the way
 * to log in in `settings.json`.
 *
 * @module
 */

import { dotenv } from "../../formats/dotenv.ts";
import { isRecord } from "../../formats/format.ts";
import { jsonc } from "../../formats/jsonc.ts";
import type { Agent, Conflict, Current, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { ADDRESS_REASON, KEY_REASON, setter, shadowing } from "./changes.ts";
import { envOwnerConflicts } from "./env_file.ts";
import { ownerOf } from "./endpoint.ts";
import { type ModelPlace, planModel } from "./model_choice.ts";

const ENV = "env";
const SETTINGS = "settings";
const AUTH_TYPE = "openai";
const MODELS = ["databricks-claude-sonnet-4-6", "databricks-claude-sonnet-4-5"] as const;
const setEnv = setter(ENV);

/** Qwen Code: two files in `.qwen`. */
export const qwen: Agent = {
  name: "qwen",
  title: "Qwen Code",
  environment: ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"],
  files: (home) => [
    { id: ENV, path: `${home}/.qwen/.env`, format: dotenv, emptyText: "", use: "own" },
    {
      id: SETTINGS,
      path: `${home}/.qwen/settings.json`,
      format: jsonc,
      emptyText: "{}\n",
      use: "own",
    },
  ],
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const env = sectionOf(current[ENV]);
  const settings = sectionOf(current[SETTINGS]);
  const { OPENAI_BASE_URL: address, OPENAI_API_KEY: key } = env;
  const isOwn = ownerOf({ address, key }, wanted) === "person";
  const endpoint = endpointValues(wanted);
  const model = planModel(
    { ...modelPlace(env, settings), preferred: MODELS, set: wanted.model },
    wanted,
  );
  const login = loginChange(settings);
  return {
    values: [...(isOwn ? [] : endpoint), ...model.values, ...login.values],
    conflicts: [
      ...(isOwn
        ? envOwnerConflicts({ address, key }, {
          names: { address: "OPENAI_BASE_URL", key: "OPENAI_API_KEY" },
          takeOver: endpoint,
        })
        : []),
      ...model.conflicts,
      ...login.conflicts,
      ...providerConflicts(settings, { model: model.name, wanted }),
      ...shadowing(wanted.env, "overrules", {
        OPENAI_API_KEY: "wins over the key in .qwen/.env",
        OPENAI_BASE_URL: "wins over the address in .qwen/.env",
      }),
      ...shadowing(wanted.env, "warns", { OPENAI_MODEL: "wins over the model in .qwen/.env" }),
    ],
    notes: [],
    facts: [["endpoint", baseUrl(wanted)], ["model", model.name]],
    start: "qwen",
  };
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}

/** The name in the settings wins over the one in the `.env`. */
function modelPlace(
  env: Section,
  settings: Section,
): Pick<ModelPlace, "current" | "where" | "change"> {
  const { name } = sectionOf(settings.model);
  if (typeof name === "string" && name !== "") {
    const path = ["model", "name"];
    const where = "model.name in settings.json";
    const change = (name: string, reason: string) => setter(SETTINGS)(path, name, reason);
    return { current: name, where, change };
  }
  const change = (name: string, reason: string) => setEnv(["OPENAI_MODEL"], name, reason);
  return { current: env.OPENAI_MODEL, where: "OPENAI_MODEL", change };
}

/** A model that the settings list with an address of its own is asked for there. */
function providerConflicts(
  settings: Section,
  { model, wanted }: { readonly model: string; readonly wanted: Wanted },
): readonly Conflict[] {
  const list = sectionOf(settings.modelProviders)[AUTH_TYPE];
  if (!Array.isArray(list)) return [];
  const isElsewhere = list.some((entry) =>
    isRecord(entry) && entry.id === model && entry.baseUrl !== baseUrl(wanted)
  );
  if (!isElsewhere) return [];
  return [{
    where: `modelProviders.${AUTH_TYPE} in settings.json`,
    what: `has an entry for ${model}, which wins over address and key in .qwen/.env`,
    fix: "remove that entry, or give it another id",
    weight: "overrules",
    takeOver: [],
  }];
}

/** Qwen Code appends `/chat/completions`. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/serving-endpoints`;
}

function endpointValues(wanted: Wanted): readonly OwnedChange[] {
  return [
    setEnv(["OPENAI_BASE_URL"], baseUrl(wanted), ADDRESS_REASON),
    setEnv(["OPENAI_API_KEY"], wanted.key, KEY_REASON),
  ];
}

function loginChange(settings: Section): Pick<Ownership, "values" | "conflicts"> {
  const path = ["security", "auth", "selectedType"];
  const change = setter(SETTINGS)(path, AUTH_TYPE, "the key is used, and no login asked for");
  const type = sectionOf(sectionOf(settings.security).auth).selectedType ?? AUTH_TYPE;
  if (type === AUTH_TYPE) return { values: [change], conflicts: [] };
  const conflict: Conflict = {
    where: path.join("."),
    what: `is ${JSON.stringify(type)}, so Qwen Code logs in elsewhere`,
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver: [change],
  };
  return { values: [], conflicts: [conflict] };
}
