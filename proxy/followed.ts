/**
 * The two files that the proxy follows: whatever another program writes into them counts at once.
 *
 * @module
 */

import type { ProxyConfig } from "../protocol.ts";
import { FollowedFile } from "../support/followed_file.ts";
import { KEYS_REST_MS, parseKeys } from "../support/keys_file.ts";
import type { Secret } from "../workspace/credential.ts";
import { isTokenCut } from "../workspace/profile_cut.ts";
import { parseProfile } from "../workspace/profile_file.ts";
import { type KeyRing, makeKeyRing } from "./guard.ts";

/** What the local keys open. */
export interface LocalDoor {
  readonly ring: KeyRing;
  readonly operator: Secret;
}

/** The profile: its token at this moment, `null` if none can be read. */
export function followProfile(
  { profileFile, profileName }: Pick<ProxyConfig, "profileFile" | "profileName">,
): () => Secret | null {
  if (profileFile === null) return () => null;
  const parse = (text: string) => {
    const { token } = parseProfile(text, profileName);
    // A file without a token is one being written, or one that has nothing better than what
    // we hold: the last good one stays either way.
    if (token === null) throw new TypeError("no token");
    return token;
  };
  const isCut = (text: string) => isTokenCut(text, profileName);
  const file = new FollowedFile(profileFile, parse, { isCut });
  return () => {
    const token = file.read();
    return file.problem === null ? token : null;
  };
}

/** `keys.json`. */
export function followKeys({ keysFile }: Pick<ProxyConfig, "keysFile">): FollowedFile<LocalDoor> {
  const parse = (text: string) => {
    const keys = parseKeys(text);
    return { ring: makeKeyRing(keys), operator: keys.operator };
  };
  // A key that is taken back is refused within an instant that nobody can tell from at once.
  return new FollowedFile(keysFile, parse, { restMs: KEYS_REST_MS });
}
