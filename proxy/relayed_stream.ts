/**
 * An event stream on its way to the caller: kept alive while upstream thinks, and never ended more
 * cleanly than it ended upstream.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import { keepAlive, lastWords } from "./keep_alive.ts";
import { EventBoundary } from "./sse/boundary.ts";
import type { UpstreamAnswer } from "./upstream.ts";
import type { Watch, Watchdog } from "./watchdog.ts";

/** What a stream passes through. */
export interface Passage {
  /** What leaves of what came; empty if it waits for more. */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** What is left at the end, and whether that was in the middle of an event. */
  end(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly isCut: boolean };
  /** Whether an event of ours may follow what has left. */
  readonly isBetweenEvents: boolean;
}

/** What relaying streams needs. */
export interface StreamSteps {
  /** Calls back for each stream of which the caller has heard nothing for a while. */
  readonly silence: Watchdog;
  /** Told of a stream that was broken off for what was in it. */
  readonly onFault: (error: unknown) => void;
  /** Resolves after a while, or when the signal fires. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Fires while the service ends, when there is just time for last words. */
  readonly closing: AbortSignal;
}

/**
 * Pauses after each time that the last words are said. They are heard only where they are read
 * alone, and a caller that is behind reads them together with what came before; so they are said
 * again, and the abort, which takes away what nobody has read yet, comes seconds later.
 */
const LAST_WORDS_PAUSES_MS = [200, 400, 800, 1_600, 3_200];

/** The way of a stream that nobody reads: byte for byte. */
export class UnreadPassage implements Passage {
  readonly #boundary = new EventBoundary();

  /** By its last bytes. */
  get isBetweenEvents(): boolean {
    return this.#boundary.isHere;
  }

  /** The same bytes. */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    this.#boundary.pass(chunk);
    return chunk;
  }

  /** Nothing is left, and how it ended is for the caller to see. */
  end(): ReturnType<Passage["end"]> {
    return { bytes: new Uint8Array(), isCut: false };
  }
}

/** A stream on its way. */
export interface StreamCall {
  readonly passage: Passage;
  readonly dialect: Dialect;
  /** Fires when the caller leaves. */
  readonly signal: AbortSignal;
}

/** The stream that the caller gets. */
export function relayStream(
  answer: UpstreamAnswer,
  call: StreamCall,
  steps: StreamSteps,
): ReadableStream<Uint8Array> {
  return new ReadableStream(new StreamRelay(answer, call, steps), { highWaterMark: 0 });
}

class StreamRelay implements UnderlyingDefaultSource<Uint8Array> {
  readonly #answer: UpstreamAnswer;
  readonly #call: StreamCall;
  readonly #steps: StreamSteps;
  readonly #over = new AbortController();
  readonly #onLeave = () => this.#end();
  readonly #onClosing = () => this.#answer.drop();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #watch: Watch;
  #hasBegun = false;

  constructor(answer: UpstreamAnswer, call: StreamCall, steps: StreamSteps) {
    this.#answer = answer;
    this.#call = call;
    this.#steps = steps;
    this.#watch = steps.silence.watch(() => this.#breakSilence());
    this.#watch.rest();
    if (call.signal.aborted) this.#end();
    else call.signal.addEventListener("abort", this.#onLeave, { once: true });
    if (lastWords(call.dialect) !== null) this.#heed(steps.closing);
  }

  /** Others are better served by all the time that there is, and the abort at its end. */
  #heed(closing: AbortSignal): void {
    if (closing.aborted) this.#onClosing();
    else closing.addEventListener("abort", this.#onClosing, { once: true });
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  cancel(): void {
    this.#answer.leave();
    this.#end();
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#watch.wait();
    try {
      const { bytes, isLast } = await this.#more();
      this.#hasBegun = true;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (isLast) {
        this.#end();
        controller.close();
      }
    } catch (error) {
      await this.#breakOff(error, controller);
    } finally {
      // A caller that reads slowly is not one that waits.
      this.#watch.rest();
    }
  }

  /** Waits until something leaves: to the caller, what is held back is silence too. */
  async #more(): Promise<{ bytes: Uint8Array<ArrayBuffer>; isLast: boolean }> {
    for (let chunk = await this.#answer.next(); chunk !== null; chunk = await this.#answer.next()) {
      const bytes = this.#fault(() => this.#call.passage.push(chunk as Uint8Array<ArrayBuffer>));
      if (bytes.length > 0) return { bytes, isLast: false };
    }
    return { bytes: this.#fault(() => this.#rest()), isLast: true };
  }

  #rest(): Uint8Array<ArrayBuffer> {
    const { bytes, isCut } = this.#call.passage.end();
    if (isCut) throw new RangeError("The workspace ended a stream in the middle of an event");
    return bytes;
  }

  /** What is wrong with the stream itself is nobody's to notice but ours. */
  #fault<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#answer.drop();
      this.#steps.onFault(error);
      throw error;
    }
  }

  /** Never a clean end, which an agent takes for the end of what was to be said. */
  async #breakOff(
    error: unknown,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { passage, dialect } = this.#call;
    const words = passage.isBetweenEvents ? lastWords(dialect) : null;
    if (words !== null) await this.#repeat(words, controller);
    this.#end();
    controller.error(error);
  }

  async #repeat(
    words: Uint8Array<ArrayBuffer>,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { signal } = this.#over;
    for (const pauseMs of LAST_WORDS_PAUSES_MS) {
      if (signal.aborted) return;
      // A copy, since whoever reads bytes may take their memory over.
      controller.enqueue(words.slice());
      await this.#steps.pause(pauseMs, signal);
    }
  }

  #breakSilence(): void {
    this.#watch = this.#steps.silence.watch(() => this.#breakSilence());
    const { passage, dialect } = this.#call;
    const isHeard = (this.#controller?.desiredSize ?? -1) >= 0;
    if (!this.#hasBegun || !passage.isBetweenEvents || !isHeard) return;
    this.#controller?.enqueue(keepAlive(dialect));
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#watch.end();
    this.#call.signal.removeEventListener("abort", this.#onLeave);
    this.#steps.closing.removeEventListener("abort", this.#onClosing);
  }
}
