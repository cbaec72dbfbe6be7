/**
 * The three errors of the service, named by what to do about them, and the one
 * function that says what an unknown thrown value was.
 *
 * @module
 */

/** One thing that is wrong with the configuration. Never holds a secret's value. */
export interface Problem {
  /** The setting or file that is wrong, by the name that the user knows. */
  readonly name: string;
  /** What is wrong, the value seen, and what is wanted; one sentence without a final period. */
  readonly message: string;
}

/** The person must change something: every problem is listed, the exit code is 2. */
export class ConfigError extends Error {
  /** All problems found, in the order in which they were found. */
  readonly problems: readonly Problem[];

  /** Collects `problems`; the message lists them, a line each. */
  constructor(problems: readonly Problem[]) {
    super(
      problems.map(({ name, message }) => `${name}: ${message}`).join("\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Why a credential could not be had. */
export type CredentialFailure =
  | "unreachable" // no answer, or a server error: try again
  | "throttled" // 429: try again when told
  | "dead-token" // the token used is expired or revoked
  | "forbidden" // the token lives, but may not do this
  | "quota" // too many live tokens
  | "disabled" // personal access tokens are switched off
  | "malformed"; // an answer that is not what was documented

/** Keep the credential at hand and try again at the next tick. */
export class CredentialError extends Error {
  /** What kind of failure it was; decides the schedule of the next try. */
  readonly kind: CredentialFailure;
  /** What the workspace asked us to wait, in ms, if it did. */
  readonly retryAfterMs: number | null;

  /** `message` is a full sentence for the person, without token values. */
  constructor(
    kind: CredentialFailure,
    message: string,
    options: { retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "CredentialError";
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** What went wrong, in words: never `[object Object]`, never a stack. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
