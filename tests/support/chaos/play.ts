/**
 * Plays a scenario to its end and says what was wrong.
 *
 * @module
 */

import { tokenIdOf } from "../../../workspace/credential.ts";
import { until } from "../until.ts";
import { COMMENT, Place } from "./place.ts";
import { nameOf, PLAY_MS, type Scenario, type Strike } from "./scenario.ts";
import { LIE, strike } from "./strike.ts";
import { hadToSucceed, HOLD_MS } from "./supply.ts";

/** What came of a scenario. */
export interface Outcome {
  /** In words; none if all is as it should be. */
  readonly problems: readonly string[];
  readonly sent: number;
  /** Requests that failed when there was nothing to serve them with. */
  readonly excused: number;
  readonly longestMs: number;
}

/** Own tokens that may be alive at a time. */
/** A mint takes less. */
const LAPSING_MS = 250;
const MOST_OWN = 4;
/** A busy machine may take so much longer than it says. */
const SLACK_MS = 4_000;
const PEACE_MS = 600;

/** Plays it. Throws only if the play itself is broken. */
export async function play(scenario: Scenario): Promise<Outcome> {
  await using place = await Place.make(scenario);
  const problems: string[] = [];
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  await begin(place, scenario);
  const startedAt = place.clocks.elapsed();
  await Promise.all(scenario.strikes.map((each) => undergo(place, { each, startedAt })));
  await sleepUntil(place, startedAt + PLAY_MS);
  await attempt(() => recover(place, scenario));
  await place.caller.stop();
  problems.push(...judge(place, { scenario, startedAt }));
  await attempt(() => leaveNothing(place, scenario));
  const { sent, failed, longestMs } = place.caller;
  return { problems, sent, excused: failed.length, longestMs };
}

async function begin(place: Place, { spare }: Scenario): Promise<void> {
  await place.service.start();
  await until("an own token serves", () => place.servingId !== null && isOwn(place));
  if (spare === "spare") await until("there is a spare", () => place.spareId !== null);
  place.open();
}

function isOwn({ own, servingId }: Place): boolean {
  return servingId !== null && own.includes(servingId);
}

async function undergo(
  place: Place,
  { each, startedAt }: { readonly each: Strike; readonly startedAt: number },
): Promise<void> {
  await sleepUntil(place, startedAt + each.atMs);
  place.look();
  const undo = await strike(place, each.fault);
  place.look();
  await sleepUntil(place, Math.min(startedAt + PLAY_MS, startedAt + each.atMs + each.forMs));
  await undo();
  place.look();
}

/** Nothing is wrong any more; where nothing is left, a person writes a new token. */
async function recover(place: Place, { strikes }: Scenario): Promise<void> {
  place.look();
  if (place.supply() === "none") await place.writeProfile(place.issue(3_600_000).value);
  place.look();
  const { answered } = place.caller;
  const limitMs = HOLD_MS + SLACK_MS;
  await until("it serves again", () => place.caller.answered > answered, { limitMs });
  await sleepUntil(place, place.clocks.elapsed() + PEACE_MS);
  // Nothing but a dead token there would brick the next start; but who was told to wait waits.
  const isHeld = strikes.some(({ fault }) =>
    fault.kind === "api" && fault.how === "429 for an hour"
  );
  if (isHeld) return;
  await until("the profile is whole again", () => isHealed(place), { limitMs });
}

function isHealed(place: Place): boolean {
  const token = place.readProfile();
  if (token === null) return true;
  const id = tokenIdOf(token);
  return place.workspace.tokens().some((each) => each.id === id && each.state === "live");
}

function judge(
  place: Place,
  { scenario, startedAt }: { readonly scenario: Scenario; readonly startedAt: number },
): string[] {
  const { caller, moments, mostOwn } = place;
  const problems: string[] = [];
  // Who is lied to twice has read what the endpoint says.
  const mayLie = scenario.strikes.filter(({ fault }) => fault.kind === "lie").length > 1;
  const wrong = caller.failed.filter((request) =>
    hadToSucceed(request, moments) && !(mayLie && request.text.includes(LIE))
  );
  for (const { startedAt: begun, endedAt, status, text } of wrong.slice(0, 2)) {
    const [from, to] = [begun, endedAt].map((at) => Math.round(at - startedAt));
    problems.push(`a request from ${from} to ${to} ms failed with ${status}: ${text}`);
  }
  if (wrong.length > 2) problems.push(`${wrong.length - 2} more requests failed`);
  const longest = Math.max(
    caller.longestMs,
    ...caller.failed.map(({ startedAt, endedAt }) => endedAt - startedAt),
  );
  if (longest > HOLD_MS + SLACK_MS) problems.push(`a request was held for ${longest} ms`);
  if (mostOwn > MOST_OWN) problems.push(`${mostOwn} own tokens were alive at a time`);
  return problems;
}

