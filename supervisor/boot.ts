/**
 * Everything that can be wrong before anything is started or written, found at once.
 *
 * @module
 */

import { isLoopback, parseHost } from "../workspace/host.ts";
import { parseProfile, type Profile } from "../workspace/profile_file.ts";
import { ProfileError } from "../workspace/profile_error.ts";
import { commandEnvironment, type Environment, type Settings } from "../settings.ts";
import { assertNameable } from "../settings/places.ts";
import { ConfigError, describeError, type Problem } from "../support/errors.ts";
import { readKeys } from "../support/keys_file.ts";
import { journalLockOf, profileLockOf } from "../support/lock_files.ts";
import { readIfThere, resolveTarget } from "../support/replace_file.ts";
import { type CommandTask, findCommandProblems } from "./command_problems.ts";
import type { GrantsInput } from "./grants.ts";
import { journalFileOf, keysFileOf, sourceKindOf } from "./isolate_config.ts";
import { describeLack } from "./profile_lack.ts";
import { type Reading, readSettings } from "./read_settings.ts";

/** A configuration that can be started. */
export interface Boot {
  readonly settings: Settings;
  /** Origin of the workspace. */
  readonly workspaceHost: string;
  readonly allowRemote: boolean;
  readonly grants: GrantsInput;
  /** The whole environment of a credential command. */
  readonly commandEnv: Readonly<Record<string, string>>;
}

/** What could be made of a configuration, and all that is wrong with it. */
export interface Draft {
  /** `null` if not even the places of files are known. */
  readonly settings: Settings | null;
  readonly workspaceHost: string | null;
  readonly problems: readonly Problem[];
}

/**
 * Reads settings, config file, profile, and the service's own files, and tries the port.
 *
 * @throws {ConfigError} with every problem of them.
 */
export async function boot(
  env: Environment,
  { task = "serve" }: { readonly task?: CommandTask } = {},
): Promise<Boot> {
  const draft = await draftConfiguration(env);
  const { settings, workspaceHost, problems, knows } = draft;
  const more = settings === null ? [] : [
    ...(knows("CREDENTIAL_COMMAND") ? await findCommandProblems(settings, task) : []),
    ...await findFileProblems(settings),
    ...(knows("PROXY_PORT") ? tryPort(settings) : []),
  ];
  const all = [...problems, ...more];
  if (all.length > 0 || settings === null || workspaceHost === null) throw new ConfigError(all);
  return {
    settings,
    workspaceHost,
    allowRemote: !isLoopback(settings.proxyHost),
    grants: await grantsInputOf(settings, workspaceHost),
    commandEnv: commandEnvironment(env),
  };
}

/** Reads settings, config file and profile; never throws for what a person wrote. */
export async function readConfiguration(env: Environment): Promise<Draft> {
  const { settings, workspaceHost, problems } = await draftConfiguration(env);
  return { settings, workspaceHost, problems };
}

async function draftConfiguration(env: Environment): Promise<Draft & Pick<Reading, "knows">> {
  const { settings, problems, knows } = await readSettings(env);
  if (settings === null) return { settings, workspaceHost: null, problems, knows };
  const found: Problem[] = [...problems];
  const isPlaced = knows("DATABRICKS_CONFIG_FILE") && knows("DATABRICKS_CONFIG_PROFILE");
  // Of no use otherwise, so whatever is wrong with it is no matter either.
  const isWanted = sourceKindOf(settings) === "pat" || hostFrom(settings) === "profile";
  const profile = isPlaced && isWanted ? await readProfile(settings, found) : null;
  const workspaceHost = findHost(settings, { profile, knows }, found);
  found.push(...findTokenProblem(settings, { profile, knows }));
  return { settings, workspaceHost, problems: found, knows };
}

async function readProfile(settings: Settings, problems: Problem[]): Promise<Profile | null> {
  const { profileFile, profileName } = settings;
  try {
    return parseProfile(await readIfThere(profileFile) ?? "", profileName);
  } catch (error) {
    const message = error instanceof ProfileError
      ? describeError(error)
      : `cannot be read: ${describeError(error)}`;
    problems.push({ name: profileFile, message });
    return null;
  }
}

/** What is known of the profile, and of the settings that might be in its place. */
interface Background {
  readonly profile: Profile | null;
  readonly knows: (name: string) => boolean;
}

