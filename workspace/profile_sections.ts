/**
 * The sections of a `.databrickscfg`, and every reason to leave the file alone: the four
 * readers of {@link "./profile_lines.ts"} would disagree about the profile, or one of them
 * would refuse the file.
 *
 * @module
 */
import { ProfileError, type ProfileFault } from "./profile_error.ts";
import { type EntryLine, type HeaderLine, parseLines } from "./profile_lines.ts";
import { findEntryFault } from "./profile_values.ts";

/** One section: its header and the lines with keys below it, in the file's order. */
export interface Section {
  /** The header. */
  readonly header: HeaderLine;
  /** The lines with keys; in sections of other profiles also Python's continuation lines. */
  readonly entries: readonly EntryLine[];
}

/** A section that is still being read. */
interface OpenSection {
  readonly header: HeaderLine;
  readonly entries: EntryLine[];
  /** Line of each key, by the key in lower case, as Python compares them. */
  readonly keyLines: Map<string, number>;
}

/**
 * The sections of `text` by name, safe to use for the profile named `profileName`.
 *
 * @throws {ProfileError} if a reader would refuse the file, or read this profile's token or
 * host in its own way.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readSections } from "./profile_sections.ts";
 *
 * const sections = readSections("[dev]\ntoken = x\n[prod]\n", "dev");
 * assert.deepEqual([...sections.keys()], ["dev", "prod"]);
 * assert.equal(sections.get("dev")?.entries[0]?.key, "token");
 * ```
 */
export function readSections(text: string, profileName: string): ReadonlyMap<string, Section> {
  const refuse = (fault: ProfileFault | null) => {
    if (fault !== null) throw new ProfileError(profileName, fault);
  };
  refuse(findNameFault(profileName));
  refuse(findTextFault(text));

  const sections = new Map<string, OpenSection>();
  let current: OpenSection | null = null;
  // Python's rule: a line indented deeper than the key above continues that key's value,
  // also after blank lines and comments. Right after a header there is no key to continue.
  let keyIndent = Infinity;
  for (const line of parseLines(text)) {
    if (line.kind === "blank" || line.kind === "comment") continue;
    if (line.kind === "faulty") throw new ProfileError(profileName, line.fault);
    const isContinuation = line.indent.length > keyIndent;
    if (line.kind === "header") {
      if (isContinuation) refuse(continuation(line));
      refuse(findHeaderFault(line, { profileName, current, twin: sections.get(line.name) }));
      current = { header: line, entries: [], keyLines: new Map() };
      sections.set(line.name, current);
      keyIndent = Infinity;
      continue;
    }
    if (current === null) throw new ProfileError(profileName, keyBeforeHeader(line));
    const isOurs = current.header.name === profileName;
    if (isContinuation && isOurs) refuse(continuation(line));
    if (!isContinuation) {
      refuse(findRepeatedKey(line, current));
      current.keyLines.set(line.key.toLowerCase(), line.number);
      keyIndent = line.indent.length;
    }
    if (isOurs) refuse(findEntryFault(line));
    current.entries.push(line);
  }
  return sections;
}

function findNameFault(name: string): ProfileFault | null {
  if (name === "__settings__") {
    const detail = "this section holds the CLI's own settings; choose another profile";
    return { reason: "profile-name", detail };
  }
  if (name !== "" && name === name.trim() && !/[[\]\p{Cc}]|[^\S ]/u.test(name)) return null;
  const detail = "no section header can hold this name; choose one without brackets, line ends " +
    "and spaces around it";
  return { reason: "profile-name", detail };
}

function findTextFault(text: string): ProfileFault | null {
  if (text.startsWith("\uFEFF")) {
    const detail = "the file starts with a byte order mark, which the Python SDK does not read; " +
      'save it as "UTF-8" without BOM';
    return { reason: "byte-order-mark", detail };
  }
  // What decoding leaves of bytes that are not UTF-8. Writing the text would lose them.
  const lost = text.indexOf("\uFFFD");
  if (lost >= 0) {
    const detail = `line ${lineAt(text, lost)} is not UTF-8; save the file in this encoding`;
    return { reason: "not-utf8", detail };
  }
  const control = text.search(/(?![\t\n]|\r\n)\p{Cc}/u);
  if (control < 0) return null;
  const code = text.charCodeAt(control).toString(16).toUpperCase().padStart(4, "0");
  const detail = `line ${lineAt(text, control)} holds the control character U+${code}; remove it`;
  return { reason: "control-character", detail };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function findHeaderFault(
  line: HeaderLine,
  context: {
    readonly profileName: string;
    readonly current: OpenSection | null;
    readonly twin: OpenSection | undefined;
  },
): ProfileFault | null {
  const { profileName, current, twin } = context;
  const written = `line ${line.number} is a header that JS and Java read in their own way`;
  // "[ dev ]" is "dev" to JS and " dev " to Python; "[dev] # a]" is "dev" to a person.
  const isOurs = [line.name, line.name.split("]")[0]].some((name) => name?.trim() === profileName);
  if (isOurs && !(line.isBare && line.name === profileName)) {
    return { reason: "header-form", detail: `${written}; write it as "[${profileName}]"` };
  }
  // JS and Java see no header in "[other] # note" and give its keys to the section above.
  if (!line.isBare && current?.header.name === profileName) {
    const detail = `${written}, as a part of section "[${profileName}]"; remove what follows ` +
      'its "]"';
    return { reason: "header-form", detail };
  }
  if (twin === undefined) return null;
  const detail = `section "[${line.name}]" stands twice, at lines ${twin.header.number} and ` +
    `${line.number}; remove one of them`;
  return { reason: "repeated-section", detail };
}

function findRepeatedKey(line: EntryLine, section: OpenSection): ProfileFault | null {
  const first = section.keyLines.get(line.key.toLowerCase());
  if (first === undefined) return null;
  // A token pasted without its key could stand here, so only what looks like a key is shown.
  const key = /^[a-z_]+$/i.test(line.key) ? `key "${line.key}"` : "a key";
  const detail = `${key} of section "[${section.header.name}]" stands twice, at lines ${first} ` +
    `and ${line.number}; remove one of them`;
  return { reason: "repeated-key", detail };
}

function continuation(line: HeaderLine | EntryLine): ProfileFault {
  const detail = `line ${line.number} is indented deeper than the key above, so the Python SDK ` +
    "takes it for a part of that key's value; indent both alike";
  return { reason: "continuation", detail };
}

function keyBeforeHeader(line: EntryLine): ProfileFault {
  const detail = `line ${line.number} stands before the first section header, so the Python SDK ` +
    'refuses the whole file; move it below a "[name]"';
  return { reason: "key-before-header", detail };
}
