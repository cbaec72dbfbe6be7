/**
 * Settings as far as they can be read: one wrong value must not hide what else is wrong.
 *
 * @module
 */

import { configPathOf, type Environment, parseSettings, type Settings } from "../settings.ts";
import { PLACE_NAMES } from "../settings/places.ts";
import { ConfigError, describeError, type Problem } from "../support/errors.ts";
import { readIfThere } from "../support/replace_file.ts";

/** What could be read. */
export interface Reading {
  /** Without the values that are wrong; `null` if not even the places of files are known. */
  readonly settings: Settings | null;
  readonly problems: readonly Problem[];
  /** Whether the value that `settings` has for a name is the one that is meant. */
  readonly knows: (name: string) => boolean;
}

/** Settings whose problem can be told under the name of the other. */
const PAIRS: readonly (readonly string[])[] = [
  ["PAT_TOKEN_LIFETIME", "PAT_ROTATION_INTERVAL"],
  ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "CREDENTIAL_COMMAND"],
  ["UPSTREAM_MODE", "DATABRICKS_GATEWAY_HOST"],
];

/** Reads environment and config file; never throws for what a person wrote. */
export async function readSettings(env: Environment): Promise<Reading> {
  const file = await readConfigFile(env);
  try {
    const settings = parseSettings(env, file.text);
    return salvaged({ settings, problems: file.problems, file, wrong: new Set(), env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = [...file.problems, ...error.problems];
    const wrong = namesOf(problems, file.text ?? "");
    const rest = Object.fromEntries(
      Object.entries(env).filter(([name]) => !wrong.has(name) || isPlace(name)),
    );
    const text = file.text === null ? null : withoutSettings(file.text, wrong);
    const settings = attempt(rest, text);
    if (settings !== null) return salvaged({ settings, problems, file, wrong, env });
    const unread = { text: null, problems: error.problems };
    return salvaged({ settings: attempt(rest, null), problems, file: unread, wrong, env });
  }
}

interface ConfigText {
  /** `null` if there is none, or none that can be read. */
  readonly text: string | null;
  readonly problems: readonly Problem[];
}

async function readConfigFile(env: Environment): Promise<ConfigText> {
  let path: string;
  try {
    path = configPathOf(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Parsing the settings tells it as well.
    return { text: null, problems: [] };
  }
  try {
    return { text: await readIfThere(path), problems: [] };
  } catch (error) {
    const message = `cannot be read: ${describeError(error)}`;
    return { text: null, problems: [{ name: path, message }] };
  }
}

/** Of a file that cannot be read nothing is known: any setting but those of `env` may be in it. */
function salvaged(parts: {
  readonly settings: Settings | null;
  readonly problems: readonly Problem[];
  readonly file: ConfigText;
  readonly wrong: ReadonlySet<string>;
  readonly env: Environment;
}): Reading {
  const { settings, problems, file, wrong, env } = parts;
  const isWhole = file.problems.length === 0;
  const isGiven = (name: string) => (env[name] ?? "").trim() !== "";
  return {
    settings,
    problems,
    knows: (name) => !wrong.has(name) && (isWhole || isGiven(name)),
  };
}

function attempt(env: Environment, text: string | null): Settings | null {
  try {
    return parseSettings(env, text);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** Places are no business of the file: a line that wants to set one leaves them where they are. */
function isPlace(name: string): boolean {
  return PLACE_NAMES.some((place) => place === name);
}

/** The settings that problems are about; some are told by their line in the file. */
function namesOf(problems: readonly Problem[], text: string): ReadonlySet<string> {
  const lines = text.split("\n");
  return new Set(problems.flatMap(({ name }) => {
    const line = /^config\.yaml line (\d+)$/.exec(name)?.[1];
    const own = line === undefined ? name : keyOf(lines[Number(line) - 1] ?? "");
    return PAIRS.find((pair) => pair.includes(own)) ?? [own];
  }));
}

function withoutSettings(text: string, names: ReadonlySet<string>): string {
  return text.split("\n").filter((line) => !names.has(keyOf(line))).join("\n");
}

/** The key at the beginning of a line, as the setting is called. */
function keyOf(line: string): string {
  return /^["']?(\w+)["']?\s*:/.exec(line)?.[1]?.toUpperCase() ?? "";
}
