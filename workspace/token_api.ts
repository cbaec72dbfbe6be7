/**
 * The workspace's API for personal access tokens
 * (https://docs.databricks.com/api/workspace/tokens), given a `fetch`.
 *
 * @module
 */

import * as v from "valibot";
import { CredentialError } from "../support/errors.ts";
import { parseApiError } from "./api_error.ts";
import { Secret } from "./credential.ts";
import { isSuccess, malformed, readReply, type ReplyContext } from "./read_reply.ts";
import { type Fetch, sendRequest, type WorkspaceReply } from "./workspace_request.ts";

/** Where and how to ask. */
export interface TokenApiOptions {
  /** Origin of the workspace, without a final slash. */
  readonly host: string;
  /** Does the requests. */
  readonly fetch: Fetch;
  /**
   * Longest wait for a whole answer, in ms; asked before each request.
   * @default {() => 30_000}
   */
  readonly timeoutMs?: () => number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Version of Keyturn, sent as `user-agent`. */
  readonly version?: string;
}

/** A token that was just made. Times are epoch ms by the workspace's clock. */
export interface MintedToken {
  /** Its value, told this once. */
  readonly secret: Secret;
  /** Its id. */
  readonly tokenId: string;
  /** When it was made. */
  readonly createdAt: number;
  /** When it ends, `null` for never. */
  readonly expiresAt: number | null;
}

/** A live token as listed. Times are epoch ms by the workspace's clock. */
export interface TokenInfo {
  /** Its id. */
  readonly tokenId: string;
  /** Its comment, `""` for none. */
  readonly comment: string;
  /** When it was made. */
  readonly createdAt: number;
  /** When it ends, `null` for never. */
  readonly expiresAt: number | null;
  /** When it was last used, `null` where that is not known, or never. */
  readonly lastUsedAt: number | null;
}

/** What {@link TokenApi.create} makes. */
export interface CreateOptions {
  /** Life of the token; rounded down to whole seconds, at least one. */
  readonly lifetimeMs: number;
  /** Shown in the list. */
  readonly comment: string;
  /**
   * What the token may do; left out, all that its user may.
   * https://docs.databricks.com/api/tokens/v1/create-token
   */
  readonly scopes?: readonly string[];
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/** How a call can be given up. */
export interface CallOptions {
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/** The four calls. Each throws a {@link CredentialError} whose kind says what to do. */
export interface TokenApi {
  /** Makes a token. A failure without a clear answer may have made one unseen. */
  create(bearer: Secret, options: CreateOptions): Promise<MintedToken>;
  /** The live tokens of the bearer's user. */
  list(bearer: Secret, options?: CallOptions): Promise<readonly TokenInfo[]>;
  /** Revokes a token, at once. */
  delete(
    bearer: Secret,
    tokenId: string,
    options?: CallOptions,
  ): Promise<"deleted" | "not-found">;
  /** Whose the bearer is. */
  whoami(bearer: Secret, options?: CallOptions): Promise<{ readonly userName: string }>;
}

const UNSEEN = "A token may have been made unseen; the sweep will find it by its comment.";
/** The expiry of a token that has none. */
const NEVER = -1;

const nonEmpty = v.pipe(v.string(), v.nonEmpty());
const epochMs = v.pipe(v.number(), v.safeInteger());

const createReply = v.object({
  // What every reader of the profile file takes without quotes, and any header can carry.
  token_value: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~+/=-]+$/)),
  token_info: v.object({ token_id: nonEmpty, creation_time: epochMs, expiry_time: epochMs }),
});

const listReply = v.object({
  // Absent where there is no token.
  token_infos: v.nullish(
    v.array(v.object({
      token_id: nonEmpty,
      creation_time: epochMs,
      expiry_time: v.nullish(epochMs),
      comment: v.nullish(v.string()),
      last_accessed_time: v.nullish(epochMs),
    })),
  ),
});

const deleteReply = v.object({});

const meReply = v.object({ userName: nonEmpty });

