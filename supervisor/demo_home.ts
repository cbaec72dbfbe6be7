/**
 * The home of the demo: a temporary folder with a profile in it, gone when the demo is over.
 *
 * @module
 */

import type { Environment } from "../settings.ts";

/** A home that exists until it is disposed of. */
export interface DemoHome extends AsyncDisposable {
  readonly folder: string;
  readonly profileFile: string;
  readonly keysFile: string;
}

/** Life of a minted token, in seconds. */
export const LIFETIME_SECONDS = 10;
/** Age at which it is replaced, in seconds. */
export const INTERVAL_SECONDS = 5;
const DRAIN_SECONDS = 5;

/** Makes the folder. */
export async function makeDemoHome(): Promise<DemoHome> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn_demo_" });
  // A second Ctrl-C ends the process at once, and nothing but this event comes before that.
  const onUnload = () => Deno.removeSync(folder, { recursive: true });
  globalThis.addEventListener("unload", onUnload);
  return {
    folder,
    profileFile: `${folder}/.databrickscfg`,
    keysFile: `${folder}/.config/keyturn/keys.json`,
    [Symbol.asyncDispose]: async () => {
      globalThis.removeEventListener("unload", onUnload);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Writes the profile as a person has it: with a comment, and another profile beside it. */
export async function writeDemoProfile(
  { profileFile }: DemoHome,
  workspace: { readonly origin: string; readonly token: string },
): Promise<void> {
  const text = `; Everything in this file but the first token stays as it is.
[DEFAULT]
host  = ${workspace.origin}
token = ${workspace.token}

[production]
host      = https://adb-1234567890123456.7.azuredatabricks.net
auth_type = databricks-cli
`;
  await Deno.writeTextFile(profileFile, text, { mode: 0o600 });
}

/** The environment of the service: nothing comes from the machine's own. */
export function demoEnvironment(folder: string, port: number): Environment {
  return {
    HOME: folder,
    PROXY_PORT: String(port),
    PAT_TOKEN_LIFETIME: String(LIFETIME_SECONDS),
    PAT_ROTATION_INTERVAL: String(INTERVAL_SECONDS),
    PAT_DRAIN_TIMEOUT: String(DRAIN_SECONDS),
    // The view is about what happens; only what should not happen is worth a line in the log.
    LOG_LEVEL: "warn",
  };
}
