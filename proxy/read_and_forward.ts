/**
 * A request that was let in: its body is read once, it is sent to the workspace, and the answer is
 * handed back.
 *
 * @module
 */

import { type ForwardRoute, upstreamUrl } from "../workspace/endpoints.ts";
import { readBody } from "./body.ts";
import type { Findings, HandlerSteps } from "./handler_steps.ts";
import { forwardRepaired } from "./learn.ts";
import type { HeaderView } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import { relayAnswer } from "./relay.ts";
import { readRequest } from "./repairs/repair_request.ts";

/** What is known of it by then. */
interface Admitted {
  readonly headers: HeaderView;
  readonly route: ForwardRoute;
  readonly caller: string;
  readonly search: string;
  /** What is found out here is noted in it. */
  readonly findings: Findings;
}

/** Rest after each MiB of a body of untold length, so that its sender never has a core for itself. */
const BODY_REST_MS = 10;

/** Reads and forwards it. */
export async function readAndForward(
  request: Request,
  call: Admitted,
  steps: HandlerSteps,
): Promise<Response> {
  const { headers, caller, findings } = call;
  const claim = steps.bodyMemory.claimFor(caller);
  const limits = {
    maxBytes: steps.maxBodyBytes,
    claim,
    enterLane: () => steps.bodyLanes.enter(caller),
    rest: () => steps.pause(BODY_REST_MS, request.signal),
    watchdog: steps.bodyWatchdog,
  };
  try {
    const body = await readBody(request, headers, limits);
    findings.isBodyRead = true;
    return await exchange(request, { ...call, body }, steps);
  } finally {
    // Once an answer has begun nothing is sent again.
    claim.release();
  }
}

async function exchange(
  request: Request,
  call: Admitted & { readonly body: Uint8Array<ArrayBuffer> },
  steps: HandlerSteps,
): Promise<Response> {
  const { headers, route, body, search, findings } = call;
  const target = steps.target();
  const { mode } = target;
  const url = upstreamUrl(route, target, search);
  const { signal } = request;
  const asked = { url, body, headers, route, mode, signal };
  const { forwarded, prepared } = await forwardRepaired(asked, steps);
  findings.generation = forwarded.generation.number;
  const { answer } = forwarded;
  if (!isRelayed(answer.status)) {
    answer.drop();
    throw statusRefusal(answer.status);
  }
  const { dialect } = route;
  const read = prepared.read ??
    (steps.answers.rows.reads(dialect) ? readRequest(body, { route, mode }) : null);
  const { fired } = prepared;
  const { secret } = forwarded.generation;
  return await relayAnswer(answer, { dialect, read, fired, secret, signal }, steps.answers);
}

/** Redirects are not, nor what is no answer to a request: a changed protocol, made-up codes. */
function isRelayed(status: number): boolean {
  return status >= 200 && status < 600 && (status < 300 || status >= 400 || status === 304);
}

function statusRefusal(status: number): Refusal {
  if (status < 300 || status >= 400) {
    const message = `The workspace answered with status ${status}, which is no answer to a ` +
      "request: check that DATABRICKS_HOST is the workspace itself";
    return new Refusal(502, "upstream", message);
  }
  const message = `The workspace answered with a redirect (${status}), which is not followed: ` +
    "check that DATABRICKS_HOST is the workspace itself, not an account console or a login page";
  return new Refusal(502, "upstream", message);
}
