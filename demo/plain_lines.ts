/**
 * The demo where there is no terminal: a line at the start, one for each rotation, one every few
 * seconds.
 *
 * @module
 */

import type { Snapshot } from "./protocol.ts";
import { sumTallies } from "./summary.ts";
import { type DemoFacts, renderElapsed, renderRotation } from "./view.ts";

/** What was said so far. */
export interface Spoken {
  /** Number of the last rotation that was told. */
  readonly rotation: number;
  /** Epoch ms from which on the next line about everything is due. */
  readonly dueAt: number;
}

const EVERY_MS = 5_000;

/** The first line, and what was said with it. */
export function beginLines(
  facts: DemoFacts,
): { readonly lines: readonly string[]; readonly spoken: Spoken } {
  const { proxyOrigin, workspaceOrigin, lifetimeSeconds, intervalSeconds, seconds } = facts;
  const end = seconds === null ? "until Ctrl-C" : `for ${seconds} s`;
  const line = `Keyturn demo ${end}: ${proxyOrigin} serves the simulated workspace ` +
    `${workspaceOrigin}; tokens live ${lifetimeSeconds} s and are replaced after ` +
    `${intervalSeconds} s; point an agent at ${proxyOrigin}/v1 with the key "pi" in ` +
    facts.keysFile;
  return { lines: [line], spoken: { rotation: 0, dueAt: facts.startedAt + EVERY_MS } };
}

/** What a snapshot has to say that was not said yet. */
export function continueLines(
  snapshot: Snapshot,
  { facts, spoken }: { readonly facts: DemoFacts; readonly spoken: Spoken },
): { readonly lines: readonly string[]; readonly spoken: Spoken } {
  // How long a rotation took is known when the first request has come with the new token.
  const told = snapshot.rotations.filter(({ number, inUseAfterMs }) =>
    number > spoken.rotation && inUseAfterMs !== null
  );
  const isDue = snapshot.at >= spoken.dueAt;
  const elapsed = renderElapsed(facts.startedAt, snapshot.at);
  return {
    lines: [
      ...told.map((rotation) =>
        `${elapsed} rotation ${rotation.number}: ${renderRotation(rotation)}`
      ),
      ...isDue ? [`${elapsed} ${renderState(snapshot)}`] : [],
    ],
    spoken: {
      rotation: told.at(-1)?.number ?? spoken.rotation,
      dueAt: isDue ? snapshot.at + EVERY_MS : spoken.dueAt,
    },
  };
}

function renderState(snapshot: Snapshot): string {
  const { credential, tokens, requests, inFlight, rescues, rotationCount } = snapshot;
  const { ok, failed } = sumTallies(requests.byDialect);
  const generation = credential === null
    ? "the service does not answer"
    : credential.generation === null
    ? "no credential"
    : `generation ${credential.generation} expires in ${credential.secondsToExpiry ?? "?"} s`;
  return `${ok} requests ok, ${failed} failed, ${inFlight} in flight; ${generation}; ` +
    `${rotationCount} rotations, ${rescues} rescues; tokens alive: ours ${tokens.liveOwn}, ` +
    `of others ${tokens.liveOthers}`;
}
