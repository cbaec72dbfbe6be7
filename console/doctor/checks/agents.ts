/**
 * Each agent: its program, its config, its key, and a live request through its exact route.
 *
 * @module
 */

import { AGENT_DIALECTS } from "../../../settings.ts";
import { AGENTS } from "../../../setup/agents/all.ts";
import { isWorkspaceModel } from "../../../setup/agents/model_choice.ts";
import { listServedModels } from "../../../setup/served_models.ts";
import { fetchDirect } from "../../../support/direct_client.ts";
import { ADDRESS_REASON, KEY_REASON } from "../../../setup/agents/changes.ts";
import type { AgentReport } from "../../../setup/report.ts";
import { findProgram } from "../agents/program.ts";
import { tinyRequest } from "../agents/route.ts";
import { isSetUp, planOf } from "../agents/setup_plan.ts";
import { travel } from "../agents/trip.ts";
import { type Check, fail, type Finding, ok, skip, type Trouble, warn } from "../check.ts";
import type { Scene } from "../scene.ts";

/** One check for each agent that setup knows. */
export const AGENT_CHECKS: readonly Check[] = AGENTS.map(({ name }) => ({
  name,
  run: (scene) => judgeAgent(name, scene),
}));

/** What one look at an agent has seen. */
interface Look {
  readonly seen: readonly string[];
  readonly troubles: readonly Trouble[];
}

async function judgeAgent(name: string, scene: Scene): Promise<Finding> {
  const report = await planOf(name, scene);
  if (report === null) return skip("its config cannot be compared, see port and settings");
  if (report.outcome === "skipped") return skip(report.notes.join("; "));
  if (!await isSetUp(name, report, scene)) return skip(`not set up; \`setup ${name}\` does it`);
  const looks = [
    await lookAtProgram(name, scene),
    lookAtConfig(name, report),
    await lookAtRoute(name, report, scene),
  ];
  const troubles = looks.flatMap((look) => look.troubles);
  if (troubles.length === 0) return ok(looks.flatMap(({ seen }) => seen).join(", "));
  return worstOf(troubles);
}

/** One line for all of them: a failure if one is. */
function worstOf(troubles: readonly Trouble[]): Trouble {
  const isFailure = troubles.some(({ outcome }) => outcome === "fail");
  const texts = (pick: (trouble: Trouble) => string) => [...new Set(troubles.map(pick))].join("; ");
  const [seen, fix] = [texts((trouble) => trouble.seen), texts((trouble) => trouble.fix)];
  return isFailure ? fail(seen, fix) : warn(seen, fix);
}

async function lookAtProgram(name: string, { env }: Scene): Promise<Look> {
  const path = env.PATH ?? "";
  if (path === "") return { seen: ["its program not looked for"], troubles: [] };
  const program = await findProgram(name, path);
  if (program === null) {
    return {
      seen: [],
      troubles: [warn(`\`${name}\` is not on PATH`, "install it, or put it there")],
    };
  }
  return { seen: [program.version ?? `${program.path} (version unknown)`], troubles: [] };
}

function lookAtConfig(name: string, report: AgentReport): Look {
  const { outcome, conflicts, problems, files } = report;
  const again = `\`setup ${name}\` puts it right, \`--dry-run\` shows how`;
  if (outcome === "failed") {
    return {
      seen: [],
      troubles: [fail(problems.join("; "), "put the file right, then run setup")],
    };
  }
  const inTheWay = conflicts.filter(({ state }) => state !== "taken").map(
    ({ where, what, fix, state }) => (state === "warns" ? warn : fail)(`${where} ${what}`, fix),
  );
  const changes = files.flatMap((file) => file.changes.map((change) => ({ ...change, file })));
  const [away, other] = [true, false].map((isAway) =>
    changes.filter(({ reason }) => (reason === ADDRESS_REASON || reason === KEY_REASON) === isAway)
  );
  const names = (some: typeof changes = []) =>
    some.map(({ path, file }) => `${path} in ${file.path}`).join(", ");
  const open = files.filter(({ access }) => access === "closed").map(({ path }) => path);
  const troubles = [
    ...inTheWay,
    ...(away?.length ? [fail(`its config does not point here: ${names(away)}`, again)] : []),
    ...(other?.length
      ? [warn(`its config is not as setup writes it: ${names(other)}`, again)]
      : []),
    ...open.map((path) => fail(`${path} holds its key, and others may read it`, again)),
  ];
  return { seen: ["its config points here"], troubles };
}

/** A model as the workspace knows it: without the provider, and the suffix for a long context. */
function plainModel(shown: string): string {
  return shown.replace(/\[\w+\]$/, "").split("/").at(-1) ?? "";
}

async function lookAtRoute(name: string, report: AgentReport, scene: Scene): Promise<Look> {
  const { occupant, keys, place } = await scene.service();
  const nothing: Look = { seen: [], troubles: [] };
  // The checks of the keys and of the port say why.
  if (keys === null || occupant.kind !== "ours") return nothing;
  const key = keys.agents.get(name);
  if (key === undefined) {
    return { ...nothing, troubles: [fail("it has no key", `\`setup ${name}\` makes it one`)] };
  }
  const facts = new Map(report.summary);
  const base = facts.get("endpoint");
  const model = plainModel(facts.get("model") ?? "");
  if (base === undefined || model === "") return nothing;
  const asked = { place, operator: keys.operator, key, fetch: fetchDirect };
  const { names } = await listServedModels(asked);
  if (!isWorkspaceModel(model, names)) {
    return { ...nothing, seen: [`its model, ${model}, is another provider's and was not tried`] };
  }
  const request = tinyRequest(base, { model, dialects: AGENT_DIALECTS[name] ?? [] });
  if (request === null) return { ...nothing, seen: [`${base} is no address that can be tried`] };
  const trip = await travel(request, { place, key, name });
  if (trip.outcome !== "there and back") return { seen: [], troubles: [trip] };
  const repairs = trip.repairs.length === 0 ? "" : `, repaired: ${trip.repairs.join(", ")}`;
  return {
    seen: [`${model} answers at ${request.path} in ${trip.tookMs} ms${repairs}`],
    troubles: [],
  };
}
