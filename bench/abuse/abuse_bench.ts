/**
 * Agents at work, quiet and in the middle of a flood: what the flood costs them, and the service.
 *
 * @module
 */

import { printLine } from "../../support/log.ts";
import { percentile } from "../figures.ts";
import { type KeyturnServer, startKeyturn } from "../servers.ts";
import type { FloodOrder } from "./flood.ts";
import { startPacedUpstream } from "./paced_upstream.ts";
import { requestTimes } from "./requests.ts";

/** How much of it. */
export interface AbuseOptions {
  readonly seconds: number;
  /** Seconds between the flood and the look at what it left behind. */
  readonly afterSeconds: number;
}

const STREAMS = 50;
const PORT = 4_760;

/** Prints a quiet run, a flooded one, and the state of the service some time later. */
export async function benchAbuse({ seconds, afterSeconds }: AbuseOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-abuse-" });
  using upstream = startPacedUpstream(seconds);
  {
    const env = { PROXY_HEADER_TIMEOUT: "10" };
    const options = { upstream: upstream.origin, port: PORT, workers: 1, env };
    await using keyturn = await startKeyturn(folder, options);
    await measure(keyturn, { upstream: upstream.origin, seconds: 1 });
    print("quiet", await measure(keyturn, { upstream: upstream.origin, seconds }));
    // Its bodies come with the key of another agent, who has gone astray.
    const { origin, operatorKey: key } = keyturn;
    const knocking = await flooded({ origin, key, halfOpen: 1_000, oversized: 0 });
    const sending = await flooded({ origin, key, halfOpen: 0, oversized: 200 });
    print("flood", await measure(keyturn, { upstream: upstream.origin, seconds }));
    printLine(`oversized bodies, by how they ended: ${JSON.stringify(await sending.stop())}`);
    await knocking.stop();
    await new Promise((resolve) => setTimeout(resolve, afterSeconds * 1_000));
    print("after", await measure(keyturn, { upstream: upstream.origin, seconds }));
    const headers = { authorization: `Bearer ${keyturn.operatorKey}` };
    const metrics = await (await fetch(`${keyturn.origin}/metrics`, { headers })).text();
    for (const line of metrics.match(/^keyturn_(conn|refused).*$/gm) ?? []) printLine(line);
  }
  await Deno.remove(folder, { recursive: true });
}

interface RunningFlood {
  /** Ends it. @returns how the oversized bodies ended. */
  stop(): Promise<unknown>;
}

async function flooded(order: FloodOrder): Promise<RunningFlood> {
  const worker = new Worker(new URL("./flood_worker.ts", import.meta.url), { type: "module" });
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const ends = Promise.withResolvers<unknown>();
  worker.onmessage = ({ data }) => {
    if (data === "started") started.resolve();
    else if (data === "stopped") stopped.resolve();
    else ends.resolve(data);
  };
  worker.postMessage(order);
  await started.promise;
  return {
    stop: async () => {
      const counts = await ends.promise;
      worker.postMessage("stop");
      await stopped.promise;
      return counts;
    },
  };
}

interface Run {
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  /** Of the same request sent to the workspace itself: what the machine is busy with shows here. */
  readonly directP99Ms: number;
  readonly requests: number;
  readonly failed: number;
  readonly streams: number;
  readonly peakMb: number;
}

async function measure(
  keyturn: KeyturnServer,
  { upstream, seconds }: { readonly upstream: string; readonly seconds: number },
): Promise<Run> {
  let peakMb = 0;
  const sampling = setInterval(async () => {
    peakMb = Math.max(peakMb, await keyturn.residentMb());
  }, 100);
  const streams = Array.from({ length: STREAMS }, () => readStream(keyturn));
  const through = `${keyturn.origin}/v1/chat/completions`;
  const direct = `${upstream}/serving-endpoints/chat/completions`;
  const [proxied, plain] = await Promise.all([
    requestTimes(through, { key: keyturn.key, seconds }),
    requestTimes(direct, { key: "none", seconds }),
  ]);
  const whole = (await Promise.all(streams)).filter((isWhole) => isWhole).length;
  clearInterval(sampling);
  return {
    addedP50Ms: percentile(proxied.times, 0.5) - percentile(plain.times, 0.5),
    addedP99Ms: percentile(proxied.times, 0.99) - percentile(plain.times, 0.99),
    directP99Ms: percentile(plain.times, 0.99),
    requests: proxied.times.length,
    failed: proxied.failed,
    streams: whole,
    peakMb,
  };
}

/** Whether it came to its end. */
async function readStream({ origin, key }: KeyturnServer): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      body: '{"stream":true}',
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    });
    return (await response.text()).endsWith("data: [DONE]\n\n");
  } catch {
    return false;
  }
}

function print(name: string, run: Run): void {
  const { addedP50Ms, addedP99Ms, directP99Ms, requests, failed, streams, peakMb } = run;
  printLine(
    `${name}: added p50 ${addedP50Ms.toFixed(2)} ms, added p99 ${addedP99Ms.toFixed(2)} ms ` +
      `(direct ${directP99Ms.toFixed(2)} ms), ` +
      `${requests} requests, ${failed} failed, ${streams} of ${STREAMS} streams whole, ` +
      `at most ${peakMb} MB`,
  );
}
