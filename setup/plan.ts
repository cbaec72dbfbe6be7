/**
 * What setup would change in one agent's files, as a value that can be shown and applied.
 *
 * @module
 */

import type { ConfigValue, Edit, ValuePath } from "../formats/format.ts";
import { FormatError, pathText, valueAt } from "../formats/format.ts";
import { ConfigError, type Problem } from "../support/errors.ts";
import { Secret } from "../workspace/credential.ts";
import type {
  Agent,
  ConfigPlace,
  Conflict,
  OwnedChange,
  Ownership,
  Wanted,
} from "./agents/agent.ts";
import { lostSecretNotes, shownValue } from "./shown_value.ts";
import { isSameValue } from "./same_value.ts";

/** One value that changes. Secrets are shown as `[redacted]`. */
export interface Change {
  /** Where it stands. */
  readonly path: ValuePath;
  /** What stands there, for people; `null` if nothing does. */
  readonly before: string | null;
  /** What is to stand there, for people; `null` if nothing is. */
  readonly after: string | null;
  /** Why. */
  readonly reason: string;
}

/** What is to become of one file. The texts hold keys: they are for the file, not for people. */
export interface FilePlan {
  /** The file. */
  readonly place: ConfigPlace;
  /** Its text, `null` if there is no such file. */
  readonly before: string | null;
  /** Its text with our values; the same text if nothing is to do, `null` if none is to be made. */
  readonly after: string | null;
  /** Whether a key of ours is to stand in it. */
  readonly holds: "key" | "no key";
  /** What is different in `after`. */
  readonly changes: readonly Change[];
}

/** What is to become of one agent's files. */
export interface Plan {
  /** The agent's name. */
  readonly agent: string;
  /** `blocked`: nothing is written, since a choice of the person's would defeat it. */
  readonly outcome: "change" | "nothing" | "blocked";
  /** The files that are ours to change, changed or not. */
  readonly files: readonly FilePlan[];
  /** What is in the way and stays there. */
  readonly conflicts: readonly Conflict[];
  /** What was in the way and is taken over. */
  readonly taken: readonly Conflict[];
  /** Sentences for the person. */
  readonly notes: readonly string[];
  /** Lines of the closing summary. */
  readonly facts: Ownership["facts"];
  /** What starts the agent. */
  readonly start: string;
}

/** A file of an agent, and its text. */
export interface LoadedFile {
  /** The file. */
  readonly place: ConfigPlace;
  /** Its text, `null` if there is none. */
  readonly text: string | null;
}

/**
 * Plans the files of `agent`.
 *
 * @throws {ConfigError} that names each file whose text has no plain place for our values.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../workspace/credential.ts";
 * import { hermes } from "./agents/hermes.ts";
 * import { planAgent } from "./plan.ts";
 *
 * const [place] = hermes.files("/home/me", {});
 * assert.ok(place !== undefined);
 * const plan = planAgent(hermes, {
 *   files: [{ place, text: "model:\n  default: databricks-gpt-5  # mine\n" }],
 *   wanted: {
 *     proxyOrigin: "http://127.0.0.1:4000",
 *     key: new Secret("kt_hermes_1"),
 *     model: "m",
 *     fallbackModel: null,
 *     served: null,
 *     databricksHost: null,
 *     home: "/home/me",
 *     env: {},
 *     manners: "guest",
 *   },
 * });
 * const [file] = plan.files;
 * assert.ok(file?.after?.startsWith("model:\n  default: m  # mine\n  provider: custom\n"));
 * assert.equal(file?.changes.find(({ path }) => path[1] === "api_key")?.after, "[redacted]");
 * ```
 */
export function planAgent(
  agent: Agent,
  { files, wanted }: { readonly files: readonly LoadedFile[]; readonly wanted: Wanted },
): Plan {
  const { data, notes: unread } = parseFiles(files);
  const current = Object.fromEntries(data);
  const ownership = ownOf(agent, { files, current, wanted });
  const { values, facts, start } = ownership;
  const isTaken = ({ takeOver }: Conflict) => wanted.manners === "take-over" && takeOver.length > 0;
  const taken = ownership.conflicts.filter(isTaken);
  const conflicts = ownership.conflicts.filter((conflict) => !isTaken(conflict));
  const isBlocked = conflicts.some(({ weight }) => weight === "blocks");
  const wholly = isBlocked ? [] : [...values, ...taken.flatMap(({ takeOver }) => takeOver)];
  const plans = planFiles(files.filter(({ place }) => place.use === "own"), {
    changes: wholly,
    data,
  });
  const isChanged = plans.some(({ changes }) => changes.length > 0);
  const lost = plans.flatMap(({ place, changes }) =>
    lostSecretNotes(data.get(place.id), { changes, agent: agent.name })
  );
  return {
    agent: agent.name,
    outcome: isBlocked ? "blocked" : isChanged ? "change" : "nothing",
    files: plans,
    conflicts,
    taken,
    notes: [...ownership.notes, ...unread, ...lost],
    facts,
    start,
  };
}

