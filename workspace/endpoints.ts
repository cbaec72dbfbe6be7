/**
 * The route table of the service as data: which paths a caller may use, and where each of them
 * leads under each upstream mode.
 *
 * @module
 */

/** The wire language of a route: what its bodies, streams and errors look like. */
export type Dialect = "chat" | "responses" | "anthropic" | "gemini";

/** How client paths map onto the workspace. */
export type UpstreamMode = "ai-gateway" | "gateway-host" | "serving-endpoints";

/** A request that is forwarded. */
export interface ForwardRoute {
  /** Tells it from other routes. */
  readonly kind: "forward";
  /** Wire language of both bodies. */
  readonly dialect: Dialect;
  /** Path under each mode; begins with a slash. */
  readonly upstream: Readonly<Record<UpstreamMode, string>>;
  /** The model that the path names; `null` where the body names it. */
  readonly model: string | null;
  /** Which of the two base overrides may replace origin and prefix, and what then follows the base. */
  readonly override: {
    readonly base: "chat" | "gemini";
    readonly suffix: string;
  } | null;
}

/** A list of models in the shape of a dialect. */
export interface ModelsRoute {
  /** Tells it from other routes. */
  readonly kind: "models";
  /** Wire language of the list. */
  readonly dialect: Dialect;
}

/** What the service answers by itself. */
export interface LocalRoute {
  /** Tells it from other routes. */
  readonly kind: "local";
  /** Which of them. */
  readonly name:
    | "health"
    | "ready"
    | "metrics"
    | "page"
    | "status"
    | "rotate"
    | "token"
    | "challenge"
    | "metadata";
  /** Wire language of its errors. */
  readonly dialect: Dialect;
}

/** Any route that exists. */
export type Route = ForwardRoute | ModelsRoute | LocalRoute;

/** Where requests go: resolved once per mode change. */
export interface UpstreamTarget {
  /** Which paths are used. */
  readonly mode: UpstreamMode;
  /** Origin of the workspace. */
  readonly host: string;
  /** Origin of the dedicated gateway, if there is one. */
  readonly gatewayHost: string | null;
  /** Base for OpenAI chat that wins over the mode; no final slash. */
  readonly chatBase: string | null;
  /** The same for Gemini. */
  readonly geminiBase: string | null;
}

interface Family {
  readonly dialect: Dialect;
  readonly clients: readonly string[];
  readonly upstream: Readonly<Record<UpstreamMode, string>>;
  readonly override?: {
    readonly base: "chat" | "gemini";
    readonly suffix: string;
  };
}

// The last lines of `clients` are the workspace's own paths: replacing the host is enough.
const FAMILIES: readonly Family[] = [
  {
    dialect: "chat",
    clients: [
      "/chat/completions",
      "/v1/chat/completions",
      "/mlflow/v1/chat/completions",
      "/serving-endpoints/chat/completions",
      "/ai-gateway/mlflow/v1/chat/completions",
      "/ai-gateway/openai/v1/chat/completions",
    ],
    upstream: {
      "ai-gateway": "/ai-gateway/mlflow/v1/chat/completions",
      "gateway-host": "/mlflow/v1/chat/completions",
      "serving-endpoints": "/serving-endpoints/chat/completions",
    },
    override: { base: "chat", suffix: "/chat/completions" },
  },
  {
    dialect: "responses",
    clients: [
      "/v1/responses",
      "/openai/v1/responses",
      "/codex/v1/responses",
      "/serving-endpoints/responses",
      "/ai-gateway/codex/v1/responses",
      "/ai-gateway/openai/v1/responses",
      "/ai-gateway/mlflow/v1/responses",
    ],
    upstream: {
      "ai-gateway": "/ai-gateway/codex/v1/responses",
      "gateway-host": "/openai/v1/responses",
      "serving-endpoints": "/serving-endpoints/responses",
    },
  },
  ...["/v1/messages", "/v1/messages/count_tokens"].map((path): Family => ({
    dialect: "anthropic",
    clients: [
      path,
      `/anthropic${path}`,
      `/serving-endpoints/anthropic${path}`,
      `/ai-gateway/anthropic${path}`,
    ],
    upstream: {
      "ai-gateway": `/ai-gateway/anthropic${path}`,
      "gateway-host": `/anthropic${path}`,
      "serving-endpoints": `/serving-endpoints/anthropic${path}`,
    },
  })),
];

