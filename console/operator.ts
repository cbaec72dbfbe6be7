/**
 * The commands that ask the running service: `status`, `rotate`, `token`.
 *
 * @module
 */

import type { Status } from "../proxy/status.ts";
import type { Settings } from "../settings.ts";
import { ConfigError } from "../support/errors.ts";
import { readKeys } from "../support/keys_file.ts";
import { callService, placeOf, type ServicePlace } from "./service.ts";

/** How to ask and to answer. */
export interface AskOptions {
  readonly settings: Settings;
  readonly format: "text" | "json";
  readonly write: (text: string) => void;
  /** Epoch ms. */
  readonly now: number;
}

/** Asks the service and prints its answer. 1: it did not answer, or could not do it. */
export async function askService(name: string, options: AskOptions): Promise<0 | 1> {
  const { settings, write, format } = options;
  const keysFile = `${settings.configFolder}/keys.json`;
  const keys = await readKeys(keysFile);
  if (keys === null) {
    throw new ConfigError([{ name: keysFile, message: "is not there; `serve` makes it" }]);
  }
  const path = `/keyturn/${name}`;
  const method = name === "status" ? "GET" : "POST";
  const { operator } = keys;
  const response = await callService(placeIn(settings), { method, path, operator });
  const text = await response.text();
  if (!response.ok) {
    write(`keyturn ${name} failed: ${messageOf(text, response.status)}\n`);
    return 1;
  }
  if (name === "token") write(text);
  else if (format === "json") write(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  else if (name === "status") write(renderStatus(JSON.parse(text)));
  else write(renderRotation(JSON.parse(text)));
  return 0;
}

function placeIn(settings: Settings): ServicePlace {
  if (settings.proxyPort === 0) {
    const message = "is 0, so the port is known only to the service; set the one that it printed";
    throw new ConfigError([{ name: "PROXY_PORT", message }]);
  }
  return placeOf(settings);
}

function messageOf(text: string, status: number): string {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `the answer was ${status}`;
  }
}

/** The status in five lines, and one for each agent's file that holds an old token. */
export function renderStatus(status: Status): string {
  const { credential, requests } = status;
  const agents = Object.entries(requests.agents).map(([name, { requests: n }]) => `${name} ${n}`);
  return [
    `${status.service}: ${credential.state}` +
    (credential.lastFailure === null ? "" : ` (${credential.lastFailure})`),
    `credential: ${credential.source}, generation ${credential.generation ?? "none"}, ` +
    `age ${inSeconds(credential.ageSeconds)}, expires in ${inSeconds(credential.secondsToExpiry)}` +
    renderSpare(credential.spare),
    `next rotation in ${inSeconds(credential.nextAttemptInSeconds)}` +
    (credential.failures === 0 ? "" : `, ${credential.triesLeft ?? "?"} tries before the end`) +
    `; ${credential.rotations} done, ${credential.pendingRevocations} old tokens to revoke`,
    `requests: ${requests.requests}, in flight ${requests.inFlight}, rescued ${requests.rescues}, ` +
    `upstream failures ${requests.upstreamFailures}`,
    `agents: ${agents.join(", ") || "none seen"}`,
    ...credential.agentFiles.filter(({ result }) => result === "failed")
      .map(({ path, reason }) => `${path} was not given the new token: ${reason}`),
  ].join("\n") + "\n";
}

function inSeconds(value: number | null): string {
  return value === null ? "unknown" : `${value} s`;
}

function renderSpare(spare: Status["credential"]["spare"]): string {
  if (spare === null) return "";
  if (spare.tokenId !== null) return `; spare expires in ${inSeconds(spare.secondsToExpiry)}`;
  return `; no spare${spare.lastFailure === null ? " yet" : ` (${spare.lastFailure})`}`;
}

function renderRotation({ oldId, newId }: { oldId: string | null; newId: string | null }): string {
  return `rotated: ${oldId ?? "(unlisted)"} → ${newId ?? "(unlisted)"}\n`;
}
