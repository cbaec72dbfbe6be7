/**
 * With which permissions a task starts its process: its line of `deno.json`, the permission set
 * that the line names, and what `permissions.ts` prints in a home.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startShell, taskLine, type TaskOptions } from "../run_task.ts";
import { type AuditedPlace, CODE, localise } from "./audited_home.ts";
import { ANY, type Claims, least } from "./claims.ts";

/** What stands in a list that would otherwise be empty. */
const NOTHING = ["127.0.0.1:1", "/nonexistent"];
const LISTED = /^--allow-(net|read|write|run)=(.*)$/;
/** Flags that permit nothing, and the program with its command. */
const OTHERS = /^(run|-q|--no-prompt|--v8-flags=\S+|main\.ts|-P=\w+|[a-z]+(:command)?)$/;

/** Permissions of a process. */
export interface TaskFlags extends Claims {
  readonly run: readonly string[];
  readonly env: readonly string[];
  readonly sys: readonly string[];
}

/** The flags of a task, by the names of {@link localise}. */
export async function flagsOf(
  task: string,
  { place, ...options }: Omit<TaskOptions, "home"> & { readonly place: AuditedPlace },
): Promise<TaskFlags> {
  const words = await wordsOf(task, { ...options, home: place.home });
  const unknown = words.filter((word) => !LISTED.test(word) && !OTHERS.test(word));
  assert.deepEqual(unknown, [], `${task} has no other flags`);
  const set = await setOf(words);
  const listed = (kind: string) =>
    words.flatMap((word) => {
      const [, name, list = ""] = LISTED.exec(word) ?? [];
      return name === kind ? list.split(",") : [];
    }).filter((entry) => !NOTHING.includes(entry)).map((entry) => localise(entry, place));
  const all = (kind: string) => least([...listed(kind), ...entriesOf(set[kind])]);
  return {
    net: all("net"),
    read: all("read"),
    write: all("write"),
    run: all("run"),
    env: entriesOf(set.env),
    sys: entriesOf(set.sys),
  };
}

/** The words that the shell makes of the line. */
async function wordsOf(task: string, options: TaskOptions): Promise<readonly string[]> {
  const line = taskLine(task).replace(/^deno /, "printf '%s\\n' ");
  const { code, stdout, stderr } = await startShell([line], options).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  // A folder is the same with its final slash.
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((word) => word.replaceAll(/\/(?=,|$)/g, ""));
}

type PermissionSet = Readonly<Record<string, unknown>>;

async function setOf(words: readonly string[]): Promise<PermissionSet> {
  const { permissions } = JSON.parse(await Deno.readTextFile(`${CODE}/deno.json`));
  const [name, ...more] = words.filter((word) => word.startsWith("-P=")).map((word) =>
    word.slice(3)
  );
  assert.deepEqual(more, []);
  const set: PermissionSet | undefined = name === undefined ? {} : permissions[name];
  assert(set !== undefined, `deno.json has the set ${name}`);
  const kinds = ["env", "sys", "net", "read"];
  assert.deepEqual(Object.keys(set).filter((kind) => !kinds.includes(kind)), [], name);
  return set;
}

/** `true`, a list, or a list with what is ignored beside it. */
function entriesOf(part: unknown): readonly string[] {
  if (part === undefined) return [];
  if (part === true) return [ANY];
  if (Array.isArray(part)) return part;
  const { allow } = part as { readonly allow: readonly string[] };
  return allow;
}
