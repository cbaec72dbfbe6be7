/**
 * Environment and config file → one frozen {@link Settings}, or one `ConfigError` that lists
 * every problem.
 *
 * @module
 */

import { ConfigError, type Problem } from "./support/errors.ts";
import type { AgentFile } from "./support/agent_file.ts";
import type { ProxyLimits } from "./support/limits.ts";
import type { Secret } from "./workspace/credential.ts";
import { AGENT_FOLDER_NAMES, findAgentFiles } from "./settings/agent_files.ts";
import { type AgentName, forEachAgent } from "./settings/agents.ts";
import { checkTogether } from "./settings/check_together.ts";
import { parseConfigFile } from "./settings/config_file.ts";
import {
  type Environment,
  expandHome,
  findPlaces,
  PLACE_NAMES,
  type Places,
} from "./settings/places.ts";
import { takeEntries, takeEnvironment } from "./settings/resolve.ts";
import { enableName, modelName, TABLE, TABLE_NAMES, type Values } from "./settings/table.ts";

export { AGENT_DIALECTS } from "./settings/agent_dialects.ts";
export { type AgentName, AGENTS } from "./settings/agents.ts";
export { COMMAND_ENVIRONMENT, commandEnvironment } from "./settings/command_environment.ts";
export { YAML_DEBUG_NAMES } from "./settings/config_file.ts";
export { configPathOf, type Environment, homeOf } from "./settings/places.ts";

/** How requests are mapped onto the workspace; `auto` asks the workspace once. */
export type UpstreamMode = "ai-gateway" | "gateway-host" | "serving-endpoints";

/** Every setting, parsed and in range. Lengths of time are ms, sizes are bytes. */
export interface Settings {
  /** `KEYTURN_HOME`, else `HOME`. Absolute, without a final slash. */
  readonly home: string;
  /** The folder of `config.yaml` and `keys.json`: `$XDG_CONFIG_HOME/keyturn` or `~/.config/keyturn`. */
  readonly configFolder: string;
  /** The folder of `journal.json`: `$XDG_STATE_HOME/keyturn` or `~/.local/state/keyturn`. */
  readonly stateFolder: string;
  /** Origin of the workspace (`https://…`, no path), `null` when the profile is to say it. */
  readonly databricksHost: string | null;
  /** Bootstrap PAT for a profile that has none. */
  readonly databricksToken: Secret | null;
  /** Absolute path of the profile file. */
  readonly profileFile: string;
  /** Section of the profile file. */
  readonly profileName: string;
  /** OAuth M2M, `null` unless both halves are set. */
  readonly oauth: { readonly clientId: string; readonly clientSecret: Secret } | null;
  /** Executable and arguments, `null` if not set. */
  readonly credentialCommand: readonly string[] | null;
  /** `off`: something else rewrites the profile. */
  readonly rotation: "auto" | "off";
  /** Life of a minted PAT. */
  readonly tokenLifetimeMs: number;
  /** Age at which it is replaced. */
  readonly rotationIntervalMs: number;
  /** Life of the spare; 0 means none. */
  readonly spareLifetimeMs: number;
  /** What the serving PAT may do; `null`: all that its user may. */
  readonly patScopes: readonly string[] | null;
  /** Longest wait for in-flight requests before the old PAT is revoked. */
  readonly drainTimeoutMs: number;
  /** `CODA_INSTANCE_NAME`; `null`: host name and installation id. */
  readonly instanceName: string | null;
  /** What becomes of the PAT that it was given at first. */
  readonly bootstrapRevoke: "auto" | "always" | "never";
  /** Address to listen on. */
  readonly proxyHost: string;
  /** Port to listen on; 0 means any. */
  readonly proxyPort: number;
  /** Path of a unix socket to listen on as well. */
  readonly proxySocket: string | null;
  /** Base for OpenAI chat that wins over the chosen one; no final slash. */
  readonly upstreamBase: string | null;
  /** Base for Gemini that wins over the chosen one; no final slash. */
  readonly geminiUpstreamBase: string | null;
  /** `auto`: the gateway host if there is one, else what a probe finds. */
  readonly upstreamMode: "auto" | UpstreamMode;
  /** Origin of a dedicated gateway; `null`: none, or set but empty. */
  readonly gatewayHost: string | null;
  /** `off`: any caller on loopback. */
  readonly clientAuth: "required" | "off";
  /** Largest request body. */
  readonly maxBodyBytes: number;
  /** Upstream silence before a stream is failed. */
  readonly idleTimeoutMs: number;
  /** What callers may take up of each proxy isolate. */
  readonly limits: ProxyLimits;
  /** Proxy isolates sharing the port. */
  readonly proxyWorkers: number;
  /** Least level that is logged. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** `null`: text on a terminal, else JSON. */
  readonly logFormat: "json" | "text" | null;
  /** Names of repairs that are switched off. */
  readonly repairsOff: readonly string[];
  /** Which agents setup writes. */
  readonly agentEnabled: Readonly<Record<AgentName, boolean>>;
  /** Model names that setup writes; `null`: the agent's default. */
  readonly agentModel: Readonly<Record<AgentName, string | null>>;
  /** `HERMES_FALLBACK_MODEL`; `null`: the default. */
  readonly hermesFallbackModel: string | null;
  /** Where the agents' files are that can hold a workspace token; none of them need be there. */
  readonly agentFiles: readonly AgentFile[];
}

