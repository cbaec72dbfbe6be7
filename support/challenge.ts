/**
 * How a service proves that it is ours without either side showing the operator's key.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "./secret.ts";

/** A nonce: 32 random bytes. Of one length, so that nonce and port can be read in one way only. */
export const NONCE_SHAPE: RegExp = /^[A-Za-z0-9_-]{43}$/;

/** What is proved: that the service which listens at `port` knows the key, now. */
export interface Challenge {
  /** Made for this one question, see {@link NONCE_SHAPE}. */
  readonly nonce: string;
  /**
   * The port that the asker has called. A program on it cannot pass the question on to the real
   * service elsewhere: that one answers for its own port.
   */
  readonly port: number;
}

/**
 * HMAC-SHA-256 over nonce and port under the operator's key, as hex.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { proofOf } from "./challenge.ts";
 * import { Secret } from "./secret.ts";
 *
 * const key = new Secret("kt_operator_1");
 * const nonce = "A".repeat(43);
 * const proof = proofOf(key, { nonce, port: 4000 });
 * assert.match(proof, /^[0-9a-f]{64}$/);
 * assert.notEqual(proof, proofOf(key, { nonce, port: 4001 }));
 * assert.notEqual(proof, proofOf(new Secret("kt_operator_2"), { nonce, port: 4000 }));
 * ```
 */
export function proofOf(operator: Secret, { nonce, port }: Challenge): string {
  return createHmac("sha256", operator.reveal()).update(`${nonce}:${port}`).digest("hex");
}

/** Whether `proof` is the one that only who knows the key can give. */
export function isProof(proof: unknown, operator: Secret, challenge: Challenge): boolean {
  if (typeof proof !== "string") return false;
  const wanted = new TextEncoder().encode(proofOf(operator, challenge));
  const shown = new TextEncoder().encode(proof);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

/** A nonce out of 32 random bytes. */
export function makeNonce(random: Uint8Array): string {
  return random.toBase64({ alphabet: "base64url", omitPadding: true });
}
