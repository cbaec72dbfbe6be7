/**
 * Reads and changes one profile of a `.databrickscfg`: text in, text out. The file belongs to
 * its user and to the Databricks tools, so only the value of `token` changes, and nothing
 * changes where the SDKs' four readers would not all see the same.
 *
 * @module
 */
import { Secret } from "./credential.ts";
import { ProfileError } from "./profile_error.ts";
import { type EntryLine, parseLines } from "./profile_lines.ts";
import { readSections, type Section } from "./profile_sections.ts";
import { refuseUnlessReadBack } from "./profile_read_back.ts";
import { isPlainValue, type OwnedKey } from "./profile_values.ts";

/** What one section says. Nothing is inherited from `[DEFAULT]`, as in all SDKs. */
export interface Profile {
  /** Whether the section is there. */
  readonly hasSection: boolean;
  /** Names of the file's other profiles, in its order. */
  readonly others: readonly string[];
  /** As written, `null` where it is missing or empty. */
  readonly host: string | null;
  /** `null` where it is missing or empty. */
  readonly token: Secret | null;
}

/** What {@link planTokenChange} writes. */
export interface TokenChange {
  /** The section, without its brackets. */
  readonly profileName: string;
  /** The new token. */
  readonly token: Secret;
  /** Written only where the section has no line for it; `null`: not written. */
  readonly host: string | null;
}

/** What the CLI keeps for itself in the same file. */
const CLI_SECTION = "__settings__";

/** One replacement; `start` equal to `end` inserts. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Reads the profile named `profileName`.
 *
 * @throws {ProfileError} if a reader would refuse the file, or read the token or the host of
 * this profile in its own way.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseProfile } from "./profile_file.ts";
 *
 * const profile = parseProfile("[dev]\nhost = https://h\ntoken = dapi-1\n", "dev");
 * assert.equal(profile.host, "https://h");
 * assert.equal(profile.token?.reveal(), "dapi-1");
 * assert.equal(parseProfile("", "dev").hasSection, false);
 * ```
 */
export function parseProfile(text: string, profileName: string): Profile {
  const sections = readSections(text, profileName);
  const section = sections.get(profileName);
  const token = findEntry(section, "token")?.value || null;
  return {
    hasSection: section !== undefined,
    others: [...sections.keys()].filter((name) => name !== profileName && name !== CLI_SECTION),
    host: findEntry(section, "host")?.value || null,
    token: token === null ? null : new Secret(token),
  };
}

/**
 * The text with the new token in it. Every byte outside of the token's value stays; a missing
 * key is added in the style of its section, a missing section at the end.
 *
 * @throws {ProfileError} as {@link parseProfile} does, and if a value could not be written so
 * that all readers read it back.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "./credential.ts";
 * import { planTokenChange } from "./profile_file.ts";
 *
 * const before = "; mine\r\n[dev]\r\ntoken   = old\r\n";
 * const change = { profileName: "dev", token: new Secret("new"), host: null };
 * assert.equal(planTokenChange(before, change), "; mine\r\n[dev]\r\ntoken   = new\r\n");
 * assert.equal(planTokenChange("", change), "[dev]\ntoken = new\n");
 * ```
 */
export function planTokenChange(text: string, change: TokenChange): string {
  refuseUnwritable(change);
  const section = readSections(text, change.profileName).get(change.profileName);
  const edits = section === undefined
    ? [appendSection(text, change)]
    : changeSection(text, { section, change });
  const after = applyEdits(text, edits);
  const host = findEntry(section, "host");
  refuseUnlessReadBack(change.profileName, {
    before: text,
    after,
    expected: {
      token: change.token.reveal(),
      host: host === undefined ? change.host : host.value || null,
    },
  });
  return after;
}

function findEntry(section: Section | undefined, key: OwnedKey): EntryLine | undefined {
  return section?.entries.find((entry) => entry.key === key);
}

