/**
 * The text of an agent's file and a new token → the text with the new token in the managed fields
 * that hold an old one of ours. Every other byte stays.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { FormatError } from "../../formats/format.ts";
import { putStrings, type StringChange, type StringPlace } from "../../formats/string_place.ts";
import { type Secret, tokenIdOf } from "../../workspace/credential.ts";
import { idOf, type IsOurs } from "./our_tokens.ts";
import { type FanoutTarget, findManaged, type ManagedPlace } from "./targets.ts";
import { findTokens, putToken, type TokenSpan } from "./token_form.ts";

/** What is to be put where. */
export interface FanoutOrder {
  /** The new token. */
  readonly next: Secret;
  /** Whether a token with this id is ours; the id of `next` may be among them. */
  readonly isOurs: IsOurs;
}

/** What a file becomes. */
export interface FanoutPlan {
  /** The text after it; the same text if nothing is to be changed. */
  readonly text: string;
  /** How many fields change. */
  readonly replaced: number;
  /** Whether a managed field then holds the new token. */
  readonly holdsNext: boolean;
  /** Ids of our old tokens in managed fields that cannot be changed. */
  readonly stuck: ReadonlySet<string>;
  /** Why the first of them cannot be changed, `null` if all can. */
  readonly reason: string | null;
}

/**
 * Plans the change of one file.
 *
 * @throws {FormatError} for a text that is not of its format.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret, tokenIdOf } from "../../workspace/credential.ts";
 * import { planFanout } from "./plan_fanout.ts";
 * import { TARGETS } from "./targets.ts";
 *
 * const old = tokenIdOf(new Secret("dapi-old"));
 * const order = { next: new Secret("dapi-new"), isOurs: (id: string) => id === old };
 * const text = "# mine\nOPENAI_API_KEY = 'dapi-old'\nOTHER=dapi-old\n";
 * const plan = planFanout(text, { target: TARGETS.codex, ...order });
 * assert.equal(plan.text, "# mine\nOPENAI_API_KEY = 'dapi-new'\nOTHER=dapi-old\n");
 * ```
 */
export function planFanout(
  text: string,
  { target, next, isOurs }: FanoutOrder & { readonly target: FanoutTarget },
): FanoutPlan {
  const nextId = tokenIdOf(next);
  const places = target.findStrings(text);
  const changes: StringChange[] = [];
  const stuck = new Set<string>();
  let reason: string | null = null;
  let holdsNext = false;
  for (const managed of findManaged(places, target)) {
    const { stale, current } = sortTokens(managed, { nextId, isOurs });
    if (current.length > 0) holdsNext = true;
    if (stale.length === 0) continue;
    const { place } = managed;
    const change = { place, value: putToken(place.value, stale, next.reveal()) };
    const obstacle = obstacleTo(change);
    if (obstacle === null) changes.push(change);
    else {
      for (const { token } of stale) stuck.add(idOf(token));
      reason ??= obstacle;
    }
  }
  const after = changes.length === 0 ? text : putChecked(text, { places, changes, target });
  holdsNext ||= changes.length > 0;
  return { text: after, replaced: changes.length, holdsNext, stuck, reason };
}

function sortTokens(
  { place, form }: ManagedPlace,
  { nextId, isOurs }: { readonly nextId: string; readonly isOurs: IsOurs },
): { readonly stale: readonly TokenSpan[]; readonly current: readonly TokenSpan[] } {
  const { stale = [], current = [] } = Object.groupBy(
    findTokens(place.value, form),
    ({ token }) => {
      const id = idOf(token);
      return id === nextId ? "current" : isOurs(id) ? "stale" : "foreign";
    },
  );
  return { stale, current };
}

function obstacleTo({ place, value }: StringChange): string | null {
  try {
    place.write(value);
    return null;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/** Makes the changes and reads the outcome again: nothing but their values may be another. */
function putChecked(
  text: string,
  { places, changes, target }: {
    readonly places: readonly StringPlace[];
    readonly changes: readonly StringChange[];
    readonly target: FanoutTarget;
  },
): string {
  const after = putStrings(text, changes);
  const newValues = new Map(changes.map(({ place, value }) => [place, value]));
  const wanted = places.map((place) => [place.path, newValues.get(place) ?? place.value]);
  const found = target.findStrings(after).map(({ path, value }) => [path, value]);
  if (isDeepStrictEqual(found, wanted)) return after;
  throw new FormatError("the token stands in a way that cannot be changed without a risk");
}
