/**
 * A request on its way to the workspace: stamped with the newest generation, and sent once more
 * if that generation turns out to be dead.
 *
 * @module
 */

import type { Generation } from "../workspace/credential.ts";
import { classifyAuthFailure } from "../workspace/auth_failure.ts";
import type { Credentials, Lease, Outlook } from "./credentials.ts";
import { outboundHeaders } from "./headers.ts";
import { Refusal } from "./refusal.ts";
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
}

/** An answer and the lease that lives as long as its body. */
export interface Forwarded {
  readonly answer: UpstreamAnswer;
  readonly lease: Lease;
}

/** Longest wait for a credential (a suspended laptop wakes up, a rotation is being retried). */
const CREDENTIAL_WAIT_MS = 10_000;
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
  if (!await isDeadToken(first.answer)) return first;
  const isSame = rejectLease(first, steps);
  first.answer.discard();
  first.lease.release();
  const second = await attempt(request, steps);
  // The rotator had the token confirmed and it was refused again: the endpoint means something
  // else by it, and the caller should read what. A new token is only not known there yet.
  if (!await isDeadToken(second.answer) || isSame(second.lease)) {
    steps.onRescue();
    return second;
  }
  rejectLease(second, steps);
  second.answer.discard();
  second.lease.release();
  throw new Refusal(503, "unavailable", "The workspace refused a fresh credential; try again", {
    retryAfterS: 5,
  });
}

async function attempt(request: ReadyRequest, steps: ForwardSteps): Promise<Forwarded> {
  const { callerHeaders, signal } = request;
  // Taken last, just before it is sent: the newest there is.
  const lease = await steps.credentials.obtain({ deadlineMs: CREDENTIAL_WAIT_MS, signal });
  if (!("generation" in lease)) throw refusalFor(lease);
  try {
    const headers = outboundHeaders(callerHeaders, lease.generation.secret);
    return { lease, answer: await steps.send({ ...request, headers }) };
  } catch (error) {
    lease.release();
    throw error;
  }
}

async function isDeadToken({ response, peek }: UpstreamAnswer): Promise<boolean> {
  const { status, headers } = response;
  if (status !== 400 && status !== 401 && status !== 403) return false;
  try {
    const body = status === 401 ? new Uint8Array() : await peek(MAX_ERROR_BYTES);
    return classifyAuthFailure(status, headers, new TextDecoder().decode(body)) === "dead-token";
  } catch {
    // A body that broke off cannot be judged; the caller sees it break off too.
    return false;
  }
}

function rejectLease(forwarded: Forwarded, steps: ForwardSteps): (next: Lease) => boolean {
  const { generation } = forwarded.lease;
  if (steps.credentials.fence(generation) === "current") steps.reject(generation);
  return (next) => next.generation.secret.equals(generation.secret);
}

function refusalFor(outlook: Outlook): Refusal {
  if (outlook.mayCome === "never") return new Refusal(401, "unauthenticated", outlook.message);
  return new Refusal(503, "unavailable", outlook.message, { retryAfterS: 5 });
}
