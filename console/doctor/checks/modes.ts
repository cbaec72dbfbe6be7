/**
 * Files that nobody else may read.
 *
 * @module
 */

import { journalFileOf, keysFileOf } from "../../../supervisor/isolate_config.ts";
import { type Check, fail, type Finding, ok, skip } from "../check.ts";
import { backupOf } from "../places.ts";
import type { Scene } from "../scene.ts";

type Settings = Scene["settings"];

/** The modes of the profile, of what lies beside it, and of Keyturn's own files. */
export const MODE_CHECKS: readonly Check[] = [
  modeCheck("profile mode", ({ profileFile }) => profileFile),
  modeCheck("backup mode", backupOf),
  modeCheck("keys mode", keysFileOf),
  modeCheck("journal mode", journalFileOf),
];

function modeCheck(name: string, pathOf: (settings: Settings) => string): Check {
  return { name, run: ({ settings }) => judgeMode(pathOf(settings)) };
}

async function judgeMode(path: string): Promise<Finding> {
  const info = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (info === null) return skip(`${path} is not there`);
  const { mode } = info;
  if (mode === null) return skip("this system has no modes");
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  if ((mode & 0o077) === 0) return ok(`${path} has mode ${shown}`);
  return fail(
    `${path} has mode ${shown}: other users of this machine may read it`,
    `chmod 600 ${path} (\`doctor --fix\` does it)`,
    () => Deno.chmod(path, mode & 0o700),
  );
}
