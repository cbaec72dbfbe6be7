/**
 * The chain of personal access tokens put together: journal, workspace, profile and proxies.
 *
 * @module
 */

import type { RotatorConfig } from "../protocol.ts";
import {
  type Generation,
  isUsable,
  rejectMarginMs,
  Secret,
  tokenIdOf,
} from "../workspace/credential.ts";
import { createTokenApi } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import { within } from "../support/within.ts";
import { AgentTokens } from "./agent_tokens.ts";
import { CredentialChain } from "./chain.ts";
import { JournalFile } from "./journal.ts";
import { Minter } from "./minter.ts";
import { readProfileToken, writeProfileToken } from "./profile.ts";
import { Retirement } from "./retirement.ts";
import type { Rotator, RotatorEffects } from "./rotator.ts";
import { Spare } from "./spare.ts";
import { commentOf } from "./sweep.ts";

/** Which part the chain plays. */
export type Role =
  | { readonly kind: "rotate" }
  /** Something else rotates; `why` in words for who asks for a rotation. */
  | { readonly kind: "follow"; readonly why: string };

/** A try that hangs and the pause after it take 10 s at most while nothing can serve. */
const DOWN_TIMEOUT_MS = 6_000;
const MAX_TIMEOUT_MS = 10_000;
const MIN_TIMEOUT_MS = 1_000;
/** How long the spare is kept at the end for tokens that it may have to revoke. */
const SPARE_WAIT_MS = 500;

/** Reads the journal and starts the chain. */
export async function startPatChain(
  config: RotatorConfig,
  role: Role,
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
  let serving: Generation | null = null;
  const api = createTokenApi({
    host,
    fetch,
    now,
    version,
    // Of what is refused, requests are held until it is known.
    timeoutMs: () =>
      apiTimeoutMs(config, { serving: chain.isRefused ? null : serving, now: now() }),
  });
  const common = { api, journal, proxies, log, now, elapsed, random, comment: commentOf(instance) };
  const agentTokens = new AgentTokens({ files: config.agentFiles, journal, log });
  const bootstrapToken = config.bootstrapToken === null ? null : new Secret(config.bootstrapToken);
  const bearers = () =>
    // A serving token with scopes cannot revoke, as a rule.
    [serving?.secret, spare.secret, config.scopes === null ? null : bootstrapToken]
      .filter((each) => each instanceof Secret);
  const retirement: Retirement = new Retirement({
    ...common,
    bearers,
    inUse: () => {
      const token = readProfile();
      const ids = [serving?.tokenId, spare.tokenId, token && tokenIdOf(token)];
      return ids.filter((id) => typeof id === "string");
    },
    isHeld: (tokenId) => agentTokens.isHeld(tokenId),
    drainTimeoutMs: config.drainTimeoutMs,
    graceMs: config.graceMs,
    bootstrapRevoke: config.bootstrapRevoke,
  });
  const lastNumber = () => serving?.number ?? config.lastNumber;
  const minter = new Minter({ ...common, retirement, lastNumber });
  const { spareLifetimeMs, scopes, tokenLifetimeMs, rotationIntervalMs } = config;
  const spare: Spare = new Spare({ ...common, minter, retirement, spareLifetimeMs });
  const chain: CredentialChain = new CredentialChain({
    ...common,
    ...{
      retirement,
      minter,
      spare,
      agentTokens,
      readProfile,
      scopes,
      tokenLifetimeMs,
      rotationIntervalMs,
    },
    rotation: role.kind === "rotate" ? "auto" : "off",
    whyOff: role.kind === "rotate" ? "" : role.why,
    lastNumber: config.lastNumber,
    writeProfile: (next, { expected }) => writeProfileToken(next, { place, expected }),
    bootstrapToken,
    profileLabel: `The profile "${profileName}" in ${path}`,
    onServe: (generation) => {
      serving = generation;
      onServe(generation);
    },
  });
  const running = chain.run();
  const revokeAll = async () => {
    // The spare goes last: it may be the only one that can revoke. But no hang keeps it alive.
    const ended = retirement.stop();
    await within(ended, SPARE_WAIT_MS);
    await Promise.all([ended, spare.revoke(bearers())]);
  };
  const stop = async () => {
    chain.stop();
    // Old tokens need not wait for a step that may hang; what that step retires comes after it.
    await Promise.all([running, revokeAll()]);
    await revokeAll();
  };
  return { chain, stop };
}

/** An answer that does not come must leave time for other tries while the token lives. */
function apiTimeoutMs(
  { tokenLifetimeMs, rotationIntervalMs }: RotatorConfig,
  { serving, now }: { readonly serving: Generation | null; readonly now: number },
): number {
  const marginMs = rejectMarginMs(tokenLifetimeMs, rotationIntervalMs);
  const windowMs = tokenLifetimeMs - rotationIntervalMs - marginMs;
  const isServed = serving !== null && isUsable(serving, now, marginMs);
  const mostMs = isServed ? MAX_TIMEOUT_MS : DOWN_TIMEOUT_MS;
  return Math.min(mostMs, Math.max(MIN_TIMEOUT_MS, windowMs / 8));
}

/** Twelve random characters, for the comment of our tokens. */
function makeInstallationName(random: () => number): string {
  return Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join("");
}
