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
import type { Generation, Secret } from "../workspace/credential.ts";
import type { RotateOutcome } from "../protocol.ts";
import type { Credentials } from "./credentials.ts";
import { obtainLease } from "./forward.ts";
import type { LocalCall } from "./handler.ts";
import { isSameText, keyRefusal } from "./guard.ts";
import { Refusal } from "./refusal.ts";
import { renderMetrics, type Status } from "./status.ts";

/** What the answers are made of. */
export interface LocalSteps {
  readonly credentials: Credentials;
  readonly status: () => Promise<Status>;
  readonly listModels: (dialect: Dialect, signal: AbortSignal) => Promise<unknown>;
  readonly rotate: (signal: AbortSignal) => Promise<RotateOutcome>;
  /** Why the service is not ready, `null` if it is. */
  readonly notReady: () => string | null;
  /** Last part of the metadata URL; whoever knows it may have the token. */
  readonly metadataCapability: Secret;
  /** Origin of the workspace. */
  readonly workspaceHost: string;
  readonly now: () => number;
}

/** Told to SDKs where the expiry is unknown: they ask again after it. */
const UNKNOWN_EXPIRY_MS = 60_000;

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
      case "metadata":
        return await answerMetadata(call, steps);
    }
    // `-` is any caller of this machine, who is not thereby its operator.
    if (caller !== "operator") throw keyRefusal();
    switch (route.name) {
      case "status":
        return json(await steps.status());
      case "metrics":
        return text(renderMetrics(await steps.status()), "text/plain; version=0.0.4");
      case "rotate":
        return answerRotate(await steps.rotate(request.signal));
      case "token":
        return text(`${(await glance(request, steps)).secret.reveal()}\n`, "text/plain");
    }
  };
}

/** The newest generation, without holding it: what becomes of it outside cannot be waited for. */
async function glance(request: Request, { credentials }: LocalSteps): Promise<Generation> {
  const lease = await obtainLease(credentials, request.signal);
  lease.release();
  return lease.generation;
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
// https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/credentials_provider.py
async function answerMetadata(
  { request, target }: LocalCall,
  steps: LocalSteps,
): Promise<Response> {
  const host = request.headers.get("x-databricks-host");
  const shown = target.path.slice("/metadata/".length);
  const isTheirs = isSameText(shown, steps.metadataCapability.reveal());
  if (!isTheirs || (host !== null && originOf(host) !== steps.workspaceHost)) {
    throw new Refusal(404, "not-found", "There is no metadata service here for this workspace");
  }
  if (request.headers.get("x-databricks-metadata-version") !== "1") {
    throw new Refusal(400, "bad-request", "X-Databricks-Metadata-Version must be 1");
  }
  const { secret, expiresAt } = await glance(request, steps);
  return json({
    access_token: secret.reveal(),
    token_type: "Bearer",
    expires_on: Math.floor((expiresAt ?? steps.now() + UNKNOWN_EXPIRY_MS) / 1_000),
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
