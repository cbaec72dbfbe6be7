/**
 * The refresher put together: a source, the workspace and the proxies make one chain.
 *
 * @module
 */

import type { RotatorConfig } from "../protocol.ts";
import { Secret } from "../workspace/credential.ts";
import { createTokenApi } from "../workspace/token_api.ts";
import { askToken } from "./ask_token.ts";
import { Refresher } from "./refresher.ts";
import type { RotatorEffects } from "./rotator.ts";
import { commandSource } from "./sources/command.ts";
import { oauthSource } from "./sources/oauth.ts";
import { runCommand } from "./sources/run_command.ts";
import type { Source } from "./sources/source.ts";

/** A source that needs no journal and no profile. */
export type SelfExpiring = Exclude<RotatorConfig["source"], { readonly kind: "pat" }>;

/** A refresher that runs. */
export interface RunningRefresher {
  readonly chain: Refresher;
  /** Ends what runs; nothing is revoked. */
  readonly stop: () => Promise<void>;
}

/** A question about a token is answered within this, or is not. */
const ASK_TIMEOUT_MS = 5_000;

/** Starts the chain of `given`. */
export function startRefresher(
  given: SelfExpiring,
  { config, effects }: { readonly config: RotatorConfig; readonly effects: RotatorEffects },
): RunningRefresher {
  const { workspaceHost: host, version, lastNumber, rotationIntervalMs: intervalMs } = config;
  const { fetch, now } = effects;
  const api = createTokenApi({ host, fetch, now, version, timeoutMs: () => ASK_TIMEOUT_MS });
  const chain = new Refresher({
    ...effects,
    ...{ lastNumber, intervalMs },
    source: makeSource(given, { config, effects }),
    ask: (secret, signal) => askToken(secret, { api, signal }),
  });
  const running = chain.run();
  const stop = async () => {
    chain.stop();
    await running;
  };
  return { chain, stop };
}

function makeSource(
  given: SelfExpiring,
  { config, effects }: { readonly config: RotatorConfig; readonly effects: RotatorEffects },
): Source {
  const { fetch, now } = effects;
  if (given.kind === "command") {
    const { command, env } = given;
    return commandSource({ command, env, now, run: runCommand });
  }
  const { workspaceHost: host, version } = config;
  const { clientId, clientSecret } = given;
  return oauthSource({
    ...{ host, fetch, now, version, clientId },
    clientSecret: new Secret(clientSecret),
  });
}
