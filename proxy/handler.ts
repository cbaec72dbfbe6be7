/**
 * The flow of a request, in order; the only place that turns errors into responses.
 *
 * @module
 */

import {
  dialectOfPath,
  findRoute,
  type ForwardRoute,
  type Route,
  type UpstreamTarget,
  upstreamUrl,
} from "../workspace/endpoints.ts";
import { readBody } from "./body.ts";
import { errorResponse } from "./error_response.ts";
import { forward, type ForwardSteps } from "./forward.ts";
import { checkDoor, type Door, findCaller, keyRefusal, type LocalKeys } from "./guard.ts";
import { presentedKeys } from "./guard.ts";
import { inboundHeaders } from "./headers.ts";
import { Refusal } from "./refusal.ts";
import { repairRequest, type RequestRepair } from "./repairs/mod.ts";
import { parseTarget, type RequestTarget } from "./target.ts";
import type { Counters } from "./stats.ts";

/** What the flow needs. */
export interface HandlerSteps extends ForwardSteps {
  readonly door: () => Door;
  /** The local keys at this moment; `off`: any caller. */
  readonly keys: () => LocalKeys | null | "off";
  readonly target: () => UpstreamTarget;
  readonly maxBodyBytes: number;
  readonly repairs: readonly RequestRepair[];
  readonly repairsOff: readonly string[];
  readonly counters: Counters;
  readonly now: () => number;
  /** Something was asked for: the credential is in use. */
  readonly onActive: () => void;
  /** What the service answers by itself, model lists included. */
  readonly answerLocally: (
    route: Exclude<Route, ForwardRoute>,
    call: LocalCall,
  ) => Promise<Response>;
  /** An error that nobody foresaw. */
  readonly onBug: (error: unknown) => void;
}

/** A request that the service answers by itself. */
export interface LocalCall {
  readonly request: Request;
  /** `operator`, an agent, `-` where keys are off, `null` where none was needed. */
  readonly caller: string | null;
}

/** Makes the handler of the server. Never throws. */
export function createHandler(steps: HandlerSteps): (request: Request) => Promise<Response> {
  return async (request) => {
    const target = parseTarget(request.url);
    const route = findRoute(request.method, target.path);
    try {
      return await respond(request, target, route, steps);
    } catch (error) {
      // Nobody reads this any more, but the server wants a response.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      if (!(error instanceof Refusal)) steps.onBug(error);
      const refusal = error instanceof Refusal ? error : internalRefusal(error);
      steps.counters.countRefusal(refusal.status);
      if (refusal.kind === "upstream") steps.counters.countUpstreamFailure();
      return errorResponse(refusal, route?.dialect ?? dialectOfPath(target.path));
    }
  };
}

async function respond(
  request: Request,
  target: RequestTarget,
  route: Route | null,
  steps: HandlerSteps,
): Promise<Response> {
  checkDoor(request.headers, target, steps.door());
  if (route?.kind === "local" && isOpen(route.name)) {
    return await steps.answerLocally(route, { request, caller: null });
  }
  const caller = identify(request, target, steps);
  if (route === null) throw unknownPath(request.method, target.path);
  if (route.kind !== "forward") return await steps.answerLocally(route, { request, caller });
  steps.counters.countRequest(caller, steps.now());
  steps.onActive();
  const body = await readBody(request, steps.maxBodyBytes);
  return await exchange(request, { route, body, search: target.search }, steps);
}

async function exchange(
  request: Request,
  call: { route: ForwardRoute; body: Uint8Array<ArrayBuffer>; search: string },
  steps: HandlerSteps,
): Promise<Response> {
  const { route, search } = call;
  const { repairs, repairsOff: off } = steps;
  const { body, fired } = repairRequest(call.body, { route, repairs, off });
  const url = upstreamUrl(route, steps.target(), search);
  const { headers: callerHeaders, signal } = request;
  const { answer, lease } = await forward(
    { method: "POST", url, callerHeaders, body, signal },
    steps,
  );
  const { status } = answer.response;
  if (status >= 300 && status < 400) {
    answer.discard();
    lease.release();
    throw redirectRefusal(status);
  }
  const headers = inboundHeaders(answer.response.headers);
  if (status === 429 && !headers.has("retry-after")) {
    // Codex ends the turn at once on a 429 that does not say when to come back.
    headers.set("retry-after", "5");
  }
  if (fired.length > 0) headers.set("x-keyturn-repairs", fired.join(","));
  const stream = answer.body((how) => {
    lease.release();
    if (how === "broken" || how === "silent") steps.counters.countUpstreamFailure();
  });
  return new Response(stream, { status, headers });
}

function isOpen(name: string): boolean {
  // The metadata URL is its own secret: the SDKs that call it can send no header of ours.
  return name === "health" || name === "ready" || name === "metadata";
}

function identify(request: Request, target: RequestTarget, steps: HandlerSteps): string {
  const keys = steps.keys();
  if (keys === "off") return "-";
  const caller = findCaller(presentedKeys(request.headers, target), keys);
  if (caller === null) throw keyRefusal();
  return caller;
}

function unknownPath(method: string, path: string): Refusal {
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  const message = `Keyturn has no route ${method} ${shown}; its routes are in the README`;
  return new Refusal(404, "not-found", message);
}

function redirectRefusal(status: number): Refusal {
  const message = `The workspace answered with a redirect (${status}), which is not followed: ` +
    "check that DATABRICKS_HOST is the workspace itself, not an account console or a login page";
  return new Refusal(502, "upstream", message);
}

function internalRefusal(cause: unknown): Refusal {
  const message = "Keyturn failed on this request; the log on stderr says why";
  return new Refusal(500, "upstream", message, { cause });
}
