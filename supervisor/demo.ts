/**
 * The `demo` command: a simulated workspace, the real service on a compressed clock, and a client
 * whose key never changes.
 *
 * @module
 */

import type { DemoFlags } from "../demo/flags.ts";
import { exitCodeOf, makeSummary } from "../demo/summary.ts";
import type { DemoFacts } from "../demo/view.ts";
import { readKeys } from "../support/keys_file.ts";
import { startLog } from "../support/log.ts";
import { boot } from "./boot.ts";
import {
  demoEnvironment,
  type DemoHome,
  INTERVAL_SECONDS,
  LIFETIME_SECONDS,
  makeDemoHome,
  writeDemoProfile,
} from "./demo_home.ts";
import { DemoIsolate } from "./demo_isolate.ts";
import { type DemoScreen, openScreen } from "./demo_screen.ts";
import { fired, logOptionsOf } from "./run.ts";
import { type Service, startService } from "./serve.ts";

/** The agent whose key the client takes. */
const AGENT = "pi";

/** Runs the demo until its time is over or `signal` fires. 1: a request failed. */
export async function runDemo(
  flags: DemoFlags,
  { signal }: { readonly signal: AbortSignal },
): Promise<0 | 1> {
  await using home = await makeDemoHome();
  const proxyPort = findFreePort();
  let screen: DemoScreen | null = null;
  using isolate = new DemoIsolate({ proxyPort, onSnapshot: (now) => screen?.show(now) });
  const workspace = await isolate.open();
  await writeDemoProfile(home, workspace);
  await using service = await startDemoService(home, proxyPort);
  const origin = `http://127.0.0.1:${service.port}`;
  const startedAt = await isolate.run({ origin, ...await readDemoKeys(home) });
  using opened = openScreen(flags.format, factsOf({ home, flags, origin, workspace, startedAt }));
  screen = opened;
  await untilEnd({ signal, seconds: flags.seconds, failure: isolate.failure });

  const elapsedMs = Date.now() - startedAt;
  opened.end();
  const last = await isolate.rest();
  await service.stop();
  const summary = makeSummary(last, { elapsedMs, tokens: await isolate.close() });
  opened.show(last);
  opened.conclude(summary);
  return exitCodeOf(summary);
}

async function startDemoService(
  home: DemoHome,
  port: number,
): Promise<Service & AsyncDisposable> {
  const booted = await boot(demoEnvironment(home.folder, port));
  const log = logOptionsOf(booted.settings);
  startLog(log);
  const service = await startService(booted, { log, hostName: "demo" });
  const stop = async () => await service.stop();
  return { port: service.port, stop, [Symbol.asyncDispose]: stop };
}

/**
 * A port that was free a moment ago. The demo isolate is told it before anything listens there,
 * so that it needs no permission for any other.
 */
function findFreePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function readDemoKeys({ keysFile }: DemoHome) {
  const keys = await readKeys(keysFile);
  const agent = keys?.agents.get(AGENT);
  if (keys === null || agent === undefined) throw new Error(`${keysFile} has no key of ${AGENT}`);
  return { agentKey: agent.reveal(), operatorKey: keys.operator.reveal() };
}

function factsOf(parts: {
  readonly home: DemoHome;
  readonly flags: DemoFlags;
  readonly origin: string;
  readonly workspace: { readonly origin: string };
  readonly startedAt: number;
}): DemoFacts {
  const { home, flags, origin, workspace, startedAt } = parts;
  return {
    proxyOrigin: origin,
    workspaceOrigin: workspace.origin,
    keysFile: home.keysFile,
    profileFile: home.profileFile,
    lifetimeSeconds: LIFETIME_SECONDS,
    intervalSeconds: INTERVAL_SECONDS,
    seconds: flags.seconds,
    startedAt,
  };
}

/** @throws {Error} if the workspace or the client fails before. */
async function untilEnd(end: {
  readonly signal: AbortSignal;
  readonly seconds: number | null;
  readonly failure: Promise<never>;
}): Promise<void> {
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const timer = end.seconds === null ? undefined : setTimeout(resolve, end.seconds * 1_000);
  try {
    await Promise.race([isOver, fired(end.signal), end.failure]);
  } finally {
    clearTimeout(timer);
  }
}