/** Every environment variable that is read, sorted; `--allow-env` is made of it. */
export const SETTING_NAMES: readonly string[] = Object.freeze(
  [...new Set([...TABLE_NAMES, ...PLACE_NAMES, ...AGENT_FOLDER_NAMES])].sort(),
);

/** The settings and their defaults in words, in the order of the documentation. */
export const SETTINGS_TABLE: readonly { readonly name: string; readonly default: string }[] =
  deepFreeze(TABLE_NAMES.map((name) => ({ name, default: TABLE[name].default })));

/**
 * The settings that `env` gives, else `configText` (the text of `config.yaml`, `null` if there is
 * none), else the defaults. Frozen to its depths.
 *
 * @throws {ConfigError} with every problem of both.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSettings } from "./settings.ts";
 *
 * const settings = parseSettings({ HOME: "/home/me", PROXY_PORT: "4001" }, "proxy_workers: 2");
 * assert.equal(settings.proxyPort, 4001);
 * assert.equal(settings.proxyWorkers, 2);
 * assert.equal(settings.tokenLifetimeMs, 900_000);
 * assert.throws(
 *   () => parseSettings({ HOME: "/", PROXY_PORT: "web" }, null),
 *   /HOME: "\/" .* KEYTURN_HOME[^]*PROXY_PORT: "web"/,
 * );
 * ```
 */
export function parseSettings(env: Environment, configText: string | null): Settings {
  const places = attemptPlaces(env);
  const file = parseConfigFile(configText ?? "");
  const fromEnvironment = takeEnvironment(env);
  const fromFile = takeEntries(file.entries);

  const given = { ...fromFile.given, ...fromEnvironment.given };
  const settled = { ...DEFAULTS, ...given };
  const problems = [
    ...places.problems,
    ...fromEnvironment.problems,
    ...file.problems,
    ...fromFile.problems,
    // What a broken file gives is not known, so nothing can be said of settings together.
    ...file.state === "read" ? checkTogether(settled, given) : [],
  ];
  if (places.found === null || problems.length > 0) throw new ConfigError(problems);
  // Without a problem no value is undefined.
  const agentFiles = findAgentFiles(places.found.home, env);
  return deepFreeze({ ...assemble(settled as Values, places.found), agentFiles });
}

const DEFAULTS = Object.fromEntries(
  TABLE_NAMES.map((name) => [name, TABLE[name].fallback]),
) as Values;

function attemptPlaces(
  env: Environment,
): { readonly found: Places | null; readonly problems: readonly Problem[] } {
  try {
    return { found: findPlaces(env), problems: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { found: null, problems: error.problems };
    throw error;
  }
}

function assemble(values: Values, places: Places): Omit<Settings, "agentFiles"> {
  const { DATABRICKS_CLIENT_ID: clientId, DATABRICKS_CLIENT_SECRET: clientSecret } = values;
  const socket = values.PROXY_SOCKET;
  return {
    ...places,
    databricksHost: values.DATABRICKS_HOST,
    databricksToken: values.DATABRICKS_TOKEN,
    profileFile: expandHome(values.DATABRICKS_CONFIG_FILE, places.home),
    profileName: values.DATABRICKS_CONFIG_PROFILE,
    oauth: clientId === null || clientSecret === null ? null : { clientId, clientSecret },
    credentialCommand: values.CREDENTIAL_COMMAND,
    rotation: values.ROTATION,
    tokenLifetimeMs: values.PAT_TOKEN_LIFETIME,
    rotationIntervalMs: values.PAT_ROTATION_INTERVAL,
    spareLifetimeMs: values.PAT_SPARE_LIFETIME,
    patScopes: values.PAT_SCOPES,
    drainTimeoutMs: values.PAT_DRAIN_TIMEOUT,
    instanceName: values.CODA_INSTANCE_NAME,
    bootstrapRevoke: values.BOOTSTRAP_REVOKE,
    proxyHost: values.PROXY_HOST,
    proxyPort: values.PROXY_PORT,
    proxySocket: socket === null ? null : expandHome(socket, places.home),
    upstreamBase: values.PROXY_UPSTREAM_BASE,
    geminiUpstreamBase: values.PROXY_GEMINI_UPSTREAM_BASE,
    upstreamMode: values.UPSTREAM_MODE,
    gatewayHost: values.DATABRICKS_GATEWAY_HOST,
    clientAuth: values.PROXY_CLIENT_AUTH,
    maxBodyBytes: values.PROXY_MAX_BODY,
    idleTimeoutMs: values.PROXY_IDLE_TIMEOUT,
    limits: limitsIn(values),
    proxyWorkers: values.PROXY_WORKERS,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    repairsOff: values.REPAIRS_OFF,
    agentEnabled: forEachAgent((agent) => values[enableName(agent)]),
    agentModel: forEachAgent((agent) => values[modelName(agent)]),
    hermesFallbackModel: values.HERMES_FALLBACK_MODEL,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

function limitsIn(values: Values): ProxyLimits {
  return {
    maxConnections: values.PROXY_MAX_CONNECTIONS,
    maxConnectionsPerKey: values.PROXY_MAX_CONNECTIONS_PER_KEY,
    maxStreams: values.PROXY_MAX_STREAMS,
    maxHeaderBytes: values.PROXY_MAX_HEADERS,
    maxEventBytes: values.PROXY_MAX_EVENT,
    bodyMemoryBytes: values.PROXY_BODY_MEMORY ?? 4 * values.PROXY_MAX_BODY,
    headerTimeoutMs: values.PROXY_HEADER_TIMEOUT,
    bodyTimeoutMs: values.PROXY_BODY_TIMEOUT,
  };
}
