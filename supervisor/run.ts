/**
 * The `serve` command: a service from start to signal.
 *
 * @module
 */

import { logFor, type LogOptions, printOut, startLog } from "../support/log.ts";
import type { Settings } from "../settings.ts";
import type { Boot } from "./boot.ts";
import { startService } from "./serve.ts";

/** Runs the service until `signal` fires, and lets what is in flight end. */
export async function runService(boot: Boot, options: { signal: AbortSignal }): Promise<0> {
  const log = logOptionsOf(boot.settings);
  startLog(log);
  const service = await startService(boot, { log, hostName: Deno.hostname() });
  const { proxyHost } = boot.settings;
  const name = proxyHost.includes(":") ? `[${proxyHost}]` : proxyHost;
  const url = `http://${name}:${service.port}`;
  logFor("supervisor").info("listening", { url, port: service.port });
  printOut(`Keyturn serves on ${url} for ${boot.workspaceHost}\n`);
  await fired(options.signal);
  logFor("supervisor").info("stopping");
  await service.stop();
  logFor("supervisor").info("stopped");
  return 0;
}

/** How to log, given the settings and what stderr is. */
export function logOptionsOf({ logLevel, logFormat }: Settings): LogOptions {
  const isTerminal = Deno.stderr.isTerminal();
  return {
    level: logLevel,
    format: logFormat ?? (isTerminal ? "text" : "json"),
    color: isTerminal && !Deno.noColor ? "color" : "plain",
  };
}

/** Resolves when `signal` fires. */
export async function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
