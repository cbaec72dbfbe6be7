/**
 * Everything that can be wrong before anything is started or written, found at once.
 *
 * @module
 */

import { isLoopback, parseHost } from "../workspace/host.ts";
import { parseProfile, type Profile } from "../workspace/profile_file.ts";
import { configPathOf, type Environment, parseSettings, type Settings } from "../settings.ts";
import { ConfigError, describeError, type Problem } from "../support/errors.ts";
import { readIfThere } from "../support/replace_file.ts";
import type { GrantsInput } from "./grants.ts";

/** A configuration that can be started. */
export interface Boot {
  readonly settings: Settings;
  /** Origin of the workspace. */
  readonly workspaceHost: string;
  readonly allowRemote: boolean;
  readonly grants: GrantsInput;
}

/** What could be made of a configuration, and all that is wrong with it. */
export interface Draft {
  /** `null` if not even the places of files are known. */
  readonly settings: Settings | null;
  readonly workspaceHost: string | null;
  readonly problems: readonly Problem[];
}

/**
 * Reads settings, config file and profile.
 *
 * @throws {ConfigError} with every problem of them, and of the port.
 */
export async function boot(env: Environment): Promise<Boot> {
  const { settings, workspaceHost, problems } = await readConfiguration(env);
  const all = [...problems, ...(settings === null ? [] : findPortProblem(settings))];
  if (all.length > 0 || settings === null || workspaceHost === null) throw new ConfigError(all);
  return {
    settings,
    workspaceHost,
    allowRemote: !isLoopback(settings.proxyHost),
    grants: await grantsInputOf(settings, workspaceHost),
  };
}

/** Reads settings, config file and profile; never throws for what a person wrote. */
export async function readConfiguration(env: Environment): Promise<Draft> {
  const problems: Problem[] = [];
  const settings = await readSettings(env, problems);
  if (settings === null) return { settings, workspaceHost: null, problems };
  const profile = await readProfile(settings, problems);
  const workspaceHost = findHost(settings, profile, problems);
  problems.push(...findTokenProblem(settings, profile), ...findUnbuilt(settings));
  return { settings, workspaceHost, problems };
}

async function readSettings(env: Environment, problems: Problem[]): Promise<Settings | null> {
  let text: string | null = null;
  try {
    const path = configPathOf(env);
    text = await readIfThere(path).catch((error) => {
      problems.push({ name: path, message: `cannot be read: ${describeError(error)}` });
      return null;
    });
    return parseSettings(env, text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return salvage(env, error.problems);
  }
}

/** The settings without those that are wrong, so that the other checks can be made as well. */
function salvage(env: Environment, problems: readonly Problem[]): Settings | null {
  const wrong = new Set(problems.map(({ name }) => name));
  // A pair that conflicts is named by one of its two halves.
  for (const name of ["PAT_TOKEN_LIFETIME", "PAT_ROTATION_INTERVAL"]) {
    if (wrong.has(name)) wrong.add("PAT_TOKEN_LIFETIME").add("PAT_ROTATION_INTERVAL");
  }
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
  try {
    return parseSettings(rest, null);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

async function readProfile(settings: Settings, problems: Problem[]): Promise<Profile | null> {
  const { profileFile, profileName } = settings;
  try {
    return parseProfile(await readIfThere(profileFile) ?? "", profileName);
  } catch (error) {
    problems.push({ name: profileFile, message: describeError(error) });
    return null;
  }
}

function findHost(
  settings: Settings,
  profile: Profile | null,
  problems: Problem[],
): string | null {
  if (settings.databricksHost !== null) return settings.databricksHost;
  // Why it cannot be read was said already.
  if (profile === null) return null;
  const place = `profile "${settings.profileName}" of ${settings.profileFile}`;
  if (profile.host === null) {
    problems.push({
      name: "DATABRICKS_HOST",
      message: `is not set, and the ${place} has no host; set it to the workspace's URL, such as ` +
        "https://adb-1234567890123456.7.azuredatabricks.net",
    });
    return null;
  }
  try {
    return parseHost(profile.host);
  } catch (error) {
    problems.push({ name: `host in the ${place}`, message: describeError(error) });
    return null;
  }
}

function findTokenProblem(settings: Settings, profile: Profile | null): Problem[] {
  const { databricksToken, oauth, credentialCommand, rotation } = settings;
  const hasOther = databricksToken !== null || oauth !== null || credentialCommand !== null;
  if (hasOther || rotation === "off" || profile === null || profile.token !== null) return [];
  return [{
    name: "DATABRICKS_TOKEN",
    message: `is not set, and the profile "${settings.profileName}" of ${settings.profileFile} ` +
      "has no token; create a personal access token in the workspace (Settings, Developer, " +
      "Access tokens) and set it here or there",
  }];
}

/** Settings that are read but lead nowhere yet: better refused than quietly ignored. */
function findUnbuilt({ oauth, credentialCommand }: Settings): Problem[] {
  const message = "is not supported by this version yet; use a personal access token";
  return [
    ...(oauth === null ? [] : [{ name: "DATABRICKS_CLIENT_ID", message }]),
    ...(credentialCommand === null ? [] : [{ name: "CREDENTIAL_COMMAND", message }]),
  ];
}

/** Tries the door: a port that is taken is found before anything is written. */
function findPortProblem({ proxyHost: hostname, proxyPort: port }: Settings): Problem[] {
  try {
    Deno.listen({ hostname, port }).close();
    return [];
  } catch (error) {
    const isTaken = error instanceof Deno.errors.AddrInUse;
    return [{
      name: isTaken ? "PROXY_PORT" : "PROXY_HOST",
      message: isTaken
        ? `"${port}" on ${hostname} is taken by another program (perhaps another Keyturn); stop ` +
          "it or choose another port"
        : `"${hostname}" cannot be listened on: ${describeError(error)}`,
    }];
  }
}

/** Where the isolates go and what they read, for their permissions. */
export async function grantsInputOf(
  settings: Settings,
  workspaceHost: string | null,
): Promise<GrantsInput> {
  const { upstreamBase, geminiUpstreamBase, gatewayHost, profileFile } = settings;
  return {
    listen: { hostname: settings.proxyHost, port: settings.proxyPort },
    socketPath: settings.proxySocket,
    workspaceHost,
    upstreams: [gatewayHost, upstreamBase, geminiUpstreamBase].filter((url) => url !== null),
    profileFile,
    profileTarget: await Deno.realPath(profileFile).catch(() => profileFile),
    configFolder: settings.configFolder,
    stateFolder: settings.stateFolder,
  };
}
