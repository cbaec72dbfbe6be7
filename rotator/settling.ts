/**
 * The first half of a step: the serving token lives, and so does the one that stands in the
 * profile, or it is known what is wrong with them.
 *
 * @module
 */

import { tokenIdOf } from "../workspace/credential.ts";
import type { ProfileToken } from "./serving.ts";
import { heirOf, isDeadToken, noteFailure, type Scene, type Workings } from "./workings.ts";

/** Asks about tokens at hand, when it is time to. */
export class Settling {
  readonly #workings: Workings;
  /** The profile's token when it was asked about last: another one is a reason to ask at once. */
  #asked: string | null = null;

  /** Nothing was asked about yet. */
  constructor(workings: Workings) {
    this.#workings = workings;
  }

  /** Sees to it; never throws. */
  async settle({ profile, urgency }: Scene): Promise<void> {
    const { serving, asking, options } = this.#workings;
    const isUnknown = serving.isUnknown(profile);
    if (serving.current !== null && !isUnknown && !serving.isRejected) return asking.succeed();
    // The spare makes the next one, and nothing needs to be asked about again before that.
    if (this.#hasHeir() && !isUnknown) return asking.succeed();
    // A token that was not asked about yet need not wait its turn.
    const isNews = isUnknown && this.#asked !== idOf(profile);
    if (!isNews && !asking.isDue(urgency)) return;
    this.#asked = idOf(profile);
    const startedAt = options.elapsed();
    try {
      await this.#ask(profile);
      asking.succeed();
    } catch (error) {
      if (isDeadToken(error) && this.#hasHeir()) return asking.succeed();
      noteFailure(this.#workings, { retries: asking, error, startedAt });
    }
  }

  async #ask(profile: ProfileToken): Promise<void> {
    const { serving, rotating } = this.#workings;
    await serving.confirmIfRejected();
    const isFollowed = this.#hasHeir() && !serving.isUnknown(profile);
    if (!isFollowed && await serving.adopt(profile) === "taken") rotating.succeed();
  }

  #hasHeir(): boolean {
    return heirOf(this.#workings) !== null;
  }
}

/** By its id: a token that is revoked some day should not be kept in memory for this. */
function idOf(token: ProfileToken): string | null {
  return token === null || token instanceof Error ? null : tokenIdOf(token);
}
