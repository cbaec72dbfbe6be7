/**
 * The clocks of a scenario. A machine that sleeps moves all wall clocks; somebody who sets the
 * clock of the service moves that one alone.
 *
 * @module
 */

/** Real time goes on under all of them. */
export class PlayClocks {
  #sleptMs = 0;
  #setMs = 0;

  /** Epoch ms at the workspace: the truth. */
  readonly workspace = (): number => Date.now() + this.#sleptMs;
  /** Epoch ms at the service. */
  readonly service = (): number => Date.now() + this.#sleptMs + this.#setMs;
  /** Ms on the service's clock that only rises, and stands still while the machine sleeps. */
  readonly elapsed = (): number => performance.now();

  /** The machine sleeps. */
  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  /** Sets the clock of the service. */
  set(byMs: number): void {
    this.#setMs += byMs;
  }
}
