/**
 * What a profile lacks, in words: a name that is mistyped, or one that was never given, is told
 * apart from a profile without a host or a token.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import type { Profile } from "../workspace/profile_file.ts";
import { redactTokens } from "../workspace/redact.ts";

/** More names than this help nobody. */
const MAX_NAMES = 8;

/**
 * A clause that begins with "the profile".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseProfile } from "../workspace/profile_file.ts";
 * import { describeLack } from "./profile_lack.ts";
 *
 * const settings = { profileName: "DEFAULT", profileFile: "/home/me/.databrickscfg" };
 * assert.equal(
 *   describeLack("host", settings, parseProfile("[dev]\n", "DEFAULT")),
 *   'the profile "DEFAULT" of /home/me/.databrickscfg is not there, only "dev" ' +
 *     "(DATABRICKS_CONFIG_PROFILE names the one that is read)",
 * );
 * assert.match(describeLack("host", settings, parseProfile("[DEFAULT]", "DEFAULT")), /has no host$/);
 * ```
 */
export function describeLack(
  what: "host" | "token",
  { profileName, profileFile }: Pick<Settings, "profileName" | "profileFile">,
  { hasSection, others }: Profile,
): string {
  const profile = `the profile "${profileName}" of ${profileFile}`;
  if (hasSection) return `${profile} has no ${what}`;
  if (others.length === 0) return `${profile} is not there`;
  // In brackets, too, somebody may have put a token.
  const names = others.slice(0, MAX_NAMES).map((name) => redactTokens(`"${name}"`)).join(", ");
  const rest = others.length > MAX_NAMES ? ` and ${others.length - MAX_NAMES} more` : "";
  return `${profile} is not there, only ${names}${rest} ` +
    "(DATABRICKS_CONFIG_PROFILE names the one that is read)";
}
