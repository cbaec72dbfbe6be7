/**
 * The rotator isolate: messages and the outside world. It may reach the workspace, and read and
 * write the profile and the journal; or, where credentials come from elsewhere, neither of these,
 * and run the one command that was configured.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { FromRotator, RotatorConfig, ToRotator } from "../protocol.ts";
import type { Secret } from "../workspace/credential.ts";
import { probeUpstreamMode } from "../workspace/probe.ts";
import { keepCollecting } from "../support/collector.ts";
import { leaveLastWords } from "../support/last_words.ts";
import { logFor, startLog } from "../support/log.ts";
import { createFreshFetch } from "./fresh_fetch.ts";
import { Proxies, type ProxyRequests } from "./proxies.ts";
import { type RotatorEffects, startRotator } from "./rotator.ts";
import { startRefresher } from "./start_refresher.ts";

/** The chain, whichever it is. */
interface Running {
  readonly chain: ProxyRequests;
  readonly stop: () => Promise<void>;
}

const log = logFor("rotator");
const toSupervisor = (message: FromRotator) => self.postMessage(message);

let rotator: Running | null = null;
let isModeKnown = false;
const proxies = new Proxies({
  onRejected: (number) => rotator?.chain.onRejected(number),
  onNeeded: () => rotator?.chain.onNeeded(),
  onActive: (at) => rotator?.chain.onActive(at),
  onRotate: (answer) => {
    if (rotator !== null) rotator.chain.onRotate(answer);
    else answer({ ok: false, message: "The rotator is only just starting; try again" });
  },
});

/** How often another generation began to serve. */
let changes = 0;
const stopCollecting = keepCollecting({ workDone: () => changes, isBusy: () => false });

leaveLastWords(self);
self.onmessage = ({ data }: MessageEvent<ToRotator>) => {
  switch (data.type) {
    case "start":
      // What it throws ends this isolate; the supervisor starts another one after a pause.
      start(data.config);
      break;
    case "link":
      proxies.link(data.proxy, data.port);
      break;
    case "unlink":
      proxies.unlink(data.proxy);
      break;
    case "stop":
      (rotator?.stop() ?? Promise.resolve()).then(() => {
        proxies.close();
        stopCollecting();
        toSupervisor({ type: "stopped" });
        self.close();
      });
      break;
  }
};

async function start(config: RotatorConfig): Promise<void> {
  startLog(config.log);
  const { source } = config;
  const effects: RotatorEffects = {
    proxies,
    fetch: createFreshFetch().fetch,
    random: Math.random,
    log,
    pid: Deno.pid,
    now: () => Date.now(),
    elapsed: () => performance.now(),
    onServe: ({ number, secret }) => {
      changes++;
      toSupervisor({ type: "numbered", number });
      if (config.probe) probe(config, secret);
    },
  };
  rotator = source.kind === "pat"
    ? await startRotator(config, effects)
    : startRefresher(source, { config, effects });
}

/** Asks the workspace once which paths it serves; an unclear answer is asked for again later. */
async function probe({ workspaceHost: host }: RotatorConfig, bearer: Secret): Promise<void> {
  if (isModeKnown) return;
  const mode = await probeUpstreamMode({ host, bearer, fetch });
  if (mode === null || isModeKnown) return;
  isModeKnown = true;
  log.info("upstream-mode", { mode });
  proxies.tellMode(mode);
}
