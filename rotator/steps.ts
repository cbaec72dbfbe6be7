/**
 * The steps of a rotation, bound to the workspace, the profile, the journal and the proxies.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { TokenInfo } from "../workspace/token_api.ts";
import type { Owned } from "./adopt.ts";
import type { Minted, Minter, MintOrder } from "./minter.ts";
import type { Retirement } from "./retirement.ts";
import type { RotationSteps } from "./rotate.ts";

/** What the steps work with. */
export interface StepsOptions {
  readonly minter: Minter;
  readonly retirement: Retirement;
  /** What is to be made. */
  readonly order: MintOrder;
  /** The token that the profile held when the rotation began. */
  readonly replaces: Secret | null;
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  readonly nextNumber: () => number;
  /** Makes a generation the serving one. */
  readonly serve: (owned: Owned) => void;
  /** Puts the token into agents' files that hold an old one. Never throws. */
  readonly fanOut: (next: Secret) => Promise<void>;
}

/** The steps of one rotation of `current`, and how long each of them took. */
export function createRotationSteps(
  current: Owned,
  options: StepsOptions,
): { readonly steps: RotationSteps; readonly stepsMs: Record<string, number> } {
  const { minter, retirement, order } = options;
  const stepsMs: Record<string, number> = {};
  let minted: Minted | null = null;
  let listed: readonly TokenInfo[] | null = null;
  const steps: RotationSteps = {
    mint: () =>
      timed("mint", async () => {
        minted = await minter.mint(order);
        return { ...minted, number: options.nextNumber(), source: "pat" };
      }),
    record: () => timed("record", async () => await minter.record(made())),
    verify: () =>
      timed("verify", async () => {
        listed = await minter.verify(made(), order);
      }),
    persist: ({ secret }) =>
      timed("persist", async () => {
        await retirement.condemn(current, listed);
        await options.writeProfile(secret, { expected: options.replaces });
      }),
    publish: (next) => options.serve({ generation: next, origin: "own" }),
    fanOut: ({ secret }) => timed("fanOut", () => options.fanOut(secret)),
    retire: () => {
      retirement.retire(current, listed);
      // Each list is looked through: what an earlier one came too early for is found now.
      if (listed !== null) retirement.sweep(listed, { lastNumber: current.generation.number });
    },
    discard: async () => {
      await minter.discard(made(), order.bearers);
      await retirement.pardon(current);
    },
  };
  return { steps, stepsMs };

  function made(): Minted {
    if (minted === null) throw new TypeError("Cannot go on with a token that was not minted");
    return minted;
  }

  async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      stepsMs[name] = Math.round(performance.now() - startedAt);
    }
  }
}
