/**
 * The rotator's hand on the profile file: one value, read and replaced.
 *
 * @module
 */

import type { Secret } from "../workspace/credential.ts";
import { parseProfile, planTokenChange } from "../workspace/profile_file.ts";
import { CredentialError, describeError } from "../support/errors.ts";
import {
  FileMovedError,
  readIfThere,
  refuseSpecial,
  replaceFile,
} from "../support/replace_file.ts";

/** Which value of which file. */
export interface ProfilePlace {
  readonly path: string;
  readonly profileName: string;
  /** Written beside the token only if the profile has no host. */
  readonly host: string;
}

/** Tries against a program that rewrites the file at the same moment. */
const TRIES = 5;

/** The token in the profile, `null` if there is none. Throws if the file cannot be read. */
export function readProfileToken({ path, profileName }: ProfilePlace): Secret | null {
  try {
    refuseSpecial(Deno.statSync(path));
    return parseProfile(Deno.readTextFileSync(path), profileName).token;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new CredentialError("unreachable", `${describeError(error)} (${path})`, { cause: error });
  }
}

/**
 * Puts `next` in the place of `expected` (`null`: there was no token), and changes no other byte.
 *
 * @throws {CredentialError} if the profile holds another token by then: somebody logged in anew.
 */
export async function writeProfileToken(
  next: Secret,
  options: { place: ProfilePlace; expected: Secret | null },
): Promise<void> {
  const { place: { path, profileName, host }, expected } = options;
  for (let tries = 1;; tries++) {
    try {
      const before = await readIfThere(path);
      const { token } = parseProfile(before ?? "", profileName);
      if (token !== null && expected?.equals(token) !== true) {
        const message =
          `The profile "${profileName}" in ${path} was given another token meanwhile; ` +
          "that one is taken up";
        throw new CredentialError("unreachable", message);
      }
      const after = planTokenChange(before ?? "", { profileName, token: next, host });
      return await replaceFile(path, after, { expected: before });
    } catch (error) {
      if (error instanceof CredentialError) throw error;
      if (!(error instanceof FileMovedError) || tries === TRIES) {
        const message = `Cannot write the new token into ${path}: ${describeError(error)}`;
        throw new CredentialError("unreachable", message, { cause: error });
      }
    }
  }
}
