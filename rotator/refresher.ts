/**
 * The chain of credentials that expire by themselves (OAuth, a command): fetched ahead of their
 * expiry, published, and nothing else. A fetch runs beside everything, so one that hangs delays
 * nothing that has a live credential.
 *
 * @module
 */

import type { RotateOutcome } from "../protocol.ts";
import { Doubt, type DoubtOptions, PROVED_MS } from "./doubt.ts";
import { Holding, type HoldingOptions, type Taken } from "./holding.ts";
import type { ProxyRequests } from "./proxies.ts";
import { expiredError, refusedError, sameTokenSentence } from "./refresh_failure.ts";
import { planRefresh } from "./refresh_schedule.ts";
import { describeRefresh } from "./refresh_state.ts";
import { Retries } from "./retries.ts";
import { countTriesLeft } from "./schedule.ts";
import { type Clocks, SetBack } from "../support/set_back.ts";

/** What the chain works with. */
export interface RefresherOptions extends HoldingOptions, DoubtOptions, Clocks {
  /** In [0, 1), for the pauses between tries. */
  readonly random: () => number;
  /** After how long a credential of unknown expiry is fetched anew. */
  readonly intervalMs: number;
}

/** How often the clocks are compared when nothing else wakes the chain. */
const TICK_MS = 1_000;
/** The same while a credential is in doubt, and the shortest pause of all. */
const SHORT_TICK_MS = 50;

type RotateCall = (outcome: RotateOutcome) => void;

/** Runs the chain until it is stopped. */
export class Refresher implements ProxyRequests {
  readonly #options: RefresherOptions;
  readonly #holding: Holding;
  readonly #doubt: Doubt;
  readonly #retries: Retries;
  readonly #setBack: SetBack;
  readonly #stop = new AbortController();
  readonly #running = new Map<"fetch" | "ask", Promise<void>>();
  /** When the last fetch began, and a token died of itself, by the clock that only rises. */
  #begunAt = Number.NEGATIVE_INFINITY;
  #diedAt = Number.NEGATIVE_INFINITY;
  #rotations = 0;
  #told = "";
  #isWanted = false;
  #calls: RotateCall[] = [];
  #wake: () => void = () => {};

