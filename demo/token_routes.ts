/**
 * The workspace's own API for tokens: `/api/2.0/token/…`
 * (https://docs.databricks.com/api/workspace/tokens).
 *
 * @module
 */

import * as v from "valibot";
import { jsonReply, refuse, type Reply } from "./replies.ts";
import { readJson } from "./request_body.ts";
import type { Call, Route } from "./routes.ts";
import { mayManageTokens, type Token } from "./tokens.ts";
import type { World } from "./world.ts";

const CreateBody = v.object({
  comment: v.optional(v.string(), ""),
  lifetime_seconds: v.optional(v.pipe(v.number(), v.integer())),
  scopes: v.optional(v.array(v.string())),
});
const DeleteBody = v.object({ token_id: v.string() });
const UpdateBody = v.object({
  token: v.object({ comment: v.optional(v.string()) }),
  update_mask: v.string(),
});

/** Create, list, delete, update. */
export const TOKEN_ROUTES: readonly Route[] = [
  { method: "POST", path: "/api/2.0/token/create", access: "bearer", handle: scoped(create) },
  { method: "GET", path: "/api/2.0/token/list", access: "bearer", handle: scoped(list) },
  { method: "POST", path: "/api/2.0/token/delete", access: "bearer", handle: scoped(remove) },
  { method: "PATCH", path: "/api/2.0/token/{id}", access: "bearer", handle: scoped(update) },
];

type Handle = (call: Call, world: World) => Reply;

/** For tokens that may manage tokens. */
function scoped(handle: Handle): Handle {
  return (call, world) => {
    if (mayManageTokens(call.caller)) return handle(call, world);
    const message = "Provided token does not have required scopes: authentication";
    throw refuse(403, "PERMISSION_DENIED", message);
  };
}

function create(call: Call, world: World): Reply {
  const { comment, lifetime_seconds: lifetimeSeconds = null, scopes = null } = readJson(
    call.body,
    CreateBody,
  );
  if (scopes !== null && !world.settings.takesScopes) {
    throw refuse(400, "INVALID_PARAMETER_VALUE", "scopes are not supported in this workspace");
  }
  const { owner } = call.caller;
  const { token, value } = world.mint({ comment, lifetimeSeconds, owner, scopes });
  return jsonReply({ token_value: value, token_info: describe(token) });
}

function list(call: Call, world: World): Reply {
  const infos = world.listLive(call.caller.owner).map(describe);
  // The key is left out when there is nothing to list, which a caller with OAuth can meet.
  return jsonReply(infos.length === 0 ? {} : { token_infos: infos });
}

function remove(call: Call, world: World): Reply {
  const { token_id: id } = readJson(call.body, DeleteBody);
  world.revoke(findOwn(id, { call, world, errorCode: "RESOURCE_DOES_NOT_EXIST" }).id);
  return jsonReply({});
}

function update(call: Call, world: World): Reply {
  const { token, update_mask: mask } = readJson(call.body, UpdateBody);
  const { id } = findOwn(call.params.id ?? "", { call, world, errorCode: "NOT_FOUND" });
  if (mask.split(",").includes("comment")) world.rename(id, token.comment ?? "");
  return jsonReply({});
}

/** The caller's live token with this id; somebody else's looks as if it were not there. */
function findOwn(
  id: string,
  place: { readonly call: Call; readonly world: World; readonly errorCode: string },
): Token {
  const own = place.world.listLive(place.call.caller.owner).find((token) => token.id === id);
  if (own === undefined) throw refuse(404, place.errorCode, `Token ${id} does not exist!`);
  return own;
}

function describe(token: Token) {
  return {
    token_id: token.id,
    creation_time: token.createdAt,
    expiry_time: token.expiresAt ?? -1,
    ...(token.comment === "" ? {} : { comment: token.comment }),
    ...(token.scopes === null ? {} : { scopes: token.scopes }),
  };
}
