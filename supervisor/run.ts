/**
 * The `serve` command: a service from start to signal.
 *
 * @module
 */

import { logFor, type LogOptions, printOut, startLog } from "../support/log.ts";
import type { Settings } from "../settings.ts";
import type { Boot } from "./boot.ts";
import { type Service, type ServiceOptions, startService } from "./serve.ts";

/** Runs the service until `signal` fires, and lets what is in flight end. */
export async function runService(boot: Boot, options: { signal: AbortSignal }): Promise<0> {
  const log = logOptionsOf(boot.settings);
  startLog(log);
  const { signal } = options;
  const service = await startUnlessStopped(boot, { log, hostName: Deno.hostname(), signal });
  if (service === null) return 0;
  const { proxyHost } = boot.settings;
  const name = proxyHost.includes(":") ? `[${proxyHost}]` : proxyHost;
  const url = `http://${name}:${service.port}`;
  logFor("supervisor").info("listening", { url, port: service.port });
  printOut(`Keyturn serves on ${url} for ${boot.workspaceHost}\n`);
  await fired(signal);
  logFor("supervisor").info("stopping");
  await service.stop();
  logFor("supervisor").info("stopped");
  return 0;
}

async function startUnlessStopped(
  boot: Boot,
  options: ServiceOptions & { readonly signal: AbortSignal },
): Promise<Service | null> {
  try {
    return await startService(boot, options);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
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
