/**
 * The check of a changed profile file before it is written: read it again and compare.
 *
 * @module
 */
import { describeError } from "../support/errors.ts";
import { ProfileError } from "./profile_error.ts";
import { readSections, type Section } from "./profile_sections.ts";
import type { OwnedKey } from "./profile_values.ts";

/** A change, and what it was to do. */
export interface ChangedText {
  /** The file as it was. */
  readonly before: string;
  /** The file as it is to be written. */
  readonly after: string;
  /** What the profile must hold now; `null`: nothing. */
  readonly expected: Readonly<Record<OwnedKey, string | null>>;
}

/**
 * Does nothing if the profile named `profileName` reads as expected and all other keys, in all
 * sections, are as they were.
 *
 * @throws {ProfileError} with reason `not-read-back` otherwise.
 */
export function refuseUnlessReadBack(profileName: string, change: ChangedText): void {
  const refuse = (finding: string, cause?: unknown): never => {
    const detail = `the changed file would not read back as it should: ${finding}; write a ` +
      `"token" line into section "[${profileName}]" by hand, once`;
    const fault = { reason: "not-read-back", detail } as const;
    throw new ProfileError(profileName, fault, { action: "write", cause });
  };
  const was = readSections(change.before, profileName);
  let is: ReadonlyMap<string, Section>;
  try {
    is = readSections(change.after, profileName);
  } catch (error) {
    return refuse(describeError(error), error);
  }
  for (const key of ["token", "host"] as const) {
    const entry = is.get(profileName)?.entries.find((entry) => entry.key === key);
    if ((entry?.value || null) !== change.expected[key]) refuse(`its "${key}" is another`);
  }
  if (foreignLines(was, profileName).join("\n") !== foreignLines(is, profileName).join("\n")) {
    refuse("a key of somebody else has changed");
  }
}

/** All headers and keys but the profile's own header, token and host. */
function foreignLines(sections: ReadonlyMap<string, Section>, profileName: string): string[] {
  return [...sections].flatMap(([name, { header, entries }]) =>
    name === profileName
      ? entries.filter(({ key }) => key !== "token" && key !== "host").map(({ text }) => text)
      : [header.text, ...entries.map(({ text }) => text)]
  );
}
