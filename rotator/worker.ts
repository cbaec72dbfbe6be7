/**
 * The rotator isolate: wiring only. It may reach the workspace, and read and write the profile
 * and the journal; nothing else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { FromRotator, RotatorConfig, ToRotator } from "../protocol.ts";
import { Secret } from "../workspace/credential.ts";
import { probeUpstreamMode } from "../workspace/probe.ts";
import { createTokenApi } from "../workspace/token_api.ts";
import { describeError } from "../support/errors.ts";
import { logFor, startLog } from "../support/log.ts";
import { CredentialChain } from "./chain.ts";
import { JournalFile } from "./journal.ts";
import { readProfileToken, writeProfileToken } from "./profile.ts";
import { Proxies } from "./proxies.ts";
import { Retirement } from "./retirement.ts";
import { commentOf } from "./sweep.ts";

const log = logFor("rotator");
const toSupervisor = (message: FromRotator) => self.postMessage(message);
const now = () => Date.now();

let chain: CredentialChain | null = null;
let stop: () => Promise<void> = () => Promise.resolve();
const proxies = new Proxies({
  onRejected: () => chain?.onRejected(),
  onNeeded: () => chain?.onNeeded(),
  onActive: (at) => chain?.onActive(at),
  onRotate: (answer) => {
    if (chain === null) answer({ ok: false, message: "The rotator is only just starting" });
    else chain.onRotate(answer);
  },
});

self.onmessage = ({ data }: MessageEvent<ToRotator>) => {
  switch (data.type) {
    case "start":
      start(data.config).catch((error) => {
        // Ends this isolate; the supervisor starts another one after a pause.
        log.error("rotator-failed", { error: describeError(error) });
        throw error;
      });
      break;
    case "link":
      proxies.link(data.proxy, data.port);
      break;
    case "unlink":
      proxies.unlink(data.proxy);
      break;
    case "stop":
      stop().then(() => {
        toSupervisor({ type: "stopped" });
        self.close();
      });
      break;
  }
};

async function start(config: RotatorConfig): Promise<void> {
  startLog(config.log);
  const { workspaceHost: host, profileFile: path, profileName, version } = config;
  const place = { path, profileName, host };
  const journal = await JournalFile.open(config.journalFile, makeInstallationName);
  const instance = config.instanceName ?? `${config.hostName}-${journal.journal.installation}`;
  const comment = commentOf(instance);
  const api = createTokenApi({ host, fetch, now, version });
  let serving: Secret | null = null;
  const retirement = new Retirement({
    api,
    journal,
    proxies,
    log,
    now,
    bearer: () => serving,
    comment,
    drainTimeoutMs: config.drainTimeoutMs,
    bootstrapRevoke: config.bootstrapRevoke,
  });
  const started = new CredentialChain({
    api,
    journal,
    proxies,
    retirement,
    log,
    now,
    random: Math.random,
    readProfile: () => readProfileToken(place),
    writeProfile: (next, { expected }) => writeProfileToken(next, { place, expected }),
    bootstrapToken: config.bootstrapToken === null ? null : new Secret(config.bootstrapToken),
    profileLabel: `The profile "${profileName}" in ${path}`,
    comment,
    tokenLifetimeMs: config.tokenLifetimeMs,
    rotationIntervalMs: config.rotationIntervalMs,
    rotation: config.rotation,
    onServe: ({ number, secret }) => {
      serving = secret;
      toSupervisor({ type: "numbered", number });
      if (config.probe) probe(config, secret);
    },
    lastNumber: config.lastNumber,
  });
  chain = started;
  const running = started.run();
  stop = async () => {
    started.stop();
    await running;
    await retirement.stop();
    proxies.close();
  };
}

let isModeKnown = false;

/** Asks the workspace once which paths it serves; an unclear answer is asked for again later. */
async function probe({ workspaceHost: host }: RotatorConfig, bearer: Secret): Promise<void> {
  if (isModeKnown) return;
  const mode = await probeUpstreamMode({ host, bearer, fetch });
  if (mode === null || isModeKnown) return;
  isModeKnown = true;
  log.info("upstream-mode", { mode });
  proxies.tellMode(mode);
}

/** Twelve random characters, for the comment of our tokens. */
function makeInstallationName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
