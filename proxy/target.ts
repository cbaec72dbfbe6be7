/**
 * The request target, taken apart without being interpreted.
 *
 * @module
 */

/** A request target as the caller wrote it. */
export interface RequestTarget {
  /** Scheme of the URL; an absolute-form target names its own. */
  readonly scheme: string;
  /** Host and port of the URL; an absolute-form target names its own. */
  readonly authority: string;
  /** The raw path: nothing decoded, nothing resolved. */
  readonly path: string;
  /** The query with its question mark and without `key`, or the empty string. */
  readonly search: string;
  /** The value of `key`, by which Gemini clients may send their key. */
  readonly key: string | null;
}

/**
 * Takes apart the URL of a request. `URL` would resolve `..` and so make one path of two.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseTarget } from "./target.ts";
 *
 * assert.deepEqual(parseTarget("http://127.0.0.1:4000/a/../b?alt=sse&key=kt_1&x=%2f"), {
 *   scheme: "http",
 *   authority: "127.0.0.1:4000",
 *   path: "/a/../b",
 *   search: "?alt=sse&x=%2f",
 *   key: "kt_1",
 * });
 * ```
 */
export function parseTarget(url: string): RequestTarget {
  const colon = url.indexOf("://");
  const scheme = url.slice(0, colon);
  const start = colon + 3;
  const slash = url.indexOf("/", start);
  const rest = slash === -1 ? "/" : url.slice(slash);
  const authority = slash === -1 ? url.slice(start) : url.slice(start, slash);
  const mark = rest.indexOf("?");
  if (mark === -1) return { scheme, authority, path: rest, search: "", key: null };
  return { scheme, authority, path: rest.slice(0, mark), ...withoutKey(rest.slice(mark + 1)) };
}

function withoutKey(query: string): { search: string; key: string | null } {
  let key: string | null = null;
  const kept: string[] = [];
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const name = equals === -1 ? part : part.slice(0, equals);
    // `%6bey=` is a key as well to whoever decodes it, and so may be what follows a second `?`.
    if (decode(name).replace(/^\?+/, "") !== "key") kept.push(part);
    else key ??= equals === -1 ? "" : decode(part.slice(equals + 1));
  }
  return { search: kept.length === 0 ? "" : `?${kept.join("&")}`, key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
