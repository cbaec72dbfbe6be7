/**
 * Where credentials come from that expire by themselves: nothing is written, nothing revoked.
 *
 * @module
 */

import type { Secret } from "../../workspace/credential.ts";

/** A credential as its source gives it. */
export interface Fetched {
  readonly secret: Secret;
  /** Epoch ms, `null` where the source does not say. */
  readonly expiresAt: number | null;
}

/** A source of credentials. */
export interface Source {
  readonly kind: "oauth" | "command";
  /**
   * The credential of this moment, which may be the same as before. Ends soon after `signal`
   * fires, and never takes longer than a time of its own.
   *
   * @throws {CredentialError} that says why there is none.
   */
  fetch(signal: AbortSignal): Promise<Fetched>;
}
