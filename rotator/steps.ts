/**
 * The steps of a rotation, bound to the workspace, the profile, the journal and the proxies.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Generation, Secret } from "../workspace/credential.ts";
import type { TokenApi, TokenInfo } from "../workspace/token_api.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import type { Owned } from "./adopt.ts";
import { type JournalFile, withoutTokens, withToken } from "./journal.ts";
import type { Retirement } from "./retirement.ts";
import type { RotationSteps } from "./rotate.ts";

/** What the steps work with. */
export interface StepsOptions {
  readonly api: TokenApi;
  readonly journal: JournalFile;
  readonly retirement: Retirement;
  readonly log: Logger;
  readonly now: () => number;
  /** The token that the profile held when the rotation began. */
  readonly replaces: Secret | null;
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  readonly comment: string;
  readonly tokenLifetimeMs: number;
  readonly nextNumber: () => number;
  /** Makes a generation the serving one. */
  readonly serve: (owned: Owned) => void;
}

/** Pauses between tries of a token that the workspace does not know yet. */
const VERIFY_PAUSES_MS = [50, 150, 400, 1_000];

/** The steps of one rotation of `current`, and how long each of them took. */
export function createRotationSteps(
  current: Owned,
  options: StepsOptions,
): { readonly steps: RotationSteps; readonly stepsMs: Readonly<Record<string, number>> } {
  const { api, journal, retirement, log } = options;
  const bearer = current.generation.secret;
  const stepsMs: Record<string, number> = {};
  let listed: readonly TokenInfo[] | null = null;
  const steps: RotationSteps = {
    mint: () =>
      timed("mint", async () => {
        await journal.establish();
        return await mint(bearer, options);
      }),
    record: ({ tokenId, issuedAt, expiresAt }) =>
      timed("record", async () => {
        if (tokenId === null || issuedAt === null) return;
        const token = { id: tokenId, mintedAt: issuedAt, expiresAt };
        await journal.change((state) => withToken(state, token));
      }),
    verify: ({ secret }) =>
      timed("verify", async () => {
        listed = await verify(secret, api);
      }),
    persist: ({ secret }) =>
      timed("persist", async () => {
        await retirement.condemn(current, listed);
        await options.writeProfile(secret, { expected: options.replaces });
      }),
    publish: (next) => options.serve({ generation: next, origin: "own" }),
    retire: () => {
      retirement.retire(current, listed);
      if (retirement.isSweepDue && listed !== null) {
        retirement.sweep(listed, current.generation.number);
      }
    },
    discard: async ({ tokenId }) => {
      log.warn("discarded", { tokenId });
      if (tokenId === null) return;
      try {
        await api.delete(bearer, tokenId);
        await journal.change((state) => withoutTokens(state, [tokenId]));
        await retirement.pardon(current);
      } catch (error) {
        // The journal, or else its comment, still tells whose it is; the next sweep tries again.
        retirement.isSweepDue = true;
        log.warn("revoke-failed", { tokenId, error: describeError(error) });
      }
    },
  };
  return { steps, stepsMs };

  async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      stepsMs[name] = Math.round(performance.now() - startedAt);
    }
  }
}

async function mint(bearer: Secret, options: StepsOptions): Promise<Generation> {
  const { api, comment, tokenLifetimeMs: lifetimeMs, retirement } = options;
  const issuedAt = options.now();
  try {
    const minted = await api.create(bearer, { lifetimeMs, comment });
    // By our own clock, from before the request: never later than the workspace thinks.
    const lifeMs = minted.expiresAt === null ? null : minted.expiresAt - minted.createdAt;
    const expiresAt = lifeMs === null ? null : issuedAt + lifeMs;
    const { tokenId, secret } = minted;
    return { number: options.nextNumber(), secret, tokenId, issuedAt, expiresAt, source: "pat" };
  } catch (error) {
    // A mint whose answer was lost has perhaps left a token that nobody knows.
    if (!(error instanceof CredentialError) || isUnseen(error)) retirement.isSweepDue = true;
    throw error;
  }
}

function isUnseen({ kind }: CredentialError): boolean {
  return kind === "unreachable" || kind === "malformed";
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
