/**
 * The proxy's end of its line to the rotator. The line may be replaced: a rotator that died has
 * a successor.
 *
 * @module
 */

import {
  type Chain,
  fromWire,
  type ProxyToRotator,
  type RotateOutcome,
  type RotatorToProxy,
} from "../protocol.ts";
import type { CredentialSource, Generation } from "../workspace/credential.ts";
import type { UpstreamMode } from "../workspace/endpoints.ts";
import type { Credentials, Outlook } from "./credentials.ts";

/** How often the rotator is told that the credential is in use. */
const ACTIVE_EVERY_MS = 250;
const ROTATE_TIMEOUT_MS = 60_000;

const UNKNOWN_CHAIN: Omit<Chain, "source"> = {
  state: "starting",
  generation: null,
  tokenId: null,
  issuedAt: null,
  expiresAt: null,
  nextAttemptAt: null,
  failures: 0,
  triesLeft: null,
  lastFailure: null,
  rotations: 0,
  pendingRevocations: 0,
  spare: null,
  agentFiles: [],
};

/** What the rotator says, and what it is told. */
export class RotatorLink {
  readonly #credentials: () => Credentials;
  readonly #rotations = new Map<number, (outcome: RotateOutcome) => void>();
  #port: MessagePort | null = null;
  #chain: Chain;
  #mode: UpstreamMode | null;
  #lastActiveAt = 0;
  #lastRotation = 0;

  /** `credentials` is asked for late, since the two need each other. */
  constructor(
    credentials: () => Credentials,
    { mode, source }: {
      readonly mode: UpstreamMode | null;
      readonly source: CredentialSource;
    },
  ) {
    this.#credentials = credentials;
    this.#mode = mode;
    this.#chain = { ...UNKNOWN_CHAIN, source };
  }

  /** Health of the chain, as last told. */
  get chain(): Chain {
    return this.#chain;
  }

  /** The upstream mode; until it is known, the paths that every workspace has. */
  get mode(): UpstreamMode {
    return this.#mode ?? "serving-endpoints";
  }

  /** Takes a new line to a rotator. */
  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    port.onmessage = (event: MessageEvent<RotatorToProxy>) => this.#receive(event.data);
  }

  /** Hangs up. */
  close(): void {
    this.#port?.close();
    this.#port = null;
  }

  /** A request waits for a credential. */
  ask(): void {
    this.#send({ type: "needed" });
  }

  /** The workspace called a generation dead. */
  reject(generation: Generation): void {
    this.#send({ type: "rejected", number: generation.number });
  }

  /** The credential is in use. */
  noteActive(now: number): void {
    if (Math.abs(now - this.#lastActiveAt) < ACTIVE_EVERY_MS) return;
    this.#lastActiveAt = now;
    this.#send({ type: "active", at: now });
  }

  /** Asks for a rotation now. Who has left (`signal`) keeps nobody from stopping. */
  async rotate(signal: AbortSignal): Promise<RotateOutcome> {
    const id = ++this.#lastRotation;
    const { promise, resolve } = Promise.withResolvers<RotateOutcome>();
    this.#rotations.set(id, resolve);
    const giveUp = () => resolve({ ok: false, message: "The rotator did not answer; see its log" });
    const timer = setTimeout(giveUp, ROTATE_TIMEOUT_MS);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.#send({ type: "rotate", id });
    const outcome = await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    this.#rotations.delete(id);
    return outcome;
  }

  #receive(message: RotatorToProxy): void {
    const credentials = this.#credentials();
    switch (message.type) {
      case "publish":
        credentials.publish(fromWire(message.generation));
        this.#send({ type: "published", number: message.generation.number });
        break;
      case "chain":
        this.#chain = message.chain;
        credentials.expect(outlookOf(message.chain));
        break;
      case "mode":
        this.#mode = message.mode;
        break;
      case "drain": {
        const { number } = message;
        const port = this.#port;
        credentials.drained(number).then(() => port?.postMessage({ type: "drained", number }));
        break;
      }
      case "rotated":
        this.#rotations.get(message.id)?.(message.outcome);
        break;
    }
  }

  #send(message: ProxyToRotator): void {
    this.#port?.postMessage(message);
  }
}

/** What the state of the chain means for a request that has no credential. */
function outlookOf(chain: Chain): Outlook | null {
  const failure = chain.lastFailure ?? "No live credential is at hand";
  const message = `${failure}; another try follows`;
  switch (chain.state) {
    case "lost":
      return { mayCome: "never", message: failure, nextAttemptAt: null };
    case "retrying":
      return { mayCome: "soon", message, nextAttemptAt: chain.nextAttemptAt };
    case "following":
      // One that follows a live token gives it out again as soon as it was asked about.
      if (chain.generation !== null) return null;
      // When somebody else writes another one is not known.
      return { mayCome: "soon", message, nextAttemptAt: null };
    default:
      return null;
  }
}
