/**
 * What can be wrong with a profile file, and the error that says so.
 *
 * @module
 */

import { redactTokens } from "./redact.ts";

/** Why a profile file is not touched: its readers disagree about it, or cannot read it. */
export type ProfileReason =
  | "profile-name" // no section header can hold this name
  | "byte-order-mark" // Python's reader refuses the file
  | "not-utf8" // bytes were lost when the file was decoded
  | "control-character" // ends a line for one reader only, or is invisible
  | "invisible-space" // trimmed by some readers only
  | "malformed-header" // "[dev" or "[]"
  | "header-form" // "[ dev ]" or "[dev] # note"
  | "repeated-section"
  | "repeated-key"
  | "key-before-header"
  | "no-delimiter" // neither "=" nor ":"
  | "empty-key"
  | "quoted-key"
  | "unclosed-quote" // the value runs on over the next lines
  | "trailing-backslash" // swallows the next line
  | "continuation" // indented deeper than the key above
  | "key-case" // "Token"
  | "colon" // "token: …"
  | "quoted-value"
  | "inline-comment"
  | "value-characters"
  | "unwritable-value" // the new token or host would not be read alike
  | "not-read-back"; // the changed text failed its own check

/** One finding in a profile file. Never holds a value of the file. */
export interface ProfileFault {
  /** What kind of fault it is. */
  readonly reason: ProfileReason;
  /** Where it is and what to do about it; a clause without a final period. */
  readonly detail: string;
}

/**
 * The profile cannot be read or written without a guess. The message ends in what to do;
 * it names sections, keys and lines, never values.
 */
export class ProfileError extends Error {
  /** What kind of fault it is; switch on this, never on the message. */
  readonly reason: ProfileReason;

  /** `fault` in the profile named `profileName`, met while doing `action`. */
  constructor(
    profileName: string,
    fault: ProfileFault,
    options: { readonly action?: "read" | "write"; readonly cause?: unknown } = {},
  ) {
    const named = `profile ${JSON.stringify(profileName)}: ${fault.detail}`;
    // A token that slipped into a name or into the brackets of a section would be repeated.
    super(`Cannot ${options.action ?? "read"} ${redactTokens(named)}`, { cause: options.cause });
    this.name = "ProfileError";
    this.reason = fault.reason;
  }
}
