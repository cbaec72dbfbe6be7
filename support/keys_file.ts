/**
 * `keys.json`: the local keys by which the proxy knows its callers. One for the operator, one for
 * each agent; none of them is worth anything outside of this machine.
 *
 * @module
 */

import { dirname } from "node:path";
import { Secret } from "./secret.ts";
import { ConfigError, describeError } from "./errors.ts";
import { FileMovedError, readIfThere, replaceFile } from "./replace_file.ts";

/** The local keys of one installation. */
export interface Keys {
  /** Opens the status page, `/metrics` and `/keyturn/…`. */
  readonly operator: Secret;
  /** The key of each agent, by the agent's name. */
  readonly agents: ReadonlyMap<string, Secret>;
}

/** Random bytes in a key: as many as a SHA-256 has. */
const KEY_BYTES = 32;

/**
 * How long a running proxy takes the keys without a look at their file. Whoever has changed the
 * file and waits for so long knows that no key of before is let in any more.
 */
export const KEYS_REST_MS = 20;

/** How often a write is tried when another program changes the file at the same moment. */
const WRITE_TRIES = 5;

/**
 * Text of `keys.json` → keys.
 *
 * @throws {SyntaxError} that says what is wrong, without the path and without any value.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeKey, parseKeys, renderKeys } from "./keys_file.ts";
 *
 * const operator = makeKey("operator", new Uint8Array(32));
 * const hermes = makeKey("hermes", new Uint8Array(32));
 * const text = renderKeys({ operator, agents: new Map([["hermes", hermes]]) });
 * assert.equal(parseKeys(text).agents.get("hermes")?.reveal(), hermes.reveal());
 * assert.throws(() => parseKeys("{}"), /"version" is missing/);
 * ```
 */
export function parseKeys(text: string): Keys {
  const file = parseObject(text);
  if (Object.keys(file).some((name) => !FIELDS.includes(name))) {
    throw new SyntaxError(`it has a field that is not one of ${FIELDS.join(", ")}`);
  }
  const missing = FIELDS.find((name) => file[name] === undefined);
  if (missing !== undefined) throw new SyntaxError(`"${missing}" is missing`);
  if (file.version !== 1) throw new SyntaxError('"version" is not 1, the only one known');
  if (!isObject(file.agents)) throw new SyntaxError('"agents" is not an object');
  const agents = Object.entries(file.agents).map(([name, key]) =>
    [name, parseKey(name, key)] as const
  );
  return { operator: parseKey("operator", file.operator), agents: new Map(agents) };
}

