/**
 * What was touched against what may be touched, in both directions.
 *
 * @module
 */

import { YAML_DEBUG_NAMES } from "../../../settings.ts";
import type { Access } from "./audit_log.ts";
import { type AuditedPlace, localise } from "./audited_home.ts";
import { type Claims, covers } from "./claims.ts";

const KINDS = ["net", "read", "write"] as const;

/** Accesses by the names of the claims, each once. */
export function touched(accesses: readonly Access[], place: AuditedPlace): Claims {
  const values = (kind: keyof Claims) =>
    accesses.filter(({ permission }) => permission === kind)
      .map(({ value }) => localise(value, place));
  const all = (kind: keyof Claims) => [...new Set(values(kind))].toSorted();
  return { net: all("net"), read: all("read"), write: all("write") };
}

/** What was touched, or tried, and no claim covers. */
export function straysOf(touched: Claims, claims: Claims): readonly string[] {
  return KINDS.flatMap((kind) =>
    touched[kind].filter((value) => !claims[kind].some((entry) => covers(entry, value)))
      .map((value) => `${kind} ${value}`)
  );
}

/** Claims that nothing needed. */
export function unusedOf(claims: Claims, touched: Claims): readonly string[] {
  return KINDS.flatMap((kind) =>
    claims[kind].filter((entry) => !touched[kind].some((value) => covers(entry, value)))
      .map((entry) => `${kind} ${entry}`)
  );
}

/** What was asked for beside network and files, each once; not what every permission set ignores. */
export function othersIn(
  accesses: readonly Access[],
): Readonly<Record<string, readonly string[]>> {
  const others = accesses.filter(({ permission, value }) =>
    !KINDS.some((kind) => kind === permission) && !YAML_DEBUG_NAMES.some((name) => name === value)
  );
  const kinds = new Set(others.map(({ permission }) => permission));
  return Object.fromEntries(Array.from(kinds, (kind) => {
    const values = others.filter(({ permission }) => permission === kind);
    return [kind, [...new Set(values.map(({ value }) => value))].toSorted()];
  }));
}

/** What stands in every one of the lists. */
export function inAll(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return first.filter((entry) => others.every((other) => other.includes(entry)));
}

/** The runtime sometimes takes the stack of another thread for an access; that often in a row never. */
const MOST_LOOKS = 6;

/** Looks twice, and again as long as something is odd in all looks: what is real stays so. */
export async function lookAgain<T>(
  look: () => Promise<T>,
  isOdd: (looks: readonly T[]) => boolean,
): Promise<readonly T[]> {
  const looks = [await look(), await look()];
  while (looks.length < MOST_LOOKS && isOdd(looks)) looks.push(await look());
  return looks;
}
