/**
 * A request that somebody captured: as it went over the wire, or only its body.
 *
 * @module
 */

import { type Dialect, findRoute, type ForwardRoute } from "../workspace/endpoints.ts";
import { ConfigError } from "../support/errors.ts";

/** A captured request. */
export interface Captured {
  /** Where it would go. */
  readonly route: ForwardRoute;
  /** Its body. */
  readonly body: string;
  /** What `route` was known from, for people. */
  readonly knownFrom: string;
}

/** One path of each dialect, for a body that came without one. */
const PATHS: Readonly<Record<Dialect, string>> = {
  chat: "/v1/chat/completions",
  responses: "/v1/responses",
  anthropic: "/v1/messages",
  gemini: "/gemini/v1beta/models/gemini:generateContent",
};

/** Names of the dialects. */
export const DIALECTS = Object.keys(PATHS) as readonly Dialect[];

/**
 * Reads a capture.
 *
 * @throws {ConfigError} if it is no request that the proxy would forward.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readCaptured } from "./captured.ts";
 *
 * const wire = 'POST /v1/responses HTTP/1.1\r\nHost: x\r\n\r\n{"input":[]}';
 * assert.equal(readCaptured(wire, { name: "a.http", dialect: null }).route.dialect, "responses");
 * const body = '{"messages":[],"system":"s"}';
 * assert.equal(readCaptured(body, { name: "a.json", dialect: null }).route.dialect, "anthropic");
 * ```
 */
export function readCaptured(
  text: string,
  { name, dialect }: { readonly name: string; readonly dialect: Dialect | null },
): Captured {
  const [, method, path] = /^\s*([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?\r?\n/.exec(text) ?? [];
  if (method === undefined || path === undefined) {
    const body = text.replace(/^\ufeff/, "");
    const known = dialect ?? guess(parse(body, name));
    const knownFrom = dialect === null ? "the shape of the body" : "--dialect";
    return { route: routeOf("POST", PATHS[known], name), body, knownFrom };
  }
  const [, body = ""] = /\r?\n\r?\n([^]*)$/.exec(text) ?? [];
  parse(body, name);
  const pathname = path.replace(/^https?:\/\/[^/]+/, "").replace(/\?.*$/, "");
  return { route: routeOf(method, pathname, name), body, knownFrom: "its request line" };
}

function routeOf(method: string, path: string, name: string): ForwardRoute {
  const route = findRoute(method, path);
  if (route?.kind === "forward") return route;
  throw wrong(name, `is a request for ${method} ${path}, which the proxy does not forward`);
}

function parse(body: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw wrong(name, "has no JSON object as its body; wanted a body, or a request with headers");
}

/** The same fields mean the same in chat and Messages; what only one has decides. */
function guess(body: Record<string, unknown>): Dialect {
  if ("contents" in body) return "gemini";
  if ("input" in body) return "responses";
  const text = JSON.stringify([body.messages, body.tools]);
  const isAnthropic = "system" in body || "thinking" in body || "anthropic_version" in body ||
    /"type":"tool_(use|result)"|"input_schema":|"cache_control":/.test(text);
  return isAnthropic ? "anthropic" : "chat";
}

function wrong(name: string, message: string): ConfigError {
  return new ConfigError([{ name, message }]);
}
