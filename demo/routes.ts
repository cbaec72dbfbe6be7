/**
 * A route is a row: method, path, who may call it, and the function that answers.
 *
 * @module
 */

import type { Reply } from "./replies.ts";
import type { Token } from "./tokens.ts";
import type { World } from "./world.ts";

/** A request that found its route. */
export interface Visit {
  /** Address with the query; the origin is that of the simulator. */
  readonly url: URL;
  /** Decoded values of the `{name}` parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Request headers. */
  readonly headers: Headers;
  /** Request body. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A visit with a live token. */
export interface Call extends Visit {
  /** The token. */
  readonly caller: Token;
}

/** One thing that the workspace can do. */
export type Route =
  & {
    /** HTTP method. */
    readonly method: "GET" | "POST" | "PATCH" | "DELETE";
    /** Path; `{name}` stands for one segment, or what comes before a colon in it. */
    readonly path: string;
  }
  & (
    | {
      /** Anybody, or anybody on this machine (and not in the records). */
      readonly access: "open" | "loopback";
      /** Answers. */
      readonly handle: (visit: Visit, world: World) => Reply;
    }
    | {
      /** Bearers of a live token; `inference` is counted too. */
      readonly access: "bearer" | "inference";
      /** Answers. */
      readonly handle: (call: Call, world: World) => Reply;
    }
  );

/** A route and the values of its parameters. */
export interface FoundRoute {
  /** The row. */
  readonly route: Route;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * A function that finds the row for a method and a path, `null` if there is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { jsonReply } from "./replies.ts";
 * import { routeFinder } from "./routes.ts";
 *
 * const find = routeFinder([
 *   { method: "POST", path: "/m/{model}:run", access: "open", handle: () => jsonReply({}) },
 * ]);
 * assert.deepEqual(find("POST", "/m/a.b:run")?.params, { model: "a.b" });
 * assert.equal(find("GET", "/m/a.b:run"), null);
 * ```
 */
export function routeFinder(
  routes: readonly Route[],
): (method: string, path: string) => FoundRoute | null {
  const rows = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return (method, path) => {
    for (const { route, pattern } of rows) {
      const match = route.method === method ? pattern.exec(path) : null;
      if (match !== null) return { route, params: decodeAll(match.groups ?? {}) };
    }
    return null;
  };
}

function patternOf(path: string): RegExp {
  const source = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&")
    .replace(/\{(\w+)\}/g, "(?<$1>[^/:]+)");
  return new RegExp(`^${source}$`);
}

function decodeAll(groups: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decode(value)]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // "%" that is not an escape stands for itself.
  }
}
