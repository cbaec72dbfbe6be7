/** What the workspace says to the rotator. */

import assert from "node:assert/strict";
import { CredentialError } from "../../../support/errors.ts";
import { Secret } from "../../../workspace/credential.ts";
import { createTokenApi } from "../../../workspace/token_api.ts";
import { type Dice, pick } from "../../support/chaos/dice.ts";
import { type FuzzTarget, kindOf } from "../target.ts";

const BEARER = "dapi0123456789abcdefBEARER";
const MINTED = "dapi0123456789abcdefMINTED";

/** The token API, whatever it answers. */
export const TOKEN_API: FuzzTarget = {
  name: "token-api",
  seeds: [
    `{"token_value":"${MINTED}","token_info":{"token_id":"a","creation_time":1,"expiry_time":900001,"comment":"c"}}`,
    '{"token_infos":[{"token_id":"a","creation_time":1,"expiry_time":-1},{"token_id":"b","creation_time":2,"comment":"x"}]}',
    '{"userName":"me"}',
    `{"error_code":"PERMISSION_DENIED","message":"Invalid access token ${BEARER}"}`,
    "<html>Sign in</html>",
    "{}",
    "",
  ],
  words: [
    "token_value",
    "token_info",
    "token_id",
    "expiry_time",
    "error_code",
    "message",
    "null",
    BEARER,
    MINTED,
  ],
  check: async (text, dice) => {
    try {
      return await ask(text, dice);
    } catch (error) {
      assert(error instanceof CredentialError, `an error of no kind: ${error}`);
      assert(!error.message.includes(BEARER) && !error.message.includes(MINTED), error.message);
      return `${error.kind} ${kindOf(error)}`;
    }
  },
};

async function ask(text: string, dice: Dice): Promise<string> {
  const status = pick(dice, [200, 200, 200, 201, 400, 401, 403, 404, 429, 500, 503]);
  const type = pick(dice, ["application/json", "text/html", ""]);
  const headers = { "content-type": type, "retry-after": pick(dice, ["1", "x", "1e9", ""]) };
  const fetch = () => Promise.resolve(new Response(text, { status, headers }));
  const api = createTokenApi({ host: "https://h.example", fetch, now: () => 5 });
  const bearer = new Secret(BEARER);
  switch (pick(dice, ["create", "list", "delete", "whoami"] as const)) {
    case "create": {
      const minted = await api.create(bearer, { lifetimeMs: 900_000, comment: "c" });
      assert.match(minted.secret.reveal(), /^[A-Za-z0-9._~+/=-]+$/);
      assert(minted.tokenId !== "" && Number.isSafeInteger(minted.createdAt));
      return "minted";
    }
    case "list": {
      const tokens = await api.list(bearer);
      assert(tokens.every(({ tokenId }) => typeof tokenId === "string" && tokenId !== ""));
      return `listed ${tokens.length}`;
    }
    case "delete":
      return await api.delete(bearer, "x");
    case "whoami":
      return typeof (await api.whoami(bearer)).userName;
  }
}
