/**
 * A request on its way to the workspace: stamped with the newest generation, and sent once more
 * if that generation turns out to be dead.
 *
 * @module
 */

import type { Generation } from "../workspace/credential.ts";
import { classifyAuthFailure, needsBody } from "../workspace/auth_failure.ts";
import type { Credentials, Lease, Outlook } from "./credentials.ts";
import { outboundHeaders } from "./headers.ts";
import { Refusal } from "./refusal.ts";
import type { ExchangeEnd } from "./exchange.ts";
import type { SendUpstream, UpstreamAnswer } from "./upstream.ts";

/** A request ready to go but for its credential. */
export interface ReadyRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly callerHeaders: Headers;
  /** `null` with GET. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

/** What forwarding needs. */
export interface ForwardSteps {
  readonly credentials: Credentials;
  readonly send: SendUpstream;
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

/**
 * Sends a request, and once more with a fresh generation if the first one was dead. Nothing has
 * reached the caller yet, so the replay cannot be seen.
 *
 * @throws {Refusal} 503 or 401 if there is no credential, 502 or 504 if there is no workspace.
 */
export async function forward(request: ReadyRequest, steps: ForwardSteps): Promise<Forwarded> {
  const first = await attempt(request, steps);
  if (!isSuspect(first) || !await isDeadToken(first)) return first;
  giveUp(first, steps);
  const second = await attempt(request, steps);
  if (!isSuspect(second) || !await isDeadToken(second)) {
    steps.onRescue();
    return second;
  }
  // The rotator had the token confirmed and it was refused again: the endpoint means something
  // else by it, and the caller should read what.
  if (second.generation.secret.equals(first.generation.secret)) return second;
  giveUp(second, steps);
  throw new Refusal(503, "unavailable", "The workspace refused a fresh credential; try again", {
    retryAfterS: 5,
  });
}

async function attempt(request: ReadyRequest, steps: ForwardSteps): Promise<Forwarded> {
  const { method, url, callerHeaders, body, signal } = request;
  // Taken last, just before it is sent: the newest there is.
  const lease = steps.credentials.take() ?? await obtainLease(steps.credentials, { signal });
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
  if (steps.credentials.fence(generation) === "fenced") steps.reject(generation);
  answer.drop();
}

function refusalFor(outlook: Outlook): Refusal {
  if (outlook.mayCome === "never") return new Refusal(401, "unauthenticated", outlook.message);
  return new Refusal(503, "unavailable", outlook.message, { retryAfterS: 5 });
}
