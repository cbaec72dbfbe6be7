/**
 * The metadata service of the Databricks SDKs: hands the current token to whoever knows the URL.
 *
 * The contract is written down nowhere but in its clients: a version header, the host of the
 * workspace, 4xx if one of them is wrong, and `expires_on` as a number of epoch seconds.
 * https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/credentials_provider.py
 * https://github.com/databricks/databricks-sdk-go/blob/main/config/auth_metadata_service.go
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import type { Credentials } from "./credentials.ts";
import { obtainLease } from "./forward.ts";
import { isSameText } from "./guard.ts";
import { planHandOut } from "./hand_out.ts";
import type { Visitor } from "./connections.ts";
import { Refusal } from "./refusal.ts";

/** What the metadata service works with. */
export interface MetadataSteps {
  readonly credentials: Credentials;
  /** Last part of the metadata URL; whoever knows it may have the token. */
  readonly metadataCapability: Secret;
  /** Origin of the workspace. */
  readonly workspaceHost: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** How long before its expiry a token counts as expired. */
  readonly marginMs: number;
  /** How long the rotator waits for the uses of a token that was replaced. */
  readonly drainTimeoutMs: number;
  /** A token was asked for: the credential is in use. */
  readonly onActive: () => void;
  /** Told why somebody was sent away. The SDKs for Python and JavaScript do not show it. */
  readonly onMetadataRefused: (reason: string) => void;
}

/** A token for an SDK. */
export interface HandedOut {
  readonly secret: Secret;
  /** Epoch seconds: the SDK asks again after it. */
  readonly expiresOn: number;
}

/**
 * What is waited for a token whose end is known, and then for any. The SDKs give up after 10 s, and
 * do not show what is wrong.
 */
const PROVED_MS = 2_000;
const ANY_MS = 6_000;

/**
 * The token for a request to the metadata URL whose last part is `shown`. From now on the
 * generation counts as used until the SDK asks again.
 *
 * @throws {Refusal} 404 for a wrong URL, method or workspace, 400 for a version of the contract
 * that is not ours, 503 or 401 if there is no credential.
 */
export async function handOutToken(
  request: Request,
  { shown, visitor }: { readonly shown: string; readonly visitor: Pick<Visitor, "admit"> },
  steps: MetadataSteps,
): Promise<HandedOut> {
  try {
    checkCall(request, shown, steps);
    visitor.admit("metadata");
    const { signal } = request;
    const { credentials } = steps;
    const lease = await credentials.obtainProved({ signal, deadlineMs: PROVED_MS }) ??
      await obtainLease(credentials, { signal, deadlineMs: ANY_MS });
    const { secret, expiresAt } = lease.generation;
    const { marginMs, drainTimeoutMs } = steps;
    const terms = planHandOut(expiresAt, { now: steps.now(), marginMs, drainTimeoutMs });
    lease.handOut(terms.heldForMs);
    steps.onActive();
    return { secret, expiresOn: terms.expiresOn };
  } catch (error) {
    if (error instanceof Refusal) steps.onMetadataRefused(error.message);
    throw error;
  }
}

function checkCall({ method, headers }: Request, shown: string, steps: MetadataSteps): void {
  if (method !== "GET") {
    throw new Refusal(404, "not-found", "The metadata service answers GET, and nothing else");
  }
  const host = headers.get("x-databricks-host");
  const isTheirs = isSameText(shown, steps.metadataCapability.reveal());
  // One answer to both: who does not know the URL learns nothing of the workspace.
  if (!isTheirs || (host !== null && originOf(host, steps) !== steps.workspaceHost)) {
    throw new Refusal(
      404,
      "not-found",
      "There is no metadata service here for this workspace: its URL is metadataUrl in " +
        "`status --json`, new after each start, and DATABRICKS_HOST must be the workspace served",
    );
  }
  if (headers.get("x-databricks-metadata-version") !== "1") {
    throw new Refusal(400, "bad-request", "X-Databricks-Metadata-Version must be 1");
  }
}

/** The origin that `host` names; without a scheme, that of the workspace is meant. */
function originOf(host: string, { workspaceHost }: MetadataSteps): string | null {
  const text = host.includes("://") ? host : `${new URL(workspaceHost).protocol}//${host}`;
  return URL.parse(text)?.origin ?? null;
}
