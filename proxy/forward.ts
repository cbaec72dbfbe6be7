/**
 * A request on its way to the workspace: stamped with the newest generation, and sent once more
 * if that generation turns out to be dead.
 *
 * @module
 */

import type { Generation } from "../workspace/credential.ts";
import { classifyAuthFailure, needsBody } from "../workspace/auth_failure.ts";
import { type Credentials, isUnproved, type Lease, type Outlook } from "./credentials.ts";
import { outboundHeaders } from "./headers.ts";
import type { HeaderView } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import type { ExchangeEnd } from "./exchange.ts";
import type { SendUpstream, UpstreamAnswer } from "./upstream.ts";

/** A request ready to go but for its credential. */
export interface ReadyRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly callerHeaders: HeaderView;
  /** `null` with GET. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

/** What forwarding needs. */
export interface ForwardSteps {
  readonly credentials: Credentials;
  readonly send: SendUpstream;
  /** Ms on a clock that only rises. */
  readonly elapsed: () => number;
  /** Tells the rotator that the workspace called a generation dead. */
  readonly reject: (generation: Generation) => void;
  /** Counts a request that was saved by the replay. */
  readonly onRescue: () => void;
  /** Told how each exchange ended. */
  readonly onExchangeEnd: (end: ExchangeEnd) => void;
}

/** An answer, and the generation that it was got with. The lease on it ends with the exchange. */
export interface Forwarded {
  readonly answer: UpstreamAnswer;
  readonly generation: Generation;
}

/** Longest wait for a credential (a suspended laptop wakes up, a rotation is being retried). */
export const CREDENTIAL_WAIT_MS = 10_000;
/** Error bodies beyond this are no auth failure. */
const MAX_ERROR_BYTES = 65_536;

/** Tokens of the profile that nobody asked about cost a request no replay, but there is an end. */
const MAX_TRIES = 4;

/**
 * Sends a request, and once more with a fresh generation if the first one was dead. Nothing has
 * reached the caller yet, so the replay cannot be seen.
 *
 * @throws {Refusal} 503 or 401 if there is no credential, 502 or 504 if there is no workspace.
 */
export async function forward(request: ReadyRequest, steps: ForwardSteps): Promise<Forwarded> {
  // One for all tries: a caller is held no longer because its first token turned out to be dead.
  const hold: Hold = { leftMs: CREDENTIAL_WAIT_MS, refusal: null };
  const refused: Generation[] = [];
  for (;;) {
    // Taken last, just before it is sent: the newest there is.
    const lease = steps.credentials.take() ?? await waitForLease(hold, { steps, request });
    // Refused, and yet alive: the rotator has asked the workspace.
    const isConfirmed = refused.some(({ secret }) => secret.equals(lease.generation.secret));
    const sent = await sendWith(isConfirmed ? elderOr(lease, steps) : lease, request, steps);
    if (!isSuspect(sent) || !await isDeadToken(sent)) {
      if (refused.length > 0) steps.onRescue();
      return sent;
    }
    // The endpoint means something else by it, and the caller should read what.
    if (isConfirmed) return sent;
    giveUp(sent, steps);
    refused.push(sent.generation);
    const proved = refused.filter((each) => !isUnproved(each));
    if (proved.length > 1 || refused.length === MAX_TRIES) throw refusedAgain();
  }
}

/** For how long a caller may still be held, in ms, and why it could not be served. */
interface Hold {
  leftMs: number;
  refusal: unknown;
}

/** An endpoint may not know a new token yet that the token API knows: it is shown the one before. */
function elderOr(lease: Lease, { credentials }: ForwardSteps): Lease {
  const elder = credentials.takeElder(lease.generation);
  if (elder === null) return lease;
  lease.release();
  return elder;
}

async function sendWith(
  lease: Lease,
  { method, url, callerHeaders, body, signal }: ReadyRequest,
  steps: ForwardSteps,
): Promise<Forwarded> {
  const { generation } = lease;
  const onEnd = (end: ExchangeEnd) => {
    lease.release();
    steps.onExchangeEnd(end);
  };
  try {
    const headers = outboundHeaders(callerHeaders, generation.secret);
    return { generation, answer: await steps.send({ method, url, headers, body, signal, onEnd }) };
  } catch (error) {
    // Ended already, unless the token cannot stand in a header.
    lease.release();
    throw error;
  }
}

async function waitForLease(
  hold: Hold,
  { steps, request }: { readonly steps: ForwardSteps; readonly request: ReadyRequest },
): Promise<Lease> {
  const { credentials, elapsed } = steps;
  const { signal } = request;
  if (hold.leftMs <= 0 && hold.refusal !== null) throw hold.refusal;
  const since = elapsed();
  try {
    return await obtainLease(credentials, { signal, deadlineMs: hold.leftMs });
  } catch (error) {
    hold.refusal = error;
    const doubtful = signal.aborted ? null : credentials.takeDoubtful();
    if (doubtful === null) throw error;
    return doubtful;
  } finally {
    hold.leftMs = Math.max(0, hold.leftMs - (elapsed() - since));
  }
}

/**
 * A lease on the newest generation, waited for if need be, for 10 s unless said otherwise.
 *
 * @throws {Refusal} 503 if one may come later, 401 if none can.
 */
export async function obtainLease(
  credentials: Credentials,
  options: { readonly signal: AbortSignal; readonly deadlineMs?: number },
): Promise<Lease> {
  const lease = await credentials.obtain({ deadlineMs: CREDENTIAL_WAIT_MS, ...options });
  if ("generation" in lease) return lease;
  throw refusalFor(lease);
}

function isSuspect({ answer: { status } }: Forwarded): boolean {
  return status === 401 || needsBody(status);
}

async function isDeadToken({ answer }: Forwarded): Promise<boolean> {
  const { status, headers } = answer;
  if (!needsBody(status)) return classifyAuthFailure(status, headers, "") === "dead-token";
  try {
    const body = await answer.peek(MAX_ERROR_BYTES);
    if (body === null) return false;
    return classifyAuthFailure(status, headers, new TextDecoder().decode(body)) === "dead-token";
  } catch {
    // A body that broke off cannot be judged; the caller sees it break off too.
    return false;
  }
}

function giveUp({ answer, generation }: Forwarded, steps: ForwardSteps): void {
  const fenced = steps.credentials.fence(generation);
  if (fenced !== null) steps.reject(fenced);
  answer.drop();
}

function refusedAgain(): Refusal {
  const message = "The workspace refused a fresh credential; try again";
  return new Refusal(503, "unavailable", message, { retryAfterS: 5 });
}

function refusalFor(outlook: Outlook): Refusal {
  if (outlook.mayCome === "never") return new Refusal(401, "unauthenticated", outlook.message);
  return new Refusal(503, "unavailable", outlook.message, { retryAfterS: 5 });
}
