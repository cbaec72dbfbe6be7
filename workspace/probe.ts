/**
 * Which of its two families of model routes a workspace has.
 *
 * @module
 */

import { readErrorBody } from "./api_error.ts";
import type { Secret } from "./credential.ts";
import { type Fetch, sendRequest, type WorkspaceReply } from "./workspace_request.ts";

/** What a probe can find on the workspace's own host. */
export type ProbedMode = "ai-gateway" | "serving-endpoints";

/** Which workspace to ask, and how. */
export interface ProbeOptions {
  /** Origin of the workspace, without a final slash. */
  readonly host: string;
  /** A live token. */
  readonly bearer: Secret;
  /** Does the request. */
  readonly fetch: Fetch;
  /**
   * Longest wait for the whole answer.
   * @default {10_000}
   */
  readonly timeoutMs?: number;
  /** Version of Keyturn, sent as `user-agent`. */
  readonly version?: string;
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the workspace once; `null` means that it is not known yet, and to ask again later. Never
 * throws, because requests can go on without the answer.
 */
export async function probeUpstreamMode(options: ProbeOptions): Promise<ProbedMode | null> {
  const { host, bearer, fetch, timeoutMs = 10_000, version, signal } = options;
  try {
    const reply = await sendRequest({
      action: "ask for the AI gateway",
      method: "GET",
      host,
      path: "/api/ai-gateway/v2/endpoints?page_size=1",
      authorization: `Bearer ${bearer.reveal()}`,
    }, { fetch, timeoutMs, version, signal });
    return judgeProbe(reply);
  } catch {
    // The calls that need the workspace report what is wrong with it.
    return null;
  }
}

/**
 * What the answer to the probe means. A gateway that is switched off answers 400 or 404, one that
 * is absent 404 or 501 (https://github.com/BerriAI/litellm/issues/31213).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { judgeProbe } from "./probe.ts";
 *
 * assert.equal(judgeProbe({ status: 200, text: '{"endpoints":[]}' }), "ai-gateway");
 * assert.equal(judgeProbe({ status: 404, text: "" }), "serving-endpoints");
 * assert.equal(judgeProbe({ status: 200, text: "<html>Log in</html>" }), null);
 * ```
 */
export function judgeProbe(
  { status, text }: Pick<WorkspaceReply, "status" | "text">,
): ProbedMode | null {
  if (status === 200) return isJsonObject(text) ? "ai-gateway" : null;
  if (status === 404 || status === 501) return "serving-endpoints";
  if (status !== 400) return null;
  const { code } = readErrorBody(text);
  return code === "FEATURE_DISABLED" || code === "ENDPOINT_NOT_FOUND" ? "serving-endpoints" : null;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
