/**
 * OAuth for a service principal as a source: each fetch gives another token.
 *
 * @module
 */

import type { Secret } from "../../workspace/credential.ts";
import { fetchClientToken } from "../../workspace/oauth.ts";
import type { Fetch } from "../../workspace/workspace_request.ts";
import type { Source } from "./source.ts";

/** Whose tokens, and from where. */
export interface OauthOptions {
  /** Origin of the workspace. */
  readonly host: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly fetch: Fetch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly version: string;
}

/** An endpoint that answers at all answers within this; one that does not leaves time to retry. */
const TIMEOUT_MS = 10_000;

/** The source of a service principal. */
export function oauthSource(options: OauthOptions): Source {
  return {
    kind: "oauth",
    fetch: (signal) => fetchClientToken({ ...options, timeoutMs: TIMEOUT_MS, signal }),
  };
}
