/**
 * The flow of a request, in order; the only place that turns errors into responses.
 *
 * @module
 */

import {
  type Dialect,
  findRoute,
  type ForwardRoute,
  type Route,
  spokenDialect,
  type UpstreamTarget,
  upstreamUrl,
} from "../workspace/endpoints.ts";
import { redactTokens } from "../workspace/redact.ts";
import { readBody } from "./body.ts";
import { checkDialect, type DialectLimits } from "./dialect_limit.ts";
import { errorResponse } from "./error_response.ts";
import type { BodyLanes } from "./body_lanes.ts";
import type { BodyMemory } from "./body_memory.ts";
import type { VisitHandler, Visitor } from "./connections.ts";
import { checkDoor, checkHeaderSize, type Door, findCaller } from "./guard.ts";
import { keyRefusal, type KeyRing, presentedKeys } from "./guard.ts";
import { forwardRepaired, type LearnSteps } from "./learn.ts";
import { type HeaderView, ReadHeaders } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import { relayAnswer, type RelaySteps } from "./relay.ts";
import { readRequest } from "./repairs/repair_request.ts";
import { parseTarget, type RequestTarget } from "./target.ts";
import type { Counters } from "./stats.ts";
import type { Strangers } from "./strangers.ts";
import type { Streams } from "./streams.ts";
import type { Watchdog } from "./watchdog.ts";

/** What the flow needs. */
export interface HandlerSteps extends LearnSteps {
  readonly door: () => Door;
  /** The local keys, at this moment (`fresh`) or an instant ago (`recent`). */
  readonly keys: (age: "fresh" | "recent") => KeyRing | null;
  /** `off`: any caller of this machine is let in, whatever key it shows. */
  readonly clientAuth: "required" | "off";
  /** What the agents' keys are good for. */
  readonly agentDialects: DialectLimits;
  readonly target: () => UpstreamTarget;
  readonly maxBodyBytes: number;
  /** What all bodies may take up together. */
  readonly bodyMemory: BodyMemory;
  /** Where long bodies wait for one another. */
  readonly bodyLanes: BodyLanes;
  /** Ends the wait for bodies that do not come. */
  readonly bodyWatchdog: Watchdog;
  /** What is on its way. */
  readonly streams: Streams;
  /** Who came without a key. */
  readonly strangers: Strangers;
  /** Resolves after a time, or when the signal fires. */
  readonly pause: (pauseMs: number, signal: AbortSignal) => Promise<void>;
  readonly counters: Counters;
  readonly now: () => number;
  /** Something was asked for: the credential is in use. */
  readonly onActive: () => void;
  /** What the service answers by itself, model lists included. */
  readonly answerLocally: (
    route: Exclude<Route, ForwardRoute>,
    call: LocalCall,
  ) => Promise<Response>;
  /** What becomes of answers. */
  readonly answers: RelaySteps;
  /** Told of each answer at its headers; `null`: nobody wants to know. */
  readonly onAnswer: ((visit: Visit) => void) | null;
  /** An error that nobody foresaw. */
  readonly onBug: (error: unknown) => void;
}

/** A request that the service answers by itself. */
export interface LocalCall {
  readonly request: Request;
  readonly target: RequestTarget;
  /** `operator`, an agent, `-` where keys are off, `null` where none was needed. */
  readonly caller: string | null;
  readonly visitor: Visitor;
}

/** A request as the log may know it: nothing that it holds can be a key or a prompt. */
export interface Visit {
  readonly method: string;
  readonly dialect: Dialect;
  readonly status: number;
  /** From the request line to the headers of the answer. */
  readonly durationMs: number;
  readonly caller: string | null;
  /** Number of the generation that it was forwarded with. */
  readonly generation: number | null;
}

/** What becomes known of a visit on its way. */
interface Findings {
  caller: string | null;
  generation: number | null;
  isBodyRead: boolean;
}

interface Call {
  readonly target: RequestTarget;
  readonly headers: HeaderView;
  readonly route: Route | null;
  readonly findings: Findings;
  readonly visitor: Visitor;
}

/** Makes the handler of the server. Never throws. */
export function createHandler(steps: HandlerSteps): VisitHandler {
  return async (request, visitor) => {
    const startedAt = steps.now();
    const findings: Findings = { caller: null, generation: null, isBodyRead: false };
    const target = parseTarget(request.url);
    const headers = new ReadHeaders(request.headers);
    const route = findRoute(request.method, target.path);
    const call = { target, headers, route, findings, visitor };
    const response = await respond(request, call, steps)
      .catch((error) => refuse(request, { ...call, error }, steps));
    steps.onAnswer?.({
      method: request.method,
      dialect: spokenDialect(route, target.path, headers),
      status: response.status,
      durationMs: steps.now() - startedAt,
      caller: findings.caller,
      generation: findings.generation,
    });
    if (!findings.isBodyRead && hasBody(headers)) {
      visitor.dismiss();
      // So that nobody sends another request after a body that is still on its way.
      response.headers.set("connection", "close");
    }
    return response;
  };
}

