/**
 * What Keyturn adds to a request, as ratios against nginx measured in the same run.
 *
 * @module
 */

import { printLine, printOut } from "../support/log.ts";
import { median } from "./figures.ts";
import { startKeyturn, startNginx } from "./servers.ts";
import { runWrk, type WrkResult } from "./wrk.ts";

/** How much is measured. */
export interface ProxyBenchOptions {
  readonly rounds: number;
  /** Of each run of wrk. */
  readonly seconds: number;
  /** Proxy isolates. */
  readonly workers: number;
}

const ports = { upstream: 18_081, proxy: 18_080 };
const path = "/serving-endpoints/chat/completions";

/** Measures, and prints the figures. */
export async function benchProxy({ rounds, seconds, workers }: ProxyBenchOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-bench-" });
  try {
    await using _nginx = await startNginx(folder, ports);
    await using keyturn = await startKeyturn(folder, {
      upstream: `http://127.0.0.1:${ports.upstream}`,
      port: 18_082,
      workers,
    });
    const restMb = await keyturn.residentMb();
    const targets = {
      direct: `http://127.0.0.1:${ports.upstream}${path}`,
      nginx: `http://127.0.0.1:${ports.proxy}${path}`,
      keyturn: `${keyturn.origin}${path}`,
    };
    for (const [size, bytes] of [["1 KB", 1_000], ["400 KB", 400_000]] as const) {
      const script = await writeScript(folder, { bytes, key: keyturn.key });
      for (const connections of [16, 1]) {
        const runs = await measure(targets, { script, connections, rounds, seconds });
        report(`${size}, c=${connections}`, runs);
      }
    }
    const loadedMb = await keyturn.residentMb();
    printOut(`resident memory: ${restMb} MB at rest, ${loadedMb} MB after the run\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type Name = "direct" | "nginx" | "keyturn";

/** Rounds in turn, so that a machine whose speed drifts treats all alike. */
async function measure(
  targets: Readonly<Record<Name, string>>,
  options: { script: string; connections: number; rounds: number; seconds: number },
): Promise<Readonly<Record<Name, WrkResult[]>>> {
  const runs: Record<Name, WrkResult[]> = { direct: [], nginx: [], keyturn: [] };
  for (let round = 0; round < options.rounds; round++) {
    for (const name of ["direct", "nginx", "keyturn"] as const) {
      const result = await runWrk({ ...options, url: targets[name] });
      if (result.failed > 0) printLine(`${name}: ${result.failed} requests failed`);
      runs[name].push(result);
    }
  }
  return runs;
}

function report(title: string, runs: Readonly<Record<Name, readonly WrkResult[]>>): void {
  const of = (name: Name, pick: (result: WrkResult) => number) => median(runs[name].map(pick));
  const rate = (name: Name) => of(name, (result) => result.requestsPerSecond);
  const added = (name: Name, pick: (result: WrkResult) => number) =>
    (of(name, pick) - of("direct", pick)).toFixed(2);
  printOut(
    `${title.padEnd(14)} keyturn ${rate("keyturn").toFixed(0)}/s, nginx ${
      rate("nginx").toFixed(0)
    }/s, ratio ${(rate("keyturn") / rate("nginx")).toFixed(2)}; ` +
      `added p50 ${added("keyturn", (r) => r.p50Ms)} ms (nginx ${
        added("nginx", (r) => r.p50Ms)
      }), added p99 ${added("keyturn", (r) => r.p99Ms)} ms (nginx ${
        added("nginx", (r) => r.p99Ms)
      })\n`,
  );
}

async function writeScript(
  folder: string,
  { bytes, key }: { bytes: number; key: string },
): Promise<string> {
  const path = `${folder}/post-${bytes}.lua`;
  await Deno.writeTextFile(
    path,
    `wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer ${key}"
wrk.body = '{"model":"m","messages":[{"role":"user","content":"' .. string.rep("a", ${
      bytes - 60
    }) .. '"}]}'
`,
    { mode: 0o600 },
  );
  return path;
}
