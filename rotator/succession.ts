/**
 * How a token gets its successor: who may make it, and in which order the steps are taken.
 *
 * @module
 */

import type { Generation, Secret } from "../workspace/credential.ts";
import type { Owned } from "./adopt.ts";
import type { AgentTokens } from "./agent_tokens.ts";
import type { Minter } from "./minter.ts";
import type { Retirement } from "./retirement.ts";
import { rotate } from "./rotate.ts";
import type { Serving } from "./serving.ts";
import type { Spare } from "./spare.ts";
import { createRotationSteps } from "./steps.ts";

/** What succession works with. */
export interface SuccessionOptions {
  readonly minter: Minter;
  readonly retirement: Retirement;
  readonly serving: Serving;
  readonly spare: Spare;
  /** The PAT of the environment. */
  readonly bootstrapToken: Secret | null;
  /** Replaces the profile's token; throws if the profile holds another than `expected` by then. */
  readonly writeProfile: (next: Secret, options: { expected: Secret | null }) => Promise<void>;
  /** The agents' files that hold an old token. */
  readonly agentTokens: AgentTokens;
  readonly tokenLifetimeMs: number;
  /** What the serving token may do; `null`: all that its user may. */
  readonly scopes: readonly string[] | null;
  /** Epoch ms. */
  readonly now: () => number;
  /** Gives up a mint that hangs. */
  readonly signal: AbortSignal;
  /** Told just before the successor serves. */
  readonly onServing: () => void;
}

/** A successor that serves. */
export interface Succession {
  readonly next: Generation;
  readonly stepsMs: Readonly<Record<string, number>>;
  /** Ms until every proxy isolate had confirmed it; `null` if one was silent. */
  readonly confirmed: Promise<number | null>;
}

/**
 * Replaces `old`.
 *
 * @param replaces the token that the profile holds.
 * @throws what the step threw that failed; `old` then stays in use.
 */
export async function succeed(
  old: Owned,
  { replaces }: { readonly replaces: Secret | null },
  options: SuccessionOptions,
): Promise<Succession> {
  const { serving, spare, scopes, tokenLifetimeMs: lifetimeMs } = options;
  const onDead = (bearer: Secret) => {
    if (old.generation.secret.equals(bearer)) serving.reject(old.generation.number);
    spare.lose(bearer);
  };
  const bearers = bearersFor(old, options);
  if (scopes !== null && spare.secret === null) {
    // What comes next cannot mint, so something must be at hand that can.
    await spare.renew({ bearers, onDead, signal: options.signal });
  }
  const { steps, stepsMs } = createRotationSteps(old, {
    ...options,
    replaces,
    order: {
      bearers: bearersFor(old, options),
      onDead,
      lifetimeMs,
      signal: options.signal,
      // Better a token that may do too much than one without a successor.
      scopes: spare.secret === null ? null : scopes,
    },
    nextNumber: () => serving.nextNumber(),
    serve: (owned) => {
      options.onServing();
      serving.serve(owned);
    },
    fanOut: (secret) => options.agentTokens.fanOut(secret),
  });
  const next = await rotate(old.generation, steps);
  return { next, stepsMs, confirmed: serving.confirmed };
}

/** Who may make the successor, or another spare; best first. */
export function bearersFor(
  { generation }: Owned,
  { serving, spare, scopes, bootstrapToken, now }: Pick<
    SuccessionOptions,
    "serving" | "spare" | "scopes" | "bootstrapToken" | "now"
  >,
): readonly Secret[] {
  const isOver = generation.expiresAt !== null && now() >= generation.expiresAt;
  const own = serving.current === null ? [] : [generation.secret];
  const others = [spare.secret].filter((each) => each !== null);
  // A serving token with scopes of its own cannot mint, as a rule.
  if (scopes === null) return isOver ? [...others, ...own] : [...own, ...others];
  return [...others, ...(bootstrapToken === null ? [] : [bootstrapToken]), ...own];
}
