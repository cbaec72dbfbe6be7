/**
 * Who may come in: nobody asks for anything but with a local key, and whoever has none is told so.
 *
 * @module
 */

import type { Visitor } from "./connections.ts";
import { findCaller, type KeyOwner, keyRefusal, presentedKeys } from "./guard.ts";
import type { HandlerSteps } from "./handler_steps.ts";
import type { HeaderView } from "./read_headers.ts";
import type { RequestTarget } from "./target.ts";

/** Whether a local route is there for whoever has no key, too. */
export function isOpen(name: string): boolean {
  // The metadata URL is its own secret: the SDKs that call it can send no header of ours.
  if (name === "metadata") return true;
  // Who asks for a proof does not yet know whom to trust with a key.
  return name === "health" || name === "ready" || name === "challenge";
}

/** Whose key a request shows; `-` where none is wanted, `null` where it shows none that is good. */
export function identify(
  headers: HeaderView,
  target: RequestTarget,
  steps: Pick<HandlerSteps, "keys" | "clientAuth">,
): string | null {
  const shown = presentedKeys(headers, target);
  // A key that setup has just added is looked for once more before it is refused.
  for (const age of ["recent", "fresh"] as const) {
    const caller = findCaller(shown, steps.keys(age));
    if (steps.clientAuth === "off") return caller === "operator" ? caller : "-";
    if (caller !== null) return caller;
  }
  return null;
}

/** A request without a key that is good. */
export interface TurnedAway {
  readonly request: Request;
  readonly visitor: Visitor;
  /** Whose key it would have to show. */
  readonly wanted: KeyOwner;
}

/** The answer to a missing key is that to a wrong one; to many of them it takes its time. */
export async function turnAway(
  { request, visitor: { source }, wanted }: TurnedAway,
  { strangers, pause }: Pick<HandlerSteps, "strangers" | "pause">,
): Promise<never> {
  const pauseMs = strangers.fail(source);
  if (pauseMs > 0) await pause(pauseMs, request.signal);
  throw keyRefusal(wanted);
}
