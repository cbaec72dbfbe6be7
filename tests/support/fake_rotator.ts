/** The other end of a proxy's line: says what a rotator says, and keeps what it is told. */

import type { Chain, ProxyToRotator, RotatorToProxy } from "../../protocol.ts";
import { tokenIdOf } from "../../workspace/credential.ts";
import { Secret } from "../../support/secret.ts";
import { until } from "./until.ts";

/** A rotator that does what the test says. */
export class FakeRotator implements Disposable {
  /** All that the proxy said, in order. */
  readonly heard: ProxyToRotator[] = [];
  /** Called with each of them. */
  onHeard: (message: ProxyToRotator) => void = () => {};
  readonly #port: MessagePort;
  /** The proxy's end. */
  readonly line: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.line = port1;
    this.#port = port2;
    port2.onmessage = ({ data }: MessageEvent<ProxyToRotator>) => {
      this.heard.push(data);
      this.onHeard(data);
    };
  }

  /** Publishes a token; resolves when the proxy has confirmed it. */
  async publish(
    number: number,
    value: string,
    options: { expiresAt?: number | null } = {},
  ): Promise<void> {
    this.announce(number, value, options);
    await until(
      `generation ${number} is confirmed`,
      () => this.heard.some((each) => each.type === "published" && each.number === number),
    );
  }

  /** Publishes a token without waiting for the proxy to confirm it. */
  announce(number: number, value: string, options: { expiresAt?: number | null } = {}): void {
    this.say({
      type: "publish",
      generation: {
        number,
        value,
        tokenId: tokenIdOf(new Secret(value)),
        issuedAt: null,
        expiresAt: options.expiresAt ?? null,
        source: "pat",
      },
    });
  }

  /** Tells how the chain is. */
  tell(chain: Partial<Chain>): void {
    this.say({
      type: "chain",
      chain: {
        state: "live",
        source: "pat",
        generation: null,
        tokenId: null,
        issuedAt: null,
        expiresAt: null,
        nextAttemptAt: null,
        failures: 0,
        triesLeft: null,
        spare: null,
        agentFiles: [],
        lastFailure: null,
        rotations: 0,
        pendingRevocations: 0,
        ...chain,
      },
    });
  }

  /** Says anything. */
  say(message: RotatorToProxy): void {
    this.#port.postMessage(message);
  }

  /** How often the proxy said something of this type. */
  count(type: ProxyToRotator["type"]): number {
    return this.heard.filter((message) => message.type === type).length;
  }

  [Symbol.dispose](): void {
    this.#port.close();
  }
}
