/**
 * What a `CREDENTIAL_COMMAND` gets of the environment: enough to find its home, its login and its
 * way to the network, and nothing that is secret.
 *
 * @module
 */

import type { Environment } from "./places.ts";

/** Every variable that is handed on, if it is set; no other is. */
export const COMMAND_ENVIRONMENT: readonly string[] = Object.freeze([
  "ALL_PROXY",
  "AZURE_CONFIG_DIR",
  "CLOUDSDK_CONFIG",
  "DATABRICKS_AUTH_STORAGE",
  "DATABRICKS_CONFIG_FILE",
  "DATABRICKS_CONFIG_PROFILE",
  "DATABRICKS_HOST",
  "DBUS_SESSION_BUS_ADDRESS",
  "HOME",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "LANG",
  "LC_ALL",
  "LOGNAME",
  "NO_PROXY",
  "PATH",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "TMPDIR",
  "TZ",
  "USER",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
]);

/**
 * The part of `env` that a command gets.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { commandEnvironment } from "./command_environment.ts";
 *
 * const env = { HOME: "/home/me", DATABRICKS_TOKEN: "dapi-1", LANG: undefined };
 * assert.deepEqual(commandEnvironment(env), { HOME: "/home/me" });
 * ```
 */
export function commandEnvironment(env: Environment): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of COMMAND_ENVIRONMENT) {
    const value = env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
