/**
 * What the steps of the chain share: what serves, when what is due, and what has failed.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import { CredentialError } from "../support/errors.ts";
import type { Clocks } from "../support/set_back.ts";
import type { Owned } from "./adopt.ts";
import { Inbox, type Mail } from "./inbox.ts";
import { Retries } from "./retries.ts";
import { type ProfileToken, Serving, type ServingOptions } from "./serving.ts";
import type { Spare } from "./spare.ts";
import type { SuccessionOptions } from "./succession.ts";
import { Timing } from "./timing.ts";

/** What the chain works with. */
export interface ChainOptions
  extends ServingOptions, Clocks, Omit<SuccessionOptions, "serving" | "signal" | "onServing"> {
  /** In [0, 1), for the pauses between tries. */
  readonly random: () => number;
  /** The token in the profile now, `null` if there is none; throws if the file cannot be read. */
  readonly readProfile: () => Secret | null;
  readonly rotationIntervalMs: number;
  readonly spare: Spare;
  /** Why this chain does not rotate, in words; only where `rotation` is `off`. */
  readonly whyOff: string;
}

/** When the chain is to end. */
export interface Ending {
  /** Fires when no further step is wanted. */
  readonly stop: AbortSignal;
  /** Fires when the step that is under way has had its time. */
  readonly giveUp: AbortSignal;
}

/** What a step begins with. */
export interface Scene extends Mail {
  readonly profile: ProfileToken;
}

/** What they share. */
export interface Workings {
  readonly options: ChainOptions;
  readonly ending: Ending;
  readonly inbox: Inbox;
  readonly serving: Serving;
  readonly timing: Timing;
  /** Failures in asking about tokens at hand. */
  readonly asking: Retries;
  /** Failures in replacing the serving one. */
  readonly rotating: Retries;
}

/** Makes it; nothing serves yet. */
export function makeWorkings(options: ChainOptions, ending: Ending): Workings {
  const timing = new Timing(options);
  const pace = { ...options, windowMs: timing.windowMs };
  return {
    options,
    ending,
    inbox: new Inbox(),
    serving: new Serving(options),
    timing,
    asking: new Retries(pace),
    rotating: new Retries(pace),
  };
}

/** The token that was lost, if the spare can make its successor. */
export function heirOf({ options, serving }: Workings): Owned | null {
  if (options.rotation === "off" || serving.current !== null) return null;
  return options.spare.secret === null ? null : serving.buried;
}

/** Notes a failure, and says so. */
export function noteFailure(
  { options, serving, timing, rotating }: Workings,
  { retries, error, startedAt }: {
    readonly retries: Retries;
    readonly error: unknown;
    /** By the clock that only rises. */
    readonly startedAt: number;
  },
): void {
  const { current } = serving;
  // Nothing but another token helps, and that one is seen at once.
  const isOver = current === null && isDeadToken(error);
  const leftMs = isOver ? null : timing.leftMs(current?.generation ?? null);
  const retryInMs = Math.round(retries.fail(error, { leftMs, startedAt }));
  const { message: reason, count: failures } = retries;
  const event = retries === rotating ? "rotation-failed" : "credential-failed";
  options.log.warn(event, { error: reason, failures, retryInMs });
}

/** Whether a token was called dead. */
export function isDeadToken(error: unknown): boolean {
  return error instanceof CredentialError && error.kind === "dead-token";
}
