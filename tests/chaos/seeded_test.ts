/**
 * Scenarios made of seeds: faults, their moments and how long they last, many at a time. No
 * request fails while there is a live credential to serve it with, nothing of the service's own is
 * left over, and nobody else's token is touched.
 *
 *     CHAOS_SEED=17 deno task test:chaos --filter seeded
 *
 * plays one of them alone and prints its log.
 */

import { configureSync, type LogRecord } from "@logtape/logtape";
import assert from "node:assert/strict";
import { describe, type Outcome, play } from "../support/chaos/play.ts";
import { printLine } from "../../support/log.ts";
import { Pulse } from "../support/chaos/pulse.ts";
import { makeScenario, nameOf, type Scenario } from "../support/chaos/scenario.ts";

const COUNT = Number(Deno.env.get("CHAOS_COUNT") ?? 220);
const FIRST = Number(Deno.env.get("CHAOS_FIRST") ?? 1);
/** As many as two cores bear; and where they had other things to do, fewer and fewer. */
const AT_A_TIME = [48, 12, 6, 3];
/** No other one begins while the machine takes longer for a request and a write. */
const CALM_MS = 120;
/** Nor does one wait for that for longer. */
const PATIENCE_MS = 3_000;
/** Where it took longer than this, a failure says nothing: the scenario is played again. */
const TELLING_MS = 300;
const only = Deno.env.get("CHAOS_SEED");

const logs = new Map<string, LogRecord[]>();

function startLogs(): void {
  configureSync({
    reset: true,
    sinks: {
      logs: (record) => {
        const seed = record.category[1] ?? "";
        const log = logs.get(seed) ?? [];
        log.push(record);
        logs.set(seed, log);
      },
    },
    loggers: [
      { category: "chaos", lowestLevel: "info", sinks: ["logs"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** What was wrong with a scenario, and the line that plays it again. */
function tell(scenario: Scenario, problems: readonly string[]): string {
  const again = `CHAOS_SEED=${scenario.seed} deno task test:chaos --filter seeded`;
  return [describe(scenario), ...problems.map((each) => `  ${each}`), `  ${again}`].join("\n");
}

/** The log of a scenario; where it is one of many, its end. */
function tellLog({ seed }: Scenario): string {
  const log = logs.get(String(seed)) ?? [];
  const lines = (only === undefined ? log.slice(-25) : log)
    .map(({ timestamp, rawMessage, properties }) =>
      `  ${timestamp % 1_000_000} ${rawMessage} ${JSON.stringify(properties).slice(0, 300)}`
    );
  return [`log of seed ${seed}:`, ...lines].join("\n");
}

Deno.test("seeded chaos: no request fails while there is a live credential", async (t) => {
  startLogs();
  const seeds = only === undefined
    ? Array.from({ length: COUNT }, (_, index) => FIRST + index)
    : [Number(only)];
  const scenarios = seeds.map(makeScenario);
  const outcomes = new Map<Scenario, Outcome>();
  const startedAt = performance.now();
  await using pulse = await Pulse.take();
  let again = -scenarios.length;
  let left: readonly Scenario[] = scenarios;
  for (const atATime of AT_A_TIME) {
    const waiting = left.values();
    const untold: Scenario[] = [];
    again += left.length;
    const work = async () => {
      for (const scenario of waiting) {
        logs.delete(String(scenario.seed));
        await pulse.calm(CALM_MS, { patienceMs: PATIENCE_MS });
        const begunAt = performance.now();
        const outcome = await play(scenario)
          .catch((error) => ({ problems: [`${error}`], sent: 0, excused: 0, longestMs: 0 }));
        outcomes.set(scenario, outcome);
        const isTelling = pulse.worstSince(begunAt) < TELLING_MS;
        if (outcome.problems.length > 0 && !isTelling) untold.push(scenario);
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
    left = untold;
  }
  const all = [...outcomes.values()];
  const sum = (of: (outcome: Outcome) => number) =>
    all.reduce((total, each) => total + of(each), 0);
  const summary =
    `${scenarios.length} scenarios in ${Math.round((performance.now() - startedAt) / 1_000)} s: ` +
    `${sum(({ sent }) => sent)} requests, ${sum(({ excused }) => excused)} without a credential; ` +
    `${again} played again, a pulse of ${Math.round(pulse.worstSince(0))} ms at worst`;
  const faults = scenarios.flatMap(({ strikes }) => strikes.map(({ fault }) => nameOf(fault)));
  await t.step(summary, () => {});
  await t.step(JSON.stringify(count(faults)), () => {});
  const wrong = [...outcomes].filter(([, { problems }]) => problems.length > 0);
  const told = wrong.map(([scenario, { problems }]) => tell(scenario, problems));
  const shown = only === undefined ? wrong.map(([scenario]) => scenario) : scenarios;
  // A test that is passed shows nothing of what it prints.
  if (only !== undefined || wrong.length > 0) printLine(shown.map(tellLog).join("\n"));
  if (wrong.length > 0) {
    const seeds = wrong.map(([{ seed }]) => seed).join(", ");
    assert.fail(`${wrong.length} scenarios went wrong (${seeds}):\n${told.join("\n")}`);
  }
});
