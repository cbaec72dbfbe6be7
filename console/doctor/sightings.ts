/**
 * Workspace tokens that lie in a text, told apart without ever being shown.
 *
 * @module
 */

import { Secret, tokenIdOf } from "../../workspace/credential.ts";

/** A token in a text. */
export interface Sighting {
  /** SHA-256 of the token, which is its id in the workspace. */
  readonly tokenId: string;
  /** From 1 on. */
  readonly line: number;
}

// 32 hex digits; Azure adds the number of a replica.
const TOKEN = /\bdapi[0-9a-f]{32}(?:-\d{1,2})?(?![0-9A-Za-z])/g;

/**
 * The personal access tokens in `text`, in its order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findSightings } from "./sightings.ts";
 *
 * const token = "dapi" + "0".repeat(32);
 * const [one, ...rest] = findSightings(`# mine\nexport DATABRICKS_TOKEN=${token}\n`);
 * assert.equal(one?.line, 2);
 * assert.match(one?.tokenId ?? "", /^[0-9a-f]{64}$/);
 * assert.deepEqual(rest, []);
 * assert.deepEqual(findSightings("dapi0123"), []);
 * ```
 */
export function findSightings(text: string): readonly Sighting[] {
  return text.split("\n").flatMap((line, index) =>
    Array.from(line.matchAll(TOKEN), ([token]) => ({
      tokenId: tokenIdOf(new Secret(token)),
      line: index + 1,
    }))
  );
}
