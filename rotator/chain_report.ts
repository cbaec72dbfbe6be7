/**
 * What the chain tells the proxies of itself.
 *
 * @module
 */

import { describeChain } from "./chain_state.ts";
import type { Scene, Workings } from "./workings.ts";

/** Tells them what has changed. */
export class ChainReport {
  readonly #workings: Workings;
  readonly #rotations: () => number;
  #told = "";

  /** Nothing was told yet. */
  constructor(workings: Workings, { rotations }: { readonly rotations: () => number }) {
    this.#workings = workings;
    this.#rotations = rotations;
  }

  /** Tells the proxies what has changed; one that waits is told in any case. */
  tell(urgency: Scene["urgency"]): void {
    const { options, serving, timing, asking, rotating } = this.#workings;
    const { rotation, retirement, proxies, spare, agentTokens } = options;
    const generation = serving.current?.generation ?? null;
    const chain = describeChain({
      rotation,
      generation,
      plan: generation === null || rotation === "off" ? null : timing.plan(generation),
      asking,
      rotating,
      triesLeft: timing.triesLeft(generation),
      rotations: this.#rotations(),
      pendingRevocations: retirement.pending,
      spare: spare.view,
      agentFiles: agentTokens.view,
    });
    const text = JSON.stringify(chain);
    if (urgency === "unasked" && text === this.#told) return;
    this.#told = text;
    proxies.tellChain(chain);
  }

  /** For whoever asked for a rotation in vain. */
  whyNotRotated(): string {
    const { options, rotating, asking } = this.#workings;
    if (options.rotation === "off") return options.whyOff;
    return rotating.message ?? asking.message ?? "There is no token to rotate";
  }
}
