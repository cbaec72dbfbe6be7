/**
 * What is worth doing while all is well, and gives way to what is not: agents' files that still
 * hold an old token, and the spare.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { Owned } from "./adopt.ts";
import { bearersFor } from "./succession.ts";
import type { Workings } from "./workings.ts";

/** Longest that what can wait keeps the chain from looking. */
const LONGEST_MS = 60_000;

/** Does it, for as long as nothing else is due. */
export async function tend(workings: Workings): Promise<void> {
  const { options, serving, timing, inbox, ending } = workings;
  const { rotation, spare, agentTokens } = options;
  const { current, isRejected } = serving;
  if (current === null || isRejected || rotation === "off" || ending.stop.aborted) return;
  await agentTokens.tend(current.generation.secret);
  const plan = timing.plan(current.generation);
  if (current.origin !== "own" || plan.action === "rotate" || !spare.isDue()) return;
  const due = AbortSignal.timeout(Math.min(timing.until(plan.until), LONGEST_MS));
  const signal = AbortSignal.any([due, inbox.interrupt, ending.stop]);
  const bearers = bearersFor(current, { ...options, serving });
  const onDead = (bearer: Secret) => lose(bearer, { current, workings });
  await spare.renew({ bearers, signal, onDead });
}

function lose(
  bearer: Secret,
  { current: { generation }, workings: { serving, options } }: {
    readonly current: Owned;
    readonly workings: Workings;
  },
): void {
  if (generation.secret.equals(bearer)) serving.reject(generation.number);
  options.spare.lose(bearer);
}
