/**
 * A request made ready for its endpoint: read if any repair serves its dialect, mended, written.
 *
 * @module
 */

import type { ForwardRoute, UpstreamMode } from "../workspace/endpoints.ts";
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
  /** Told of each repair that fired. */
  readonly onRepaired: (name: string, subject: Subject) => void;
  /** A repair that failed. */
  readonly onBug: (error: unknown) => void;
}

/** A request as it leaves. */
export interface PreparedRequest {
  /** What leaves. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Names of the repairs that changed it. */
  readonly fired: readonly string[];
  /** What it said; `null` if nobody had to read it, or nobody could. */
  readonly read: ReadRequest | null;
}

/** Applies the repairs that serve a request. The very same bytes leave where none fires. */
export function prepareRequest(
  body: Uint8Array<ArrayBuffer>,
  place: { readonly route: ForwardRoute; readonly mode: UpstreamMode },
  { rows, onRepaired, onBug }: RepairSteps,
): PreparedRequest {
  const read = rows.reads(place.route.dialect) ? readRequest(body, place) : null;
  if (read === null) return { body, fired: [], read };
  const { after, fired } = mendRequest(read, { row: rows.of(read.subject), onBug });
  for (const name of fired) onRepaired(name, read.subject);
  return { body: encodeRequest(body, { read, after }), fired, read };
}
