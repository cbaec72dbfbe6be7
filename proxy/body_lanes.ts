/**
 * How many long bodies of one caller are read at the same time. Each piece of a body is a turn of
 * the loop that everybody else waits for; those that wait here cost nothing but their sender's time.
 *
 * @module
 */

/** Bodies up to here are read at once, however many there are. */
export const LONG_BODY_BYTES = 1_048_576;
/** The same for those that do not say how long they are, as no agent's do. */
export const LONG_UNTOLD_BYTES = 65_536;
/** Long ones of one key at the same time. */
const LANES = 2;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lanes by owner, so that nobody waits for another one's bodies. */
export class BodyLanes {
  readonly #lanes = new Map<string, Lane>();

  /** Resolves, when a long body of `owner` may be read, to what is to be called after it. */
  async enter(owner: string): Promise<() => void> {
    const lane = this.#lanes.get(owner) ?? { running: 0, waiting: [] };
    this.#lanes.set(owner, lane);
    if (lane.running < LANES) lane.running++;
    // Who leaves hands its place on.
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    return () => this.#leave(owner, lane);
  }

  #leave(owner: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) return next();
    lane.running--;
    if (lane.running === 0) this.#lanes.delete(owner);
  }
}
