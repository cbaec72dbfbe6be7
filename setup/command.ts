/**
 * The command `setup`: agents' configs are written, shown or put back, one after the other.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { ConfigError, describeError } from "../support/errors.ts";
import { placeOf } from "../support/occupant.ts";
import type { Agent, Env } from "./agents/agent.ts";
import { proxyOrigin } from "./agents/endpoint.ts";
import { AGENTS, findAgent } from "./agents/all.ts";
import { applyPlan } from "./apply.ts";
import { closeFile, loadFiles } from "./agent_files.ts";
import { keyNotes, keyOf, type KeyOwners, keyOwners, type SetupKey } from "./agent_key.ts";
import { planAgent } from "./plan.ts";
import type { ConfigFile, Reader } from "./read_config.ts";
import { type AgentReport, bareReport, planReport, undoReport } from "./report.ts";
import { progressText, summaryText, unlistedText } from "./report_text.ts";
import { listServedModels, type ServedModels } from "./served_models.ts";
import { summaryOf } from "./summary.ts";
import { undoFile } from "./undo.ts";

/** Names of the agents that {@link runSetup} knows, for `--all`. */
export const setupAgents: readonly string[] = AGENTS.map(({ name }) => name);

/** Environment variables that setup reads beside the settings. */
export const setupEnvironment: readonly string[] = [
  ...new Set(AGENTS.flatMap(({ environment }) => environment)),
];

/** What a person asked for. */
export interface SetupFlags {
  /** Show and write nothing. */
  readonly dryRun: boolean;
  /** Take back what setup changed. */
  readonly undo: boolean;
  /** Change choices of the person's that are in the way. */
  readonly takeOver: boolean;
  /** Tell it as JSON. */
  readonly json: boolean;
}

/** What {@link runSetup} is given. */
export interface SetupOptions {
  /** Names of the agents. */
  readonly agents: readonly string[];
  /** What is to be done with them. */
  readonly flags: SetupFlags;
  /** The settings. */
  readonly settings: Settings;
  /** The environment: where agents have their homes, and what would win over their configs. */
  readonly env: Env;
  /** Who runs this. */
  readonly reader: Reader;
  /** Asks the running service for its models. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Takes what the person is told. */
  readonly write: (text: string) => void;
  /** Whether the person's terminal shows colours. */
  readonly color: "color" | "plain";
}

interface Work extends Job {
  /** Who had keys at the start. */
  readonly owners: KeyOwners;
}

interface Job {
  readonly agent: Agent;
  readonly recordPath: string;
  readonly options: SetupOptions;
  readonly mode: "write" | "dry-run";
  /** What the workspace serves; asked once. */
  readonly served: (key: SetupKey) => Promise<readonly string[] | null>;
}

/**
 * Sets up the named agents, or undoes it. An agent that fails does not keep the others from it.
 *
 * @returns 0, or 1 if an agent failed or was refused.
 * @throws {ConfigError} that lists every setting that is wrong, before anything is written.
 */
export async function runSetup(options: SetupOptions): Promise<0 | 1> {
  const { flags, write, color } = options;
  const reports: AgentReport[] = [];
  const served = askOnce(options);
  const jobs = planJobs(options, served.ask);
  // What is wrong with the file, each agent tells.
  const owners = await keyOwners(options.settings).catch(() => null);
  for (const job of jobs) {
    const report = await work({ ...job, owners });
    reports.push(report);
    if (!flags.json) write(progressText(report, { mode: job.mode, color }));
  }
  write(closingOf({ agents: reports, unlisted: served.reason() }, flags));
  return reports.some(({ outcome }) => outcome === "failed" || outcome === "refused") ? 1 : 0;
}

/** What is told when all agents are done. */
function closingOf(
  { agents, unlisted }: {
    readonly agents: readonly AgentReport[];
    /** Why the models could not be listed, `null` if they were, or nobody asked. */
    readonly unlisted: string | null;
  },
  { json, dryRun }: SetupFlags,
): string {
  const mode = dryRun ? "dry-run" : "write";
  if (json) return `${JSON.stringify({ version: 1, mode, unlisted, agents }, null, 2)}\n`;
  // Where nothing could be set up, no model stands in for another.
  const isSetUp = agents.some(({ outcome }) => outcome === "changed" || outcome === "unchanged");
  const note = unlisted === null || !isSetUp ? "" : unlistedText(unlisted);
  return note + (dryRun ? "" : agents.map(summaryText).join(""));
}

