/**
 * The credential at hand: does it live, for how long, and may it make the next one.
 *
 * @module
 */

import { sourceKindOf } from "../../../supervisor/isolate_config.ts";
import { inWords } from "../../../support/durations.ts";
import { type Check, fail, type Finding, ok, skip, warn } from "../check.ts";
import type { Scene } from "../scene.ts";

/** Life, rights and room. */
export const CREDENTIAL_CHECKS: readonly Check[] = [
  { name: "credential", run: judgeLife },
  { name: "minting", run: judgeMinting },
  { name: "quota", run: judgeQuota },
];

/** Live tokens that a user may have (https://docs.databricks.com/aws/en/dev-tools/auth/pat). */
const QUOTA = 600;
/** A rotation needs four; what others make meanwhile is unknown. */
const QUOTA_FAIL = QUOTA - 10;
const QUOTA_WARN = QUOTA - 100;

async function judgeLife(scene: Scene): Promise<Finding> {
  const examined = await scene.credential();
  if (examined === null) return skip("there is none that could be asked about");
  const { tokenId, verdict, listed, failure } = examined;
  const name = `token ${tokenId.slice(0, 12)}…`;
  if (verdict === "dead") {
    const isPat = sourceKindOf(scene.settings) === "pat";
    return fail(
      `${name} is expired or revoked`,
      isPat
        ? "write a new personal access token into the profile; a running `serve` takes it up at once"
        : "see to where it comes from; `serve` asks for another by itself",
    );
  }
  if (verdict === "unknown") {
    return fail(`${name}: ${failure?.message ?? "unknown"}`, "see what the message names");
  }
  const info = listed?.find((each) => each.tokenId === tokenId);
  if (info === undefined) return ok(`${name} lives; its end is not told`);
  if (info.expiresAt === null) return ok(`${name} lives, without an end`);
  return ok(`${name} lives, for ${inWords((info.expiresAt - scene.now()) / 1_000)} more`);
}

async function judgeMinting(scene: Scene): Promise<Finding> {
  const { settings } = scene;
  if (sourceKindOf(settings) !== "pat") return skip("nothing is to be minted");
  if (settings.rotation === "off") return skip("ROTATION is off: nothing is to be minted");
  const examined = await scene.credential();
  if (examined === null || examined.verdict !== "alive") return skip("no live token at hand");
  const { failure, listed } = examined;
  if (listed !== null) return ok("the token may use the token API, which makes the next one");
  if (failure?.kind === "forbidden" && settings.patScopes !== null) {
    return ok("the serving token may not, as PAT_SCOPES wants it; the spare makes the next one");
  }
  return fail(
    failure?.message ?? "the token API gives no answer",
    failure?.kind === "disabled"
      ? "have an admin allow personal access tokens, or use an OAuth client (DATABRICKS_CLIENT_ID)"
      : "have an admin allow this user to use personal access tokens, or use an OAuth client",
  );
}

async function judgeQuota(scene: Scene): Promise<Finding> {
  const listed = (await scene.credential())?.listed ?? null;
  if (listed === null) return skip("the tokens of this user are not told");
  const seen = `${listed.length} of ${QUOTA} tokens of this user live`;
  const fix = "delete what nobody needs in the workspace (Settings, Developer, Access tokens)";
  if (listed.length >= QUOTA_FAIL) return fail(`${seen}: soon no other can be made`, fix);
  return listed.length >= QUOTA_WARN ? warn(seen, fix) : ok(seen);
}
