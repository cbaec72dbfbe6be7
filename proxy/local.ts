/**
 * What the service answers by itself: health, readiness, status, metrics, the operator's calls,
 * the metadata service of the Databricks SDKs, and lists of models.
 *
 * @module
 */

import type { ForwardRoute, Route } from "../workspace/endpoints.ts";
import type { RotateOutcome } from "../protocol.ts";
import type { Credentials, Lease } from "./credentials.ts";
import type { LocalCall } from "./handler.ts";
import { keyRefusal } from "./guard.ts";
import { Refusal } from "./refusal.ts";
import { parseTarget } from "./target.ts";
import { renderMetrics, type Status } from "./status.ts";

/** What the answers are made of. */
export interface LocalSteps {
  readonly credentials: Credentials;
  readonly status: () => Promise<Status>;
  readonly listModels: (dialect: Route["dialect"], signal: AbortSignal) => Promise<unknown>;
  readonly rotate: () => Promise<RotateOutcome>;
  /** Why the service is not ready, `null` if it is. */
  readonly notReady: () => string | null;
  readonly metadataCapability: string;
  readonly workspaceHost: string;
  readonly now: () => number;
}

const WAIT_MS = 10_000;
/** Told to SDKs where the expiry is unknown: they ask again after it. */
const UNKNOWN_EXPIRY_S = 60;

/** Makes the function that answers local routes. */
export function createLocalAnswers(
  steps: LocalSteps,
): (route: Exclude<Route, ForwardRoute>, call: LocalCall) => Promise<Response> {
  return async (route, { request, caller }) => {
    if (route.kind === "models") return json(await listModels(route.dialect, request, steps));
    switch (route.name) {
      case "health":
        return json({ status: "ok" });
      case "ready":
        return answerReady(steps.notReady());
      case "metadata":
        return await answerMetadata(request, steps);
    }
    // `-` is any caller of this machine, who is not thereby its operator.
    if (caller !== "operator") throw keyRefusal();
    switch (route.name) {
      case "status":
        return json(await steps.status());
      case "metrics":
        return text(renderMetrics(await steps.status()), "text/plain; version=0.0.4");
      case "rotate":
        return answerRotate(await steps.rotate());
      case "token":
        return text(`${(await obtain(request, steps)).generation.secret.reveal()}\n`, "text/plain");
    }
  };
}

async function listModels(
  dialect: Route["dialect"],
  request: Request,
  steps: LocalSteps,
): Promise<unknown> {
  // Anthropic's clients ask `/v1/models` too, and say who they are.
  const asked = request.headers.has("anthropic-version") ? "anthropic" : dialect;
  return await steps.listModels(asked, request.signal);
}

/** A lease that ends at once: what is answered here is not a stream. */
async function obtain(request: Request, { credentials }: LocalSteps): Promise<Lease> {
  const lease = await credentials.obtain({ deadlineMs: WAIT_MS, signal: request.signal });
  if ("generation" in lease) {
    lease.release();
    return lease;
  }
  throw lease.mayCome === "never"
    ? new Refusal(401, "unauthenticated", lease.message)
    : new Refusal(503, "unavailable", lease.message, { retryAfterS: 5 });
}

function answerReady(reason: string | null): Response {
  if (reason === null) return json({ status: "ready" });
  return json({ status: "not ready", reason }, 503);
}

function answerRotate(outcome: RotateOutcome): Response {
  if (outcome.ok) return json({ oldId: outcome.oldId, newId: outcome.newId });
  throw new Refusal(502, "upstream", outcome.message);
}

// The contract of the SDKs' metadata-service authentication: a version header, the workspace's
// host, and `expires_on` as a number of epoch seconds.
async function answerMetadata(request: Request, steps: LocalSteps): Promise<Response> {
  const { path } = parseTarget(request.url);
  const host = request.headers.get("x-databricks-host");
  if (
    path !== `/metadata/${steps.metadataCapability}` ||
    (host !== null && originOf(host) !== steps.workspaceHost)
  ) {
    throw new Refusal(404, "not-found", "There is no metadata service here for this workspace");
  }
  if (request.headers.get("x-databricks-metadata-version") !== "1") {
    throw new Refusal(400, "bad-request", "X-Databricks-Metadata-Version must be 1");
  }
  const { generation } = await obtain(request, steps);
  const nowS = Math.floor(steps.now() / 1_000);
  return json({
    access_token: generation.secret.reveal(),
    token_type: "Bearer",
    expires_on: generation.expiresAt === null
      ? nowS + UNKNOWN_EXPIRY_S
      : Math.floor(generation.expiresAt / 1_000),
  });
}

function originOf(host: string): string | null {
  try {
    return new URL(host.includes("://") ? host : `https://${host}`).origin;
  } catch {
    return null;
  }
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

function text(body: string, type: string): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-store" } });
}