async function work(job: Work): Promise<AgentReport> {
  const { agent, options: { flags, settings } } = job;
  try {
    if (flags.undo) return await undo(job);
    if (settings.agentEnabled[agent.name]) return await setUp(job);
    const note = `ENABLE_${agent.name.toUpperCase()} is false`;
    return bareReport(agent, "skipped", { notes: [note] });
  } catch (error) {
    return bareReport(agent, "failed", { problems: problemsOf(error) });
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof ConfigError)) return [describeError(error)];
  return error.problems.map(({ name, message }) => `${name}: ${message}`);
}

async function setUp(
  { agent, recordPath, options, mode, served, owners }: Work,
): Promise<AgentReport> {
  const { settings, flags, env, reader } = options;
  const loaded = await loadFiles(agent.files(settings.home, env), reader);
  const key = await keyOf(agent.name, { settings, mode, owners });
  const plan = planAgent(agent, {
    files: loaded.map(({ place, file }) => ({ place, text: file?.text ?? null })),
    wanted: {
      proxyOrigin: proxyOrigin(settings),
      key: key.key,
      model: settings.agentModel[agent.name],
      fallbackModel: settings.hermesFallbackModel,
      served: await served(key),
      databricksHost: settings.databricksHost,
      home: settings.home,
      env,
      manners: flags.takeOver ? "take-over" : "guest",
    },
  });
  const files = loaded.flatMap(({ file }) => file ?? []);
  if (mode === "write" && plan.outcome !== "blocked") {
    const planned = plan.files.map((each) => ({ plan: each, file: fileOf(each.place, files) }));
    await applyPlan(planned, { agent: agent.name, recordPath });
    for (const each of planned) await closeFile(each);
  }
  const summary = summaryOf(plan, { settings, agent });
  const report = planReport(plan, { agent, files, mode, summary });
  return { ...report, notes: [...keyNotes(agent.name, key), ...report.notes] };
}

function fileOf({ path }: { readonly path: string }, files: readonly ConfigFile[]): ConfigFile {
  return files.find((file) => file.path === path) ?? { path, text: null, mode: null };
}

async function undo({ agent, recordPath, options, mode }: Job): Promise<AgentReport> {
  const { settings, env, reader } = options;
  const results = [];
  // The last file that was made goes first, so that folders are empty when their turn comes.
  for (const place of agent.files(settings.home, env).toReversed()) {
    const target = { agent: agent.name, place, recordPath, reader };
    results.unshift({ place, result: await undoFile(target, { mode }) });
  }
  return undoReport(results, { agent, mode });
}

function planJobs(options: SetupOptions, served: Job["served"]): readonly Job[] {
  const { agents, flags, settings, env } = options;
  const problems = [];
  const jobs: Job[] = [];
  const mode = flags.dryRun ? "dry-run" : "write";
  for (const name of new Set(agents)) {
    const agent = findAgent(name);
    if (agent === undefined) {
      const message = `setup does not know this agent; it knows ${setupAgents.join(", ")}`;
      problems.push({ name, message });
      continue;
    }
    try {
      agent.files(settings.home, env);
      const recordPath = `${settings.stateFolder}/setup/${name}.json`;
      jobs.push({ agent, recordPath, options, mode, served });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (agents.length === 0) {
    problems.push({ name: "setup", message: `name an agent, or --all: ${setupAgents.join(", ")}` });
  }
  if (settings.proxyPort === 0 && !flags.undo) {
    const message = "is 0, which means another port at each start; agents need one that stays";
    problems.push({ name: "PROXY_PORT", message });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return jobs;
}

/** Asks for the models when the first agent wants to know, and remembers why there are none. */
function askOnce(
  { settings, fetch }: SetupOptions,
): { readonly ask: Job["served"]; readonly reason: () => string | null } {
  let answer: Promise<ServedModels> | null = null;
  let reason: string | null = null;
  const place = placeOf(settings);
  const ask: Job["served"] = async ({ key, operator, state }) => {
    // A key that nobody has made yet opens nothing.
    if (state === "imagined" || operator === null) {
      reason ??= "there is no key yet to ask the service with";
      return null;
    }
    answer ??= listServedModels({ place, operator, key, fetch });
    const served = await answer;
    reason = served.reason;
    return served.names;
  };
  return { ask, reason: () => reason };
}
