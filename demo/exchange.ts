/**
 * One request of the simulated workspace, from its arrival to its answer.
 *
 * @module
 */

import { CATALOG_ROUTES } from "./catalog_routes.ts";
import { disturb, type FaultRule, letsAct } from "./faults.ts";
import { IDENTITY_ROUTES } from "./identity_routes.ts";
import { INFERENCE_ROUTES } from "./inference_routes.ts";
import { REHEARSAL_ROUTES } from "./rehearsal_routes.ts";
import { jsonReply, Refusal, refuse, refuseGateway, type Reply } from "./replies.ts";
import { replyBody, wait } from "./reply_body.ts";
import type { OpenRecord } from "./request_log.ts";
import { type FoundRoute, type Route, routeFinder, type Visit } from "./routes.ts";
import { TOKEN_ROUTES } from "./token_routes.ts";
import type { Verdict } from "./tokens.ts";
import type { World } from "./world.ts";

/** Where a request takes place. */
export interface ExchangeOptions {
  /** The workspace. */
  readonly world: World;
  /** Address of the client. */
  readonly remoteHost: string;
  /** Aborted when the workspace stops; a request's own signal is silent then. */
  readonly closing: AbortSignal;
}

const WORKSPACE_ID = "1234567890123456";
const BODILESS = [204, 205, 304];
/** What a fault that comes before everything else changes. */
const NOTHING = jsonReply({});

const findRoute = routeFinder([
  ...TOKEN_ROUTES,
  ...IDENTITY_ROUTES,
  ...CATALOG_ROUTES,
  ...INFERENCE_ROUTES,
  ...REHEARSAL_ROUTES,
]);

/** Answers `request`. The token is judged now; a stream goes on when it dies later. */
export async function exchange(request: Request, options: ExchangeOptions): Promise<Response> {
  const { world, closing } = options;
  const signals = [request.signal, closing];
  const url = new URL(request.url);
  const found = findRoute(request.method, url.pathname) ?? { route: NO_ROUTE, params: {} };
  if (found.route.access === "loopback") return await rehearse(request, { ...options, found });

  const verdict = world.identify(request.headers);
  const record = world.log.open({
    method: request.method,
    path: url.pathname + url.search,
    headers: [...request.headers],
    tokenId: verdict?.token?.id ?? null,
    at: world.settings.now(),
  });
  request.signal.addEventListener("abort", () => (record.aborted = !record.finished));
  const visit = await readVisit(request, found);
  if (visit === null) return gone(record);
  world.log.keepBody(record, visit.body);

  const rule = world.faults.take({ method: request.method, path: url.pathname });
  const reply = await undergo(rule, {
    act: () => act(visit, { world, verdict, route: found.route }),
    signals,
  });
  if (found.route.access === "inference") count({ world, verdict, reply, rule });
  if (request.signal.aborted) return gone(record);
  record.status = reply.status;
  return respond(reply, { record, signals });
}

/** Lets `rule` happen to what `act` does, and to its answer. */
async function undergo(
  rule: FaultRule | null,
  scene: { readonly act: () => Reply; readonly signals: readonly AbortSignal[] },
): Promise<Reply> {
  if (rule === null) return scene.act();
  const { action, when } = rule;
  if (action.kind === "delay" && when !== "after") await wait(action.ms, scene.signals);
  const reply = letsAct(rule) ? scene.act() : NOTHING;
  if (action.kind === "delay" && when === "after") await wait(action.ms, scene.signals);
  if (action.kind === "hang") await wait(null, scene.signals);
  return disturb(reply, action);
}

function act(
  visit: Visit,
  scene: {
    readonly world: World;
    readonly verdict: Verdict | null;
    readonly route: Route;
  },
): Reply {
  const { world, verdict, route } = scene;
  try {
    if (route.access === "open" || route.access === "loopback") {
      return route.handle(visit, world);
    }
    const caller = world.admit(verdict, route.access);
    if (!world.settings.hasGateway && visit.url.pathname.startsWith("/ai-gateway/")) {
      throw refuseGateway();
    }
    return route.handle({ ...visit, caller }, world);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

/** The row for a path that is in no table; whether it exists is told only to live tokens. */
const NO_ROUTE: Route = {
  method: "GET",
  path: "",
  access: "bearer",
  handle: ({ url }) => {
    throw refuse(404, "ENDPOINT_NOT_FOUND", `No API found for '${url.pathname}'`);
  },
};

async function rehearse(
  request: Request,
  options: ExchangeOptions & { readonly found: FoundRoute },
): Promise<Response> {
  const { world, remoteHost, found } = options;
  const isLocal = remoteHost === "::1" || remoteHost.startsWith("127.");
  // A page in a browser on this machine is local too, and must not arm faults.
  if (!isLocal || request.headers.has("origin")) return new Response(null, { status: 403 });
  const visit = await readVisit(request, found);
  if (visit === null) return new Response(null, { status: 400 });
  const reply = act(visit, { world, verdict: null, route: found.route });
  return respond(reply, { record: null, signals: [] });
}

async function readVisit(request: Request, found: FoundRoute): Promise<Visit | null> {
  try {
    const body = await request.bytes();
    return { url: new URL(request.url), params: found.params, headers: request.headers, body };
  } catch {
    return null; // The client left in the middle of its own request.
  }
}

function count(end: {
  readonly world: World;
  readonly verdict: Verdict | null;
  readonly reply: Reply;
  readonly rule: FaultRule | null;
}): void {
  const { world, verdict, reply, rule } = end;
  const isSpoilt = rule !== null && rule.action.kind !== "delay";
  const isOk = reply.status < 300 && !isSpoilt;
  const isRefused = verdict?.kind !== "live" && !isSpoilt;
  world.count(isOk ? "ok" : isRefused ? "refused" : "failed", verdict?.token?.id ?? null);
}

/** Nobody is there to read this. */
function gone(record: OpenRecord): Response {
  record.aborted = true;
  return new Response(null, { status: 400 });
}

function respond(
  reply: Reply,
  options: { readonly record: OpenRecord | null; readonly signals: readonly AbortSignal[] },
): Response {
  const { record, signals } = options;
  const { status } = reply;
  const headers = { "x-databricks-org-id": WORKSPACE_ID, ...reply.headers };
  const onSent = () => {
    if (record !== null) record.finished = true;
  };
  if (reply.kind === "stream") {
    return new Response(replyBody(reply, { signals, onSent }), { status, headers });
  }
  onSent();
  return new Response(BODILESS.includes(status) ? null : reply.text, { status, headers });
}
