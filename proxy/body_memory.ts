/**
 * The memory that request bodies take up together, and whose they are.
 *
 * @module
 */

import { Refusal } from "./refusal.ts";

/** What one request holds of it. */
export interface BodyClaim {
  /**
   * Takes `bytes` more.
   *
   * @throws {Refusal} 503 if that is not to be had at this moment.
   * @throws {Error} after `release`: whoever still reads then reads for nobody.
   */
  take(bytes: number): void;
  /** Gives back all that was taken, for good; a second call does nothing. */
  release(): void;
}

/** A budget of which no single owner gets more than half: one agent never starves the others. */
export class BodyMemory {
  readonly #maxBytes: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  /** Nothing is held yet. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held. */
  get total(): number {
    return this.#total;
  }

  /** A claim of `owner` on nothing yet. */
  claimFor(owner: string): BodyClaim {
    let taken = 0;
    let isReleased = false;
    return {
      take: (bytes) => {
        if (isReleased) throw new Error("Its request is over");
        const held = this.#held.get(owner) ?? 0;
        const isTooMuch = this.#total + bytes > this.#maxBytes || held + bytes > this.#maxBytes / 2;
        if (isTooMuch) throw this.#refusal();
        this.#add(owner, bytes);
        taken += bytes;
      },
      release: () => {
        isReleased = true;
        this.#add(owner, -taken);
        taken = 0;
      },
    };
  }

  #add(owner: string, bytes: number): void {
    this.#total += bytes;
    const held = (this.#held.get(owner) ?? 0) + bytes;
    if (held === 0) this.#held.delete(owner);
    else this.#held.set(owner, held);
  }

  #refusal(): Refusal {
    const message = `Keyturn holds as many bytes of request bodies as it may (${this.#maxBytes}, ` +
      "half of it for one key); try again in a moment, or raise PROXY_BODY_MEMORY";
    return new Refusal(503, "unavailable", message, { retryAfterS: 1, limit: "body-memory" });
  }
}
