/**
 * Gemini CLI (https://github.com/google-gemini/gemini-cli/blob/main/docs/reference/configuration.md):
 * address, key and model in its `.env`, the way to log in in `settings.json`, and the home folder
 * among the trusted ones, since an untrusted folder hides the `.env`.
 *
 * @module
 */

import { dotenv } from "../../formats/dotenv.ts";
import { isRecord } from "../../formats/format.ts";
import { json } from "../../formats/json.ts";
import { jsonc } from "../../formats/jsonc.ts";
import { plain } from "../../formats/plain.ts";
import type { Agent, Conflict, Current, OwnedChange, Ownership, Wanted } from "./agent.ts";
import { ADDRESS_REASON, KEY_REASON, setter, shadowing } from "./changes.ts";
import { envOwnerConflicts } from "./env_file.ts";
import { ownerOf } from "./endpoint.ts";
import { folderOf } from "./folder.ts";
import { wrapperConflicts, wrapperPath } from "./gemini_wrapper.ts";
import { planModel } from "./model_choice.ts";

const ENV = "env";
const SETTINGS = "settings";
const TRUST = "trust";
const PROGRAM = "program";
const AUTH_TYPE = "gemini-api-key";
const MODELS = [
  "databricks-gemini-2-5-pro",
  "databricks-gemini-3-pro",
  "databricks-gemini-2-5-flash",
] as const;
const setEnv = setter(ENV);

