/**
 * A request made ready for its endpoint: read if anything could have to be mended in it, mended,
 * written.
 *
 * @module
 */

import type { ForwardRoute, UpstreamMode } from "../workspace/endpoints.ts";
import type { HeaderView } from "./read_headers.ts";
import type { Lessoned, Lessons } from "./repairs/learned/lessons.ts";
import type { RequestRepair, Subject } from "./repairs/repair.ts";
import {
  encodeRequest,
  mendRequest,
  type ReadRequest,
  readRequest,
} from "./repairs/repair_request.ts";
import type { Rows } from "./repairs/rows.ts";

/** What repairing needs. */
export interface RepairSteps {
  readonly rows: Rows<RequestRepair>;
  /** What rejections taught; `null`: nothing is learned. */
  readonly lessons: Lessons | null;
  /** Told of each repair that fired. */
  readonly onRepaired: (name: string, subject: Subject) => void;
  /** A repair that failed. */
  readonly onBug: (error: unknown) => void;
}

/** A request as the caller sent it. */
export interface AskedRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: HeaderView;
  readonly route: ForwardRoute;
  readonly mode: UpstreamMode;
}

/** A request as it leaves. */
export interface PreparedRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: HeaderView;
  /** Names of the repairs that changed it. */
  readonly fired: readonly string[];
  /** What it said; `null` if nobody had to read it, or nobody could. */
  readonly read: ReadRequest | null;
  /** The body as it leaves, and its beta flags. */
  readonly sent: Lessoned | null;
}

/** What the lessons are called among the repairs. */
export const LEARNED = "learned";

/** Anthropic's list of what a client wants beyond the published API. */
const BETA = "anthropic-beta";

/** Applies repairs and lessons to a request. The very same bytes leave where none fires. */
export function prepareRequest(request: AskedRequest, steps: RepairSteps): PreparedRequest {
  const { rows, lessons, onRepaired, onBug } = steps;
  const { body, headers, route } = request;
  const mayRead = rows.reads(route.dialect) || lessons?.isEmpty === false;
  const read = mayRead ? readRequest(body, request) : null;
  if (read === null) return { body, headers, fired: [], read, sent: null };
  const { after, fired } = mendRequest(read, { row: rows.of(read.subject), onBug });
  const mended = { body: after, beta: headers.get(BETA) };
  const sent = lessons?.apply(read.subject, mended) ?? mended;
  const names = isSame(sent, mended) ? fired : [...fired, LEARNED];
  for (const name of names) onRepaired(name, read.subject);
  return { ...written(request, { read, sent }), fired: names };
}

/** The request as {@link prepareRequest} would have left it, had it known what `sent` is. */
export function prepareAgain(
  request: AskedRequest,
  { before, sent }: { readonly before: PreparedRequest; readonly sent: Lessoned },
): PreparedRequest {
  const read = before.read ?? readRequest(request.body, request);
  if (read === null) return before;
  const fired = before.fired.includes(LEARNED) ? before.fired : [...before.fired, LEARNED];
  return { ...written(request, { read, sent }), fired };
}

/** What a request said, as a lesson is to see it, though nobody had to read it before. */
export function sentOf(request: AskedRequest, prepared: PreparedRequest): PreparedRequest {
  if (prepared.read !== null) return prepared;
  const read = readRequest(request.body, request);
  if (read === null) return prepared;
  return { ...prepared, read, sent: { body: read.asked, beta: request.headers.get(BETA) } };
}

function written(
  { body, headers }: AskedRequest,
  { read, sent }: { readonly read: ReadRequest; readonly sent: Lessoned },
): Omit<PreparedRequest, "fired"> {
  return {
    body: encodeRequest(body, { read, after: sent.body }),
    headers: withBeta(headers, sent.beta),
    read,
    sent,
  };
}

function withBeta(headers: HeaderView, beta: string | null): HeaderView {
  if (headers.get(BETA) === beta) return headers;
  const changed = new Headers([...headers]);
  if (beta === null) changed.delete(BETA);
  else changed.set(BETA, beta);
  return changed;
}

function isSame(one: Lessoned, other: Lessoned): boolean {
  return one.body === other.body && one.beta === other.beta;
}
