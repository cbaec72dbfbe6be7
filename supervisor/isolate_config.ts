/**
 * What each isolate is told at its start: its part of the settings, and nothing else.
 *
 * @module
 */

import type { ProxyConfig, RotatorConfig, SourceConfig } from "../protocol.ts";
import { AGENT_DIALECTS, type Settings } from "../settings.ts";
import { REJECT_MARGIN_MS, rejectMarginMs } from "../workspace/credential.ts";
import type { LogOptions } from "../support/log.ts";
import { VERSION } from "../support/version.ts";
import type { Boot } from "./boot.ts";

/** What a proxy isolate is told. */
export function proxyConfigOf(
  { settings, workspaceHost, allowRemote }: Boot,
  own: { index: number; port: number; metadataCapability: string; log: LogOptions },
): ProxyConfig {
  const { gatewayHost, upstreamMode: mode, tokenLifetimeMs, rotationIntervalMs, rotation } =
    settings;
  const kind = sourceKindOf(settings);
  return {
    ...own,
    hostname: settings.proxyHost,
    shared: settings.proxyWorkers > 1,
    // A socket has one listener.
    socketPath: own.index === 0 ? settings.proxySocket : null,
    workspaceHost,
    gatewayHost,
    chatBase: settings.upstreamBase,
    geminiBase: settings.geminiUpstreamBase,
    upstreamMode: mode === "auto" ? (gatewayHost === null ? null : "gateway-host") : mode,
    profileFile: kind === "pat" ? settings.profileFile : null,
    profileName: settings.profileName,
    profileRule: rotation === "off" ? "any" : "newer",
    source: kind === "pat" && rotation === "off" ? "profile" : kind,
    keysFile: keysFileOf(settings),
    clientAuth: settings.clientAuth,
    agentDialects: AGENT_DIALECTS,
    allowRemote,
    maxBodyBytes: settings.maxBodyBytes,
    idleTimeoutMs: settings.idleTimeoutMs,
    limits: settings.limits,
    marginMs: kind === "pat"
      ? rejectMarginMs(tokenLifetimeMs, rotationIntervalMs)
      : REJECT_MARGIN_MS,
    drainTimeoutMs: kind === "pat" ? replacedLifeMs(settings) : settings.drainTimeoutMs,
    repairsOff: settings.repairsOff,
    version: VERSION,
  };
}

/** What the rotator is told. */
export function rotatorConfigOf(
  { settings, workspaceHost, commandEnv }: Boot,
  own: { lastNumber: number; hostName: string; log: LogOptions },
): RotatorConfig {
  return {
    ...own,
    workspaceHost,
    source: sourceOf(settings, commandEnv),
    profileFile: settings.profileFile,
    profileName: settings.profileName,
    journalFile: journalFileOf(settings),
    agentFiles: settings.agentFiles,
    bootstrapToken: settings.databricksToken?.reveal() ?? null,
    rotation: settings.rotation,
    tokenLifetimeMs: settings.tokenLifetimeMs,
    rotationIntervalMs: settings.rotationIntervalMs,
    spareLifetimeMs: settings.spareLifetimeMs,
    scopes: settings.patScopes,
    drainTimeoutMs: settings.drainTimeoutMs,
    graceMs: graceMsOf(settings),
    bootstrapRevoke: settings.bootstrapRevoke,
    instanceName: settings.instanceName,
    probe: settings.upstreamMode === "auto" && settings.gatewayHost === null,
    version: VERSION,
  };
}

/**
 * How long a token that was replaced is sure to live while somebody uses it: as long as the rotator
 * waits, but the third rotation after its own makes room for its successor.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { replacedLifeMs } from "./isolate_config.ts";
 *
 * const drainTimeoutMs = 120_000;
 * assert.equal(replacedLifeMs({ drainTimeoutMs, rotationIntervalMs: 600_000 }), 120_000);
 * assert.equal(replacedLifeMs({ drainTimeoutMs, rotationIntervalMs: 5_000 }), 10_000);
 * ```
 */
export function replacedLifeMs(
  { drainTimeoutMs, rotationIntervalMs }: Pick<
    Boot["settings"],
    "drainTimeoutMs" | "rotationIntervalMs"
  >,
): number {
  return Math.min(drainTimeoutMs, 2 * rotationIntervalMs);
}

/** Enough for a program that has just read a token to use it. */
const GRACE_MS = 2_000;

/**
 * How long an old token lives on for whoever read it just before it was replaced. Half of the wait
 * for its requests at most: it is asked after that whether there are any.
 */
function graceMsOf({ drainTimeoutMs, rotationIntervalMs }: Boot["settings"]): number {
  return Math.min(GRACE_MS, drainTimeoutMs / 2, rotationIntervalMs / 4);
}

/** Which source of credentials the settings name; none of them: a PAT. */
export function sourceKindOf(
  { oauth, credentialCommand }: Pick<Settings, "oauth" | "credentialCommand">,
): SourceConfig["kind"] {
  if (oauth !== null) return "oauth";
  return credentialCommand === null ? "pat" : "command";
}

function sourceOf(
  { oauth, credentialCommand: command }: Settings,
  env: Readonly<Record<string, string>>,
): SourceConfig {
  if (oauth !== null) {
    const { clientId, clientSecret } = oauth;
    return { kind: "oauth", clientId, clientSecret: clientSecret.reveal() };
  }
  return command === null ? { kind: "pat" } : { kind: "command", command, env };
}

/** Where the local keys are. */
export function keysFileOf({ configFolder }: { readonly configFolder: string }): string {
  return `${configFolder}/keys.json`;
}

/** Where the journal is. */
export function journalFileOf({ stateFolder }: { readonly stateFolder: string }): string {
  return `${stateFolder}/journal.json`;
}
