/**
 * What can be wrong with a credential that a source gave, in words.
 *
 * @module
 */

import { CredentialError } from "../support/errors.ts";
import type { Source } from "./sources/source.ts";

const RENEW =
  "It has to renew it by itself: `databricks auth token`, for example, with --force-refresh";

/** It had expired before it came. */
export function expiredError(kind: Source["kind"]): CredentialError {
  const message = kind === "oauth"
    ? "The workspace gave an OAuth token that has expired already. Check this machine's clock"
    : `CREDENTIAL_COMMAND printed a token that has expired already. ${RENEW}`;
  return new CredentialError("malformed", message);
}

/** The workspace does not take it. */
export function refusedError(kind: Source["kind"]): CredentialError {
  const message = kind === "oauth"
    ? "The workspace refuses the OAuth token that it gave a moment ago; another one is fetched"
    : `CREDENTIAL_COMMAND printed a token that the workspace refuses as dead. ${RENEW}`;
  return new CredentialError("dead-token", message);
}

/** It is the one that was there before. */
export function sameTokenSentence(kind: Source["kind"]): string {
  return kind === "oauth"
    ? "The workspace gave the same OAuth token as before, so nothing was replaced"
    : `CREDENTIAL_COMMAND printed the same token as before, so nothing was replaced. ${RENEW}`;
}
