/**
 * What the words of the permission table stand for: exact files, folders and addresses. Places are
 * named as {@link localise} names them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SETUP_AGENTS } from "./audited_home.ts";
import type { TableRow } from "./permission_table.ts";

/** Everything that a part may touch; a folder stands for all that is in it. */
export type Claims = Readonly<Record<"net" | "read" | "write", readonly string[]>>;

/** Any file, any address. */
export const ANY = "<any>";

const CONFIG = "~/.config/keyturn";
const STATE = "~/.local/state/keyturn";
const PROFILE = "~/.databrickscfg";
const KEYS = `${CONFIG}/keys.json`;
const KEYS_LOCK = `${KEYS}.lock`;
const JOURNAL = `${STATE}/journal.json`;
const LOCKS = [`${PROFILE}.DEFAULT.keyturn.lock`, `${JOURNAL}.lock`];

const docs = (name: string) => Deno.readTextFile(new URL(`../../../docs/${name}`, import.meta.url));
const SETUP = await docs("setup.md");
const DOCTOR = await docs("doctor.md");

/** Agents' files by docs/setup.md. */
const CONFIGS = pathsIn(SETUP.slice(SETUP.indexOf("## What is written"), SETUP.indexOf("- Only")));
const LOOKED = pathsIn(/^- Only read[^]*?(?=^- )/m.exec(SETUP)?.[0] ?? "");
const TOUCHED = pathsIn(DOCTOR.slice(DOCTOR.indexOf("## What it touches")));

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "its own address": ["127.0.0.1:<service>"],
  "its unix socket": ["unix:~/keyturn.sock"],
  "the workspace": ["127.0.0.1:<workspace>"],
  "a gateway": ["localhost:<workspace>"],
  "the running service": ["127.0.0.1:<service>"],
  "its own loopback address": ["127.0.0.1:0"],
  "the proxy's": ["127.0.0.1:<service>"],
  "127.0.0.1": ["127.0.0.1"],
};

const READ: Readonly<Record<string, readonly string[]>> = {
  profile: [PROFILE],
  journal: [JOURNAL],
  "two lock files": LOCKS,
  // The footnote's.
  "agents' files": [
    "~/.claude/settings.json",
    "~/.codex/.env",
    "~/.gemini/.env",
    "~/.local/share/opencode/auth.json",
    "~/.config/opencode/opencode.json",
    "~/.hermes/config.yaml",
    "~/.pi/agent/models.json",
  ],
  "agents' configs": [...CONFIGS, ...LOOKED],
  "`keys.json`": [KEYS],
  "`config.yaml`": [`${CONFIG}/config.yaml`],
  "its unix socket": ["~/keyturn.sock"],
  "its own two folders": [CONFIG, STATE],
  "what `--undo` needs": [`${STATE}/setup`],
  "what docs/doctor.md names": [
    ...[`${CONFIG}/config.yaml`, PROFILE, KEYS, JOURNAL],
    ...TOUCHED,
    ...[...CONFIGS, ...LOOKED],
    ...SETUP_AGENTS.flatMap((agent) => [`~/bin/${agent}`, `~/apps/1/2/3/${agent}/cli.js`]),
    // Above each of them.
    ...SETUP_AGENTS.map((agent) => `~/apps/1/2/3/${agent}/package.json`),
    ...["apps", "apps/1", "apps/1/2", "apps/1/2/3"].map((name) => `~/${name}/package.json`),
  ],
  "the code itself": ["<code>"],
  "the temp folder": ["<temp>"],
  "any file": [ANY],
};

const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  ...READ,
  profile: withSibling([PROFILE]),
  journal: withSibling([JOURNAL]),
  "agents' files": withSibling(READ["agents' files"] ?? []),
  "agents' configs": withSibling(CONFIGS),
  "`keys.json`": [...withSibling([KEYS]), KEYS_LOCK],
  "modes of the four files that hold secrets": [PROFILE, `${PROFILE}.bak`, KEYS, JOURNAL],
};

/** What a row stands for. What is written is read as well, but for a lock that has nothing in it. */
export function claimsOf({ network, reads, writes }: TableRow): Claims {
  const write = writes.flatMap((word) => look(word, WRITTEN));
  const written = write.filter((path) => path !== KEYS_LOCK);
  return {
    net: least(network.flatMap((word) => look(word, ADDRESSES))),
    read: least([...reads.flatMap((word) => look(word, READ)), ...written]),
    write: least(write),
  };
}

/** Whether an entry covers what was touched, by the rules by which Deno grants. */
export function covers(entry: string, value: string): boolean {
  if (entry === ANY || entry === value) return true;
  // A host stands for each of its ports.
  return value.startsWith(`${entry}/`) || /^[\d.]+$/.test(entry) && value.startsWith(`${entry}:`);
}

/** Sorted, without what another entry covers. */
export function least(entries: readonly string[]): readonly string[] {
  const all = [...new Set(entries)].toSorted();
  return all.filter((entry) => !all.some((each) => each !== entry && covers(each, entry)));
}

function look(word: string, words: Readonly<Record<string, readonly string[]>>) {
  const entries = words[word];
  assert(entries !== undefined, `the table says "${word}", which is not known here`);
  return entries;
}

function withSibling(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [path, `${path}.tmp`]);
}

/** The paths between backticks. */
function pathsIn(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(/`(~\/[^`]+)`/g), ([, path]) => path ?? ""))];
}
