/**
 * The second half of a step: the serving token is replaced when it is time to, when somebody asks
 * for it, or when it was lost.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import { CredentialError } from "../support/errors.ts";
import type { Owned } from "./adopt.ts";
import type { RotateCall } from "./inbox.ts";
import { Patience } from "./patience.ts";
import { succeed, type Succession } from "./succession.ts";
import { heirOf, isDeadToken, noteFailure, type Scene, type Workings } from "./workings.ts";

/** Replaces tokens, and counts. */
export class Renewal {
  readonly #workings: Workings;
  readonly #patience: Patience;
  #rotations = 0;

  /** Nothing was replaced yet. */
  constructor(workings: Workings) {
    this.#workings = workings;
    this.#patience = new Patience(workings.options);
  }

  /** How many were. */
  get rotations(): number {
    return this.#rotations;
  }

  /** The serving token is refused: what is under way to replace it may not take for ever. */
  wane(): void {
    this.#patience.wane();
  }

  /** Sees to it; never throws. Calls that were answered are no longer among those of the scene. */
  async rotateIfDue({ profile, urgency, calls }: Scene): Promise<void> {
    const { options, serving, rotating } = this.#workings;
    const old = serving.current ?? heirOf(this.#workings);
    if (old === null || options.rotation === "off") return;
    if (calls.length === 0 && !this.#isDue(old, { profile, urgency })) return;
    const startedAt = options.elapsed();
    try {
      // What cannot be read cannot be written: a token minted now would be for nothing.
      if (profile instanceof Error) throw profile;
      // Nor may a token be overwritten of which nothing is known yet.
      if (serving.isUnknown(profile)) throw unknownToken(options.profileLabel);
      await this.#rotate(old, { calls, replaces: profile });
    } catch (error) {
      // Asked about in the next step: if it is dead indeed, another one may be at hand.
      if (isDeadToken(error)) serving.reject(old.generation.number);
      noteFailure(this.#workings, { retries: rotating, error, startedAt });
    }
  }

  async #rotate(
    old: Owned,
    { calls, replaces }: { readonly calls: RotateCall[]; readonly replaces: Secret | null },
  ): Promise<void> {
    const { options, serving, inbox, ending, rotating, timing } = this.#workings;
    const succession = await this.#patience.bear((signal) =>
      succeed(old, { replaces }, {
        ...options,
        serving,
        signal: AbortSignal.any([ending.giveUp, signal]),
        // Whoever asked meanwhile wants the same token replaced, and need not have it done twice.
        onServing: () => calls.push(...inbox.takeCalls()),
      })
    );
    this.#rotations++;
    rotating.succeed();
    timing.noteRotated();
    this.#answer(calls.splice(0), { old, succession });
  }

  /** Not waited for: a proxy that is silent delays no rotation. */
  #answer(
    waiting: readonly RotateCall[],
    { old, succession }: { readonly old: Owned; readonly succession: Succession },
  ): void {
    const { next, stepsMs, confirmed } = succession;
    const [oldId, newId] = [old.generation.tokenId, next.tokenId];
    const { number: generation, expiresAt } = next;
    confirmed.then((publish) => {
      const steps = { ...stepsMs, publish };
      const { log } = this.#workings.options;
      log.info("rotated", { oldId, newId, generation, expiresAt, stepsMs: steps });
      for (const answer of waiting) answer({ ok: true, oldId, newId });
    });
  }

  #isDue(owned: Owned, { profile, urgency }: Pick<Scene, "profile" | "urgency">): boolean {
    const { serving, timing, rotating } = this.#workings;
    const isLost = serving.current === null;
    const isServed = !isLost && timing.isUsable(owned.generation);
    if (!rotating.isDue(isServed ? "unasked" : urgency)) return false;
    if (isLost || serving.isSpoilt(profile)) return true;
    return timing.plan(owned.generation).action === "rotate";
  }
}

function unknownToken(profileLabel: string): CredentialError {
  const message = `${profileLabel} was given another token, which could not be tried yet`;
  return new CredentialError("unreachable", message);
}
