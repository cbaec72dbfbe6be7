/**
 * What is wrong with a service that runs, and what a person can do about it.
 *
 * @module
 */

import type { Status } from "./status.ts";

/** One thing that is wrong. No token in any of it. */
export interface StatusProblem {
  readonly name: "credential" | "spare" | "agent-file";
  /** What was seen. */
  readonly what: string;
  /** What to do. */
  readonly fix: string;
}

type Credential = Status["credential"];

/**
 * Everything that is wrong, the worst first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findStatusProblems } from "./status_problems.ts";
 *
 * const credential = {
 *   state: "lost", source: "pat", generation: null, tokenId: null, ageSeconds: null,
 *   secondsToExpiry: null, nextAttemptInSeconds: null, failures: 1, triesLeft: null,
 *   lastFailure: null, rotations: 0, pendingRevocations: 0, spare: null, agentFiles: [],
 * } as const;
 * const [problem] = findStatusProblems(credential);
 * assert.match(problem?.fix ?? "", /write a new personal access token into the profile/);
 * ```
 */
export function findStatusProblems(credential: Credential): readonly StatusProblem[] {
  return [...ofCredential(credential), ...ofSpare(credential), ...ofAgentFiles(credential)];
}

function ofCredential(credential: Credential): readonly StatusProblem[] {
  const { state, source, lastFailure, secondsToExpiry } = credential;
  if (state === "lost") {
    const what = sentence(lastFailure) ?? "no credential lives, and nothing at hand can make one";
    return [{ name: "credential", what, fix: CURES[source] }];
  }
  if (state === "retrying") {
    const what = sentence(lastFailure) ?? "the last try to get a new credential failed";
    return [{ name: "credential", what, fix: whileRetrying(credential) }];
  }
  if (state !== "starting" && secondsToExpiry !== null && secondsToExpiry <= 0) {
    const what = "the credential has expired, and no other has come";
    return [{ name: "credential", what, fix: CURES[source] }];
  }
  return [];
}

const CURES: Readonly<Record<Credential["source"], string>> = {
  pat: "write a new personal access token into the profile (`token = …`); it is taken up at once",
  profile: "see to what rewrites the profile, or write a new token into it; it is taken up at once",
  oauth: "put DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET right, and start `serve` again",
  command: "run CREDENTIAL_COMMAND by hand and put right what it says; it is tried again meanwhile",
};

function whileRetrying({ nextAttemptInSeconds: next, secondsToExpiry: left }: Credential): string {
  const again = next === null ? "soon" : `in ${Math.max(0, next)} s`;
  const meanwhile = left === null || left <= 0
    ? "requests without a credential are told to come back"
    : `the credential at hand lives for ${left} s`;
  return `what it says, if it names something; it is tried again ${again}, and ${meanwhile}`;
}

function ofSpare({ spare }: Credential): readonly StatusProblem[] {
  if (spare === null || spare.tokenId !== null || spare.lastFailure === null) return [];
  const what = `there is no spare token: ${sentence(spare.lastFailure)}`;
  const fix = "what it says, if it names something; it is tried again, and until then only the " +
    "serving token can make the next one";
  return [{ name: "spare", what, fix }];
}

function ofAgentFiles({ agentFiles }: Credential): readonly StatusProblem[] {
  return agentFiles.filter(({ result }) => result === "failed").map(({ path, reason }) => ({
    name: "agent-file",
    what: `${path} was not given the new token: ${sentence(reason) ?? "for an unknown reason"}`,
    fix: "put the file right; it is tried again every second",
  }));
}

/** A reason as part of a longer sentence. */
function sentence(reason: string | null): string | null {
  return reason === null ? null : reason.replace(/\.$/, "");
}
