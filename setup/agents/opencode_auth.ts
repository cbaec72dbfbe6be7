/**
 * OpenCode's `auth.json`: keys by the provider's id. Entries of other providers are nobody's
 * business.
 *
 * @module
 */

import { isRecord } from "../../formats/format.ts";
import type { Secret } from "../../workspace/credential.ts";
import type { Conflict, OwnedChange, Ownership } from "./agent.ts";
import { KEY_REASON, type setter } from "./changes.ts";
import { isWorkspaceToken } from "./endpoint.ts";

/** What becomes of entries of the providers `ids`: tokens of the workspace go. */
export function authOf(
  auth: Readonly<Record<string, unknown>>,
  { ids, set, key }: {
    readonly ids: readonly string[];
    readonly set: ReturnType<typeof setter>;
    readonly key: Secret;
  },
): Pick<Ownership, "values" | "conflicts"> {
  const values: OwnedChange[] = [];
  const conflicts: Conflict[] = [];
  for (const id of ids) {
    const entry = auth[id];
    if (!isRecord(entry)) continue;
    // The second name is one that OpenCode never read; the token lies there all the same.
    for (const name of ["key", "api_key"]) {
      const change = set([id, name], key, KEY_REASON);
      if (isOurs(entry[name])) values.push(change);
      else if (entry[name] !== undefined) conflicts.push(foreignKey(`${id}.${name}`, change));
    }
    if (entry.type !== undefined && entry.type !== "api") conflicts.push(foreignLogin(id));
  }
  return { values, conflicts };
}

function isOurs(key: unknown): boolean {
  return isWorkspaceToken(key) || (typeof key === "string" && key.startsWith("kt_opencode_"));
}

function foreignKey(where: string, change: OwnedChange): Conflict {
  return {
    where: `auth.json, ${where}`,
    what: "is another key for Keyturn's provider",
    fix: "remove it with `opencode auth logout`, or let --take-over replace it",
    weight: "warns",
    takeOver: [change],
  };
}

function foreignLogin(id: string): Conflict {
  return {
    where: `auth.json, ${id}`,
    what: "is a login of another kind for Keyturn's provider",
    fix: "remove it with `opencode auth logout`",
    weight: "warns",
    takeOver: [],
  };
}
