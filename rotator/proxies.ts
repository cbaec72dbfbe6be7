/**
 * The rotator's lines to the proxy isolates: who has confirmed which generation, and where old
 * ones are still in flight.
 *
 * @module
 */

import {
  type Chain,
  type ProxyToRotator,
  type RotateOutcome,
  type RotatorToProxy,
  toWire,
} from "../protocol.ts";
import type { Generation } from "../workspace/credential.ts";
import type { UpstreamMode } from "../workspace/endpoints.ts";

/** What a proxy may ask of the rotator. */
export interface ProxyRequests {
  readonly onRejected: (number: number | null) => void;
  readonly onNeeded: () => void;
  readonly onActive: (at: number) => void;
  readonly onRotate: (answer: (outcome: RotateOutcome) => void) => void;
}

interface Line {
  readonly port: MessagePort;
  confirmed: number;
  drained: number;
}

/** All proxy isolates that are alive. */
export class Proxies {
  readonly #lines = new Map<number, Line>();
  readonly #requests: ProxyRequests;
  readonly #waiters = new Set<() => void>();
  #generation: Generation | null = null;
  #chain: Chain | null = null;
  #mode: UpstreamMode | null = null;
  /** Numbers that are drained, and how many wait for each. */
  readonly #draining = new Map<number, number>();

  /** Knows no proxy yet. */
  constructor(requests: ProxyRequests) {
    this.#requests = requests;
  }

  /** A proxy came (again): it is told all that the others know. */
  link(index: number, port: MessagePort): void {
    this.unlink(index);
    this.#lines.set(index, { port, confirmed: -1, drained: -1 });
    port.onmessage = (event: MessageEvent<ProxyToRotator>) => this.#receive(index, event.data);
    const send = (message: RotatorToProxy) => port.postMessage(message);
    if (this.#mode !== null) send({ type: "mode", mode: this.#mode });
    if (this.#generation !== null) {
      send({ type: "publish", generation: toWire(this.#generation) });
    }
    if (this.#chain !== null) send({ type: "chain", chain: this.#chain });
    for (const number of this.#draining.keys()) send({ type: "drain", number });
  }

  /** A proxy is gone: nothing is in flight there, and nobody waits for it. */
  unlink(index: number): void {
    this.#lines.get(index)?.port.close();
    this.#lines.delete(index);
    this.#wake();
  }

  /** Hangs up on all. */
  close(): void {
    for (const index of [...this.#lines.keys()]) this.unlink(index);
  }

  /** Tells all how to reach the workspace's models. */
  tellMode(mode: UpstreamMode): void {
    this.#mode = mode;
    this.#broadcast({ type: "mode", mode });
  }

  /** Tells all how the chain is. */
  tellChain(chain: Chain): void {
    this.#chain = chain;
    this.#broadcast({ type: "chain", chain });
  }

  /** Resolves when every proxy alive has confirmed the generation. */
  async publish(generation: Generation): Promise<void> {
    this.#generation = generation;
    this.#broadcast({ type: "publish", generation: toWire(generation) });
    await this.#until(() => this.#every((line) => line.confirmed >= generation.number));
  }

  /**
   * Resolves when every proxy alive has confirmed a newer generation than `number`, and either
   * nothing of `number` is in flight any more or `patience` is aborted. Aborting `end` ends it
   * in any case.
   */
  async drain(
    number: number,
    { patience, end }: { readonly patience: AbortSignal; readonly end: AbortSignal },
  ): Promise<"drained" | "timeout" | "ended"> {
    this.#draining.set(number, (this.#draining.get(number) ?? 0) + 1);
    this.#broadcast({ type: "drain", number });
    const wake = () => this.#wake();
    for (const signal of [patience, end]) signal.addEventListener("abort", wake);
    try {
      const isSafe = () => this.#every((line) => line.confirmed > number);
      const isDrained = () => isSafe() && this.#every((line) => line.drained >= number);
      await this.#until(() => isDrained() || end.aborted || (isSafe() && patience.aborted));
      return isDrained() ? "drained" : end.aborted ? "ended" : "timeout";
    } finally {
      for (const signal of [patience, end]) signal.removeEventListener("abort", wake);
      const others = (this.#draining.get(number) ?? 0) - 1;
      if (others > 0) this.#draining.set(number, others);
      else this.#draining.delete(number);
    }
  }

  #receive(index: number, message: ProxyToRotator): void {
    const line = this.#lines.get(index);
    if (line === undefined) return;
    switch (message.type) {
      case "published":
        line.confirmed = Math.max(line.confirmed, message.number);
        this.#wake();
        break;
      case "drained":
        line.drained = Math.max(line.drained, message.number);
        this.#wake();
        break;
      case "rejected":
        this.#requests.onRejected(message.number);
        break;
      case "needed":
        this.#requests.onNeeded();
        break;
      case "active":
        this.#requests.onActive(message.at);
        break;
      case "rotate":
        this.#requests.onRotate((outcome) =>
          line.port.postMessage(
            { type: "rotated", id: message.id, outcome } satisfies RotatorToProxy,
          )
        );
        break;
    }
  }

  #broadcast(message: RotatorToProxy): void {
    for (const { port } of this.#lines.values()) port.postMessage(message);
  }

  #every(holds: (line: Line) => boolean): boolean {
    return [...this.#lines.values()].every(holds);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
      this.#waiters.delete(resolve);
    }
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
  }
}
