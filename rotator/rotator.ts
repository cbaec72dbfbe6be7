/**
 * The rotator put together: journal, workspace, profile and proxies make one chain.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { RotatorConfig } from "../protocol.ts";
import { type Generation, rejectMarginMs, Secret, tokenIdOf } from "../workspace/credential.ts";
import { createTokenApi } from "../workspace/token_api.ts";
import type { Fetch } from "../workspace/workspace_request.ts";
import { describeError } from "../support/errors.ts";
import { CredentialChain } from "./chain.ts";
import { JournalFile } from "./journal.ts";
import { readProfileToken, writeProfileToken } from "./profile.ts";
import type { Proxies } from "./proxies.ts";
import { Retirement } from "./retirement.ts";
import type { Clocks } from "./set_back.ts";
import { commentOf } from "./sweep.ts";

/** What the rotator has of the world. */
export interface RotatorEffects extends Clocks {
  readonly proxies: Proxies;
  readonly fetch: Fetch;
  readonly random: () => number;
  readonly log: Logger;
  /** Told of each generation before the proxies are. */
  readonly onServe: (generation: Generation) => void;
}

/** A rotator that is ready to run. */
export interface Rotator {
  readonly chain: CredentialChain;
  /** Ends what runs, and revokes what can be revoked at once. */
  readonly stop: () => Promise<void>;
}

/** Reads the journal and starts the chain. */
export async function startRotator(
  config: RotatorConfig,
  effects: RotatorEffects,
): Promise<Rotator> {
  const { workspaceHost: host, profileFile: path, profileName, version } = config;
  const { proxies, fetch, random, log, now, elapsed, onServe } = effects;
  const place = { path, profileName, host };
  const readProfile = () => readProfileToken(place);
  const journal = await JournalFile.open(config.journalFile, {
    makeName: () => makeInstallationName(random),
    onUnreadable: (error) => log.error("journal-reset", { error: describeError(error) }),
  });
  const instance = config.instanceName ?? `${config.hostName}-${journal.journal.installation}`;
  const api = createTokenApi({ host, fetch, now, version, timeoutMs: apiTimeoutMs(config) });
  const common = { api, journal, proxies, log, now, comment: commentOf(instance) };
  let serving: Generation | null = null;
  const retirement = new Retirement({
    ...common,
    bearer: () => serving?.secret ?? null,
    inUse: () => {
      const token = readProfile();
      return [serving?.tokenId, token && tokenIdOf(token)].filter((id) => typeof id === "string");
    },
    drainTimeoutMs: config.drainTimeoutMs,
    bootstrapRevoke: config.bootstrapRevoke,
  });
  const { rotation, tokenLifetimeMs, rotationIntervalMs, lastNumber } = config;
  const chain = new CredentialChain({
    ...common,
    ...{ retirement, elapsed, random, readProfile },
    ...{ rotation, tokenLifetimeMs, rotationIntervalMs, lastNumber },
    writeProfile: (next, { expected }) => writeProfileToken(next, { place, expected }),
    bootstrapToken: config.bootstrapToken === null ? null : new Secret(config.bootstrapToken),
    profileLabel: `The profile "${profileName}" in ${path}`,
    onServe: (generation) => {
      serving = generation;
      onServe(generation);
    },
  });
  const running = chain.run();
  const stop = async () => {
    chain.stop();
    // Old tokens need not wait for a step that may hang; what that step retires comes after it.
    await Promise.all([running, retirement.stop()]);
    await retirement.stop();
  };
  return { chain, stop };
}

/** An answer that does not come must leave time for other tries while the token lives. */
function apiTimeoutMs({ tokenLifetimeMs, rotationIntervalMs }: RotatorConfig): number {
  const marginMs = rejectMarginMs(tokenLifetimeMs, rotationIntervalMs);
  const windowMs = tokenLifetimeMs - rotationIntervalMs - marginMs;
  return Math.min(10_000, Math.max(2_000, windowMs / 8));
}

/** Twelve random characters, for the comment of our tokens. */
function makeInstallationName(random: () => number): string {
  return Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join("");
}
