/**
 * The seam where repairs join the flow: a table picks those that serve a route, and a route
 * without any is never parsed.
 *
 * @module
 */

import type { ForwardRoute } from "../../workspace/endpoints.ts";

/** Mends one thing that an endpoint rejects. */
export interface RequestRepair {
  /** The name that `REPAIRS_OFF` and `x-keyturn-repairs` know. */
  readonly name: string;
  /** Whether it serves this route. */
  serves(route: ForwardRoute): boolean;
  /** The body mended, or the same object if there was nothing to mend. */
  mend(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** A body on its way out, and the names of the repairs that changed it. */
export interface RepairedBody {
  /** What leaves. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Names, in the order in which they fired. */
  readonly fired: readonly string[];
}

/**
 * Applies the repairs that serve `route`. Where none fires, the very same bytes leave: providers
 * cache prompts by their bytes, and JSON written anew for nothing would miss those caches.
 */
export function repairRequest(
  body: Uint8Array<ArrayBuffer>,
  options: { route: ForwardRoute; repairs: readonly RequestRepair[]; off: readonly string[] },
): RepairedBody {
  let mended = body;
  const fired: string[] = [];
  for (const repair of options.repairs) {
    if (!repair.serves(options.route) || options.off.includes(repair.name)) continue;
    const next = repair.mend(mended);
    if (next !== mended) fired.push(repair.name);
    mended = next;
  }
  return { body: mended, fired };
}