  /** Does nothing until {@link Refresher.run}. */
  constructor(options: RefresherOptions) {
    const { now, elapsed, random } = options;
    const holding = new Holding(options);
    this.#options = options;
    this.#holding = holding;
    this.#doubt = new Doubt(holding, options);
    this.#setBack = new SetBack(options);
    this.#retries = new Retries({
      ...{ now, elapsed, random },
      get windowMs() {
        return holding.windowMs;
      },
    });
  }

  /** Steps until {@link Refresher.stop}. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#step();
      const timer = setTimeout(resolve, this.#pauseMs());
      await promise;
      clearTimeout(timer);
    }
    await Promise.all(this.#running.values());
  }

  /** Ends {@link Refresher.run}, and what it has begun. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** The workspace called a generation dead; `null`: one without a number. */
  onRejected(number: number | null): void {
    this.#holding.reject(number);
    this.#wake();
  }

  /** A request waits for a credential. */
  onNeeded(): void {
    this.#isWanted = true;
    this.#wake();
  }

  /** Requests come in. An idle service is refreshed all the same: it costs a request an hour. */
  onActive(_at: number): void {}

  /** Somebody asks for a fresh one now. */
  onRotate(answer: RotateCall): void {
    this.#calls.push(answer);
    this.#wake();
  }

  /** Only begins what is to be done: nothing here waits for anything. */
  #step(): void {
    if (this.#isFetchDue()) this.#begin("fetch", () => this.#fetch());
    const doubted = this.#isAskDue() ? this.#doubt.find() : null;
    if (doubted !== null) this.#begin("ask", () => this.#ask(doubted));
    this.#tell();
  }

  #begin(name: "fetch" | "ask", work: () => Promise<void>): void {
    const running = work().finally(() => {
      this.#running.delete(name);
      this.#wake();
    });
    this.#running.set(name, running);
  }

  #isFetchDue(): boolean {
    if (this.#running.has("fetch")) return false;
    if (this.#calls.length > 0) return true;
    const { current, isRejected, isUsable } = this.#holding;
    const urgency = this.#isWanted && !isUsable ? "asked" : "unasked";
    if (this.#doubt.isOpen) return false;
    if ((isRejected || this.#doubt.isDead) && this.#isSoon(this.#begunAt)) return false;
    if (isRejected) return this.#retries.isDue("asked");
    const isDue = current === null || this.#dueAt() <= this.#options.now();
    return isDue && this.#retries.isDue(urgency);
  }

  async #fetch(): Promise<void> {
    const { source, now, elapsed } = this.#options;
    this.#begunAt = elapsed();
    const fetchedAt = now();
    try {
      const fetched = await source.fetch(this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (fetched.expiresAt !== null && fetched.expiresAt <= now()) throw expiredError(source.kind);
      this.#setBack.forget();
      this.#take({ ...fetched, fetchedAt });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#fail(error);
      this.#answer({ ok: false, message: this.#retries.message ?? "" });
    }
  }

  #take(taken: Taken): void {
    const { source, log, elapsed } = this.#options;
    const { last } = this.#holding;
    const isSame = last?.secret.equals(taken.secret) === true;
    if (this.#doubt.weigh(taken) === "trusted") {
      this.#retries.succeed();
      this.#holding.serve(taken);
    }
    if (isSame) return this.#answer({ ok: false, message: sameTokenSentence(source.kind) });
    if (last !== null) this.#rotations++;
    const { current } = this.#holding;
    const [oldId, newId] = [last?.tokenId ?? null, current?.tokenId ?? null];
    const { number: generation, expiresAt } = current ?? {};
    const fetchMs = Math.round(elapsed() - this.#begunAt);
    log.info("refreshed", { oldId, newId, generation, expiresAt, fetchMs });
    this.#answer({ ok: true, oldId, newId });
  }

  /** A fetch that is quick makes the question idle; one that hangs must not delay the answer. */
  #isAskDue(): boolean {
    if (this.#running.has("ask")) return false;
    return !(this.#running.has("fetch") && this.#isSoon(this.#begunAt));
  }

  /** A source that gives the same again and again is not asked more often than this. */
  #isSoon(at: number): boolean {
    return this.#options.elapsed() - at < PROVED_MS;
  }

  async #ask(doubted: Taken): Promise<void> {
    const outcome = await this.#doubt.settle(doubted, this.#stop.signal);
    if (outcome === "served") return this.#retries.succeed();
    if (outcome === "open") return;
    const isSoon = this.#isSoon(this.#diedAt);
    this.#diedAt = this.#options.elapsed();
    // One that died young is replaced at once, but not one after the other.
    if (outcome === "dead" && !isSoon) this.#begunAt = Number.NEGATIVE_INFINITY;
    else this.#fail(refusedError(this.#options.source.kind));
  }

  #fail(error: unknown): void {
    const { leftMs } = this.#holding;
    const retryInMs = Math.round(this.#retries.fail(error, { leftMs, startedAt: this.#begunAt }));
    const { message: reason, count: failures } = this.#retries;
    this.#options.log.warn("refresh-failed", { error: reason, failures, retryInMs });
  }

  #answer(outcome: RotateOutcome): void {
    for (const answer of this.#calls.splice(0)) answer(outcome);
  }

  /** Epoch ms at which the one at hand is to be replaced. */
  #dueAt(): number {
    const { taken } = this.#holding;
    // Noted by a clock that was wrong then or is wrong now.
    if (taken === null || this.#setBack.happened()) return Number.NEGATIVE_INFINITY;
    return planRefresh(taken, this.#options);
  }

  #pauseMs(): number {
    if (this.#stop.signal.aborted) return 0;
    if (this.#holding.isRejected || this.#doubt.isOpen) return SHORT_TICK_MS;
    if (this.#running.has("fetch")) return TICK_MS;
    const isTrying = this.#retries.count > 0 || this.#holding.current === null;
    const dueInMs = isTrying ? this.#retries.waitMs : this.#dueAt() - this.#options.now();
    return Math.max(SHORT_TICK_MS, Math.min(TICK_MS, dueInMs));
  }

  /** Tells the proxies what has changed; one that waits is told what came of its question. */
  #tell(): void {
    const { source, proxies, now } = this.#options;
    const { current, leftMs, windowMs, isUsable } = this.#holding;
    // To be told of the last failure would end the wait for what is just being fetched.
    if (this.#running.size > 0 && !isUsable) return;
    const chain = describeRefresh({
      kind: source.kind,
      generation: current,
      dueAt: this.#dueAt(),
      now: now(),
      retries: this.#retries,
      triesLeft: countTriesLeft({ leftMs, windowMs }),
      rotations: this.#rotations,
    });
    const text = JSON.stringify(chain);
    if (!this.#isWanted && text === this.#told) return;
    this.#isWanted = false;
    this.#told = text;
    proxies.tellChain(chain);
  }
}
