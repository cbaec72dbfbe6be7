/**
 * Requests that wait for a credential: until there is one, until none can come, or for as long as
 * a caller may be held.
 *
 * @module
 */

/** Why there is no credential: whether one may still come, and the sentence for the user. */
export interface Outlook {
  readonly mayCome: "soon" | "never";
  readonly message: string;
  /** Epoch ms of the next try to get one, `null` if that is not known. */
  readonly nextAttemptAt: number | null;
}

/** What {@link Waiters} needs. */
export interface WaitersOptions<T> {
  /** Epoch ms. */
  readonly now: () => number;
  /** Tells the rotator that a request waits. */
  readonly ask: () => void;
  /** What is waited for, `null` if it is not there. */
  readonly take: () => T | null;
}

/** How often the profile is looked at while requests wait: whoever writes it tells nobody. */
const LOOK_AGAIN_MS = 50;
/** How long those who join a wait rely on the question that the first of them asked. */
const ASK_AGAIN_MS = 1_000;
const NOT_YET: Outlook = {
  mayCome: "soon",
  message: "A fresh credential is being fetched; try again",
  nextAttemptAt: null,
};

/** All that wait at this moment. */
export class Waiters<T extends object> {
  readonly #options: WaitersOptions<T>;
  readonly #waiting = new Set<(outlook: Outlook | null) => void>();
  #lastAskAt = Number.NEGATIVE_INFINITY;
  #lookAgain: ReturnType<typeof setInterval> | undefined;

  /** Nobody waits yet. */
  constructor(options: WaitersOptions<T>) {
    this.#options = options;
  }

  /** Something may be there to be taken. */
  wake(): void {
    for (const waiter of this.#waiting) waiter(null);
  }

  /** Nothing could be got now. */
  tell(outlook: Outlook): void {
    for (const waiter of this.#waiting) waiter(outlook);
  }

  /**
   * What is waited for; or why it is not there, once it cannot come, the next try comes too late
   * for this caller, `deadlineMs` have passed, or the caller has left.
   */
  async wait(
    { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<T | Outlook> {
    if (signal.aborted) return NOT_YET;
    this.#askForAll();
    const { promise, resolve } = Promise.withResolvers<T | Outlook>();
    const { now, take } = this.#options;
    const giveUpAt = now() + deadlineMs;
    let last = NOT_YET;
    // Who has its answer waits no more, or it would take what nobody gives back.
    const settle = (answer: T | Outlook) => {
      this.#waiting.delete(waiter);
      resolve(answer);
    };
    const waiter = (outlook: Outlook | null) => {
      const taken = take();
      if (taken !== null) return settle(taken);
      if (outlook === null) return;
      last = outlook;
      if (!isInTime(outlook, giveUpAt)) settle(outlook);
    };
    const giveUp = () => settle(last);
    this.#waiting.add(waiter);
    this.#lookAgain ??= setInterval(() => this.wake(), LOOK_AGAIN_MS);
    const timer = setTimeout(giveUp, deadlineMs);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  #rest(): void {
    clearInterval(this.#lookAgain);
    this.#lookAgain = undefined;
  }

  /** One question serves all who wait; it is asked again in case a rotator died over it. */
  #askForAll(): void {
    const now = this.#options.now();
    const isAsked = this.#waiting.size > 0 && Math.abs(now - this.#lastAskAt) < ASK_AGAIN_MS;
    if (isAsked) return;
    this.#lastAskAt = now;
    this.#options.ask();
  }
}

/** Whether another try is made while the caller is still held. */
function isInTime({ mayCome, nextAttemptAt }: Outlook, giveUpAt: number): boolean {
  return mayCome === "soon" && nextAttemptAt !== null && nextAttemptAt < giveUpAt;
}
