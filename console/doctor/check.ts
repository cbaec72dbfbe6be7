/**
 * What a check is, and how all of them are run: a table of data, one finding each.
 *
 * @module
 */

import { describeError } from "../../support/errors.ts";
import type { Scene } from "./scene.ts";

/** Something that a person should put right. */
export interface Trouble {
  /** `fail`: something does not work, or is open to others; `warn`: it may not for long. */
  readonly outcome: "fail" | "warn";
  /** What was seen. */
  readonly seen: string;
  /** What to do. */
  readonly fix: string;
  /** Does that, where it cannot do harm; `doctor --fix` calls it. */
  readonly repair?: () => Promise<void>;
}

/** What a check has found. */
export type Finding =
  | { readonly outcome: "ok"; readonly seen: string }
  /** It could not be looked at, or need not be; `seen` says why. */
  | { readonly outcome: "skip"; readonly seen: string }
  | Trouble;

/** One thing that can be wrong. */
export interface Check {
  /** As it is printed and as docs/doctor.md knows it. */
  readonly name: string;
  readonly run: (scene: Scene) => Finding | Promise<Finding>;
}

/** A finding with the name of its check. */
export type Checked = Finding & { readonly name: string; readonly isFixed: boolean };

/** All is as it should be. */
export function ok(seen: string): Finding {
  return { outcome: "ok", seen };
}

/** Another check has said why this one can say nothing, or there is nothing to say. */
export function skip(seen: string): Finding {
  return { outcome: "skip", seen };
}

/** It does not work. */
export function fail(seen: string, fix: string, repair?: () => Promise<void>): Trouble {
  return { outcome: "fail", seen, fix, ...(repair === undefined ? {} : { repair }) };
}

/** It works, and may not for long. */
export function warn(seen: string, fix: string): Trouble {
  return { outcome: "warn", seen, fix };
}

/** How often a trouble is looked at that a rotation may be just about to end. */
const LOOKS = 4;
const LOOK_PAUSE_MS = 250;

/**
 * What `look` finds once nothing moves any more: a rotation writes the profile, then serves it, and
 * then writes the agents' files, and in between no two of them agree.
 */
export async function settled(look: () => Promise<Finding>): Promise<Finding> {
  for (let count = 1;; count++) {
    const finding = await look();
    if (finding.outcome === "ok" || finding.outcome === "skip" || count === LOOKS) return finding;
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}

/**
 * Runs the checks one after the other and tells each finding as it comes.
 *
 * @returns all of them.
 */
export async function runChecks(
  checks: readonly Check[],
  options: {
    readonly scene: Scene;
    /** `repair`: what can be put right is, and looked at again. */
    readonly mode: "look" | "repair";
    readonly onChecked: (checked: Checked) => void;
  },
): Promise<readonly Checked[]> {
  const { scene, mode, onChecked } = options;
  const all: Checked[] = [];
  for (const check of checks) {
    const checked = await runCheck(check, { scene, mode });
    onChecked(checked);
    all.push(checked);
  }
  return all;
}

async function runCheck(
  check: Check,
  { scene, mode }: { readonly scene: Scene; readonly mode: "look" | "repair" },
): Promise<Checked> {
  const { name } = check;
  const first = await attempt(check, scene);
  if (mode === "look" || !("repair" in first) || first.repair === undefined) {
    return { ...first, name, isFixed: false };
  }
  try {
    await first.repair();
  } catch (error) {
    const seen = `${first.seen}; it could not be put right: ${describeError(error)}`;
    return { ...first, seen, name, isFixed: false };
  }
  const again = await attempt(check, scene);
  return { ...again, name, isFixed: again.outcome === "ok" };
}

/** A check that breaks must not hide what the others see. */
async function attempt(check: Check, scene: Scene): Promise<Finding> {
  try {
    return await check.run(scene);
  } catch (error) {
    return fail(
      `could not be looked at: ${describeError(error)}`,
      "see what the message names; if it names nothing of yours, this is a bug of Keyturn",
    );
  }
}
