/**
 * The steps of a rotation, bound to the workspace, the profile, the journal and the proxies.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Generation, Secret } from "../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import { type JournalFile, withoutTokens, withToken } from "./journal.ts";
import type { Retirement } from "./retirement.ts";
import type { RotationSteps } from "./rotate.ts";

/** A generation and whose it is: only our own is revoked without further question. */
export interface Owned {
  readonly generation: Generation;
  readonly origin: "own" | "given";
}

/** What the steps work with. */
export interface StepsOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly retirement: Retirement;
  readonly log: Logger;
  readonly now: () => number;
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  readonly comment: string;
  readonly tokenLifetimeMs: number;
  readonly nextNumber: () => number;
  /** Makes a generation the serving one, and waits for the proxies to confirm it. */
  readonly serve: (owned: Owned) => Promise<void>;
}

/** Pauses between tries of a token that the workspace does not know yet. */
const VERIFY_PAUSES_MS = [50, 150, 400, 1_000];

/** The steps of one rotation of `current`, and how long each of them took. */
export function createRotationSteps(
  current: Owned,
  options: StepsOptions,
): { readonly steps: RotationSteps; readonly stepsMs: Readonly<Record<string, number>> } {
  const { api, journal, retirement, log, now } = options;
  const stepsMs: Record<string, number> = {};
  let listed: readonly TokenInfo[] | null = null;
  let servingId: string | null = null;
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      stepsMs[name] = Math.round(performance.now() - startedAt);
    }
  };
  const steps: RotationSteps = {
    mint: ({ secret }) => timed("mint", () => mint(secret, options)),
    verify: (next) =>
      timed("verify", async () => {
        listed = await verify(next.secret, api);
      }),
    persist: (next) =>
      timed("persist", async () => {
        await options.writeProfile(next.secret, { expected: current.generation.secret });
      }),
    publish: (next) =>
      timed("publish", async () => {
        servingId = next.tokenId;
        await options.serve({ generation: next, origin: "own" });
      }),
    retire: () => {
      retirement.retire(current, { listed });
      if (retirement.isSweepDue && listed !== null) retirement.sweep(listed, servingId);
    },
    discard: async (next) => {
      log.warn("discarded", { tokenId: next.tokenId });
      if (next.tokenId === null) return;
      try {
        await api.delete(current.generation.secret, next.tokenId);
        await journal.change((state) => withoutTokens(state, [next.tokenId ?? ""]));
      } catch (error) {
        // The journal still knows its id; the next sweep tries again.
        retirement.isSweepDue = true;
        log.warn("revoke-failed", { tokenId: next.tokenId, error: describeError(error) });
      }
    },
  };
  return { steps, stepsMs };

  async function mint(bearer: Secret, { comment, tokenLifetimeMs }: StepsOptions) {
    // An earlier mint whose reply was lost may have left a token that nobody knows.
    if (journal.journal.mintingSince !== null) retirement.isSweepDue = true;
    const startedAt = now();
    await journal.change((state) => ({ ...state, mintingSince: startedAt }));
    const minted = await create();
    // By our own clock, from before the request: never later than the workspace thinks.
    const expiresAt = minted.expiresAt === null
      ? null
      : startedAt + (minted.expiresAt - minted.createdAt);
    const { tokenId, secret } = minted;
    await journal.change((state) =>
      withToken(state, { id: tokenId, mintedAt: startedAt, expiresAt })
    );
    const number = options.nextNumber();
    return { number, secret, tokenId, issuedAt: startedAt, expiresAt, source: "pat" as const };

    async function create() {
      try {
        return await api.create(bearer, { lifetimeMs: tokenLifetimeMs, comment });
      } catch (error) {
        const isUnseen = error instanceof CredentialError &&
          (error.kind === "unreachable" || error.kind === "malformed");
        if (!isUnseen) await journal.change((state) => ({ ...state, mintingSince: null }));
        throw error;
      }
    }
  }
}

/** Uses a new token once. The workspace may need a moment until all of it knows the token. */
async function verify(secret: Secret, api: TokenApi): Promise<readonly TokenInfo[] | null> {
  for (const pauseMs of VERIFY_PAUSES_MS) {
    try {
      return await api.list(secret);
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      if (error.kind === "forbidden") return null;
      if (error.kind !== "dead-token" && error.kind !== "unreachable") throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  try {
    return await api.list(secret);
  } catch (cause) {
    const message = `The new token does not work: ${describeError(cause)}`;
    // Of the new token, not of the serving one: that one stays in use.
    throw new CredentialError("unreachable", message, { cause });
  }
}
