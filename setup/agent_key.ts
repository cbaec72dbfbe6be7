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
  /** What the service proves itself by; `null` if there are no keys yet. */
  readonly operator: Secret | null;
  /**
   * `made`: it is new, although other agents had keys. `imagined`: it stands for the one that is
   * still to be made, and opens nothing.
   */
  readonly state: "there" | "made" | "imagined";
}

/** Names of the agents that have keys, `null` where no keys are. */
export type KeyOwners = ReadonlySet<string> | null;

/** Whose keys are in the settings' `keys.json`. */
export async function keyOwners({ configFolder }: KeyPlace): Promise<KeyOwners> {
  const keys = await readKeys(`${configFolder}/keys.json`);
  return keys === null ? null : new Set(keys.agents.keys());
}

/** Where keys lie. */
type KeyPlace = Pick<Settings, "configFolder">;

/** A sentence on a key that is new although others were there: it may have been revoked. */
export function keyNotes(name: string, { state }: SetupKey): readonly string[] {
  if (state !== "made") return [];
  return [
    `its local key is new, since it had none; if you had revoked it, \`keys revoke ${name}\` ` +
    "shuts it out again",
  ];
}

/** The key of the agent `name`, made if it is not there and `mode` allows to write. */
export async function keyOf(
  name: string,
  { settings, mode, owners }: {
    readonly settings: KeyPlace;
    readonly mode: "write" | "dry-run";
    /** Who had one before this setup. */
    readonly owners: KeyOwners;
  },
): Promise<SetupKey> {
  const path = `${settings.configFolder}/keys.json`;
  if (mode === "write") {
    const state = owners === null || owners.has(name) ? "there" : "made";
    return { ...await keyToWrite(path, name), state };
  }
  const keys = await readKeys(path);
  const operator = keys?.operator ?? null;
  const key = keys?.agents.get(name);
  // Nobody sees more of it than its name.
  if (key === undefined) {
    return { key: makeKey(name, new Uint8Array(32)), operator, state: "imagined" };
  }
  return { key, operator, state: "there" };
}

async function keyToWrite(path: string, name: string): Promise<Omit<SetupKey, "state">> {
  const randomBytes = () => crypto.getRandomValues(new Uint8Array(32));
  const keys = await ensureKeys(path, [name], { randomBytes });
  const key = keys.agents.get(name);
  if (key === undefined) throw new TypeError(`Cannot find the key of "${name}" that was just made`);
  return { key, operator: keys.operator };
}
