/**
 * What a credential is: a {@link Generation}, which is a {@link Secret} with a number and an expiry.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Secret } from "../support/secret.ts";

export { Secret };

/** How a generation came to be: which source made it. */
export type CredentialSource = "pat" | "oauth" | "command" | "profile";

/** One credential in the order of its making. Newer generations have greater numbers. */
export interface Generation {
  /** Strictly rising for the life of the service, also across a restart of the rotator. */
  readonly number: number;
  /** The bearer token. */
  readonly secret: Secret;
  /** SHA-256 of the token in hex, which is the workspace's id of a PAT; `null`: a PAT not listed. */
  readonly tokenId: string | null;
  /** Epoch ms, `null` where nothing is known of it. */
  readonly issuedAt: number | null;
  /** Epoch ms, `null` where nothing is known of it. */
  readonly expiresAt: number | null;
  /** Which source made it. */
  readonly source: CredentialSource;
}

/**
 * The workspace refuses a token in its last 30 s, so its SDKs treat expiry as
 * 40 s earlier (https://github.com/databricks/databricks-vscode/issues/583).
 */
export const REJECT_MARGIN_MS = 40_000;

/**
 * How long before its expiry a token counts as expired. 40 s, but never more
 * than half of what lies between rotation and expiry, so that short lives (a
 * rehearsal, the demo) still leave time in which a rotation can be retried.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { rejectMarginMs } from "./credential.ts";
 *
 * assert.equal(rejectMarginMs(900_000, 600_000), 40_000);
 * assert.equal(rejectMarginMs(6_000, 3_000), 1_500);
 * ```
 */
export function rejectMarginMs(lifetimeMs: number, intervalMs: number): number {
  return Math.min(REJECT_MARGIN_MS, (lifetimeMs - intervalMs) / 2);
}

/**
 * The margin of one token: `marginMs`, but never more than a quarter of the life that it had when
 * it came to us. Not every source says beforehand how long its tokens live.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { marginOf } from "./credential.ts";
 *
 * assert.equal(marginOf({ issuedAt: 0, expiresAt: 3_600_000 }, 40_000), 40_000);
 * assert.equal(marginOf({ issuedAt: 0, expiresAt: 8_000 }, 40_000), 2_000);
 * assert.equal(marginOf({ issuedAt: null, expiresAt: 8_000 }, 40_000), 40_000);
 * ```
 */
export function marginOf(
  { issuedAt, expiresAt }: Pick<Generation, "issuedAt" | "expiresAt">,
  marginMs: number,
): number {
  if (issuedAt === null || expiresAt === null) return marginMs;
  return Math.min(marginMs, Math.max(0, expiresAt - issuedAt) / 4);
}

/** Whether `generation` can still be sent at `now` (epoch ms); an unknown expiry counts as live. */
export function isUsable(
  generation: Pick<Generation, "expiresAt">,
  now: number,
  marginMs: number,
): boolean {
  return generation.expiresAt === null || now < generation.expiresAt - marginMs;
}

/**
 * The id that the workspace gives a token: the SHA-256 of its value in lower-case hex
 * (https://docs.databricks.com/api/workspace/tokens/update calls the id "the SHA-256 hash
 * of the token"). An inference: confirm it in `token/list` before acting on it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret, tokenIdOf } from "./credential.ts";
 *
 * assert.equal(
 *   tokenIdOf(new Secret("abc")),
 *   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
 * );
 * ```
 */
export function tokenIdOf(secret: Secret): string {
  return createHash("sha256").update(secret.reveal()).digest("hex");
}