const GET_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/models", { kind: "models", dialect: "chat" }],
  ["/v1/models", { kind: "models", dialect: "chat" }],
  ["/anthropic/v1/models", { kind: "models", dialect: "anthropic" }],
  // The one list that a gateway has itself: Claude Code asks for it beside `/v1/messages`.
  ["/ai-gateway/anthropic/v1/models", { kind: "models", dialect: "anthropic" }],
  ["/gemini/v1beta/models", { kind: "models", dialect: "gemini" }],
  ["/health", { kind: "local", name: "health", dialect: "chat" }],
  ["/ready", { kind: "local", name: "ready", dialect: "chat" }],
  ["/metrics", { kind: "local", name: "metrics", dialect: "chat" }],
  ["/", { kind: "local", name: "page", dialect: "chat" }],
  ["/keyturn/status", { kind: "local", name: "status", dialect: "chat" }],
  ["/keyturn/challenge", { kind: "local", name: "challenge", dialect: "chat" }],
]);

const POST_ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...FAMILIES.flatMap((family) =>
    family.clients.map((
      client,
    ): [string, Route] => [client, forwardRoute(family, null)])
  ),
  ["/keyturn/rotate", { kind: "local", name: "rotate", dialect: "chat" }],
  ["/keyturn/token", { kind: "local", name: "token", dialect: "chat" }],
]);

// A model stands in a path: only characters that no server reads as anything but themselves.
const NAME = "[A-Za-z0-9][A-Za-z0-9._@-]*";
const GEMINI = new RegExp(
  `^(?:/serving-endpoints|/ai-gateway)?/gemini(/v1beta/models/(${NAME})` +
    `:(?:generateContent|streamGenerateContent|countTokens))$`,
);
const INVOCATIONS = new RegExp(`^/serving-endpoints/(${NAME})/invocations$`);
const METADATA = /^\/metadata\/[A-Za-z0-9_-]{1,128}$/;

/**
 * The route of a request, `null` if there is none. `path` is the raw path without the query:
 * whatever is encoded, doubled or dotted is in no table and so leads nowhere.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findRoute } from "./endpoints.ts";
 *
 * const route = findRoute("POST", "/anthropic/v1/messages");
 * assert.equal(route?.kind, "forward");
 * assert.equal(findRoute("POST", "/anthropic//v1/messages"), null);
 * assert.equal(findRoute("GET", "/anthropic/v1/messages"), null);
 * ```
 */
export function findRoute(method: string, path: string): Route | null {
  // With any method: its callers have no key, and should not be asked for one.
  if (METADATA.test(path)) return { kind: "local", name: "metadata", dialect: "chat" };
  if (method === "POST") return POST_ROUTES.get(path) ?? findModelRoute(path);
  if (method === "GET" || (method === "HEAD" && path === "/health")) {
    return GET_ROUTES.get(path) ?? null;
  }
  return null;
}

function findModelRoute(path: string): ForwardRoute | null {
  const gemini = GEMINI.exec(path);
  if (gemini?.[1] !== undefined) {
    return forwardRoute({
      dialect: "gemini",
      clients: [],
      upstream: {
        "ai-gateway": `/ai-gateway/gemini${gemini[1]}`,
        "gateway-host": `/gemini${gemini[1]}`,
        "serving-endpoints": `/serving-endpoints/gemini${gemini[1]}`,
      },
      override: { base: "gemini", suffix: gemini[1] },
    }, gemini[2] ?? null);
  }
  const invocations = INVOCATIONS.exec(path);
  if (invocations !== null) {
    const upstream = {
      "ai-gateway": path,
      "gateway-host": path,
      "serving-endpoints": path,
    };
    return forwardRoute(
      { dialect: "chat", clients: [], upstream },
      invocations[1] ?? null,
    );
  }
  return null;
}

