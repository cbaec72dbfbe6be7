/**
 * What the simulated workspace knows: its tokens, its counts, its faults, its records.
 *
 * @module
 */

import { FaultTable } from "./fault_table.ts";
import { type DeadTokenAnswer, deadTokenReply, jsonReply, Refusal } from "./replies.ts";
import { RequestLog } from "./request_log.ts";
import type { Script } from "./script.ts";
import {
  addToken,
  changeToken,
  hashValue,
  judge,
  listLive,
  type MintRequest,
  planExpiry,
  stateOf,
  type Token,
  type TokenBook,
  type TokenState,
  type Verdict,
} from "./tokens.ts";

/** A service principal that can log in. */
export interface OauthClient {
  /** Also the owner of what it mints. */
  readonly clientId: string;
  /** Made up for the simulator, so not wrapped. */
  readonly clientSecret: string;
}

/** What the workspace is like, with every default in place. */
export interface WorldSettings {
  /** Epoch ms. */
  readonly now: () => number;
  /** Shortest life of a minted token. */
  readonly minLifetimeSeconds: number;
  /** Live tokens per owner. */
  readonly tokenQuota: number;
  /** Whether tokens can be made with scopes. */
  readonly takesScopes: boolean;
  /** Whether there is an AI gateway. */
  readonly hasGateway: boolean;
  /** Pause before each event of a stream. */
  readonly paceMs: number;
  /** Models that exist; `null`: any that is asked for. */
  readonly models: readonly string[] | null;
  /** What the models say; `null`: a greeting. */
  readonly script: Script | null;
  /** A token this close to its expiry is refused. */
  readonly rejectLastMs: number;
  /** How a dead token is turned away. */
  readonly deadTokenAnswer: DeadTokenAnswer;
  /** Who can use `/oidc/v1/token`. */
  readonly oauthClients: readonly OauthClient[];
  /** Life of what it hands out. */
  readonly oauthLifetimeSeconds: number;
}

/** A token as it may be shown. */
export interface TokenView extends Pick<Token, "id" | "owner" | "comment" | "kind" | "scopes"> {
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms, `null`: never. */
  readonly expiresAt: number | null;
  /** What it is now. */
  readonly state: TokenState;
}

/** Counts since the start. */
export interface WorkspaceStats {
  /**
   * Inference requests by their end: answered with 2xx, turned away for their credential, and
   * the rest (other errors, and answers that a fault has spoilt).
   */
  readonly inference: { readonly ok: number; readonly refused: number; readonly failed: number };
  /** Tokens made by `token/create`. */
  readonly minted: number;
  /** Tokens revoked, by whatever way. */
  readonly revoked: number;
  /** Inference requests answered with 2xx, by the id of a token that is still remembered. */
  readonly byTokenId: Readonly<Record<string, number>>;
}

/** A new token; nothing else ever says its value. */
export interface IssuedToken {
  /** The token as the caller sees it. */
  readonly token: Token;
  /** The bearer. */
  readonly value: string;
}

/** The state of one simulated workspace. */
export class World {
  /** What it is like. */
  readonly settings: WorldSettings;
  /** Armed faults. */
  readonly faults: FaultTable = new FaultTable();
  /** Requests so far. */
  readonly log: RequestLog = new RequestLog();
  #book: TokenBook = new Map();
  #inference = { ok: 0, refused: 0, failed: 0 };
  #answered = new Map<string, number>();
  #minted = 0;
  #revoked = 0;

  /** Starts empty. */
  constructor(settings: WorldSettings) {
    this.settings = settings;
  }

  /** What the bearer of `headers` is worth at this moment, `null` if there is no bearer. */
  identify(headers: Headers): Verdict | null {
    const value = headers.get("authorization")?.match(/^Bearer +(\S+)$/i)?.[1];
    if (value === undefined) return null;
    const { now, rejectLastMs } = this.settings;
    return judge(this.#book, hashValue(value), { now: now(), rejectLastMs });
  }

  /** The token of a verdict that lets pass. @throws {Refusal} for all others. */
  admit(verdict: Verdict | null, access: "bearer" | "inference"): Token {
    if (verdict === null) throw new Refusal(jsonReply({}, 401));
    if (verdict.kind === "live") return verdict.token;
    // Only the gateway answers with a bare text; the workspace's own API never does.
    const wanted = this.settings.deadTokenAnswer;
    const answer = wanted === "400-text" && access === "bearer" ? "403-json" : wanted;
    // The words for a token in its last seconds: databricks/databricks-vscode#583.
    const message = verdict.kind === "expiring"
      ? "Token is expiring within 30 seconds. (token expired)"
      : "Invalid access token.";
    throw new Refusal(deadTokenReply(answer, message));
  }

  /** `token/create`. @throws {Refusal} if it is not allowed. */
  mint(request: MintRequest): IssuedToken {
    const { now, tokenQuota: quota, minLifetimeSeconds } = this.settings;
    const limits = { now: now(), quota, minLifetimeSeconds };
    const expiresAt = planExpiry(this.#book, request, limits);
    this.#minted += 1;
    return this.issue({ ...request, kind: "pat", expiresAt });
  }

  /** Adds a token, whatever the quota. */
  issue(
    start: Pick<Token, "owner" | "comment" | "kind" | "expiresAt"> & Partial<Pick<Token, "scopes">>,
  ): IssuedToken {
    const { owner, comment, kind, expiresAt, scopes = null } = start;
    const value = kind === "pat" ? `dapi${randomHex(16)}` : `oauth-${randomHex(32)}`;
    const createdAt = this.settings.now();
    const id = hashValue(value);
    const made = { createdAt, expiresAt, revokedAt: null };
    const token: Token = { id, owner, comment, kind, scopes, ...made };
    this.#book = addToken(this.#book, token, createdAt);
    return { token, value };
  }

  /** The live tokens of an owner. */
  listLive(owner: string): readonly Token[] {
    return listLive(this.#book, { owner, now: this.settings.now() });
  }

  /** Revokes a live token at once; says whether there was one. */
  revoke(id: string): boolean {
    const token = this.#book.get(id);
    const now = this.settings.now();
    if (token === undefined || stateOf(token, now) !== "live") return false;
    this.#book = changeToken(this.#book, id, { revokedAt: now });
    this.#revoked += 1;
    return true;
  }

  /** Changes the comment of a token. */
  rename(id: string, comment: string): void {
    this.#book = changeToken(this.#book, id, { comment });
  }

  /** Counts one inference request that is over. */
  count(end: "ok" | "refused" | "failed", tokenId: string | null): void {
    this.#inference = { ...this.#inference, [end]: this.#inference[end] + 1 };
    if (end !== "ok" || tokenId === null) return;
    this.#answered.set(tokenId, (this.#answered.get(tokenId) ?? 0) + 1);
  }

  /** All tokens that are remembered, oldest first. */
  tokens(): readonly TokenView[] {
    return [...this.#book.values()].map((token) => {
      const { revokedAt: _, ...shown } = token;
      return { ...shown, state: stateOf(token, this.settings.now()) };
    });
  }

  /** The counts at this moment. */
  stats(): WorkspaceStats {
    for (const id of this.#answered.keys()) {
      if (!this.#book.has(id)) this.#answered.delete(id);
    }
    const byTokenId = Object.fromEntries(this.#answered);
    return { inference: this.#inference, minted: this.#minted, revoked: this.#revoked, byTokenId };
  }
}

function randomHex(byteCount: number): string {
  return crypto.getRandomValues(new Uint8Array(byteCount)).toHex();
}