function refuseUnwritable({ profileName, token, host }: TokenChange): void {
  const refuse = (detail: string) => {
    const fault = { reason: "unwritable-value", detail } as const;
    throw new ProfileError(profileName, fault, { action: "write" });
  };
  if (!isPlainValue(token.reveal(), "token")) {
    refuse("the new token is empty or has characters that not every reader takes as they are");
  }
  if (host !== null && !isPlainValue(host, "host")) {
    refuse(`the host ${JSON.stringify(host)} is not a plain URL; write it as "https://name"`);
  }
}

/** Values for the lines that are missing, in the order in which they are written. */
function missingLines(section: Section | undefined, change: TokenChange): [OwnedKey, string][] {
  const wanted: [OwnedKey, string | null][] = [
    ["host", change.host],
    ["token", change.token.reveal()],
  ];
  return wanted.flatMap(([key, value]) =>
    value === null || findEntry(section, key) !== undefined ? [] : [[key, value]]
  );
}

function appendSection(text: string, change: TokenChange): Edit {
  const lines = parseLines(text);
  const last = lines.at(-1);
  const eol = eolAt(text, text.length);
  const gap = last === undefined || last.kind === "blank" ? "" : eol;
  const block = [
    `[${change.profileName}]`,
    ...missingLines(undefined, change).map(([key, value]) => `${key} = ${value}`),
  ];
  const added = (last?.eol === "" ? eol : "") + gap + block.map((line) => line + eol).join("");
  return { start: text.length, end: text.length, text: added };
}

function changeSection(
  text: string,
  options: { readonly section: Section; readonly change: TokenChange },
): Edit[] {
  const { section, change } = options;
  const token = findEntry(section, "token");
  const edits = token === undefined ? [] : [replaceValue(token, change.token.reveal())];
  const added = missingLines(section, change).map(([key, value]) => styled(section, key) + value);
  if (added.length === 0) return edits;
  const anchor = section.entries.at(-1) ?? section.header;
  const at = anchor.start + anchor.text.length;
  const eol = anchor.eol || eolAt(text, at);
  // In front of the line end, so that a file without a final newline stays so.
  return [...edits, { start: at, end: at, text: added.map((line) => eol + line).join("") }];
}

function replaceValue(entry: EntryLine, value: string): Edit {
  const { indent, key, gap, pad } = entry;
  const start = entry.start + (indent + key + gap).length + 1 + pad.length;
  const text = padOf(entry).slice(pad.length) + value;
  return { start, end: start + entry.value.length, text };
}

/** "token =" has no space behind its "=", but shows that one is wanted. */
function padOf({ gap, pad, value }: EntryLine): string {
  return pad === "" && value === "" && gap !== "" ? " " : pad;
}

/** All of a new line but its value, indented and spaced like the section's last line. */
function styled(section: Section, key: OwnedKey): string {
  const last = section.entries.at(-1);
  if (last === undefined) return `${section.header.indent}${key} = `;
  // The spaces around ":" would look odd around the "=" that the JS SDK needs.
  if (last.delimiter !== "=") return `${last.indent}${key} = `;
  return `${last.indent}${key}${gapFor(section.entries, key)}=${padOf(last)}`;
}

/** The CLI aligns the "=" of a section, so a line that is added has to be aligned as well. */
function gapFor(entries: readonly EntryLine[], key: OwnedKey): string {
  const columns = new Set(entries.map((entry) => entry.key.length + entry.gap.length));
  const gaps = new Set(entries.map(({ gap }) => gap));
  const [column = 0] = columns;
  const isAligned = columns.size === 1 && gaps.size > 1;
  if (isAligned && column > key.length) return " ".repeat(column - key.length);
  return isAligned ? " " : entries.at(-1)?.gap ?? " ";
}

/** The last line end before `offset`; for a line that has none of its own. */
function eolAt(text: string, offset: number): "\n" | "\r\n" {
  const end = text.lastIndexOf("\n", offset - 1);
  return end > 0 && text[end - 1] === "\r" ? "\r\n" : "\n";
}

/** `edits` stand in the order of the text; from its end, their offsets stay true. */
function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduceRight(
    (rest, edit) => rest.slice(0, edit.start) + edit.text + rest.slice(edit.end),
    text,
  );
}