function forwardRoute(family: Family, model: string | null): ForwardRoute {
  const { dialect, upstream, override = null } = family;
  return { kind: "forward", dialect, upstream, model, override };
}

/**
 * The URL that a route leads to. Origin and path come from configuration and table alone, nothing
 * of the caller's but the query.
 *
 * @param search the query with its question mark, or the empty string.
 * @throws {TypeError} if `search` is anything else.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findRoute, upstreamUrl } from "./endpoints.ts";
 *
 * const route = findRoute("POST", "/v1/chat/completions");
 * if (route?.kind !== "forward") throw new Error("not a forward route");
 * const target = {
 *   mode: "serving-endpoints" as const,
 *   host: "https://adb-1.azuredatabricks.net",
 *   gatewayHost: null,
 *   chatBase: null,
 *   geminiBase: null,
 * };
 * assert.equal(
 *   upstreamUrl(route, target, "?a=1"),
 *   "https://adb-1.azuredatabricks.net/serving-endpoints/chat/completions?a=1",
 * );
 * ```
 */
export function upstreamUrl(
  route: ForwardRoute,
  target: UpstreamTarget,
  search: string,
): string {
  // An origin of ours, a path of ours, then the query: no other reading of the whole is possible.
  if (search !== "" && !search.startsWith("?")) {
    throw new TypeError("Cannot build an upstream URL: the query does not begin with a ?");
  }
  const url = baseOf(route, target) + search;
  if (!ownOrigins(target).has(new URL(url).origin)) {
    throw new TypeError("Cannot build an upstream URL: its origin is not the workspace's");
  }
  return url;
}

const origins = new WeakMap<UpstreamTarget, ReadonlySet<string>>();

/** The origins that a token may be sent to: what was configured, and nothing that a caller said. */
function ownOrigins(target: UpstreamTarget): ReadonlySet<string> {
  const known = origins.get(target);
  if (known !== undefined) return known;
  const { host, gatewayHost, chatBase, geminiBase } = target;
  const bases = [host, gatewayHost, chatBase, geminiBase].filter((base) => base !== null);
  const made = new Set(bases.map((base) => new URL(base).origin));
  origins.set(target, made);
  return made;
}

function baseOf(route: ForwardRoute, target: UpstreamTarget): string {
  const { mode, host, gatewayHost, chatBase, geminiBase } = target;
  if (route.override?.base === "chat" && chatBase !== null) {
    return chatBase + route.override.suffix;
  }
  if (route.override?.base === "gemini" && geminiBase !== null) {
    return geminiBase + route.override.suffix;
  }
  const path = route.upstream[mode];
  // An endpoint's own invocations exist on the workspace only, not on a dedicated gateway.
  const onGateway = mode === "gateway-host" && !INVOCATIONS.test(path);
  return (onGateway ? gatewayHost ?? host : host) + path;
}

/**
 * The dialect in which a caller is answered: its route's, or the one that an unknown path looks
 * like. Anthropic's clients ask `/v1/models` too, and say who they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findRoute, spokenDialect } from "./endpoints.ts";
 *
 * const models = findRoute("GET", "/v1/models");
 * const claude = new Headers({ "anthropic-version": "2023-06-01" });
 * assert.equal(spokenDialect(models, "/v1/models", new Headers()), "chat");
 * assert.equal(spokenDialect(models, "/v1/models", claude), "anthropic");
 * assert.equal(spokenDialect(null, "/anthropic/v2/messages", new Headers()), "anthropic");
 * ```
 */
export function spokenDialect(
  route: Route | null,
  path: string,
  headers: Pick<Headers, "has">,
): Dialect {
  if (route?.kind === "models" && headers.has("anthropic-version")) return "anthropic";
  if (route !== null) return route.dialect;
  if (/anthropic|\/messages/.test(path)) return "anthropic";
  if (path.includes("gemini")) return "gemini";
  return path.includes("/responses") ? "responses" : "chat";
}
