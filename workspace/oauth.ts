/**
 * OAuth for a service principal: client id and secret → an access token for an hour
 * (https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html).
 *
 * @module
 */

import * as v from "valibot";
import { Secret } from "./credential.ts";
import { readReply, type ReplyContext } from "./read_reply.ts";
import { type Fetch, sendRequest } from "./workspace_request.ts";

/** Who asks, and where. */
export interface ClientTokenOptions {
  /** Origin of the workspace, without a final slash. */
  readonly host: string;
  /** Id of the service principal. */
  readonly clientId: string;
  /** Its secret. */
  readonly clientSecret: Secret;
  /** Does the request. */
  readonly fetch: Fetch;
  /** Epoch ms. */
  readonly now: () => number;
  /**
   * Longest wait for the whole answer.
   * @default {30_000}
   */
  readonly timeoutMs?: number;
  /** Version of Keyturn, sent as `user-agent`. */
  readonly version?: string;
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/** An access token. */
export interface ClientToken {
  /** Its value. */
  readonly secret: Secret;
  /** Epoch ms by our clock, never later than the workspace meant. */
  readonly expiresAt: number;
}

const tokenReply = v.object({
  access_token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~+/=-]+$/)),
  expires_in: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});

/**
 * Fetches an access token; there is no refresh token, so this is also how it is renewed.
 *
 * @throws {CredentialError} "forbidden" for a client that is unknown or not allowed.
 */
export async function fetchClientToken(options: ClientTokenOptions): Promise<ClientToken> {
  const { host, clientId, clientSecret, fetch, now, timeoutMs = 30_000, version, signal } = options;
  const action = "fetch an OAuth token";
  // Taken before the request, so that its duration only makes the token look older.
  const askedAt = now();
  const reply = await sendRequest({
    action,
    method: "POST",
    host,
    path: "/oidc/v1/token",
    authorization: `Basic ${toBase64(`${clientId}:${clientSecret.reveal()}`)}`,
    body: {
      type: "application/x-www-form-urlencoded",
      text: "grant_type=client_credentials&scope=all-apis",
    },
  }, { fetch, timeoutMs, version, signal });

  const context: ReplyContext = { action, host, now: now(), credential: "client" };
  const { access_token, expires_in } = readReply(reply, tokenReply, context);
  return {
    secret: new Secret(access_token),
    expiresAt: askedAt + Math.floor(expires_in * 1000),
  };
}

function toBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
