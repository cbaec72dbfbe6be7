/**
 * The answer to who asks whether this is the service whose key they hold.
 *
 * @module
 */

import { NONCE_SHAPE, proofOf } from "../support/challenge.ts";
import type { Secret } from "../workspace/credential.ts";
import { Refusal } from "./refusal.ts";

/** What a proof is made of. */
export interface ChallengeSteps {
  /** The operator's key at this moment, `null` if it cannot be read. */
  readonly operatorKey: () => Secret | null;
  /** The port that this service is reached at. */
  readonly port: () => number;
}

/**
 * The proof for the nonce in `search`.
 *
 * @throws {Refusal} 400 for anything but one nonce, 503 while there are no keys.
 */
export function answerChallenge(search: string, steps: ChallengeSteps): { readonly proof: string } {
  const nonce = /^\?nonce=([^&]*)$/.exec(search)?.[1] ?? "";
  if (!NONCE_SHAPE.test(nonce)) {
    const wanted = "Ask with ?nonce= and 32 random bytes in base64url, without padding";
    throw new Refusal(400, "bad-request", wanted);
  }
  const operator = steps.operatorKey();
  if (operator === null) {
    throw new Refusal(503, "unavailable", "The local keys cannot be read; put keys.json right");
  }
  return { proof: proofOf(operator, { nonce, port: steps.port() }) };
}
