/**
 * The profile that is rotated, what lies beside it, and what stands in front of it.
 *
 * @module
 */

import { readIfThere } from "../../../support/replace_file.ts";
import { parseHost } from "../../../workspace/host.ts";
import { parseProfile } from "../../../workspace/profile_file.ts";
import { sourceKindOf } from "../../../supervisor/isolate_config.ts";
import { type Check, fail, type Finding, ok, skip, warn } from "../check.ts";
import { backupOf } from "../places.ts";
import { describeProblems, problemsOf } from "../problems.ts";
import type { Scene } from "../scene.ts";
import { judgeSightings, lookInto } from "../leftovers.ts";

/** The profile, its backup, the environment. */
export const PROFILE_CHECKS: readonly Check[] = [
  { name: "profile", run: judgeProfile },
  { name: "profile backup", run: judgeBackup },
  { name: "environment", run: judgeEnvironment },
];

async function judgeProfile(scene: Scene): Promise<Finding> {
  const { settings } = scene;
  const { profileFile, profileName } = settings;
  const { profile: problems } = problemsOf(scene);
  if (problems.length > 0) {
    const fix = problems.some(({ name }) => name === profileFile)
      ? "put that line right; Keyturn changes nothing in a file that its readers would read apart"
      : `write \`token = …\` below [${profileName}], or set DATABRICKS_TOKEN`;
    return fail(describeProblems(problems), fix);
  }
  if (sourceKindOf(settings) !== "pat") return skip("credentials come from elsewhere");
  const text = await readIfThere(profileFile);
  const place = `[${profileName}] of ${profileFile}`;
  if (text === null) return ok(`${profileFile} is still to be made, from DATABRICKS_TOKEN`);
  const { token } = parseProfile(text, profileName);
  return ok(`${place} ${token === null ? "has no token yet" : "holds a token"}`);
}

async function judgeBackup(scene: Scene): Promise<Finding> {
  const path = backupOf(scene.settings);
  const places = await lookInto([path]);
  if (places.length === 0) return ok(`no token in ${path}`);
  return await judgeSightings(places, {
    scene,
    fix: `delete ${path}, which the Databricks CLI has left, if you need nothing in it`,
    serving: "a fault",
  });
}

/** What the Databricks tools of this shell read before the profile: the SDKs' own precedence. */
async function judgeEnvironment(scene: Scene): Promise<Finding> {
  const { env, settings } = scene;
  const text = await readIfThere(settings.profileFile).catch(() => null);
  const profile = text === null ? null : attempt(() => parseProfile(text, settings.profileName));
  const isTokenSet = (env.DATABRICKS_TOKEN ?? "").trim() !== "";
  const envHost = attempt(() => parseHost(env.DATABRICKS_HOST ?? ""));
  const fileHost = attempt(() => parseHost(profile?.host ?? ""));
  if (envHost !== null && fileHost !== null && envHost !== fileHost) {
    const seen = `DATABRICKS_HOST is ${envHost}, and the profile's host is ${fileHost}`;
    return fail(seen, "unset DATABRICKS_HOST, or name the profile of that workspace");
  }
  if (isTokenSet && profile !== null && profile.token !== null) {
    const seen = "DATABRICKS_TOKEN is set: Databricks tools of this shell use it, not the profile";
    return warn(`${seen}, and it is never rotated`, "unset it, also where your shell sets it");
  }
  return ok("nothing stands in front of the profile");
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    // The checks of the settings and of the profile say so.
    return null;
  }
}
