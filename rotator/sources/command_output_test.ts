import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseCommandOutput } from "./command_output.ts";

const ASKED_AT = Date.UTC(2026, 10, 23, 12);
const EXPIRY = Date.UTC(2026, 10, 23, 13, 2, 11);

function parse(output: unknown): { token: string; expiresAt: number | null } {
  const text = typeof output === "string" ? output : JSON.stringify(output);
  const { secret, expiresAt } = parseCommandOutput(text, ASKED_AT);
  return { token: secret.reveal(), expiresAt };
}

Deno.test("parseCommandOutput() reads what `databricks auth token` prints", () => {
  const text = `{
  "access_token": "eyJ.a-b_c.d",
  "token_type": "Bearer",
  "expiry": "2026-11-23T14:02:11.123456789+01:00",
  "expires_in": 3599
}
`;
  assert.deepEqual(parse(text), { token: "eyJ.a-b_c.d", expiresAt: EXPIRY + 123 });
});

for (
  const [expiry, expiresAt] of [
    ["2026-11-23T13:02:11Z", EXPIRY],
    ["2026-11-23T13:02:11.1Z", EXPIRY + 100],
    ["2026-11-23t13:02:11z", EXPIRY],
    ["2026-11-23 13:02:11+00:00", EXPIRY],
    ["2026-11-23T07:32:11.5-05:30", EXPIRY + 500],
    // What Go prints for a time that is not set, and for one that is so in its own zone.
    ["0001-01-01T00:00:00Z", null],
    ["0001-01-01T00:53:28+00:53", null],
    ["", null],
    [null, null],
  ] as const
) {
  Deno.test(`parseCommandOutput() reads the expiry ${JSON.stringify(expiry)}`, () => {
    assert.equal(parse({ access_token: "t", expiry }).expiresAt, expiresAt);
  });
}

Deno.test("parseCommandOutput() counts expires_in from the start of the command", () => {
  const token = { "access_token": "t", "expires_in": 60.5 };
  assert.equal(parse(token).expiresAt, ASKED_AT + 60_500);
  assert.equal(parse({ ...token, expiry: "0001-01-01T00:00:00Z" }).expiresAt, ASKED_AT + 60_500);
  assert.equal(parse({ ...token, expiry: "2026-11-23T13:02:11Z" }).expiresAt, EXPIRY);
  assert.equal(parse({ access_token: "t" }).expiresAt, null);
});

for (const text of ["dapi-1", "dapi-1\n", "\ufeff  dapi-1 \r\n\r\n", "\tdapi-1\t"]) {
  Deno.test(`parseCommandOutput() takes ${JSON.stringify(text)} for a token`, () => {
    assert.deepEqual(parse(text), { token: "dapi-1", expiresAt: null });
  });
}

for (
  const [text, reason] of [
    ["", /^printed nothing$/],
    [" \n\t\n", /^printed nothing$/],
    ["one\ntwo", /^printed more than one line/],
    ["Bearer dapi-1", /^printed a line that is no token/],
    ['"dapi-1"', /^printed a line that is no token/],
    ["dapi-\u00e4", /^printed a line that is no token/],
    ["dapi-1\u0000", /^printed a line that is no token/],
    ["null", /^printed a word for nothing/],
    ["None\n", /^printed a word for nothing/],
    ["{", /^printed something that begins like JSON and is none$/],
    ['{"access_token":"hunter2"} x', /^printed something that begins like JSON/],
    ["{}", /^printed JSON in which "access_token" is missing/],
    ['{"accessToken":"hunter2"}', /^printed JSON in which "access_token" is missing/],
    ['{"access_token":["hunter2"]}', /^printed JSON in which "access_token" is missing or not/],
    ['{"access_token":""}', /whose "access_token" is empty/],
    ['{"access_token":"hunter2\\n"}', /cannot stand in a header/],
    ['{"access_token":"null"}', /^printed a word for nothing/],
    ['{"access_token":"t","expiry":"tomorrow"}', /whose "expiry" is no time/],
    ['{"access_token":"t","expiry":"2026-13-45T00:00:00Z"}', /whose "expiry" is no time/],
    ['{"access_token":"t","expiry":"2026-11-23T13:02:11"}', /whose "expiry" is no time/],
    ['{"access_token":"t","expiry":1763900000}', /"expiry" is missing or not/],
    ['{"access_token":"t","expires_in":0}', /whose "expires_in" is no number of seconds above 0/],
    ['{"access_token":"t","expires_in":"60"}', /"expires_in" is missing or not/],
  ] as const
) {
  Deno.test(`parseCommandOutput() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parse(text), ({ message }: Error) => {
      assert.match(message, reason);
      assert(!message.includes("hunter2"));
      return true;
    });
  });
}

Deno.test("parseCommandOutput() gives a token for a header, or says nothing of the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (noise) => {
    for (const text of [noise, `{"access_token":${JSON.stringify(noise)}}`]) {
      try {
        new Headers({ authorization: `Bearer ${parse(text).token}` });
      } catch (error) {
        assert(error instanceof Error);
        assert.match(error.message, /^printed /);
        if (noise.length > 12) assert(!error.message.includes(noise));
      }
    }
  }));
});
