/**
 * A proxy isolate as the rotator sees it: a line on which it confirms generations and tells when
 * they are drained. It keeps state, and does not confirm or drain what it is told not to.
 *
 * @module
 */

import type {
  Chain,
  ProxyToRotator,
  RotateOutcome,
  RotatorToProxy,
  WireGeneration,
} from "../../protocol.ts";
import type { Proxies } from "../../rotator/proxies.ts";

/** One end of a line to the rotator. */
export class FakeProxy implements Disposable {
  /** All generations that were published to it, oldest first. */
  readonly published: WireGeneration[] = [];
  /** What it was told of the chain, oldest first. */
  readonly chains: Chain[] = [];
  readonly #port: MessagePort;
  readonly #index: number;
  readonly #proxies: Proxies;
  readonly #held = new Set<number>();
  readonly #owed = new Set<number>();
  readonly #answers = new Map<number, (outcome: RotateOutcome) => void>();
  #isSilent: boolean;

  /** Links itself to `proxies`. A `silent` one never confirms anything. */
  constructor(proxies: Proxies, options: { index: number; manner?: "silent" | "prompt" }) {
    const { port1, port2 } = new MessageChannel();
    this.#index = options.index;
    this.#proxies = proxies;
    this.#isSilent = options.manner === "silent";
    this.#port = port2;
    port2.onmessage = (event: MessageEvent<RotatorToProxy>) => this.#receive(event.data);
    proxies.link(options.index, port1);
  }

  /** The newest generation. */
  get current(): WireGeneration | null {
    return this.published.at(-1) ?? null;
  }

  /** What it was told of the chain last. */
  get chain(): Chain | null {
    return this.chains.at(-1) ?? null;
  }

  /** Numbers that the rotator wants drained and that are still in flight. */
  get draining(): readonly number[] {
    return [...this.#owed];
  }

  /** A request in flight, by default with the newest generation; ends when it is called. */
  startRequest(number: number = this.current?.number ?? 0): () => void {
    this.#held.add(number);
    return () => {
      this.#held.delete(number);
      for (const owed of [...this.#owed]) this.#drain(owed);
    };
  }

  /** Begins to confirm. */
  speak(): void {
    this.#isSilent = false;
    if (this.current !== null) this.send({ type: "published", number: this.current.number });
    for (const owed of [...this.#owed]) this.#drain(owed);
  }

  /** Says something to the rotator. */
  send(message: ProxyToRotator): void {
    this.#port.postMessage(message);
  }

  /** Asks for a rotation as `keyturn rotate` does. */
  rotate(): Promise<RotateOutcome> {
    const { promise, resolve } = Promise.withResolvers<RotateOutcome>();
    const id = this.#answers.size + 1;
    this.#answers.set(id, resolve);
    this.send({ type: "rotate", id });
    return promise;
  }

  /** Dies, as the supervisor would tell the rotator. */
  [Symbol.dispose](): void {
    this.#proxies.unlink(this.#index);
    this.#port.close();
  }

  #receive(message: RotatorToProxy): void {
    switch (message.type) {
      case "publish":
        this.published.push(message.generation);
        if (!this.#isSilent) this.send({ type: "published", number: message.generation.number });
        break;
      case "chain":
        this.chains.push(message.chain);
        break;
      case "drain":
        this.#drain(message.number);
        break;
      case "rotated":
        this.#answers.get(message.id)?.(message.outcome);
        break;
    }
  }

  #drain(number: number): void {
    this.#owed.add(number);
    if (this.#isSilent || [...this.#held].some((held) => held <= number)) return;
    this.#owed.delete(number);
    this.send({ type: "drained", number });
  }
}
