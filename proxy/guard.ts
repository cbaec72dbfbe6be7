/**
 * Who may come in. Looks at the request line and the headers alone, before any body is read.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../workspace/credential.ts";
import type { HeaderView } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import type { RequestTarget } from "./target.ts";

/** The local keys that are accepted, by the name of their owner. */
export interface LocalKeys {
  readonly operator: Secret;
  readonly agents: ReadonlyMap<string, Secret>;
}

/**
 * Owners of keys by the digest of their key. What is looked up is a digest that no caller can
 * steer, so the time that it takes says nothing about any key.
 */
export type KeyRing = ReadonlyMap<string, string>;

/** A door on a TCP port. */
export interface PortDoor {
  readonly kind: "port";
  /** The address listened on. */
  readonly hostname: string;
  readonly port: number;
  /** Whether other machines may come in. */
  readonly allowRemote: boolean;
}

/** The door that a request came through. Only who may open the file comes through a socket. */
export type Door = PortDoor | { readonly kind: "socket" };

/**
 * Refuses a request line and headers that are too long together.
 *
 * @throws {Refusal} 431.
 */
export function checkHeaderSize(url: string, headers: HeaderView, maxBytes: number): void {
  let bytes = url.length;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  if (bytes <= maxBytes) return;
  throw new Refusal(
    431,
    "too-large",
    `The request line and headers are longer than ${maxBytes} bytes; send fewer or shorter ` +
      "ones, or raise PROXY_MAX_HEADERS",
    { limit: "header-bytes" },
  );
}

/**
 * Refuses what a web page can send to a loopback port. A page reaches us under its own name (DNS
 * rebinding, CVE-2025-66414), with an `Origin`, or marked as cross-site; an agent does none of it.
 *
 * @throws {Refusal} 403.
 */
export function checkDoor(headers: HeaderView, target: RequestTarget, door: Door): void {
  if (door.kind === "port") checkNames(headers.get("host"), target, door);
  if (headers.has("origin")) {
    throw new Refusal(403, "forbidden", "Requests from web pages (with an Origin) are refused");
  }
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "none" && site !== "same-origin") {
    throw new Refusal(403, "forbidden", "Requests from other sites are refused");
  }
}

/** The Host header, and the authority that an absolute-form target has of its own. */
function checkNames(host: string | null, target: RequestTarget, door: PortDoor): void {
  const { scheme, authority } = target;
  const isOurs = host !== null && isOurName(host, door) &&
    (authority === host || isOurName(authority, door));
  if (isOurs && scheme === "http") return;
  throw new Refusal(
    403,
    "forbidden",
    `This is Keyturn at ${door.hostname}:${door.port}; the request names another host. ` +
      `Use http://127.0.0.1:${door.port}`,
  );
}

/** Whether `authority` is one of the names under which this service may be called. */
function isOurName(authority: string, door: PortDoor): boolean {
  const { port } = door;
  const lower = authority.toLowerCase();
  // Clients leave out the port that http has anyway.
  const name = port === 80 && !/:\d+$/.test(lower) ? `${lower}:80` : lower;
  if (name === `127.0.0.1:${port}` || name === `localhost:${port}` || name === `[::1]:${port}`) {
    return true;
  }
  const own = door.hostname.includes(":") ? `[${door.hostname}]` : door.hostname;
  if (name === `${own.toLowerCase()}:${port}`) return true;
  // Rebinding needs a name in the public DNS. An address, or a name without a dot, is none.
  return door.allowRemote && /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]|[a-z0-9_-]+)(:\d+)?$/.test(name);
}

/** The keys of a file in the form in which callers are found. */
export function makeKeyRing({ operator, agents }: LocalKeys): KeyRing {
  return new Map([
    ...Array.from(agents, ([name, key]) => [digest(key.reveal()), name] as const),
    [digest(operator.reveal()), "operator"] as const,
  ]);
}

/** All keys that a request shows, in whichever way. */
export function presentedKeys(headers: HeaderView, target: RequestTarget): readonly string[] {
  const keys: string[] = [];
  const authorization = headers.get("authorization");
  if (authorization !== null && /^bearer /i.test(authorization)) {
    keys.push(authorization.slice("bearer ".length).trim());
  }
  for (const key of [headers.get("x-api-key"), headers.get("x-goog-api-key"), target.key]) {
    if (key !== null && key !== keys[0]) keys.push(key);
  }
  return keys;
}

/** Whose key was shown: `operator`, an agent's name, or `null` if none was anybody's. */
export function findCaller(presented: readonly string[], ring: KeyRing | null): string | null {
  let caller: string | null = null;
  for (const key of presented) {
    const owner = ring?.get(digest(key));
    if (owner === "operator") return owner;
    caller ??= owner ?? null;
  }
  return caller;
}

/** Whether two texts are the same, in a time that says nothing about where they differ. */
export function isSameText(shown: string, wanted: string): boolean {
  return timingSafeEqual(sha256(shown), sha256(wanted));
}

/** Whose key a route opens to. */
export type KeyOwner = "agent" | "operator";

const KEY_WANTED: Readonly<Record<KeyOwner, string>> = {
  agent: "This needs the agent's own local key, which `deno task setup:<agent>` writes into its " +
    "config (the keys are in ~/.config/keyturn/keys.json); PROXY_CLIENT_AUTH=off accepts any " +
    "caller on this machine",
  operator:
    "This needs the operator's key, `operator` in ~/.config/keyturn/keys.json; an agent's " +
    "key does not open it",
};

/** The one answer to a missing key and to a wrong one. */
export function keyRefusal(owner: KeyOwner): Refusal {
  return new Refusal(401, "unauthenticated", KEY_WANTED[owner]);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
