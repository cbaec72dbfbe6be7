/**
 * Calls to the running service. It gets the operator's key only after it has proved that it is
 * ours: whatever else listens on the port never sees it.
 *
 * @module
 */

import { fetchDirect } from "../support/direct_client.ts";
import {
  describeOccupant,
  findOccupant,
  originOf,
  type ServicePlace,
} from "../support/occupant.ts";
import type { Secret } from "../support/secret.ts";

/** A call of the operator's. */
export interface ServiceRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly operator: Secret;
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls an operator's route with the operator's key, after the proof.
 *
 * @throws {TypeError} that says what to do if nobody answers, or somebody else.
 */
export async function callService(
  place: ServicePlace,
  request: ServiceRequest,
): Promise<Response> {
  const { method, path, operator, signal = null } = request;
  const occupant = await findOccupant(place, operator, { signal: request.signal });
  if (occupant.kind !== "ours") throw new TypeError(describeOccupant(occupant, place));
  const headers = { authorization: `Bearer ${operator.reveal()}` };
  return await fetchDirect(`${originOf(place)}${path}`, {
    method,
    headers,
    redirect: "manual",
    signal,
  });
}