async function respond(request: Request, call: Call, steps: HandlerSteps): Promise<Response> {
  const { target, headers, route, findings, visitor } = call;
  checkHeaderSize(request.url, headers);
  checkDoor(headers, target, steps.door());
  if (route?.kind === "local" && isOpen(route.name)) {
    return await steps.answerLocally(route, { request, target, caller: null, visitor });
  }
  const caller = identify(headers, target, steps);
  if (caller === null) return await turnAway(request, visitor, steps);
  visitor.admit(caller);
  findings.caller = caller;
  if (route === null) throw unknownPath(request.method, target.path);
  if (route.kind !== "forward") {
    return await steps.answerLocally(route, { request, target, caller, visitor });
  }
  checkDialect(caller, { dialect: route.dialect, limits: steps.agentDialects });
  steps.streams.enter(visitor);
  steps.counters.countRequest(caller, steps.now());
  steps.onActive();
  return await readAndForward(request, { ...call, route, caller }, steps);
}

async function readAndForward(
  request: Request,
  call: Call & { readonly route: ForwardRoute; readonly caller: string },
  steps: HandlerSteps,
): Promise<Response> {
  const { headers, caller, findings } = call;
  const claim = steps.bodyMemory.claimFor(caller);
  const limits = {
    maxBytes: steps.maxBodyBytes,
    claim,
    enterLane: () => steps.bodyLanes.enter(caller),
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
  call: Call & { readonly route: ForwardRoute; readonly body: Uint8Array<ArrayBuffer> },
  steps: HandlerSteps,
): Promise<Response> {
  const { target: { search }, headers, route, body, findings } = call;
  const upstream = steps.target();
  const { mode } = upstream;
  const url = upstreamUrl(route, upstream, search);
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

function isOpen(name: string): boolean {
  // The metadata URL is its own secret: the SDKs that call it can send no header of ours.
  if (name === "metadata") return true;
  // Who asks for a proof does not yet know whom to trust with a key.
  return name === "health" || name === "ready" || name === "challenge";
}

function identify(headers: HeaderView, target: RequestTarget, steps: HandlerSteps): string | null {
  const shown = presentedKeys(headers, target);
  // A key that setup has just added is looked for once more before it is refused.
  for (const age of ["recent", "fresh"] as const) {
    const caller = findCaller(shown, steps.keys(age));
    if (steps.clientAuth === "off") return caller === "operator" ? caller : "-";
    if (caller !== null) return caller;
  }
  return null;
}

/** The server below waits for the rest of a body that nobody reads, whatever was answered. */
function hasBody(headers: HeaderView): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}

/** The answer to a missing key is that to a wrong one; to many of them it takes its time. */
async function turnAway(
  request: Request,
  { source }: Visitor,
  { strangers, pause }: HandlerSteps,
): Promise<never> {
  const pauseMs = strangers.fail(source);
  if (pauseMs > 0) await pause(pauseMs, request.signal);
  throw keyRefusal();
}

/** Redirects are not, nor what is no answer to a request: a changed protocol, made-up codes. */
function isRelayed(status: number): boolean {
  return status >= 200 && status < 600 && (status < 300 || status >= 400 || status === 304);
}

function refuse(
  request: Request,
  { target, headers, route, error }: Call & { readonly error: unknown },
  steps: HandlerSteps,
): Response {
  // Nobody reads this any more, but the server wants a response.
  if (request.signal.aborted) return new Response(null, { status: 499 });
  if (!(error instanceof Refusal)) steps.onBug(error);
  const refusal = error instanceof Refusal ? error : internalRefusal(error);
  steps.counters.countRefusal(refusal.status);
  return errorResponse(refusal, spokenDialect(route, target.path, headers));
}

function unknownPath(method: string, path: string): Refusal {
  // An agent that has its key in the wrong place would write it into its own log.
  const safe = redactTokens(path);
  const shown = safe.length > 100 ? `${safe.slice(0, 100)}…` : safe;
  const message = `Keyturn has no route ${method} ${shown}; its routes are in the README`;
  return new Refusal(404, "not-found", message);
}

function statusRefusal(status: number): Refusal {
  if (status < 300 || status >= 400) {
    return new Refusal(502, "upstream", `The workspace answered with status ${status}`);
  }
  const message = `The workspace answered with a redirect (${status}), which is not followed: ` +
    "check that DATABRICKS_HOST is the workspace itself, not an account console or a login page";
  return new Refusal(502, "upstream", message);
}

function internalRefusal(cause: unknown): Refusal {
  const message = "Keyturn failed on this request; the log on stderr says why";
  return new Refusal(500, "upstream", message, { cause });
}
