/**
 * Agents whose address and key stand in a dotenv file.
 *
 * @module
 */

import type { Conflict, OwnedChange } from "./agent.ts";

/** What stands in the file. */
export interface EnvEndpoint {
  /** The address. */
  readonly address: unknown;
  /** The key. */
  readonly key: unknown;
}

/** The conflict of an address or a key that is the person's own. */
export function envOwnerConflicts(
  { address }: EnvEndpoint,
  { names, takeOver }: {
    readonly names: { readonly address: string; readonly key: string };
    readonly takeOver: readonly OwnedChange[];
  },
): readonly Conflict[] {
  const isAddress = typeof address === "string" && address !== "";
  return [{
    where: isAddress ? names.address : names.key,
    what: isAddress
      ? `leads to ${URL.parse(address)?.origin ?? "another address"}`
      : "is a key of yours for another service",
    fix: "run setup with --take-over to use Keyturn instead, --undo goes back",
    weight: "blocks",
    takeOver,
  }];
}
