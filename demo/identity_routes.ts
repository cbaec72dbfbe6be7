/**
 * Who is calling, and the login of service principals.
 *
 * @module
 */

import { jsonReply, type Reply } from "./replies.ts";
import type { Call, Route, Visit } from "./routes.ts";
import type { World } from "./world.ts";

/** SCIM `Me` and OAuth client credentials. */
export const IDENTITY_ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/2.0/preview/scim/v2/Me", access: "bearer", handle: me },
  { method: "POST", path: "/oidc/v1/token", access: "open", handle: login },
];

function me({ caller }: Call): Reply {
  return jsonReply({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    id: "1234567890",
    userName: caller.owner,
    displayName: caller.owner,
    active: true,
  });
}

/** https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m#manually-generate-and-use-access-tokens */
function login(visit: Visit, world: World): Reply {
  const form = new URLSearchParams(new TextDecoder().decode(visit.body));
  if (form.get("grant_type") !== "client_credentials") {
    return jsonReply({ error: "unsupported_grant_type" }, 400);
  }
  const { clientId, clientSecret } = basicCredentials(visit.headers) ?? {
    clientId: form.get("client_id"),
    clientSecret: form.get("client_secret"),
  };
  const { oauthClients, oauthLifetimeSeconds, now } = world.settings;
  const client = oauthClients.find((each) =>
    each.clientId === clientId && each.clientSecret === clientSecret
  );
  if (client === undefined) {
    const description = "Client authentication failed";
    return jsonReply({ error: "invalid_client", error_description: description }, 401);
  }
  const { value } = world.issue({
    owner: client.clientId,
    comment: "",
    kind: "oauth",
    expiresAt: now() + oauthLifetimeSeconds * 1000,
  });
  return jsonReply({
    access_token: value,
    token_type: "Bearer",
    expires_in: oauthLifetimeSeconds,
    scope: form.get("scope") ?? "all-apis",
  });
}

function basicCredentials(headers: Headers) {
  const encoded = headers.get("authorization")?.match(/^Basic +([A-Za-z0-9+/=]+)$/i)?.[1];
  if (encoded === undefined) return null;
  try {
    const [clientId = "", ...secret] = new TextDecoder()
      .decode(Uint8Array.fromBase64(encoded)).split(":");
    return { clientId, clientSecret: secret.join(":") };
  } catch {
    return null; // Not base64, so no credentials.
  }
}
