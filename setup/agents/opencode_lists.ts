/**
 * OpenCode's lists of providers that it may use, and of those that it may not.
 *
 * @module
 */

import type { Conflict, OwnedChange, Ownership } from "./agent.ts";
import type { setter } from "./changes.ts";

/** How the lists are read. */
export interface ListOptions {
  /** Keyturn's provider. */
  readonly provider: string;
  /** Providers of setups before Keyturn. */
  readonly former: readonly string[];
  /** Sets a value of the config. */
  readonly set: ReturnType<typeof setter>;
}

const REASON = "Keyturn's provider may be used";
const FIX = "change the list, or run setup with --take-over";

/** Lists that shut `provider` out: an earlier setup's is ours to change, a person's is not. */
export function ownLists(
  { enabled_providers: enabled, disabled_providers: disabled }: Readonly<Record<string, unknown>>,
  { provider, former, set }: ListOptions,
): Pick<Ownership, "values" | "conflicts"> {
  const values: OwnedChange[] = [];
  const conflicts: Conflict[] = [];
  if (Array.isArray(enabled) && !enabled.includes(provider)) {
    const change = set(["enabled_providers"], [...enabled, provider], REASON);
    if (enabled.length > 0 && enabled.every((id) => former.includes(id))) values.push(change);
    else conflicts.push(shutOut("enabled_providers", `does not list "${provider}"`, change));
  }
  if (Array.isArray(disabled) && disabled.includes(provider)) {
    const rest = disabled.filter((id) => id !== provider);
    const change = set(["disabled_providers"], rest, REASON);
    conflicts.push(shutOut("disabled_providers", `lists "${provider}"`, change));
  }
  return { values, conflicts };
}

function shutOut(where: string, what: string, change: OwnedChange): Conflict {
  return { where, what, fix: FIX, weight: "blocks", takeOver: [change] };
}