function findHost(
  settings: Settings,
  { profile, knows }: Background,
  problems: Problem[],
): string | null {
  if (settings.databricksHost !== null) return settings.databricksHost;
  // What is wrong with either was said already.
  if (profile === null || !knows("DATABRICKS_HOST")) return null;
  const place = `profile "${settings.profileName}" of ${settings.profileFile}`;
  if (profile.host === null) {
    problems.push({
      name: "DATABRICKS_HOST",
      message: `is not set, and ${describeLack("host", settings, profile)}; ` +
        "set it to the workspace's URL, such as " +
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

function findTokenProblem(settings: Settings, { profile, knows }: Background): Problem[] {
  const { databricksToken, oauth, credentialCommand, rotation } = settings;
  if (profile === null || profile.token !== null || rotation === "off") return [];
  const names = ["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "CREDENTIAL_COMMAND"];
  const hasOther = databricksToken !== null || oauth !== null || credentialCommand !== null;
  if (hasOther || !names.every(knows)) return [];
  return [{
    name: "DATABRICKS_TOKEN",
    message: `is not set, and ${describeLack("token", settings, profile)}; create a personal ` +
      "access token in the workspace (Settings, Developer, Access tokens) and set it here or there",
  }];
}

/** The service's own files, which it must be able to read before it writes anything. */
async function findFileProblems(settings: Settings): Promise<Problem[]> {
  const problems: Problem[] = [];
  const attempt = async (name: string, read: (path: string) => Promise<unknown>) => {
    try {
      await read(name);
    } catch (error) {
      if (error instanceof ConfigError) problems.push(...error.problems);
      else problems.push({ name, message: `cannot be read: ${describeError(error)}` });
    }
  };
  await attempt(keysFileOf(settings), readKeys);
  if (sourceKindOf(settings) === "pat") await attempt(journalFileOf(settings), readIfThere);
  return problems;
}

/** Tries the door: a port that is taken is found before anything is written. */
function tryPort({ proxyHost: hostname, proxyPort: port }: Settings): Problem[] {
  try {
    Deno.listen({ hostname, port }).close();
    return [];
  } catch (error) {
    // Also taken by a Keyturn whose proxies share it: this listener would not.
    if (error instanceof Deno.errors.AddrInUse) {
      const message = `"${port}" on ${hostname} is taken by another program (perhaps another ` +
        "Keyturn); stop it or choose another port";
      return [{ name: "PROXY_PORT", message }];
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      const message = `"${port}" on ${hostname} is not open to this user; choose one above 1023`;
      return [{ name: "PROXY_PORT", message }];
    }
    const message = `"${hostname}" cannot be listened on: ${describeError(error)}`;
    return [{ name: "PROXY_HOST", message }];
  }
}

/** Where the isolates go and what they read, for their permissions. */
export async function grantsInputOf(
  settings: Settings,
  workspaceHost: string | null,
): Promise<GrantsInput> {
  const { upstreamBase, geminiUpstreamBase, gatewayHost, profileFile, profileName } = settings;
  const profileTarget = await targetOf(profileFile);
  const [executable = ""] = settings.credentialCommand ?? [];
  const kind = sourceKindOf(settings);
  return {
    listen: { hostname: settings.proxyHost, port: settings.proxyPort },
    socketPath: settings.proxySocket,
    workspaceHost,
    upstreams: [gatewayHost, upstreamBase, geminiUpstreamBase].filter((url) => url !== null),
    source: kind === "command" ? { kind, executable } : { kind },
    hostFrom: hostFrom(settings),
    profileFile,
    profileTarget,
    lockFiles: [
      profileLockOf(profileTarget, profileName),
      journalLockOf(journalFileOf(settings)),
    ],
    configFolder: settings.configFolder,
    stateFolder: settings.stateFolder,
    agentFiles: await Promise.all(
      settings.agentFiles.map(async ({ path }) => ({ path, target: await targetOf(path) })),
    ),
  };
}

/** The file behind a symbolic link; of what cannot be written nothing but its name is granted. */
export async function targetOf(path: string): Promise<string> {
  try {
    const target = await resolveTarget(path);
    assertNameable(target);
    return target;
  } catch {
    return path;
  }
}

function hostFrom({ databricksHost }: Settings): GrantsInput["hostFrom"] {
  return databricksHost === null ? "profile" : "settings";
}
