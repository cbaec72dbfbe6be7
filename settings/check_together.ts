/**
 * What can only be said of several settings at once.
 *
 * @module
 */

import type { Problem } from "../support/errors.ts";
import { isLoopback } from "../workspace/host.ts";
import type { Given } from "./resolve.ts";
import { quote } from "./show.ts";
import type { Values } from "./table.ts";

/** Each setting's value, given or default; `undefined` for one that is wrong by itself. */
export type Settled = { readonly [Name in keyof Values]: Values[Name] | undefined };

/**
 * The problems between settings. A setting that is wrong by itself is there all the same, so it
 * can conflict with another, but nothing is said of its value.
 */
export function checkTogether(settled: Settled, given: Given): readonly Problem[] {
  return [
    checkInterval(settled, given),
    checkScopes(settled),
    checkOAuth(settled),
    checkOneSource(settled),
    checkToken(settled),
    checkRotation(settled),
    checkRemote(settled),
    checkOpenDoor(settled),
    checkGateway(settled),
    checkBodyMemory(settled),
  ].filter((problem) => problem !== null);
}

function checkInterval(settled: Settled, given: Given): Problem | null {
  const { PAT_TOKEN_LIFETIME: lifetimeMs, PAT_ROTATION_INTERVAL: intervalMs } = settled;
  if (lifetimeMs === undefined || intervalMs === undefined || intervalMs < lifetimeMs) return null;
  const seen = (name: keyof Given, ms: number) =>
    quote(String(ms / 1000)) + (name in given ? "" : " (the default)");
  const interval = seen("PAT_ROTATION_INTERVAL", intervalMs);
  const lifetime = seen("PAT_TOKEN_LIFETIME", lifetimeMs);
  return {
    name: "PAT_ROTATION_INTERVAL",
    message: `${interval} is not below PAT_TOKEN_LIFETIME, which is ${lifetime}; ` +
      `wanted 1 to ${lifetimeMs / 1000 - 1} seconds`,
  };
}

/** A token with scopes cannot make its successor: the spare does. */
function checkScopes(settled: Settled): Problem | null {
  const { PAT_SCOPES: scopes, PAT_SPARE_LIFETIME: spareMs } = settled;
  if (scopes === null || scopes === undefined || spareMs !== 0) return null;
  return {
    name: "PAT_SCOPES",
    message: "is set, so that only the spare can make tokens, but PAT_SPARE_LIFETIME is 0; " +
      "wanted a spare, or no scopes",
  };
}

function checkOAuth(settled: Settled): Problem | null {
  const { DATABRICKS_CLIENT_ID: id, DATABRICKS_CLIENT_SECRET: secret } = settled;
  if ((id === null) === (secret === null)) return null;
  const [name, other] = id === null
    ? ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"]
    : ["DATABRICKS_CLIENT_SECRET", "DATABRICKS_CLIENT_ID"];
  return { name, message: `is not set although ${other} is; wanted both or neither` };
}

function checkOneSource(settled: Settled): Problem | null {
  if (settled.DATABRICKS_CLIENT_ID === null || settled.CREDENTIAL_COMMAND === null) return null;
  return {
    name: "CREDENTIAL_COMMAND",
    message: "is set together with DATABRICKS_CLIENT_ID; wanted one source of credentials only",
  };
}

/**
 * Which of two identities is meant nobody can tell, and the wrong one would work: the Databricks
 * SDKs refuse this as well ("more than one authorization method configured"). A PAT in the profile
 * is no conflict: that file has other users.
 */
function checkToken(settled: Settled): Problem | null {
  const other = sourceIn(settled);
  if (other === null || settled.DATABRICKS_TOKEN === null) return null;
  const hint = other === "DATABRICKS_CLIENT_ID"
    ? " (a Databricks App sets DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET by itself)"
    : "";
  return {
    name: "DATABRICKS_TOKEN",
    message: `is set together with ${other}; wanted one source of credentials only${hint}`,
  };
}

function checkRotation(settled: Settled): Problem | null {
  const other = sourceIn(settled);
  if (other === null || settled.ROTATION !== "off") return null;
  return {
    name: "ROTATION",
    message: `"off" follows the token in the profile, but ${other} is set, which brings ` +
      "credentials of its own; wanted one of the two",
  };
}

/** The setting that stands for another source than a PAT; also one that is wrong by itself. */
function sourceIn(settled: Settled): string | null {
  if (settled.DATABRICKS_CLIENT_ID !== null) return "DATABRICKS_CLIENT_ID";
  return settled.CREDENTIAL_COMMAND === null ? null : "CREDENTIAL_COMMAND";
}

function checkRemote({ PROXY_HOST: host, PROXY_ALLOW_REMOTE: allowed }: Settled): Problem | null {
  if (host === undefined || isLoopback(host) || allowed !== false) return null;
  return {
    name: "PROXY_HOST",
    message: `${quote(host)} is not a loopback address; wanted 127.0.0.1, ::1 or localhost, ` +
      "or PROXY_ALLOW_REMOTE=true to let other machines connect",
  };
}

function checkOpenDoor({ PROXY_HOST: host, PROXY_CLIENT_AUTH: auth }: Settled): Problem | null {
  if (host === undefined || isLoopback(host) || auth !== "off") return null;
  return {
    name: "PROXY_CLIENT_AUTH",
    message: `"off" lets in any caller on loopback, but PROXY_HOST is ${quote(host)}; ` +
      'wanted "required" there',
  };
}

function checkGateway(settled: Settled): Problem | null {
  const { UPSTREAM_MODE: mode, DATABRICKS_GATEWAY_HOST: gatewayHost } = settled;
  if (mode !== "gateway-host" || gatewayHost !== null) return null;
  return {
    name: "UPSTREAM_MODE",
    message: '"gateway-host" needs DATABRICKS_GATEWAY_HOST, which is not set; wanted both',
  };
}

/** One key may take half of it, and a body of the greatest size has to fit. */
function checkBodyMemory(settled: Settled): Problem | null {
  const { PROXY_MAX_BODY: body, PROXY_BODY_MEMORY: memory } = settled;
  if (body === undefined || memory === undefined || memory === null) return null;
  if (memory >= 2 * body) return null;
  return {
    name: "PROXY_BODY_MEMORY",
    message: `${quote(String(memory))} is less than twice PROXY_MAX_BODY, which is ` +
      `${quote(String(body))}; wanted ${2 * body} or more`,
  };
}
