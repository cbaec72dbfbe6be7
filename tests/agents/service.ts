/**
 * `serve` as a user starts it, on a compressed clock: tokens live for 6 s and are replaced after 3.
 *
 * @module
 */

import { delimiter, dirname, join } from "node:path";
import type { Status } from "../../proxy/status.ts";
import { type Keys, readKeys } from "../../support/keys_file.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { LineProcess, parseLine, type Said } from "./line_process.ts";

/** A running service. */
export interface Service extends AsyncDisposable {
  /** `http://…` without a path. */
  readonly origin: string;
  /** The local keys that it has made. */
  readonly keys: Keys;
  /** What it says of itself. */
  status(): Promise<Status>;
  /** Resolves when this token was replaced, its successor too, and it is revoked. */
  untilRetired(tokenId: string): Promise<void>;
  /** The end of its log, without secrets. */
  lastWords(): string;
}

/** An event of the service's log. */
export type LogEvent = Readonly<Record<string, unknown>>;

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

/** Starts the service for the profile in `home`; it serves a token of its own when this returns. */
export async function startService(home: string): Promise<Service> {
  const process = new LineProcess({
    name: "serve",
    command: "sh",
    // What `deno task serve` runs, without the task runner: killed, that would leave it behind.
    args: ["-c", `exec ${await readServeTask()}`],
    cwd: PROJECT,
    env: {
      PATH: [dirname(Deno.execPath()), Deno.env.get("PATH") ?? ""].join(delimiter),
      HOME: home,
      LANG: "C.UTF-8",
      // By default this is in HOME, and everything would be downloaded again.
      DENO_DIR: await findDenoFolder(),
      PAT_TOKEN_LIFETIME: "6",
      PAT_ROTATION_INTERVAL: "3",
      PROXY_PORT: "0",
    },
  });
  try {
    const origin = await process.until("a sentence with its address", findOrigin);
    // The token that it was given is replaced at once.
    await process.until("a first rotation", ({ stderr }) => findEvent(stderr, "rotated"));
    const keys = await readKeys(join(home, ".config/keyturn/keys.json"));
    if (keys === null) throw new Error("serve has made no keys.json");
    return {
      origin,
      keys,
      status: () => readStatus(origin, keys),
      untilRetired: async (tokenId) => {
        await process.until(
          `two rotations and the end of token ${tokenId}`,
          ({ stderr }) => isRetired(eventsOf(stderr), tokenId) ? "retired" : undefined,
        );
      },
      lastWords: () => process.lastWords(),
      [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
    };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Whether the log tells of the rotation that replaced a token, of one more, and of its revocation.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isRetired } from "./service.ts";
 *
 * const events = [
 *   { event: "rotated", oldId: "a", newId: "b" },
 *   { event: "revoked", tokenId: "a" },
 * ];
 * assert.equal(isRetired(events, "a"), false);
 * assert.equal(isRetired([...events, { event: "rotated", oldId: "b", newId: "c" }], "a"), true);
 * ```
 */
export function isRetired(events: readonly LogEvent[], tokenId: string): boolean {
  const rotations = events.filter(({ event }) => event === "rotated");
  const replaced = rotations.findIndex(({ oldId }) => oldId === tokenId);
  const isRevoked = events.some((entry) => entry.event === "revoked" && entry.tokenId === tokenId);
  return replaced !== -1 && rotations.length >= replaced + 2 && isRevoked;
}

async function readServeTask(): Promise<string> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(PROJECT, "deno.json")));
  if (typeof tasks?.serve !== "string") throw new TypeError("deno.json has no task serve");
  return tasks.serve;
}

async function findDenoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function findOrigin({ stdout }: Said): string | undefined {
  return stdout.join("\n").match(/serves on (http:\S+) for /)?.[1];
}

function findEvent(lines: readonly string[], name: string): LogEvent | undefined {
  return eventsOf(lines).find(({ event }) => event === name);
}

function eventsOf(lines: readonly string[]): readonly LogEvent[] {
  return lines.map(parseLine).filter((event) => event !== null);
}

async function readStatus(origin: string, keys: Keys): Promise<Status> {
  const response = await fetch(`${origin}/keyturn/status`, {
    headers: { authorization: `Bearer ${keys.operator.reveal()}` },
  });
  if (!response.ok) throw new Error(`The status was refused: ${response.status}`);
  return await response.json();
}
