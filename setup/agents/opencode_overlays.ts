/**
 * Configs that OpenCode lays over `opencode.json`, and what in them wins over Keyturn's provider.
 *
 * @module
 */

import { isRecord, valueAt } from "../../formats/format.ts";
import { jsonc } from "../../formats/jsonc.ts";
import { Secret } from "../../workspace/credential.ts";
import type { ConfigPlace, Conflict, Current } from "./agent.ts";

/** Keyturn's own values of a provider. */
export interface OwnOptions {
  /** Its id. */
  readonly provider: string;
  /** Its address. */
  readonly baseURL: string;
  /** Its key. */
  readonly apiKey: Secret;
}

/** In the order in which they are laid over each other. */
const OVERLAYS = [
  { id: "other", shown: "opencode.jsonc" },
  { id: "home", shown: "~/.opencode/opencode.json" },
  { id: "homeOther", shown: "~/.opencode/opencode.jsonc" },
] as const;

/** Where they lie; `config` is the folder of `opencode.json`. */
export function overlayPlaces(
  { home, config }: { readonly home: string; readonly config: string },
): readonly ConfigPlace[] {
  const paths = {
    other: `${config}/opencode.jsonc`,
    home: `${home}/.opencode/opencode.json`,
    homeOther: `${home}/.opencode/opencode.jsonc`,
  };
  return OVERLAYS.map(({ id }) => ({
    id,
    path: paths[id],
    format: jsonc,
    emptyText: "{}\n",
    use: "look",
  }));
}

/** The config with all of them on top, value by value of its root. */
export function overlaid(
  config: Readonly<Record<string, unknown>>,
  current: Current,
): Readonly<Record<string, unknown>> {
  const sections = OVERLAYS.map(({ id }) => current[id]).filter(isRecord);
  return Object.assign({}, config, ...sections);
}

/**
 * What in them leads Keyturn's provider elsewhere.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../../workspace/credential.ts";
 * import { overlayConflicts } from "./opencode_overlays.ts";
 *
 * const apiKey = new Secret("kt_opencode_1");
 * const own = { provider: "databricks", baseURL: "http://127.0.0.1:4000", apiKey };
 * const options = { baseURL: own.baseURL, apiKey: "another" };
 * const other = { provider: { databricks: { options } } };
 * const [conflict, ...more] = overlayConflicts({ other }, own);
 * assert.equal(conflict?.where, "opencode.jsonc, provider.databricks.options.apiKey");
 * assert.deepEqual(more, []);
 * ```
 */
export function overlayConflicts(
  current: Current,
  { provider, ...own }: OwnOptions,
): readonly Conflict[] {
  return OVERLAYS.flatMap(({ id, shown }) =>
    (["baseURL", "apiKey"] as const).flatMap((name) => {
      const path = ["provider", provider, "options", name];
      const value = valueAt(current[id], path);
      if (value === undefined || isSame(value, own[name])) return [];
      return [{
        where: `${shown}, ${path.join(".")}`,
        what: "is laid over the one in opencode.json",
        fix: "remove it there, or give that provider another name",
        weight: "overrules" as const,
        takeOver: [],
      }];
    })
  );
}

function isSame(value: unknown, own: string | Secret): boolean {
  if (typeof own === "string") return value === own;
  return typeof value === "string" && own.equals(new Secret(value));
}
