/**
 * What repairs cost a request body: against reading it alone where nothing fires, and against
 * reading and writing it where something does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodeRequest, mendRequest, readRequest } from "../../proxy/repairs/repair_request.ts";
import { Rows } from "../../proxy/repairs/rows.ts";
import { REQUEST_REPAIRS } from "../../proxy/repairs/table.ts";
import { printOut } from "../../support/log.ts";
import { findRoute } from "../../workspace/endpoints.ts";
import { cpuMs, median } from "../figures.ts";
import { type Conversation, conversation, DIALECTS, type Health } from "./conversations.ts";

const SIZES = [20_000, 400_000, 2_000_000] as const;
/** A round works through about this much of each kind. */
const ROUND_BYTES = 60_000_000;
const ROUNDS = 15;
/** And about this much of each before, so that all is compiled. */
const WARM_BYTES = 150_000_000;
const decoder = new TextDecoder();

/** Prints the ratios. */
export function benchBodies(): void {
  say("bodies: Keyturn ÷ JSON alone (parse if nothing fires, parse and write if something does)");
  say("dialect    size     sound ÷ parse   broken ÷ parse+write   repairs that fired");
  for (const dialect of DIALECTS) {
    for (const bytes of SIZES) {
      const [sound, broken] = (["sound", "broken"] as const).map((health) =>
        measure(conversation(dialect, { bytes, health }), health)
      );
      assert(sound !== undefined && broken !== undefined);
      say(
        [
          dialect.padEnd(10),
          `${Math.round(bytes / 1_000)} KB`.padEnd(8),
          ratio(sound).padEnd(15),
          ratio(broken).padEnd(22),
          broken.fired.join(","),
        ].join(" "),
      );
    }
  }
}

interface Measured {
  readonly ratio: number;
  readonly microseconds: number;
  readonly fired: readonly string[];
}

function measure({ path, body: value }: Conversation, health: Health): Measured {
  const route = findRoute("POST", path);
  assert(route?.kind === "forward");
  const body = new TextEncoder().encode(JSON.stringify(value));
  const rows = new Rows(REQUEST_REPAIRS, []);
  const repair = () => {
    const read = readRequest(body, { route, mode: "ai-gateway" });
    assert(read !== null);
    const onBug = (error: unknown) => {
      throw error;
    };
    const { after, fired } = mendRequest(read, { row: rows.of(read.subject), onBug });
    return { fired, isSame: encodeRequest(body, { read, after }) === body };
  };
  // The cheapest that there is: a strict decoder takes ten times as long.
  const parse = () => JSON.parse(decoder.decode(body));
  const alone = health === "sound"
    ? parse
    : () => new TextEncoder().encode(JSON.stringify(parse()));
  const { fired, isSame } = repair();
  assert.equal(isSame, health === "sound", `${path}: ${fired}`);
  const times = Math.max(3, Math.round(ROUND_BYTES / body.byteLength / ROUNDS));
  // A service is warm; the compiler's own threads count, so they have to be done.
  for (const work of [repair, alone]) time(work, Math.max(1, Math.round(WARM_BYTES / body.length)));
  const pairs = Array.from(
    { length: ROUNDS },
    (): [number, number] => [time(repair, times), time(alone, times)],
  );
  return {
    ratio: median(pairs.map(([ours, theirs]) => ours / theirs)),
    microseconds: median(pairs.map(([ours, theirs]) => (ours - theirs) / times)) * 1_000,
    fired,
  };
}

function time(work: () => unknown, times: number): number {
  const begun = cpuMs();
  for (let count = 0; count < times; count++) work();
  return cpuMs() - begun;
}

function ratio({ ratio, microseconds }: Measured): string {
  return `${ratio.toFixed(2)} (${microseconds.toFixed(0)} µs)`;
}

function say(line: string): void {
  printOut(`${line}\n`);
}
