/**
 * Tokens that are not to come back, by their ids: a profile may be stale, or keep a dead one.
 *
 * @module
 */

import { type Secret, tokenIdOf } from "../workspace/credential.ts";

/** Ids that are remembered of superseded tokens, and of dead ones. */
const REMEMBERED = 32;

/** Remembers them. */
export class BygoneTokens {
  readonly #rule: "newer" | "any";
  #superseded: readonly string[] = [];
  #dead: readonly string[] = [];
  /** The one that stands in the profile: it is looked at for each request. */
  #barred: Secret | null = null;

  /** `any`: a superseded token may serve again if it stands in the profile. */
  constructor(rule: "newer" | "any") {
    this.#rule = rule;
  }

  /** Another one serves in its place. */
  supersede(secret: Secret): void {
    this.#superseded = remember(this.#superseded, secret);
  }

  /** The workspace called it dead. */
  bury(secret: Secret): void {
    this.#dead = remember(this.#dead, secret);
  }

  /** Whoever publishes a token knows more of it than an answer that came before. */
  raise(secret: Secret): void {
    const id = tokenIdOf(secret);
    this.#dead = this.#dead.filter((each) => each !== id);
    this.#barred = null;
  }

  /** Whether a token that stands in the profile may not serve. */
  bars(token: Secret): boolean {
    if (this.#barred?.equals(token)) return true;
    const id = tokenIdOf(token);
    const isOld = this.#rule === "newer" && this.#superseded.includes(id);
    if (!isOld && !this.#dead.includes(id)) return false;
    this.#barred = token;
    return true;
  }
}

function remember(ids: readonly string[], secret: Secret): readonly string[] {
  return [...ids, tokenIdOf(secret)].slice(-REMEMBERED);
}
