/**
 * The chain of credentials: takes up the token at hand, replaces it on its own clock, and retires
 * the old ones. One step at a time; what happens outside only wakes it.
 *
 * @module
 */

import { ChainReport } from "./chain_report.ts";
import type { RotateCall } from "./inbox.ts";
import { Renewal } from "./renewal.ts";
import { Settling } from "./settling.ts";
import { tend } from "./tend.ts";
import { type ChainOptions, heirOf, makeWorkings, type Scene, type Workings } from "./workings.ts";

/** How often the profile is looked at when nothing else wakes the chain. */
const TICK_MS = 1_000;
/** What is under way at the end may take so long: a mint that is cut off leaves a token behind. */
const LAST_STEP_MS = 1_000;

/** Runs the chain until it is stopped. */
export class CredentialChain {
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  readonly #workings: Workings;
  readonly #settling: Settling;
  readonly #renewal: Renewal;
  readonly #report: ChainReport;

  /** Does nothing until {@link CredentialChain.run}. */
  constructor(options: ChainOptions) {
    const ending = { stop: this.#stop.signal, giveUp: this.#giveUp.signal };
    this.#workings = makeWorkings(options, ending);
    this.#settling = new Settling(this.#workings);
    this.#renewal = new Renewal(this.#workings);
    this.#report = new ChainReport(this.#workings, { rotations: () => this.#renewal.rotations });
  }

  /** Steps until {@link CredentialChain.stop}; never throws. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Whatever wakes it during the step is dealt with in the next one.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#workings.inbox.hang(resolve);
      await this.#step();
      const timer = setTimeout(resolve, this.#pauseMs());
      await promise;
      clearTimeout(timer);
    }
    this.#ended.resolve();
  }

  /** Ends {@link CredentialChain.run} after the step it is in, which is cut off if it hangs. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#workings.inbox.hurry();
    const timer = setTimeout(() => this.#giveUp.abort(), LAST_STEP_MS);
    this.#ended.promise.then(() => clearTimeout(timer));
  }

  /** Whether the workspace called the serving token dead, and nothing is known of it yet. */
  get isRefused(): boolean {
    return this.#workings.serving.isRejected;
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  onRejected(number: number | null): void {
    const { serving, inbox } = this.#workings;
    serving.reject(number);
    inbox.hurry();
    if (serving.isRejected) this.#renewal.wane();
  }

  /** A request waits for a credential. */
  onNeeded(): void {
    this.#workings.inbox.want();
  }

  /** Requests come in. */
  onActive(at: number): void {
    this.#workings.timing.noteActive(at);
    this.#workings.inbox.ring();
  }

  /** Somebody asks for a rotation now. */
  onRotate(answer: RotateCall): void {
    this.#workings.inbox.call(answer);
  }

  async #step(): Promise<void> {
    const scene = this.#look();
    await this.#settling.settle(scene);
    await this.#renewal.rotateIfDue(scene);
    const message = this.#report.whyNotRotated();
    for (const answer of scene.calls) answer({ ok: false, message });
    this.#report.tell(scene.urgency);
    await tend(this.#workings);
    this.#report.tell("unasked");
  }

  #look(): Scene {
    const mail = this.#workings.inbox.take();
    try {
      return { ...mail, profile: this.#workings.options.readProfile() };
    } catch (error) {
      return { ...mail, profile: error instanceof Error ? error : new Error(`${error}`) };
    }
  }

  #pauseMs(): number {
    const { options, serving, timing, asking, rotating } = this.#workings;
    if (this.#stop.signal.aborted) return 0;
    const { current, isRejected } = serving;
    if (heirOf(this.#workings) !== null) return Math.min(TICK_MS, rotating.waitMs);
    if (current === null || isRejected) return Math.min(TICK_MS, asking.waitMs);
    if (options.rotation === "off") return TICK_MS;
    const plan = timing.plan(current.generation);
    const isWaiting = plan.action === "wait";
    return Math.min(TICK_MS, isWaiting ? timing.until(plan.until) : rotating.waitMs);
  }
}
