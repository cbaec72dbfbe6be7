/**
 * An agent's local key, as setup writes it or stands in for it.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { ensureKeys, makeKey, readKeys } from "../support/keys_file.ts";
import type { Secret } from "../workspace/credential.ts";

/** A key. */
export interface SetupKey {
  /** The key. */
  readonly key: Secret;
  /** `imagined`: it stands for the one that is still to be made, and opens nothing. */
  readonly state: "real" | "imagined";
}

/** The key of the agent `name`, made if it is not there and `mode` allows to write. */
export async function keyOf(
  name: string,
  { settings, mode }: {
    readonly settings: Pick<Settings, "configFolder">;
    readonly mode: "write" | "dry-run";
  },
): Promise<SetupKey> {
  const path = `${settings.configFolder}/keys.json`;
  if (mode === "write") return { key: await keyToWrite(path, name), state: "real" };
  const key = (await readKeys(path))?.agents.get(name);
  // Nobody sees more of it than its name.
  if (key === undefined) return { key: makeKey(name, new Uint8Array(32)), state: "imagined" };
  return { key, state: "real" };
}

async function keyToWrite(path: string, name: string): Promise<Secret> {
  const randomBytes = () => crypto.getRandomValues(new Uint8Array(32));
  const keys = await ensureKeys(path, [name], { randomBytes });
  const key = keys.agents.get(name);
  if (key === undefined) throw new TypeError(`Cannot find the key of "${name}" that was just made`);
  return key;
}
