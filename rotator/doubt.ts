/**
 * A credential that the workspace called dead, although its source still gives it or nothing else
 * is at hand: it is asked about, because an endpoint can mean something else by its 401.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { TokenVerdict } from "./ask_token.ts";
import type { Holding, Taken } from "./holding.ts";

/** What {@link Doubt} works with. */
export interface DoubtOptions {
  /** Asks the workspace about a token. */
  readonly ask: (secret: Secret, signal: AbortSignal) => Promise<TokenVerdict>;
  /** Ms by a clock that only rises. */
  readonly elapsed: () => number;
}

/** How long an answer holds, however often the credential is refused. */
export const PROVED_MS = 2_000;
/** One that nobody could be asked about serves again no more often than this. */
const UNPROVED_MS = 5_000;

/** Settles doubts, one at a time. */
export class Doubt {
  readonly #options: DoubtOptions;
  readonly #holding: Holding;
  #given: Taken | null = null;
  #dead: Secret | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #answer: TokenVerdict = "unknown";
  #unprovedAt = Number.NEGATIVE_INFINITY;

  /** Doubts nothing yet. */
  constructor(holding: Holding, options: DoubtOptions) {
    this.#holding = holding;
    this.#options = options;
  }

  /** Whether something that the source gave waits to be asked about. */
  get isOpen(): boolean {
    return this.#given !== null;
  }

  /** Whether the last credential was found dead. */
  get isDead(): boolean {
    return this.#dead !== null;
  }

  /** Notes what the source gave. @returns whether that has to be asked about before it serves. */
  weigh(taken: Taken): "doubted" | "trusted" {
    const { current, isRejected } = this.#holding;
    const isRejectedOne = isRejected && current?.secret.equals(taken.secret) === true;
    const isDoubted = isRejectedOne || this.#dead?.equals(taken.secret) === true;
    this.#given = isDoubted ? taken : null;
    if (!isDoubted && current?.secret.equals(taken.secret) !== true) this.#forget();
    return isDoubted ? "doubted" : "trusted";
  }

  /** What is to be asked about, `null` if nothing is, or was a moment ago. */
  find(): Taken | null {
    const doubted = this.#given ?? (this.#holding.isRejected ? this.#holding.taken : null);
    return this.#isFresh() && this.#answer === "unknown" ? null : doubted;
  }

  /**
   * Asks; what lives serves on under a new number, what is dead is buried.
   *
   * @returns `useless` if it is dead and the source gave it all the same.
   */
  async settle(
    doubted: Taken,
    signal: AbortSignal,
  ): Promise<"served" | "dead" | "useless" | "open"> {
    const { ask, elapsed } = this.#options;
    const askedAt = elapsed();
    const news = this.#isFresh() ? null : await ask(doubted.secret, signal);
    if (signal.aborted) return "open";
    const { current, isRejected } = this.#holding;
    const isHeld = current?.secret.equals(doubted.secret) === true;
    if (current !== null && !(isHeld && isRejected)) {
      // Another one came meanwhile, of which the answer says nothing.
      this.#given = null;
      return "open";
    }
    if (news !== null) {
      this.#askedAt = askedAt;
      this.#answer = news;
    }
    if (this.#answer === "dead") {
      const outcome = this.#given === doubted ? "useless" : "dead";
      this.#forget();
      this.#dead = doubted.secret;
      if (isHeld) this.#holding.bury();
      return outcome;
    }
    if (this.#answer === "unknown") {
      if (elapsed() - this.#unprovedAt < UNPROVED_MS) return "open";
      this.#unprovedAt = elapsed();
    }
    this.#given = null;
    this.#dead = null;
    this.#holding.serve(doubted);
    return "served";
  }

  /** Whether the answer still holds. */
  #isFresh(): boolean {
    return this.#options.elapsed() - this.#askedAt < PROVED_MS;
  }

  #forget(): void {
    this.#given = null;
    this.#dead = null;
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }
}
