/**
 * Runs the benchmarks that are named, or all of them.
 *
 *     deno task bench [proxy] [rotation] [repairs] [streams] [abuse] [--rounds N] [--workers N] [--seconds N] [--rotations N]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { benchAbuse } from "./abuse/abuse_bench.ts";
import { benchProxy } from "./proxy_bench.ts";
import { benchBodies } from "./repairs/bodies_bench.ts";
import { benchStreams } from "./repairs/sse_bench.ts";
import { benchRotation } from "./rotation/rotation_bench.ts";

const { values, positionals } = parseArgs({
  // The task runner hands on the dashes that end its own options.
  args: Deno.args.filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    workers: { type: "string" },
    seconds: { type: "string", default: "4" },
    rotations: { type: "string", default: "200" },
  },
});
const rounds = Number(values.rounds);
const workers = values.workers === undefined ? null : Number(values.workers);

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  proxy: () => benchProxy({ rounds, workers: workers ?? 1, seconds: Number(values.seconds) }),
  rotation: () =>
    benchRotation({
      rounds,
      workers: workers === null ? [1, 4] : [workers],
      rotations: Number(values.rotations),
    }),
  abuse: () => benchAbuse({ seconds: Number(values.seconds), afterSeconds: 60 }),
  repairs: () => Promise.resolve(benchBodies()),
  streams: () => Promise.resolve(benchStreams()),
};

const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
const benches = names.map((name) => {
  const bench = BENCHES[name];
  if (bench === undefined) {
    throw new TypeError(`there is no benchmark "${name}"; wanted ${Object.keys(BENCHES)}`);
  }
  return bench;
});
for (const bench of benches) await bench();
