/**
 * The flow of a request, in order; the only place that turns errors into responses.
 *
 * @module
 */

import { findRoute, type Route, spokenDialect } from "../workspace/endpoints.ts";
import { redactTokens } from "../workspace/redact.ts";
import { identify, isOpen, turnAway } from "./admission.ts";
import type { VisitHandler, Visitor } from "./connections.ts";
import { checkDialect } from "./dialect_limit.ts";
import { errorResponse } from "./error_response.ts";
import { checkDoor, checkHeaderSize } from "./guard.ts";
import type { Findings, HandlerSteps } from "./handler_steps.ts";
import { readAndForward } from "./read_and_forward.ts";
import { type HeaderView, ReadHeaders } from "./read_headers.ts";
import { Refusal } from "./refusal.ts";
import { parseTarget, type RequestTarget } from "./target.ts";

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
    steps.counters.countVisit();
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
  checkHeaderSize(request.url, headers, steps.maxHeaderBytes);
  checkDoor(headers, target, steps.door());
  if (route?.kind === "local" && isOpen(route.name)) {
    return await steps.answerLocally(route, { request, target, caller: null, visitor });
  }
  const caller = identify(headers, target, steps);
  if (caller === null) {
    // Of the local routes that want a key all want the operator's.
    const wanted = route?.kind === "local" ? "operator" : "agent";
    return await turnAway({ request, visitor, wanted }, steps);
  }
  visitor.admit(caller);
  findings.caller = caller;
  if (route === null) throw unknownPath(request.method, target.path);
  if (route.kind !== "forward") {
    return await steps.answerLocally(route, { request, target, caller, visitor });
  }
  checkDialect(caller, { dialect: route.dialect, limits: steps.agentDialects });
  steps.streams.enter(visitor.completed);
  steps.counters.countRequest(caller, steps.now());
  steps.onActive();
  const { search } = target;
  return await readAndForward(request, { headers, route, caller, search, findings }, steps);
}

/** The server below waits for the rest of a body that nobody reads, whatever was answered. */
function hasBody(headers: HeaderView): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
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
  steps.counters.countRefusal(refusal);
  return errorResponse(refusal, spokenDialect(route, target.path, headers));
}

function unknownPath(method: string, path: string): Refusal {
  // An agent that has its key in the wrong place would write it into its own log.
  const safe = redactTokens(path);
  const shown = safe.length > 100 ? `${safe.slice(0, 100)}…` : safe;
  const message = `Keyturn has no route ${method} ${shown}; its routes are in the README`;
  return new Refusal(404, "not-found", message);
}

function internalRefusal(cause: unknown): Refusal {
  const message = "Keyturn failed on this request; the log on stderr says why";
  return new Refusal(500, "upstream", message, { cause });
}