/** Stops it: what is alive is known, and after another start and stop there is one own token. */
async function leaveNothing(place: Place, { strikes }: Scenario): Promise<void> {
  await place.service.stop();
  const { tokens, intents, condemned } = await place.journal();
  const noted = tokens.map(({ id }) => id);
  const unknown = place.own.filter((id) => !noted.includes(id));
  if (unknown.length > intents.length) {
    throw new Error(`${unknown.length} tokens are alive that no journal knows (${intents.length})`);
  }
  // What a crash left may have had no moment to be reaped in; the next start has to.
  const hasCrashed = strikes.some(({ fault }) => fault.kind === "crash");
  if (!hasCrashed && lasting(place).length > 1 + intents.length) {
    fail(`left after the first stop: ${states(place)}`);
  }
  // Whoever took the token out of the profile puts another one in.
  if (place.readProfile() === null || !isHealed(place)) {
    await place.writeProfile(place.issue(3_600_000).value);
  }
  await place.service.start();
  await until("it serves after a start", () => isOwn(place) && isInProfile(place));
  const isQuiet = () => place.own.length <= 2;
  await until("nothing is left over after a start", isQuiet)
    .catch(() => fail(`${place.own.length} own tokens are left over after a start`));
  await place.service.stop();
  const left = place.own;
  if (left.length !== 1) fail(`${left.length} own tokens are alive after a stop: ${states(place)}`);
  if (!isInProfile(place)) fail("the profile holds another token than the one that served");
  const alive = place.workspace.tokens().filter(({ state }) => state === "live")
    .map(({ id }) => id);
  const lost = place.others.filter((id) => !alive.includes(id));
  if (lost.length > 0) fail(`${lost.length} tokens of others were revoked`);
  const doomed = condemned.filter((id) => alive.includes(id));
  if (doomed.length > 1) fail(`${doomed.length} given tokens were forgotten`);
}

/** The last tokens of the service, in a line. */
/**
 * Own tokens but those that lapse at this moment: the rotator counts a life from before it asked for
 * it, and does not revoke what is over by that count.
 */
function lasting({ workspace, own, clocks }: Place): readonly string[] {
  const now = clocks.workspace();
  return workspace.tokens()
    .filter(({ id, expiresAt }) =>
      own.includes(id) && (expiresAt === null || expiresAt - now > LAPSING_MS)
    )
    .map(({ id }) => id);
}

function states({ workspace, clocks, servingId }: Place): string {
  return workspace.tokens().filter(({ comment }) => comment === COMMENT).slice(-4)
    .map(({ id, state, expiresAt }) => {
      const leftMs = expiresAt === null ? null : expiresAt - clocks.workspace();
      return `${id.slice(0, 8)} ${state} ${leftMs} ms${id === servingId ? " (serving)" : ""}`;
    }).join(", ");
}

function isInProfile(place: Place): boolean {
  const token = place.readProfile();
  return token !== null && place.servingId === tokenIdOf(token);
}

async function sleepUntil({ clocks }: Place, at: number): Promise<void> {
  const pauseMs = at - clocks.elapsed();
  if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
}

function fail(message: string): never {
  throw new Error(message);
}

/** A scenario in a line. */
export function describe({ seed, strikes, ...how }: Scenario): string {
  const parts = strikes.map(({ atMs, forMs, fault }) => {
    const { kind: _, ...rest } = fault;
    return `${nameOf(fault)} ${JSON.stringify(rest)} at ${atMs} for ${forMs}`;
  });
  return `seed ${seed} ${JSON.stringify(how)}: ${parts.join("; ")}`;
}
