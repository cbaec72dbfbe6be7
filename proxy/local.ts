/**
 * What the service answers by itself: health, readiness, status, metrics, the operator's calls,
 * the metadata service of the Databricks SDKs, and lists of models.
 *
 * @module
 */

import {
  type Dialect,
  type ForwardRoute,
  type Route,
  spokenDialect,
} from "../workspace/endpoints.ts";
import type { Secret } from "../workspace/credential.ts";
import type { RotateOutcome } from "../protocol.ts";
import { answerChallenge, type ChallengeSteps } from "./challenge.ts";
import { obtainLease } from "./forward.ts";
import type { LocalCall } from "./handler_steps.ts";
import { keyRefusal } from "./guard.ts";
import { type HandedOut, handOutToken, type MetadataSteps } from "./metadata.ts";
import { Refusal } from "./refusal.ts";
import { renderMetrics, type Status } from "./status.ts";
import { PAGE_HEADERS, renderPage } from "./status_page.ts";

/** What the answers are made of. */
export interface LocalSteps extends MetadataSteps, ChallengeSteps {
  readonly status: () => Promise<Status>;
  readonly listModels: (dialect: Dialect, signal: AbortSignal) => Promise<unknown>;
  readonly rotate: (signal: AbortSignal) => Promise<RotateOutcome>;
  /** Why the service is not ready, `null` if it is. */
  readonly notReady: () => string | null;
}

const METADATA_PATH = "/metadata/";

/** Makes the function that answers local routes. */
export function createLocalAnswers(
  steps: LocalSteps,
): (route: Exclude<Route, ForwardRoute>, call: LocalCall) => Promise<Response> {
  return async (route, call) => {
    const { request, caller } = call;
    if (route.kind === "models") {
      const dialect = spokenDialect(route, call.target.path, request.headers);
      return json(await steps.listModels(dialect, request.signal));
    }
    switch (route.name) {
      case "health":
        return json({ status: "ok" });
      case "ready":
        return answerReady(steps.notReady());
      case "challenge":
        return json(answerChallenge(call.target.search, steps));
      case "metadata":
        return answerMetadata(await handOut(call, steps));
    }
    // `-` is any caller of this machine, who is not thereby its operator.
    if (caller !== "operator") throw keyRefusal("operator");
    switch (route.name) {
      case "status":
        return json(await steps.status());
      case "page":
        return text(renderPage(await steps.status()), "text/html; charset=utf-8", PAGE_HEADERS);
      case "metrics":
        return text(renderMetrics(await steps.status()), "text/plain; version=0.0.4");
      case "rotate":
        return answerRotate(await steps.rotate(request.signal));
      case "token":
        return text(`${(await glance(request, steps)).reveal()}\n`, "text/plain");
    }
  };
}

/**
 * The newest token, without a hold on it: what a script does with it, and for how long, is known
 * to nobody here.
 */
async function glance({ signal }: Request, steps: LocalSteps): Promise<Secret> {
  const lease = await obtainLease(steps.credentials, { signal });
  lease.release();
  steps.onActive();
  return lease.generation.secret;
}

function handOut({ request, target, visitor }: LocalCall, steps: LocalSteps): Promise<HandedOut> {
  const shown = target.path.slice(METADATA_PATH.length);
  return handOutToken(request, { shown, visitor }, steps);
}

/** `expires_on` is a number: Python's `fromtimestamp` takes no text. */
function answerMetadata({ secret, expiresOn }: HandedOut): Response {
  return json({ access_token: secret.reveal(), token_type: "Bearer", expires_on: expiresOn });
}

function answerReady(reason: string | null): Response {
  if (reason === null) return json({ status: "ready" });
  return json({ status: "not ready", reason }, 503);
}

function answerRotate(outcome: RotateOutcome): Response {
  if (outcome.ok) return json({ oldId: outcome.oldId, newId: outcome.newId });
  throw new Refusal(502, "upstream", outcome.message);
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

function text(
  body: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    headers: { ...headers, "content-type": type, "cache-control": "no-store" },
  });
}
