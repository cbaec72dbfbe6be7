/**
 * Whether the workspace can be reached, and what its clock says.
 *
 * @module
 */

import { explainFetch, isUnconnected, isUntrusted } from "../../support/fetch_failure.ts";
import type { Fetch } from "../../workspace/workspace_request.ts";

/** What came of a request without any credential. */
export type Contact =
  | {
    readonly kind: "answered";
    readonly status: number;
    /** Whether it speaks as a workspace's API does, even if only to refuse. */
    readonly speaks: "api" | "something-else";
    /** The workspace's clock minus ours, ms; `null` if it does not say. */
    readonly skewMs: number | null;
  }
  /** Nobody was reached. */
  | { readonly kind: "unreached"; readonly reason: string }
  /** Somebody was, whose certificate is not to be trusted. */
  | { readonly kind: "untrusted"; readonly reason: string };

const TIMEOUT_MS = 10_000;

/** Knocks at the workspace at `host`. */
export async function knock(
  host: string,
  { fetch, now }: { readonly fetch: Fetch; readonly now: () => number },
): Promise<Contact> {
  const sentAt = now();
  try {
    const response = await fetch(`${host}/api/2.0/preview/scim/v2/Me`, {
      redirect: "manual",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const receivedAt = now();
    // A line that is cut behind the headers is no answer either.
    await response.bytes();
    const { status, headers } = response;
    const isApi = status !== 0 && (status < 300 || status >= 400) &&
      !/html/.test(headers.get("content-type") ?? "") && status !== 404;
    const skewMs = skewOf(headers.get("date"), (sentAt + receivedAt) / 2);
    return { kind: "answered", status, speaks: isApi ? "api" : "something-else", skewMs };
  } catch (error) {
    const reason = explainFetch(error);
    if (isUntrusted(error)) return { kind: "untrusted", reason };
    return { kind: "unreached", reason: isUnconnected(error) ? reason : `no answer (${reason})` };
  }
}

/** `Date` is cut to whole seconds, so half a second is added. */
function skewOf(date: string | null, at: number): number | null {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(theirs) ? null : theirs + 500 - at;
}
