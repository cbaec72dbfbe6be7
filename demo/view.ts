/**
 * The one-screen view of the demo: a snapshot → lines. Their number is always the same.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import type { Rotation, Snapshot } from "./protocol.ts";
import { DIALECTS } from "./sample_request.ts";
import { type LineOptions, renderLine, type StyledLine } from "./styled_line.ts";

/** What stays the same during a demo. */
export interface DemoFacts {
  /** `http://…` of the proxy, without a path. */
  readonly proxyOrigin: string;
  readonly workspaceOrigin: string;
  /** The file with the local keys. */
  readonly keysFile: string;
  /** The file in which the token is replaced. */
  readonly profileFile: string;
  readonly lifetimeSeconds: number;
  readonly intervalSeconds: number;
  /** After how many seconds it ends by itself, `null`: it does not. */
  readonly seconds: number | null;
  /** When the client began, in epoch ms. */
  readonly startedAt: number;
}

/** How to show a snapshot. */
export interface ViewOptions extends LineOptions {
  readonly facts: DemoFacts;
  /** `ending`: the client asks no more, and its last answers are waited for. */
  readonly phase: "running" | "ending";
}

const ROTATION_LINES = 4;
const BAR_CELLS = 20;
const ID_DIGITS = 8;

/** The view: 22 lines, so that a terminal of 24 has room for two of the log below. */
export function renderView(snapshot: Snapshot, options: ViewOptions): readonly string[] {
  const { facts } = options;
  const lines: readonly StyledLine[] = [
    titleLine(snapshot, options),
    field("workspace", `${facts.workspaceOrigin}, simulated`),
    field("profile", `${facts.profileFile}, one value changes`),
    ...credentialLines(snapshot, facts),
    [],
    ...rotationLines(snapshot, facts),
    [],
    ...DIALECTS.map((dialect, index) => dialectLine(dialect, { snapshot, index })),
    field("", `${snapshot.inFlight} in flight, ${snapshot.rescues} rescued by a replay`),
    failureLine(snapshot),
    tokenLine(snapshot),
    [],
    field("try it at", `base URL ${facts.proxyOrigin}/v1 (Anthropic: without /v1)`),
    field("pi key", `in ${facts.keysFile}`),
  ];
  return lines.map((line) => renderLine(line, options));
}

/** Minutes and seconds between two moments: `1:05`. */
export function renderElapsed(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.floor((toMs - fromMs) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** As much of a token's id as tells it from others. */
export function shortId(tokenId: string): string {
  return tokenId.slice(0, ID_DIGITS);
}

/** What a rotation was, from old to new. */
export function renderRotation({ oldId, newId, inUseAfterMs }: Rotation): string {
  const use = inUseAfterMs === null ? "not in use yet" : `in use after ${inUseAfterMs} ms`;
  return `${shortId(oldId)} → ${shortId(newId)}, ${use}`;
}

function titleLine({ at }: Snapshot, { facts, phase }: ViewOptions): StyledLine {
  const { startedAt, seconds } = facts;
  const elapsed = renderElapsed(startedAt, at);
  const until = seconds === null ? "" : ` of ${renderElapsed(0, seconds * 1_000)}`;
  const hint = phase === "running" ? "Ctrl-C ends it" : "ending: waits for the last answers";
  return [["Keyturn demo", "bold"], `   ${elapsed}${until}   `, [hint, "dim"]];
}

function credentialLines(
  { credential }: Snapshot,
  { lifetimeSeconds, intervalSeconds }: DemoFacts,
): readonly StyledLine[] {
  if (credential === null) {
    return [[...label("credential"), ["the service does not answer", "bad"]], []];
  }
  const { state, generation, tokenId, lastFailure } = credential;
  const { ageSeconds, secondsToExpiry, nextAttemptInSeconds } = credential;
  const token = tokenId === null ? "unknown" : shortId(tokenId);
  const age = ageSeconds ?? 0;
  const filled = Math.round(BAR_CELLS * Math.min(1, Math.max(0, age) / lifetimeSeconds));
  const times = [
    `age ${inSeconds(ageSeconds)}`,
    `expires in ${inSeconds(secondsToExpiry)}`,
    `next rotation in ${inSeconds(nextAttemptInSeconds)}`,
  ];
  return [
    [
      ...label("credential"),
      [state, state === "live" ? "good" : "bad"],
      `, generation ${generation ?? "none"}, token ${token}`,
      [lastFailure === null ? "" : ` (${lastFailure})`, "bad"],
    ],
    [
      ...label(""),
      ["█".repeat(filled), age > intervalSeconds ? "bad" : "good"],
      ["░".repeat(BAR_CELLS - filled), "dim"],
      ` ${times.join(", ")}`,
    ],
  ];
}

function rotationLines(
  { rotations, rotationCount }: Snapshot,
  { startedAt, lifetimeSeconds, intervalSeconds }: DemoFacts,
): readonly StyledLine[] {
  const shown = rotations.slice(-ROTATION_LINES).map((rotation) =>
    field(
      "",
      `${renderElapsed(startedAt, rotation.at).padStart(5)}  ${renderRotation(rotation)}` +
        (rotation.isOldRevoked ? ", old one revoked" : ", old one draining"),
    )
  );
  const empty = Array.from({ length: ROTATION_LINES - shown.length }, () => []);
  const clock = `a token lives ${lifetimeSeconds} s and is replaced after ${intervalSeconds} s`;
  return [field("rotations", `${rotationCount}; ${clock}`), ...shown, ...empty];
}

function dialectLine(
  dialect: Dialect,
  { snapshot, index }: { readonly snapshot: Snapshot; readonly index: number },
): StyledLine {
  const { ok, failed } = snapshot.requests.byDialect[dialect];
  return [
    ...label(index === 0 ? "requests" : ""),
    `${dialect.padEnd(10)} ${String(ok).padStart(6)} ok  `,
    [`${String(failed).padStart(4)} failed`, failed === 0 ? "dim" : "bad"],
  ];
}

function failureLine({ requests: { failures } }: Snapshot): StyledLine {
  const last = failures.at(-1);
  return last === undefined ? [] : [...label(""), [last, "bad"]];
}

function tokenLine({ tokens }: Snapshot): StyledLine {
  const { liveOwn, liveOthers, minted, revoked, othersTouched } = tokens;
  return [
    ...label("tokens"),
    `alive: ours ${liveOwn}, of others ${liveOthers}; ${minted} minted, ${revoked} revoked; `,
    othersTouched === 0
      ? ["others untouched", "good"]
      : [`${othersTouched} of others touched`, "bad"],
  ];
}

function field(name: string, text: string): StyledLine {
  return [...label(name), text];
}

function label(name: string): StyledLine {
  return [[name.padEnd(12), "dim"]];
}

function inSeconds(value: number | null): string {
  return value === null ? "?" : `${value} s`;
}
