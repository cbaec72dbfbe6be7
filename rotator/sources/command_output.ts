/**
 * What a credential command prints → a credential.
 *
 * @module
 */

import * as v from "valibot";
import { Secret } from "../../workspace/credential.ts";
import type { Fetched } from "./source.ts";

/** What any HTTP header can carry as a bearer. */
const TOKEN = /^[A-Za-z0-9._~+/=-]+$/;
/** What tools print in place of a value that is not there, such as `jq -r .access_token`. */
const NOTHING = /^(null|none|nil|undefined)$/i;
/** RFC 3339: a date and a time with its offset. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** Go prints a time that is not set as the first of the year 1. */
const UNSET_BEFORE = Date.UTC(1971, 0);

const cliToken = v.object({
  access_token: v.string(),
  expiry: v.nullish(v.string()),
  expires_in: v.nullish(v.number()),
});

/**
 * Reads the JSON of `databricks auth token`
 * (https://github.com/databricks/cli/blob/main/cmd/auth/token.go), whose `expires_in` may be
 * absent, or a token on a line of its own.
 *
 * @param askedAt epoch ms at which the command was started.
 * @throws {Error} that says what is wrong with it, and quotes nothing of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseCommandOutput } from "./command_output.ts";
 *
 * const json = '{"access_token":"a.b","expiry":"2026-11-23T13:02:11.1234+01:00"}';
 * const { secret, expiresAt } = parseCommandOutput(json, 0);
 * assert.equal(secret.reveal(), "a.b");
 * assert.equal(expiresAt, Date.UTC(2026, 10, 23, 12, 2, 11, 123));
 * assert.equal(parseCommandOutput("dapi-1\n", 0).expiresAt, null);
 * assert.throws(() => parseCommandOutput("", 0), /printed nothing/);
 * ```
 */
export function parseCommandOutput(text: string, askedAt: number): Fetched {
  const trimmed = text.trim();
  if (trimmed === "") throw new Error("printed nothing");
  if (trimmed.startsWith("{")) return parseJson(trimmed, askedAt);
  if (/[\r\n]/.test(trimmed)) {
    throw new Error("printed more than one line; wanted a token alone, or JSON");
  }
  if (!TOKEN.test(trimmed)) {
    throw new Error("printed a line that is no token; wanted a token alone, or JSON");
  }
  return { secret: secretOf(trimmed), expiresAt: null };
}

function parseJson(text: string, askedAt: number): Fetched {
  const { access_token, expiry, expires_in } = readFields(text);
  if (!TOKEN.test(access_token)) {
    throw new Error('printed JSON whose "access_token" is empty, or cannot stand in a header');
  }
  // Of both, the one that does not count from a moment that only the command knows.
  const expiresAt = parseExpiry(expiry ?? "") ?? fromNow(expires_in ?? null, askedAt);
  return { secret: secretOf(access_token), expiresAt };
}

function readFields(text: string): v.InferOutput<typeof cliToken> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error("printed something that begins like JSON and is none");
  }
  const result = v.safeParse(cliToken, value);
  if (result.success) return result.output;
  const fields = result.issues.map((issue) => `"${v.getDotPath(issue)}"`).join(", ");
  throw new Error(
    `printed JSON in which ${fields} is missing or not as \`databricks auth token\` prints it`,
  );
}

function secretOf(token: string): Secret {
  if (NOTHING.test(token)) throw new Error("printed a word for nothing in place of a token");
  return new Secret(token);
}

function parseExpiry(text: string): number | null {
  if (text === "") return null;
  const at = TIME.test(text) ? Date.parse(text.toUpperCase().replace(" ", "T")) : NaN;
  if (Number.isNaN(at)) {
    throw new Error('printed JSON whose "expiry" is no time such as 2026-11-23T13:02:11Z');
  }
  return at < UNSET_BEFORE ? null : at;
}

function fromNow(seconds: number | null, askedAt: number): number | null {
  if (seconds === null) return null;
  if (!(seconds > 0) || !Number.isFinite(seconds)) {
    throw new Error('printed JSON whose "expires_in" is no number of seconds above 0');
  }
  return askedAt + Math.floor(seconds * 1000);
}