/** Gemini CLI: three files in `.gemini`, and a look at its program. */
export const gemini: Agent = {
  name: "gemini",
  title: "Gemini CLI",
  environment: ["GEMINI_CLI_HOME", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"],
  files: (home, env) => {
    // It stands for the home folder itself.
    const folder = folderOf({ env, variable: "GEMINI_CLI_HOME", otherwise: home });
    const place = (name: string) => `${folder}/.gemini/${name}`;
    const made = { emptyText: "{}\n", use: "own" } as const;
    return [
      { id: ENV, path: place(".env"), format: dotenv, emptyText: "", use: "own" },
      { id: SETTINGS, path: place("settings.json"), format: jsonc, ...made },
      { id: TRUST, path: place("trustedFolders.json"), format: json, ...made },
      { id: PROGRAM, path: wrapperPath(home), format: plain, emptyText: "", use: "look" },
    ];
  },
  own,
};

type Section = Readonly<Record<string, unknown>>;

function own(current: Current, wanted: Wanted): Ownership {
  const env = sectionOf(current[ENV]);
  const settings = sectionOf(current[SETTINGS]);
  const { GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: key } = env;
  const owner = ownerOf({ address, key }, wanted);
  const endpoint = endpointValues(wanted);
  const model = planModel({
    current: env.GEMINI_MODEL,
    preferred: MODELS,
    set: wanted.model,
    where: "GEMINI_MODEL",
    // Without it Gemini CLI asks models of Google's which of its models to ask.
    change: (name, reason) => setEnv(["GEMINI_MODEL"], name, reason),
  }, wanted);
  const login = loginChange(settings);
  const trust = trustOf(settings, { trusted: sectionOf(current[TRUST]), home: wanted.home });
  return {
    values: [
      ...(owner === "person" ? [] : endpoint),
      ...model.values,
      ...login.values,
      ...trust.values,
    ],
    conflicts: [
      ...(owner === "person"
        ? envOwnerConflicts({ address, key }, {
          names: { address: "GOOGLE_GEMINI_BASE_URL", key: "GEMINI_API_KEY" },
          takeOver: endpoint,
        })
        : []),
      ...model.conflicts,
      ...login.conflicts,
      ...trust.conflicts,
      ...wrapperConflicts(current[PROGRAM], wanted.home),
      ...shadowing(wanted.env, "overrules", {
        GEMINI_API_KEY: "wins over the key in .gemini/.env",
        GOOGLE_GEMINI_BASE_URL: "wins over the address in .gemini/.env",
      }),
    ],
    notes: [...trust.notes, ...modelNotes(settings, model.name)],
    facts: [["endpoint", baseUrl(wanted)], ["model", model.name]],
    start: "gemini",
  };
}

function sectionOf(value: unknown): Section {
  return isRecord(value) ? value : {};
}

/** Gemini CLI appends `/v1beta/models/…`. */
function baseUrl({ proxyOrigin }: Wanted): string {
  return `${proxyOrigin}/gemini`;
}

function endpointValues(wanted: Wanted): readonly OwnedChange[] {
  return [
    setEnv(["GOOGLE_GEMINI_BASE_URL"], baseUrl(wanted), ADDRESS_REASON),
    setEnv(["GEMINI_API_KEY_AUTH_MECHANISM"], "bearer", "the key goes into a header"),
    setEnv(["GEMINI_API_KEY"], wanted.key, KEY_REASON),
  ];
}

function modelNotes(settings: Section, model: string): readonly string[] {
  const { name } = sectionOf(settings.model);
  if (typeof name !== "string" || name === model) return [];
  return [
    `model.name in settings.json is ${JSON.stringify(name)} and was left as it is; ` +
    "GEMINI_MODEL wins over it",
  ];
}

type Part = Pick<Ownership, "values" | "conflicts" | "notes">;

function loginChange(settings: Section): Part {
  const { enforcedType: enforced = AUTH_TYPE } = sectionOf(sectionOf(settings.security).auth);
  if (enforced !== AUTH_TYPE) {
    return { values: [], conflicts: [enforcedLogin(enforced)], notes: [] };
  }
  const path = ["security", "auth", "selectedType"];
  const change = setter(SETTINGS)(path, AUTH_TYPE, "the key is used, and no login asked for");
  // The name of older versions, which newer ones still read.
  const type = sectionOf(sectionOf(settings.security).auth).selectedType ??
    settings.selectedAuthType ?? AUTH_TYPE;
  if (type === AUTH_TYPE) return { values: [change], conflicts: [], notes: [] };
  const conflict: Conflict = {
    where: path.join("."),
    what: `is ${JSON.stringify(type)}, so Gemini CLI logs in with Google`,
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver: [change],
  };
  return { values: [], conflicts: [conflict], notes: [] };
}

/** Gemini CLI does not start with another one than that. */
function enforcedLogin(type: unknown): Conflict {
  return {
    where: "security.auth.enforcedType",
    what: `is ${JSON.stringify(type)}, and Gemini CLI takes no other way to log in`,
    fix: "remove it, or ask who has put it there",
    weight: "blocks",
    takeOver: [],
  };
}

function trustOf(
  settings: Section,
  { trusted, home }: { readonly trusted: Section; readonly home: string },
): Part {
  const { enabled } = sectionOf(sectionOf(settings.security).folderTrust);
  const said = trusted[home];
  // Where folders need no trust, or the person has said what they trust, nothing is added.
  if (enabled === false || said === "TRUST_FOLDER" || said === "TRUST_PARENT") {
    return { values: [], conflicts: [], notes: [] };
  }
  const change = setter(TRUST)(
    [home],
    "TRUST_FOLDER",
    "in a folder that it does not trust Gemini CLI ignores its .env",
  );
  if (said === undefined) {
    const note = `Gemini CLI trusts all folders below ${home} from now on; remove the line from ` +
      "trustedFolders.json if it shall ask, and trust each folder of work instead";
    return { values: [change], conflicts: [], notes: [note] };
  }
  const conflict: Conflict = {
    where: `trustedFolders.json, ${home}`,
    what: `is ${JSON.stringify(said)}, and Gemini CLI ignores its .env in such a folder`,
    fix: "trust each folder of work, or let --take-over trust all of them",
    weight: "warns",
    takeOver: [change],
  };
  return { values: [], conflicts: [conflict], notes: [] };
}
