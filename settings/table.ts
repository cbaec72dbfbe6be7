/**
 * Every setting as data: its default, and how its text becomes a value.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import { type AgentName, AGENTS } from "./agents.ts";
import { command } from "./command.ts";
import { listenAddress } from "./listen_address.ts";
import {
  baseUrl,
  boolean,
  host,
  matching,
  namesOf,
  oneOf,
  type Parser,
  scopeList,
  seconds,
  secret,
  wholeNumber,
} from "./parsers.ts";
import { filePath } from "./places.ts";
import { REPAIR_NAMES } from "./repair_names.ts";

/** One row of {@link TABLE}. */
export interface Setting<T> extends Parser<T> {
  /** The default in words, as a table for people has it. */
  readonly default: string;
  /** The value when the setting is not given. */
  readonly fallback: T;
  /** `unused`: set but empty means {@link Setting.fallback}, and beats the file. */
  readonly blank?: "unused";
}

/** Names of the settings that {@link enableName} gives. */
export type EnableName = `ENABLE_${Uppercase<AgentName>}`;
/** Names of the settings that {@link modelName} gives. */
export type ModelName = `${Uppercase<AgentName>}_MODEL`;

const NONE = "–";
const DAYS_90 = 90 * 24 * 60 * 60;

const word = matching(/^[\x21-\x7e]+$/, "is not one word of printable ASCII");
const profileName = matching(
  // The Databricks CLI keeps its own settings in a section of that name.
  /^(?!__settings__$)[^\]\p{Cc}]+$/u,
  "cannot name a profile; wanted a section other than __settings__, without ] and line breaks",
);
const instanceName = matching(
  /^(?!.*["'`])[\x20-\x7e]{1,100}$/,
  "is not 1 to 100 printable ASCII characters without quotes",
);

/** The settings by the name of their environment variable, in the order of the documentation. */
export const TABLE = {
  DATABRICKS_HOST: optional(host, "from the profile"),
  DATABRICKS_TOKEN: optional<Secret>(secret),
  DATABRICKS_CONFIG_FILE: defaulted(filePath, "~/.databrickscfg"),
  DATABRICKS_CONFIG_PROFILE: defaulted(profileName, "DEFAULT"),
  DATABRICKS_CLIENT_ID: optional(word),
  DATABRICKS_CLIENT_SECRET: optional<Secret>(secret),
  CREDENTIAL_COMMAND: optional(command),
  ROTATION: defaulted(oneOf("auto", "off"), "auto"),
  PAT_TOKEN_LIFETIME: defaulted(seconds({ min: 5, max: DAYS_90 }), "900"),
  // Its greatest value depends on the lifetime: see check_together.ts.
  PAT_ROTATION_INTERVAL: defaulted(seconds({ min: 1, max: Infinity }), "600"),
  PAT_SPARE_LIFETIME: defaulted(seconds({ min: 5, max: DAYS_90, zero: "allowed" }), "14400"),
  PAT_SCOPES: optional<readonly string[]>(scopeList, "all"),
  PAT_DRAIN_TIMEOUT: defaulted(seconds({ min: 0, max: 3600 }), "120"),
  CODA_INSTANCE_NAME: optional(instanceName, "host name + installation id"),
  BOOTSTRAP_REVOKE: defaulted(oneOf("auto", "always", "never"), "auto"),
  PROXY_HOST: defaulted(listenAddress, "127.0.0.1"),
  PROXY_PORT: defaulted(wholeNumber({ min: 0, max: 65_535 }), "4000"),
  PROXY_ALLOW_REMOTE: defaulted(boolean, "false"),
  PROXY_SOCKET: optional(filePath),
  PROXY_UPSTREAM_BASE: optional(baseUrl, "chosen"),
  PROXY_GEMINI_UPSTREAM_BASE: optional(baseUrl, "chosen"),
  UPSTREAM_MODE: defaulted(
    oneOf("auto", "ai-gateway", "gateway-host", "serving-endpoints"),
    "auto",
  ),
  DATABRICKS_GATEWAY_HOST: { ...optional(host), blank: "unused" },
  PROXY_CLIENT_AUTH: defaulted(oneOf("required", "off"), "required"),
  PROXY_MAX_BODY: defaulted(wholeNumber({ min: 1024, max: 1_073_741_824 }), "33554432"),
  PROXY_IDLE_TIMEOUT: defaulted(seconds({ min: 1, max: 3600 }), "300"),
  PROXY_MAX_CONNECTIONS: defaulted(wholeNumber({ min: 8, max: 65_535 }), "512"),
  PROXY_MAX_CONNECTIONS_PER_KEY: defaulted(wholeNumber({ min: 1, max: 65_535 }), "128"),
  PROXY_MAX_EVENT: defaulted(wholeNumber({ min: 1024, max: 1_073_741_824 }), "16777216"),
  // The server below reads 64 KiB of them and gives up.
  PROXY_MAX_HEADERS: defaulted(wholeNumber({ min: 1024, max: 65_536 }), "32768"),
  PROXY_MAX_STREAMS: defaulted(wholeNumber({ min: 1, max: 65_535 }), "256"),
  // Its least value depends on PROXY_MAX_BODY: see check_together.ts.
  PROXY_BODY_MEMORY: optional(wholeNumber({ min: 2048, max: 8_589_934_592 }), "4 × PROXY_MAX_BODY"),
  PROXY_HEADER_TIMEOUT: defaulted(seconds({ min: 1, max: 3600 }), "10"),
  PROXY_BODY_TIMEOUT: defaulted(seconds({ min: 1, max: 3600 }), "60"),
  PROXY_WORKERS: defaulted(wholeNumber({ min: 1, max: 64 }), "1"),
  LOG_LEVEL: defaulted(oneOf("debug", "info", "warn", "error"), "info"),
  LOG_FORMAT: optional(oneOf("json", "text"), "by terminal"),
  REPAIRS_OFF: { ...optional(namesOf(REPAIR_NAMES)), fallback: [] as readonly string[] },
  ...rowsOf(enableName, defaulted(boolean, "true")),
  ...rowsOf(modelName, optional(word, "of the agent")),
  HERMES_FALLBACK_MODEL: optional(word, "of the agent"),
} as const;

/** The name of a setting, which is the name of its environment variable. */
export type SettingName = keyof typeof TABLE;

/** A value for each setting. */
export type Values = { readonly [Name in SettingName]: (typeof TABLE)[Name]["fallback"] };

/** All names, in the order of the documentation. */
export const TABLE_NAMES = Object.keys(TABLE) as readonly SettingName[];

/** The setting that says whether setup writes `agent`. */
export function enableName(agent: AgentName): EnableName {
  return `ENABLE_${agent.toUpperCase() as Uppercase<AgentName>}`;
}

/** The setting that names the model of `agent`. */
export function modelName(agent: AgentName): ModelName {
  return `${agent.toUpperCase() as Uppercase<AgentName>}_MODEL`;
}

function defaulted<T>(parser: Parser<T>, text: string): Setting<T> {
  return { ...parser, default: text, fallback: parser.parse(text) };
}

function optional<T>(parser: Parser<T>, words = NONE): Setting<T | null> {
  return { ...parser, default: words, fallback: null };
}

function rowsOf<Name extends string, T>(
  nameOf: (agent: AgentName) => Name,
  setting: Setting<T>,
): Record<Name, Setting<T>> {
  return Object.fromEntries(AGENTS.map((agent) => [nameOf(agent), setting])) as Record<
    Name,
    Setting<T>
  >;
}
