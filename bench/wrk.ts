/**
 * One run of wrk, as numbers.
 *
 * @module
 */

/** What wrk measured. */
export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx or 3xx, and socket errors. */
  readonly failed: number;
}

/** What to ask of it. */
export interface WrkOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A Lua file that sets method, headers and body. */
  readonly script: string;
}

/** Runs wrk to its end. */
export async function runWrk(options: WrkOptions): Promise<WrkResult> {
  const { url, connections, seconds, script } = options;
  const { stdout, stderr, success } = await new Deno.Command("wrk", {
    args: ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, url],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`wrk failed: ${new TextDecoder().decode(stderr)}`);
  return parseWrk(text);
}

/**
 * The figures of wrk's report.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseWrk } from "./wrk.ts";
 *
 * const text = "  Latency Distribution\n     50%  363.00us\n     75%  400us\n     99%    1.80ms\n" +
 *   "  Non-2xx or 3xx responses: 7\nRequests/sec:   2589.49\n";
 * assert.deepEqual(parseWrk(text), {
 *   requestsPerSecond: 2589.49,
 *   p50Ms: 0.363,
 *   p99Ms: 1.8,
 *   failed: 7,
 * });
 * ```
 */
export function parseWrk(text: string): WrkResult {
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const broken = sockets?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0;
  return {
    requestsPerSecond: Number(find(text, /Requests\/sec:\s+([\d.]+)/)),
    p50Ms: toMs(find(text, /\b50%\s+([\d.]+\w+)/)),
    p99Ms: toMs(find(text, /\b99%\s+([\d.]+\w+)/)),
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0) + broken,
  };
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`wrk printed no ${pattern}:\n${text}`);
  return found;
}

function toMs(text: string): number {
  const value = Number.parseFloat(text);
  if (text.endsWith("us")) return value / 1_000;
  return text.endsWith("ms") ? value : value * 1_000;
}