/** Keys → text of `keys.json`: two spaces of indent and a final newline. */
export function renderKeys(keys: Keys): string {
  const agents = Object.fromEntries(
    Array.from(keys.agents, ([name, key]) => [name, key.reveal()]),
  );
  const file = { version: 1, operator: keys.operator.reveal(), agents };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * A new key for `name` out of 32 random bytes. The name stands in the key so that a person who
 * meets one somewhere knows whose it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeKey } from "./keys_file.ts";
 *
 * const key = makeKey("hermes", new Uint8Array(32).fill(255));
 * assert.equal(key.reveal(), "kt_hermes_" + "_".repeat(42) + "8");
 * ```
 *
 * @throws {RangeError} if `random` is not 32 bytes long.
 */
export function makeKey(name: string, random: Uint8Array): Secret {
  if (random.length !== KEY_BYTES) {
    throw new RangeError(`Cannot make a key: wanted ${KEY_BYTES} bytes, got ${random.length}`);
  }
  const text = random.toBase64({ alphabet: "base64url", omitPadding: true });
  return new Secret(`kt_${name}_${text}`);
}

/** Keys after a change. */
export interface KeyChange {
  /** All of them, as they are to be. */
  readonly keys: Keys;
  /** `unchanged`: they were like that. */
  readonly outcome: "changed" | "unchanged";
}

/** Adds what is missing to `keys` (`null`: everything is); a key that is there is kept. */
export function withAgentKeys(
  keys: Keys | null,
  names: readonly string[],
  { randomBytes }: { readonly randomBytes: () => Uint8Array },
): KeyChange {
  const missing = names.filter((name) => !keys?.agents.has(name));
  if (keys !== null && missing.length === 0) return { keys, outcome: "unchanged" };
  const agents = new Map(keys?.agents);
  for (const name of missing) agents.set(name, makeKey(name, randomBytes()));
  const operator = keys?.operator ?? makeKey("operator", randomBytes());
  return { keys: { operator, agents }, outcome: "changed" };
}

/** Keys with a new one for `name`, `operator` included; the one before is good no longer. */
export function withNewKey(
  keys: Keys | null,
  name: string,
  { randomBytes }: { readonly randomBytes: () => Uint8Array },
): KeyChange & { readonly before: "there" | "none" } {
  const key = makeKey(name, randomBytes());
  if (name === "operator") {
    const before = keys === null ? "none" : "there";
    return {
      keys: { operator: key, agents: keys?.agents ?? new Map() },
      outcome: "changed",
      before,
    };
  }
  const before = keys?.agents.has(name) ? "there" : "none";
  const agents = new Map(keys?.agents).set(name, key);
  const operator = keys?.operator ?? makeKey("operator", randomBytes());
  return { keys: { operator, agents }, outcome: "changed", before };
}

/** Keys without the one of an agent. Nothing but its absence says that it was taken back. */
export function withoutKey(keys: Keys, name: string): KeyChange {
  if (!keys.agents.has(name)) return { keys, outcome: "unchanged" };
  const agents = new Map(keys.agents);
  agents.delete(name);
  return { keys: { ...keys, agents }, outcome: "changed" };
}

/**
 * The keys in `path`, `null` where there is no such file.
 *
 * @throws {ConfigError} if the file is not what {@link parseKeys} reads.
 */
export async function readKeys(path: string): Promise<Keys | null> {
  const text = await readIfThere(path);
  return text === null ? null : parseNamed(path, text);
}

/**
 * The keys in `path`, with one for each of `names`: what is missing is made and written, the
 * folder as well, and a file that others may read is closed to them. `serve` and `setup` both
 * call this and may do so at the same moment; they end with the same keys.
 *
 * @throws {ConfigError} if the file is there and not readable as keys; it is never overwritten,
 * since the agents' files hold what stands in it.
 */
export async function ensureKeys(
  path: string,
  names: readonly string[],
  { randomBytes }: { readonly randomBytes: () => Uint8Array },
): Promise<Keys> {
  const found = withAgentKeys(await readKeys(path), names, { randomBytes });
  if (found.outcome === "unchanged") {
    await tighten(path);
    return found.keys;
  }
  const { keys } = await changeKeys(path, (keys) => withAgentKeys(keys, names, { randomBytes }));
  return keys;
}

/**
 * Changes the keys in `path` as `plan` says (`null`: there is no file yet), and says what it said.
 * It is asked again if another program writes the file at the same moment.
 *
 * @throws {ConfigError} if the file is there and not readable as keys.
 */
export async function changeKeys<C extends KeyChange>(
  path: string,
  plan: (keys: Keys | null) => C,
): Promise<C> {
  // Writers of one file share the name of its sibling, so one could rename what another has
  // only half written. They take turns by a lock, which ends with the process that holds it.
  using _lock = await takeLock(`${path}.lock`);
  for (let tries = 1;; tries++) {
    const text = await readIfThere(path);
    const change = plan(text === null ? null : parseNamed(path, text));
    if (change.outcome === "unchanged") return change;
    try {
      await replaceFile(path, renderKeys(change.keys), { mode: 0o600, expected: text });
      return change;
    } catch (error) {
      // An editor does not take our lock. Read again what it wrote.
      if (!(error instanceof FileMovedError) || tries === WRITE_TRIES) throw error;
    }
  }
}

async function takeLock(path: string): Promise<Deno.FsFile> {
  const file = await openLock(path);
  const exclusive = true;
  await file.lock(exclusive);
  return file;
}

async function openLock(path: string): Promise<Deno.FsFile> {
  const options = { create: true, write: true, mode: 0o600 };
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // A folder that is there may not be made: permissions name it only where it is missing.
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await Deno.open(path, options);
  }
}

async function tighten(path: string): Promise<void> {
  const { mode } = await Deno.stat(path);
  if (mode !== null && (mode & 0o077) !== 0) await Deno.chmod(path, 0o600);
}

function parseNamed(path: string, text: string): Keys {
  try {
    return parseKeys(text);
  } catch (error) {
    const message = `Cannot read the local keys: ${describeError(error)}. ` +
      "Put the file right, or remove it and run setup again for every agent";
    throw new ConfigError([{ name: path, message }]);
  }
}

const FIELDS: readonly string[] = ["version", "operator", "agents"];

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, and the text is keys.
    throw new SyntaxError("it is not JSON");
  }
  if (!isObject(value)) throw new SyntaxError("it is not a JSON object");
  return value;
}

// No message repeats what it found: a key could stand where a name belongs.
function parseKey(name: string, key: unknown): Secret {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new SyntaxError('"agents" has a name that is not lower-case letters, digits and "-"');
  }
  if (typeof key !== "string" || !key.startsWith(`kt_${name}_`) || !KEY_SHAPE.test(key)) {
    throw new SyntaxError(`the key of "${name}" does not look like kt_${name}_ and 43 characters`);
  }
  return new Secret(key);
}

const KEY_SHAPE = /^kt_[a-z][a-z0-9-]*_[A-Za-z0-9_-]{43}$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
