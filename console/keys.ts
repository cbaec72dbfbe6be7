/**
 * The command `keys`: the local keys are shown by name, replaced, or taken back.
 *
 * @module
 */

import { AGENT_DIALECTS, AGENTS } from "../settings.ts";
import { ConfigError, type Problem } from "../support/errors.ts";
import {
  changeKeys,
  type Keys,
  KEYS_REST_MS,
  readKeys,
  withNewKey,
  withoutKey,
} from "../support/keys_file.ts";
import { keysFileOf } from "../supervisor/isolate_config.ts";

/** What is asked of the keys. */
export type KeysCall =
  | { readonly verb: "list" }
  | { readonly verb: "rotate" | "revoke"; readonly name: string };

/** What {@link runKeys} works with. */
export interface KeysOptions {
  readonly settings: { readonly configFolder: string; readonly clientAuth: "required" | "off" };
  readonly write: (text: string) => void;
}

/**
 * The arguments of `keys` → what is asked.
 *
 * @throws {ConfigError} that says what is wanted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseKeysCall } from "./keys.ts";
 *
 * assert.deepEqual(parseKeysCall(["rotate", "pi"]), { verb: "rotate", name: "pi" });
 * assert.throws(() => parseKeysCall(["rotate"]), /name one agent/);
 * ```
 */
export function parseKeysCall(args: readonly string[]): KeysCall {
  const [verb, name, ...rest] = args;
  const wanted = "wanted list, rotate <agent> or revoke <agent>";
  if (verb === undefined) throw wrong("keys", `says nothing of what to do; ${wanted}`);
  if (verb !== "list" && verb !== "rotate" && verb !== "revoke") {
    throw wrong(verb, `is nothing that can be done to keys; ${wanted}`);
  }
  if (verb === "list") {
    if (name !== undefined) throw wrong(name, "is not known here; `keys list` takes no arguments");
    return { verb };
  }
  if (name === undefined || rest.length > 0) {
    throw wrong(`keys ${verb}`, "name one agent; `keys list` shows them");
  }
  return { verb, name };
}

/**
 * Does what is asked, and says so. When this returns, a running service goes by the new keys.
 *
 * @throws {ConfigError} for a name that has no key and can have none.
 */
export async function runKeys(call: KeysCall, options: KeysOptions): Promise<0> {
  const { settings, write } = options;
  const path = keysFileOf(settings);
  const keys = await readKeys(path);
  if (call.verb === "list") write(renderKeyList(keys, path));
  else write(await change(call, { path, keys }));
  if (settings.clientAuth === "off") {
    write("PROXY_CLIENT_AUTH is off: any caller is let in, whatever key it shows\n");
  }
  return 0;
}

async function change(
  { verb, name }: Exclude<KeysCall, { readonly verb: "list" }>,
  { path, keys }: { readonly path: string; readonly keys: Keys | null },
): Promise<string> {
  const isThere = name === "operator" ? keys !== null : keys?.agents.has(name) ?? false;
  if (!isThere && !knownNames().includes(name)) {
    const known = [...new Set([...knownNames(), ...keys?.agents.keys() ?? [], "operator"])];
    throw wrong(name, `is no agent that Keyturn knows; wanted ${known.join(", ")}`);
  }
  if (verb === "rotate") return await rotate(name, path);
  if (name === "operator") {
    throw wrong(name, "is what `status` and `rotate` come with; it can be rotated, not revoked");
  }
  if (keys === null) return `${name}: has no key; there is no ${path}\n`;
  return await revoke(name, { path, keys });
}

async function rotate(name: string, path: string): Promise<string> {
  const { before } = await changeKeys(path, (keys) => withNewKey(keys, name, { randomBytes }));
  await isFollowed();
  const made = before === "there"
    ? `${name}: has a new key; the one before is refused from now on`
    : `${name}: has a key now`;
  if (name === "operator") return `${made}\n`;
  return `${made}. Write it into the agent's config: \`setup ${name}\`, or from ${path}\n`;
}

async function revoke(
  name: string,
  { path, keys }: { readonly path: string; readonly keys: Keys },
): Promise<string> {
  const { outcome } = await changeKeys(path, (now) => withoutKey(now ?? keys, name));
  if (outcome === "unchanged") return `${name}: has no key; nothing to revoke\n`;
  await isFollowed();
  return `${name}: its key is refused from now on. \`keys rotate ${name}\` or \`setup ${name}\` ` +
    "makes another; nothing else does\n";
}

/** By then each proxy has looked at the file again. */
async function isFollowed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2 * KEYS_REST_MS));
}

/** The keys by name, with what each is good for; no value. */
export function renderKeyList(keys: Keys | null, path: string): string {
  const names = [...new Set([...knownNames(), ...keys?.agents.keys() ?? []])];
  const rows = names.map((name) => [
    name,
    keys?.agents.has(name) ? "has a key" : "no key",
    dialectsOf(name),
  ]);
  const all = [
    ["operator", keys === null ? "no key" : "has a key", "status, rotate, token"],
    ...rows,
  ];
  const lines = all.map(([name = "", state = "", use = ""]) =>
    `${name.padEnd(10)}${state.padEnd(11)}${use}\n`
  );
  const where = keys === null ? `none yet; \`serve\` or \`setup\` makes ${path}` : `in ${path}`;
  return `${lines.join("")}\nThe keys are ${where}\n`;
}

function dialectsOf(name: string): string {
  return Object.hasOwn(AGENT_DIALECTS, name)
    ? AGENT_DIALECTS[name]?.join(", ") ?? ""
    : "every dialect: a name of your own";
}

function knownNames(): readonly string[] {
  return [...new Set([...AGENTS, ...Object.keys(AGENT_DIALECTS)])];
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

function wrong(name: string, message: string): ConfigError {
  const problems: readonly Problem[] = [{ name, message }];
  return new ConfigError(problems);
}
