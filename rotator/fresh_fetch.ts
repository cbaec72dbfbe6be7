/**
 * Requests that each have a connection of their own. The rotator asks seldom, and a connection
 * that it kept may have died without a word while the machine slept: what is sent on it is never
 * answered, and a caller is held meanwhile.
 *
 * @module
 */

import type { Fetch } from "../workspace/workspace_request.ts";

/** A `fetch` that keeps no connections, and what ends it. */
export interface FreshFetch extends Disposable {
  /** Does a request. */
  readonly fetch: Fetch;
}

/** Makes one. */
export function createFreshFetch(): FreshFetch {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
