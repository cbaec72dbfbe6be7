/**
 * The command `doctor`: looks at everything that can be wrong, a line each, with what to do.
 *
 * @module
 */

import { type Check, type Checked, runChecks } from "./check.ts";
import { CHECKS } from "./checks/all.ts";
import { openScene, type SceneInput } from "./scene.ts";

/** How {@link runDoctor} works. */
export interface DoctorOptions extends SceneInput {
  readonly format: "text" | "json";
  /** `repair`: what can be put right without harm is. */
  readonly mode: "look" | "repair";
  readonly color: "color" | "plain";
  readonly write: (text: string) => void;
  /** @default {CHECKS} */
  readonly checks?: readonly Check[];
}

/**
 * Runs all checks.
 *
 * @returns 1 if one of them fails.
 * @throws {ConfigError} if not even the places of files are known.
 */
export async function runDoctor(options: DoctorOptions): Promise<0 | 1> {
  const { format, mode, color, write, checks = CHECKS } = options;
  const scene = await openScene(options);
  const { home } = scene.settings;
  const onChecked = (checked: Checked) => {
    if (format === "text") write(renderChecked(checked, { color, home }));
  };
  const all = await runChecks(checks, { scene, mode, onChecked });
  write(format === "text" ? `\n${summary(all)}\n` : `${JSON.stringify(toJson(all), null, 2)}\n`);
  return all.some(({ outcome }) => outcome === "fail") ? 1 : 0;
}

const WORDS = { ok: "ok", skip: "–", warn: "WARN", fail: "FAIL" } as const;
const COLORS = { ok: 32, skip: 90, warn: 33, fail: 31 } as const;

/** A finding on one line, with what to do. */
export function renderChecked(
  checked: Checked,
  { color, home }: { readonly color: "color" | "plain"; readonly home: string },
): string {
  const { name, outcome, seen, isFixed } = checked;
  const word = (isFixed ? "fixed" : WORDS[outcome]).padEnd(6);
  const shown = color === "color" ? `\x1b[${COLORS[outcome]}m${word}\x1b[39m` : word;
  const fix = "fix" in checked ? ` → ${checked.fix}` : "";
  // Whatever a message holds, a check is one line.
  const text = `${seen}${fix}`.replaceAll(/\s*\n\s*/g, " ").replaceAll(`${home}/`, "~/");
  return `${shown}${name.padEnd(16)}${text}\n`;
}

function summary(all: readonly Checked[]): string {
  const count = (outcome: Checked["outcome"]) => all.filter((each) => each.outcome === outcome);
  const [failed, warned] = [count("fail").length, count("warn").length];
  const fixed = all.filter(({ isFixed }) => isFixed).length;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warned > 0 ? [`${warned} to look at`] : []),
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
  ];
  if (parts.length === 0) return `All is well: ${count("ok").length} checks`;
  return parts.join(", ");
}

/** What `--json` prints. */
export interface DoctorReport {
  /** Version of this shape. */
  readonly version: 1;
  readonly isWell: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly outcome: Checked["outcome"];
    readonly seen: string;
    /** What to do; `null` where nothing is. */
    readonly fix: string | null;
    /** `--fix` has put it right. */
    readonly isFixed: boolean;
  }[];
}

function toJson(all: readonly Checked[]): DoctorReport {
  const checks = all.map((checked) => {
    const { name, outcome, seen, isFixed } = checked;
    return { name, outcome, seen, fix: "fix" in checked ? checked.fix : null, isFixed };
  });
  return { version: 1, isWell: checks.every(({ outcome }) => outcome !== "fail"), checks };
}