/** The token API of one workspace. */
export function createTokenApi(options: TokenApiOptions): TokenApi {
  const { host, now, timeoutMs = () => 30_000 } = options;

  return {
    async create(bearer, { lifetimeMs, comment, scopes, signal }) {
      const action = "create a token";
      const lifetimeSeconds = Math.max(1, Math.floor(lifetimeMs / 1000));
      let isAccepted = false;
      try {
        const reply = await send({
          action,
          bearer,
          path: "/api/2.0/token/create",
          json: { comment, lifetime_seconds: lifetimeSeconds, scopes },
          signal,
        });
        isAccepted = isSuccess(reply.status);
        return toMintedToken(readReply(reply, createReply, contextOf(action)), { action, host });
      } catch (error) {
        throw isAccepted || isUnanswered(error) ? withUnseenNote(error) : error;
      }
    },

    async list(bearer, { signal } = {}) {
      const action = "list the tokens";
      const reply = await send({ action, bearer, path: "/api/2.0/token/list", signal });
      const { token_infos } = readReply(reply, listReply, contextOf(action));
      return (token_infos ?? []).map((info) => ({
        tokenId: info.token_id,
        comment: info.comment ?? "",
        createdAt: info.creation_time,
        expiresAt: toExpiry(info.expiry_time ?? NEVER),
        // 0 where it never was, and absent where the workspace does not say.
        lastUsedAt: info.last_accessed_time || null,
      }));
    },

    async delete(bearer, tokenId, { signal } = {}) {
      const action = `revoke the token ${tokenId}`;
      const reply = await send({
        action,
        bearer,
        path: "/api/2.0/token/delete",
        json: { token_id: tokenId },
        signal,
      });
      if (isUnknownToken(reply)) return "not-found";
      // The answer is documented as {}; an empty one says the same.
      if (!isSuccess(reply.status) || reply.text !== "") {
        readReply(reply, deleteReply, contextOf(action));
      }
      return "deleted";
    },

    async whoami(bearer, { signal } = {}) {
      const action = "ask whose the token is";
      const reply = await send({ action, bearer, path: "/api/2.0/preview/scim/v2/Me", signal });
      return readReply(reply, meReply, contextOf(action));
    },
  };

  function send(call: Call): Promise<WorkspaceReply> {
    const { action, bearer, path, json, signal } = call;
    const authorization = `Bearer ${bearer.reveal()}`;
    const { fetch, version } = options;
    const how = { fetch, timeoutMs: timeoutMs(), version, signal };
    if (json === undefined) {
      return sendRequest({ action, method: "GET", host, path, authorization }, how);
    }
    const body = { type: "application/json", text: JSON.stringify(json) };
    return sendRequest({ action, method: "POST", host, path, authorization, body }, how);
  }

  function contextOf(action: string): ReplyContext {
    return { action, host, now: now(), credential: "token" };
  }
}

interface Call {
  readonly action: string;
  readonly bearer: Secret;
  readonly path: string;
  /** Makes it a POST. */
  readonly json?: unknown;
  readonly signal: AbortSignal | undefined;
}

function toMintedToken(
  created: v.InferOutput<typeof createReply>,
  context: Pick<ReplyContext, "action" | "host">,
): MintedToken {
  const { token_id, creation_time, expiry_time } = created.token_info;
  // Both times are the workspace's, so a wrong clock here does not matter.
  if (expiry_time !== NEVER && expiry_time <= creation_time) {
    throw malformed(
      context,
      `answered with the token ${token_id} that was expired when it was made (created ${creation_time}, expires ${expiry_time}). Check the workspace's limit on token lifetimes.`,
    );
  }
  return {
    secret: new Secret(created.token_value),
    tokenId: token_id,
    createdAt: creation_time,
    expiresAt: toExpiry(expiry_time),
  };
}

function toExpiry(expiryTime: number): number | null {
  return expiryTime === NEVER ? null : expiryTime;
}

/** Whether the token is gone already; not so where it is the API that is missing. */
function isUnknownToken({ status, headers, text }: WorkspaceReply): boolean {
  if (status < 400 || status > 499) return false;
  const { code } = parseApiError(status, headers, text);
  if (code === "FEATURE_DISABLED" || code === "ENDPOINT_NOT_FOUND") return false;
  return status === 404 || code === "RESOURCE_DOES_NOT_EXIST";
}

function isUnanswered(error: unknown): boolean {
  return error instanceof CredentialError && error.kind === "unreachable";
}

function withUnseenNote(error: unknown): unknown {
  if (!(error instanceof CredentialError)) return error;
  const { kind, message, retryAfterMs, cause } = error;
  return new CredentialError(kind, `${message} ${UNSEEN}`, { retryAfterMs, cause });
}
