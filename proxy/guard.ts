/**
 * Who may come in. Looks at the request line and the headers alone, before any body is read.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { Secret } from "../workspace/credential.ts";
import { Refusal } from "./refusal.ts";
import type { RequestTarget } from "./target.ts";

/** The local keys that are accepted, by the name of their owner. */
export interface LocalKeys {
  readonly operator: Secret;
  readonly agents: ReadonlyMap<string, Secret>;
}

/** What the guard knows of its own door. */
export interface Door {
  /** The address listened on. */
  readonly hostname: string;
  readonly port: number;
  /** Whether other machines may come in. */
  readonly allowRemote: boolean;
}

const encoder = new TextEncoder();

/**
 * Refuses what a web page can send to a loopback port. A page reaches us under its own name (DNS
 * rebinding, CVE-2025-66414), with an `Origin`, or marked as cross-site; an agent does none of it.
 *
 * @throws {Refusal} 403.
 */
export function checkDoor(headers: Headers, target: RequestTarget, door: Door): void {
  const host = headers.get("host");
  if (host === null || !isOurName(host, door) || !isOurName(target.authority, door)) {
    throw new Refusal(
      403,
      "forbidden",
      `This is Keyturn at ${door.hostname}:${door.port}; the Host header names another place. ` +
        `Use http://127.0.0.1:${door.port}`,
    );
  }
  if (headers.has("origin")) {
    throw new Refusal(403, "forbidden", "Requests from web pages (with an Origin) are refused");
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "none" && site !== "same-origin") {
    throw new Refusal(403, "forbidden", "Requests from other sites are refused");
  }
}

/** Whether `authority` is one of the names under which this service may be called. */
function isOurName(authority: string, door: Door): boolean {
  const name = authority.toLowerCase();
  const { port } = door;
  if (name === `127.0.0.1:${port}` || name === `localhost:${port}` || name === `[::1]:${port}`) {
    return true;
  }
  const own = door.hostname.includes(":") ? `[${door.hostname}]` : door.hostname;
  if (name === `${own.toLowerCase()}:${port}`) return true;
  // Rebinding needs a name in the public DNS. An address, or a name without a dot, is none.
  return door.allowRemote && /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]|[a-z0-9_-]+)(:\d+)?$/.test(name);
}

/** All keys that a request shows, in whichever way. */
export function presentedKeys(headers: Headers, target: RequestTarget): readonly string[] {
  const shown = [headers.get("x-api-key"), headers.get("x-goog-api-key"), target.key];
  const authorization = headers.get("authorization");
  if (authorization !== null && /^bearer /i.test(authorization)) {
    shown.push(authorization.slice("bearer ".length).trim());
  }
  return shown.filter((key) => key !== null && key !== "") as string[];
}

/**
 * Whose key was shown: `operator`, an agent's name, or `null`. Compares with every key in the
 * time that the longest takes, whichever matches.
 */
export function findCaller(presented: readonly string[], keys: LocalKeys | null): string | null {
  if (keys === null) return null;
  let caller: string | null = null;
  for (const shown of presented) {
    const bytes = encoder.encode(shown);
    if (isEqual(bytes, keys.operator)) caller = "operator";
    for (const [agent, key] of keys.agents) if (isEqual(bytes, key)) caller = agent;
  }
  return caller;
}

function isEqual(shown: Uint8Array, key: Secret): boolean {
  const wanted = encoder.encode(key.reveal());
  // Keys all have one length, so a length that differs tells nothing about any of them.
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

/** The one answer to a missing key and to a wrong one. */
export function keyRefusal(): Refusal {
  return new Refusal(
    401,
    "unauthenticated",
    "This needs the agent's own local key, which `deno task setup:<agent>` writes into its " +
      "config (the keys are in ~/.config/keyturn/keys.json); PROXY_CLIENT_AUTH=off accepts any " +
      "caller on this machine",
  );
}
