/**
 * Counts of all proxy isolates, put together for the one that was asked for them.
 *
 * @module
 */

import type { ProxyStats } from "../protocol.ts";

/** Who asks: the proxy's index, and the number that it gave its question. */
export interface Asker {
  readonly index: number;
  readonly id: number;
}

/** How counts are asked for and delivered. */
export interface GatheringOptions {
  /** Asks one proxy for its counts, to be answered under `id`. */
  readonly ask: (index: number, id: string) => void;
  readonly deliver: (asker: Asker, stats: readonly ProxyStats[]) => void;
  /**
   * Longest wait for a proxy that is too busy to answer; the others' counts are delivered then.
   * @default {2_000}
   */
  readonly timeoutMs?: number;
}

interface Question {
  readonly asker: Asker;
  readonly parts: ProxyStats[];
  readonly missing: Set<number>;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Questions under way. */
export class Gathering {
  readonly #options: GatheringOptions;
  readonly #questions = new Map<string, Question>();

  /** Nothing is asked yet. */
  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** Asks all of `alive`, indices of proxies, for their counts. */
  begin(asker: Asker, alive: readonly number[]): void {
    const id = `${asker.index}:${asker.id}`;
    const timer = setTimeout(() => this.#finish(id), this.#options.timeoutMs ?? 2_000);
    this.#questions.set(id, { asker, parts: [], missing: new Set(alive), timer });
    for (const index of alive) this.#options.ask(index, id);
    this.#finishIfWhole(id);
  }

  /** A proxy answered. */
  receive(index: number, id: string, stats: ProxyStats): void {
    const question = this.#questions.get(id);
    if (question?.missing.delete(index) !== true) return;
    question.parts.push(stats);
    this.#finishIfWhole(id);
  }

  /** A proxy died: nobody waits for it. */
  lose(index: number): void {
    for (const [id, { missing }] of [...this.#questions]) {
      missing.delete(index);
      this.#finishIfWhole(id);
    }
  }

  /** Forgets all questions. */
  end(): void {
    for (const { timer } of this.#questions.values()) clearTimeout(timer);
    this.#questions.clear();
  }

  #finishIfWhole(id: string): void {
    if (this.#questions.get(id)?.missing.size === 0) this.#finish(id);
  }

  #finish(id: string): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    clearTimeout(question.timer);
    this.#options.deliver(question.asker, question.parts);
  }
}
