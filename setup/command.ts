/**
 * The command `setup`: agents' configs are written, shown or put back, one after the other.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { ConfigError, describeError } from "../support/errors.ts";
import { ensureKeys, makeKey, readKeys } from "../support/keys_file.ts";
import type { Secret } from "../workspace/credential.ts";
import type { Agent, Env, Wanted } from "./agents/agent.ts";
import { proxyOrigin } from "./agents/endpoint.ts";
import { hermes } from "./agents/hermes.ts";
import { applyPlan, closeConfig, readConfig } from "./apply.ts";
import { FormatError } from "../formats/format.ts";
import { planSetup } from "./plan.ts";
import { planReport, summary, undoReport } from "./report.ts";
import { undoConfig } from "./undo.ts";

const AGENTS: readonly Agent[] = [hermes];

/** Names of the agents that {@link runSetup} knows, for `--all`. */
export const setupAgents: readonly string[] = AGENTS.map(({ name }) => name);

/** Environment variables that setup reads beside the settings. */
export const setupEnvironment: readonly string[] = AGENTS.flatMap(({ environment }) => environment);

/** Absolute paths of all configs that setup may write. */
export function setupPaths({ home }: Settings, env: Env): readonly string[] {
  return AGENTS.map(({ configPath }) => configPath(home, env));
}

/** What {@link runSetup} is given. */
export interface SetupOptions {
  /** Names of the agents. */
  readonly agents: readonly string[];
  /** `dryRun`: show and write nothing; `undo`: put back what setup changed. */
  readonly flags: { readonly dryRun: boolean; readonly undo: boolean };
  /** The settings. */
  readonly settings: Settings;
  /** The environment: where agents have their homes, and what would win over their configs. */
  readonly env: Env;
  /** Takes what the person is told. */
  readonly write: (text: string) => void;
  /** Whether the person's terminal shows colours. */
  readonly color: "color" | "plain";
}

interface Job {
  readonly agent: Agent;
  readonly path: string;
  readonly recordPath: string;
}

/**
 * Sets up the named agents, or undoes it. An agent that fails does not keep the others from it.
 *
 * @returns 0, or 1 if an agent failed.
 * @throws {ConfigError} that lists every setting that is wrong, before anything is written.
 */
export async function runSetup(options: SetupOptions): Promise<0 | 1> {
  const jobs = planJobs(options);
  const summaries: string[] = [];
  let status: 0 | 1 = 0;
  for (const job of jobs) {
    try {
      const done = options.flags.undo ? await undo(job, options) : await setUp(job, options);
      options.write(done.report);
      summaries.push(done.summary);
    } catch (error) {
      options.write(`${job.agent.name}: ${describeFailure(error, job)}\n`);
      status = 1;
    }
  }
  options.write(summaries.join(""));
  return status;
}

function planJobs({ agents, flags, settings, env }: SetupOptions): readonly Job[] {
  const problems = [];
  const jobs: Job[] = [];
  for (const name of new Set(agents)) {
    const agent = AGENTS.find((agent) => agent.name === name);
    if (agent === undefined) {
      const message = `setup does not know this agent; it knows ${setupAgents.join(", ")}`;
      problems.push({ name, message });
      continue;
    }
    try {
      const path = agent.configPath(settings.home, env);
      jobs.push({ agent, path, recordPath: `${settings.stateFolder}/setup/${name}.json` });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (agents.length === 0) {
    problems.push({ name: "setup", message: `name an agent: ${setupAgents.join(", ")}` });
  }
  if (settings.proxyPort === 0 && !flags.undo) {
    const message = "is 0, which means another port at each start; agents need one that stays";
    problems.push({ name: "PROXY_PORT", message });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return jobs;
}

interface Done {
  readonly report: string;
  readonly summary: string;
}

async function setUp(job: Job, options: SetupOptions): Promise<Done> {
  const { agent, path, recordPath } = job;
  const { settings, flags, color } = options;
  if (!settings.agentEnabled[agent.name]) {
    const name = `ENABLE_${agent.name.toUpperCase()}`;
    return { report: `${agent.name}: skipped, ${name} is false\n`, summary: "" };
  }
  const file = await readConfig(path);
  const plan = planSetup(agent, { file, wanted: await wantedOf(job, options) });
  if (flags.dryRun) {
    const report = planReport(plan, { agent, mode: "dry-run", color, access: file.access });
    return { report, summary: "" };
  }
  if (plan.changes.length > 0) await applyPlan(plan, { recordPath, format: agent.format });
  else if (file.access === "open") await closeConfig(file);
  return {
    report: planReport(plan, { agent, mode: "write", color, access: file.access }),
    summary: summary(plan, { agent, settings }),
  };
}

async function undo(job: Job, { flags, color }: SetupOptions): Promise<Done> {
  const { agent, path, recordPath } = job;
  const mode = flags.dryRun ? "dry-run" : "write";
  const target = { agent: agent.name, path, recordPath, format: agent.format };
  const result = await undoConfig(target, { mode });
  return { report: undoReport(result, { agent, mode, color, path }), summary: "" };
}

async function wantedOf({ agent }: Job, { settings, env, flags }: SetupOptions): Promise<Wanted> {
  const path = `${settings.configFolder}/keys.json`;
  return {
    proxyOrigin: proxyOrigin(settings),
    key: flags.dryRun ? await keyToShow(path, agent.name) : await keyToWrite(path, agent.name),
    model: settings.agentModel[agent.name],
    fallbackModel: settings.hermesFallbackModel,
    databricksHost: settings.databricksHost,
    env,
  };
}

async function keyToWrite(path: string, name: string): Promise<Secret> {
  const newBytes = () => crypto.getRandomValues(new Uint8Array(32));
  const keys = await ensureKeys(path, [name], { randomBytes: newBytes });
  const key = keys.agents.get(name);
  if (key === undefined) throw new TypeError(`Cannot find the key of "${name}" that was just made`);
  return key;
}

/** The key that is there, or one that stands for it: nobody sees more of it than its name. */
async function keyToShow(path: string, name: string): Promise<Secret> {
  return (await readKeys(path))?.agents.get(name) ?? makeKey(name, new Uint8Array(32));
}

/** What went wrong, as one sentence that names the file. */
function describeFailure(error: unknown, { path }: Job): string {
  const reason = describeError(error);
  return error instanceof FormatError ? `Cannot edit "${path}": ${reason}` : reason;
}