interface Parsed {
  /** By id; a file that is not there has none. */
  readonly data: ReadonlyMap<string, unknown>;
  readonly notes: readonly string[];
}

function parseFiles(files: readonly LoadedFile[]): Parsed {
  const data = new Map<string, unknown>();
  const notes: string[] = [];
  const problems: Problem[] = [];
  for (const { place, text } of files) {
    if (text === null) continue;
    const parsed = attempt(place, () => place.format.parse(text));
    if (parsed.problem === null) data.set(place.id, parsed.value);
    else if (place.use === "own") problems.push(parsed.problem);
    else notes.push(`${place.path} ${parsed.problem.message}, so nothing is known of it`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { data, notes };
}

function ownOf(
  agent: Agent,
  { files, current, wanted }: {
    readonly files: readonly LoadedFile[];
    readonly current: Readonly<Record<string, unknown>>;
    readonly wanted: Wanted;
  },
): Ownership {
  const [first] = files;
  if (first === undefined) throw new TypeError(`Cannot plan "${agent.name}": it has no files`);
  const owned = attempt(first.place, () => agent.own(current, wanted));
  if (owned.problem !== null) throw new ConfigError([owned.problem]);
  return owned.value;
}

function planFiles(
  files: readonly LoadedFile[],
  { changes, data }: {
    readonly changes: readonly OwnedChange[];
    readonly data: ReadonlyMap<string, unknown>;
  },
): readonly FilePlan[] {
  const problems: Problem[] = [];
  const plans: FilePlan[] = [];
  for (const { place, text } of files) {
    const own = lastOfEach(changes.filter(({ file }) => file === place.id));
    const planned = attempt(place, () => planFile({ place, text }, { own, data }));
    if (planned.problem === null) plans.push(planned.value);
    else problems.push(planned.problem);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return plans;
}

/** What is taken over can say once more what is ours anyway. */
function lastOfEach(changes: readonly OwnedChange[]): readonly OwnedChange[] {
  return [...new Map(changes.map((change) => [pathText(change.path), change])).values()];
}

function planFile(
  { place, text }: LoadedFile,
  { own, data }: {
    readonly own: readonly OwnedChange[];
    readonly data: ReadonlyMap<string, unknown>;
  },
): FilePlan {
  const base = text ?? place.emptyText;
  const current = data.get(place.id);
  const different = own.filter((change) => isDifferent(change, current));
  const changes = different.map((change) => ({
    path: change.path,
    before: shownValue(valueAt(current, change.path), change.path),
    after: change.to === "nothing" ? null : shownValue(plainOf(change.value), change.path),
    reason: change.reason,
  }));
  const holds = own.some((each) => each.to === "value" && each.value instanceof Secret)
    ? "key"
    : "no key";
  const after = different.length === 0 ? text : place.format.edit(base, different.map(editOf));
  return { place, before: text, after, holds, changes };
}

function isDifferent(change: OwnedChange, current: unknown): boolean {
  const found = valueAt(current, change.path);
  if (change.to === "nothing") return found !== undefined;
  return !isSameValue(found, plainOf(change.value));
}

function editOf(change: OwnedChange): Edit {
  const { path } = change;
  if (change.to === "nothing") return { path, to: "nothing" };
  return { path, to: "value", value: plainOf(change.value) };
}

function plainOf(value: ConfigValue | Secret): ConfigValue {
  return value instanceof Secret ? value.reveal() : value;
}

type Attempt<T> =
  | { readonly value: T; readonly problem: null }
  | { readonly value: null; readonly problem: Problem };

function attempt<T>({ path }: ConfigPlace, action: () => T): Attempt<T> {
  try {
    return { value: action(), problem: null };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const problem = { name: path, message: `cannot be edited: ${error.message}` };
    return { value: null, problem };
  }
}
