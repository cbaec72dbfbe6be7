/**
 * The status for a person: five lines, and one more for each further problem.
 *
 * @module
 */

import type { Status } from "./status.ts";
import { inWords } from "../support/durations.ts";

/** Is all well? The credential. The requests. The agents. The problems, with what to do. */
export function renderStatus(status: Status): string {
  return [
    verdictLine(status),
    `credential  ${credentialLine(status)}`,
    `requests    ${requestsLine(status)}`,
    `agents      ${agentsLine(status)}`,
    ...problemLines(status),
  ].map((line) => `${line}\n`).join("");
}

function verdictLine({ isWell, service, credential, upstreamMode, workers }: Status): string {
  const proxies = workers === 1 ? "" : `, ${workers} proxies`;
  const facts = `${service} (${credential.state}, ${upstreamMode}${proxies})`;
  if (credential.state === "starting") return `starting    ${facts}`;
  return `${isWell ? "all is well" : "NOT WELL   "} ${facts}`;
}

function credentialLine({ credential }: Status): string {
  const { source, generation, tokenId, ageSeconds, secondsToExpiry } = credential;
  if (generation === null) return `none yet, from ${source}; ${nextLine(credential)}`;
  const id = tokenId === null ? "" : ` ${tokenId.slice(0, 8)}`;
  const life = secondsToExpiry === null
    ? "with no known expiry"
    : secondsToExpiry <= 0
    ? "expired"
    : `for ${inWords(secondsToExpiry)} more`;
  return `${source}${id}, generation ${generation}, ${inWords(ageSeconds)} old, ${life}; ` +
    nextLine(credential) + spareOf(credential);
}

function nextLine({ source, failures, ...rest }: Status["credential"]): string {
  const { nextAttemptInSeconds: next, triesLeft, rotations, pendingRevocations } = rest;
  if (next === null) return source === "profile" ? "rotated by something else" : "no rotation due";
  const what = failures === 0 ? "next rotation" : "next try";
  const left = failures === 0 || triesLeft === null ? "" : ` (${triesLeft} before its end)`;
  const old = pendingRevocations === 0 ? "" : `, ${pendingRevocations} old to revoke`;
  return `${what} in ${inWords(next)}${left}; ${rotations} done${old}`;
}

function spareOf({ spare }: Status["credential"]): string {
  if (spare === null) return "";
  return spare.tokenId === null ? "; no spare" : `; spare for ${inWords(spare.secondsToExpiry)}`;
}

function requestsLine({ requests }: Status): string {
  const repairs = requests.repairs.reduce((sum, { count }) => sum + count, 0);
  const refused = Object.entries(requests.refused).map(([code, count]) => `${count} × ${code}`);
  return `${requests.requests} (${requests.inFlight} in flight), ${requests.rescues} rescued, ` +
    `${repairs} repaired, ${requests.upstreamFailures} failed upstream` +
    (refused.length === 0 ? "" : `, refused ${refused.join(", ")}`);
}

function agentsLine({ requests, at }: Status): string {
  const agents = Object.entries(requests.agents)
    .toSorted(([, a], [, b]) => b.lastAt - a.lastAt)
    .map(([name, { requests: count, lastAt }]) =>
      `${name === "-" ? "without a key" : name} ${count}, ${inWords((at - lastAt) / 1_000)} ago`
    );
  return agents.join("; ") || "none seen yet";
}

function problemLines({ problems }: Status): readonly string[] {
  if (problems.length === 0) return ["problems    none"];
  return problems.map(({ what, fix }) => `problem     ${what}. Do: ${fix}`);
}
