/**
 * The command line: arguments → command → exit code. Signals and exit codes are owned here.
 *
 * @module
 */

import { COMMAND_ENVIRONMENT, type Environment, SETTING_NAMES, type Settings } from "./settings.ts";
import { ConfigError, describeError } from "./support/errors.ts";
import { outputUnread, printLine, printOut } from "./support/log.ts";
import { VERSION } from "./support/version.ts";
import { fetchDirect } from "./support/direct_client.ts";

/** What a command is called with. */
interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Environment;
}

type ExitCode = 0 | 1 | 2 | typeof UNREAD;

/** What a shell says of `cat` when whoever read its output has left: 128 and SIGPIPE. */
const UNREAD = 141;

// Each command's code is loaded only when it is asked for: a service at rest holds no demo.
const COMMANDS: ReadonlyMap<string, (call: Call) => Promise<ExitCode>> = new Map([
  ["serve", runServe],
  ["serve:command", runServe],
  ["demo", runDemo],
  ["setup", runSetupCommand],
  ["status", runOperatorCommand],
  ["rotate", runOperatorCommand],
  ["token", runOperatorCommand],
  ["doctor", runDoctorCommand],
  ["explain", runExplain],
  ["keys", runKeysCommand],
]);

const USAGE = `keyturn ${VERSION}: fresh Databricks credentials for coding agents

  keyturn serve                       proxy and rotator, until SIGINT or SIGTERM
  keyturn serve:command               the same with a CREDENTIAL_COMMAND; only as a deno task
  keyturn demo [--seconds N] [--json] simulated workspace, serve and a client; no account needed
  keyturn setup <agent>… | --all      writes agents' configs; --dry-run shows, --undo takes back,
                                      --take-over changes choices that are in the way, --json
  keyturn status [--json] [--watch]   asks the running service how it is
  keyturn rotate                      asks the running service to rotate now
  keyturn token                       prints the current bearer
  keyturn doctor [--fix] [--json]     checks everything, one line each with what to do
  keyturn explain FILE [--json]       which repairs would change a captured request, and why
  keyturn keys list | rotate <agent> | revoke <agent>
                                      the local keys that agents come with

Settings are environment variables, or lines of ~/.config/keyturn/config.yaml: see the README.
`;

/**
 * Runs the command that `args` names. 0: done, 1: failed while working, 2: configured wrongly,
 * 141: done, but not all that it said was read.
 */
export async function main([name = "", ...rest]: readonly string[]): Promise<ExitCode> {
  // `deno task X -- --flag` passes the dashes on, behind the agent's name where the task has one
  // (`setup:codex`); they end nothing here.
  const args = rest.filter((arg) => arg !== "--");
  try {
    const code = await dispatch(name, args);
    // The service works for others than who has read its one line.
    const isForReading = COMMANDS.get(name) !== runServe;
    return code === 0 && isForReading && outputUnread.aborted ? UNREAD : code;
  } catch (error) {
    if (!(error instanceof ConfigError)) {
      printLine(`keyturn ${name} failed: ${describeError(error)}`);
      return 1;
    }
    printLine(`${["keyturn", name].join(" ").trim()}: the configuration is wrong`);
    for (const problem of error.problems) printLine(`  ${problem.name}: ${problem.message}`);
    return 2;
  }
}

async function dispatch(name: string, args: readonly string[]): Promise<ExitCode> {
  if (name === "--version") return say(`keyturn ${VERSION}\n`);
  if (name === "--help" || name === "help") return say(USAGE);
  const command = COMMANDS.get(name);
  if (command === undefined) throw usageError(name);
  if (args.includes("--help")) return say(USAGE);
  return await command({ name, args, env: readEnvironment(SETTING_NAMES) });
}

async function runServe({ name, args, env }: Call): Promise<ExitCode> {
  refuseArguments(args, []);
  const task = name === "serve:command" ? name : "serve";
  const commandEnv = task === "serve" ? {} : readEnvironment(COMMAND_ENVIRONMENT.filter(mayRead));
  const { boot } = await import("./supervisor/boot.ts");
  const { runService } = await import("./supervisor/run.ts");
  const booted = await boot({ ...commandEnv, ...env }, { task });
  return await runService(booted, { signal: untilSignal() });
}

async function runDemo({ args }: Call): Promise<ExitCode> {
  const { parseDemoFlags } = await import("./demo/flags.ts");
  const { runDemo: run } = await import("./supervisor/demo.ts");
  return await run(parseDemoFlags(args), { signal: whileRead(untilSignal()) });
}

async function runSetupCommand({ args, env }: Call): Promise<ExitCode> {
  const { runSetup, setupAgents, setupEnvironment } = await import("./setup/command.ts");
  const flags = args.filter((arg) => arg.startsWith("--"));
  refuseArguments(flags, ["--all", "--dry-run", "--json", "--take-over", "--undo"]);
  const settings = await readSettings(env);
  const names = args.filter((arg) => !arg.startsWith("--"));
  return await runSetup({
    // A name that nobody knows is told beside --all as well.
    agents: flags.includes("--all") ? [...setupAgents, ...names] : names,
    flags: {
      dryRun: flags.includes("--dry-run"),
      undo: flags.includes("--undo"),
      takeOver: flags.includes("--take-over"),
      json: flags.includes("--json"),
    },
    settings,
    env: { ...env, ...readEnvironment(setupEnvironment) },
    reader: { uid: Deno.build.os === "windows" ? null : Deno.uid() },
    fetch: fetchDirect,
    write: printOut,
    color: Deno.stdout.isTerminal() && !Deno.noColor ? "color" : "plain",
  });
}

async function runOperatorCommand({ name, args, env }: Call): Promise<ExitCode> {
  refuseArguments(args, name === "status" ? ["--json", "--watch"] : []);
  const { askService, watchStatus } = await import("./console/operator.ts");
  const settings = await readSettings(env);
  const format = args.includes("--json") ? "json" : "text";
  if (!args.includes("--watch")) {
    return await askService(name, { settings, format, write: printOut });
  }
  const { screenOn } = await import("./console/watch.ts");
  const human = Deno.stdout.isTerminal() ? "terminal" : "stream";
  const kind = format === "json" ? "data" : human;
  const screen = screenOn(kind, { out: printOut, err: printLine });
  return await watchStatus({ settings, format, screen, signal: whileRead(untilSignal()) });
}

async function runDoctorCommand({ args, env }: Call): Promise<ExitCode> {
  refuseArguments(args, ["--fix", "--json"]);
  const { runDoctor } = await import("./console/doctor/command.ts");
  const { setupEnvironment } = await import("./setup/command.ts");
  return await runDoctor({
    env: { ...env, ...readEnvironment([...setupEnvironment, "PATH"].filter(mayRead)) },
    uid: Deno.build.os === "windows" ? null : Deno.uid(),
    fetch,
    now: () => Date.now(),
    runtime: { deno: Deno.version.deno, kind: Deno.build.standalone ? "binary" : "deno" },
    format: args.includes("--json") ? "json" : "text",
    mode: args.includes("--fix") ? "repair" : "look",
    color: Deno.stdout.isTerminal() && !Deno.noColor ? "color" : "plain",
    write: printOut,
  });
}

async function runExplain({ args, env }: Call): Promise<ExitCode> {
  const { runExplain: run } = await import("./console/explain_command.ts");
  const settings = await readSettings(env);
  const color = Deno.stdout.isTerminal() && !Deno.noColor ? "color" : "plain";
  return await run(args, { settings, write: printOut, color });
}

async function runKeysCommand({ args, env }: Call): Promise<ExitCode> {
  const { parseKeysCall, runKeys } = await import("./console/keys.ts");
  const call = parseKeysCall(args);
  return await runKeys(call, { settings: await readSettings(env), write: printOut });
}

function readEnvironment(names: readonly string[]): Environment {
  return Object.fromEntries(names.map((name) => [name, Deno.env.get(name)]));
}

/** The compiled binary, which can run no command, may not read what is only for one. */
function mayRead(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/**
 * The settings of a command that needs no credential itself: what is wrong with the workspace or
 * the profile is for `serve` to say.
 */
async function readSettings(env: Environment): Promise<Settings> {
  const { readConfiguration } = await import("./supervisor/boot.ts");
  const { settings, problems } = await readConfiguration(env);
  const own = problems.filter(({ name }) =>
    !/^(DATABRICKS_(HOST|TOKEN|CLIENT_ID)$|CREDENTIAL_COMMAND$|host in )/.test(name) &&
    name !== settings?.profileFile
  );
  if (settings === null || own.length > 0) throw new ConfigError(own.length > 0 ? own : problems);
  return settings;
}

/** A terminal's Ctrl-C reaches the process twice when a task runner passes it on as well. */
const SAME_SIGNAL_MS = 500;

/** Fires at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) Deno.exit(1);
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
  return controller.signal;
}

/** Fires when `signal` does, or when there is nobody left to show something to. */
function whileRead(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, outputUnread]);
}

function refuseArguments(args: readonly string[], known: readonly string[]): void {
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length === 0) return;
  const wanted = known.length === 0 ? "no arguments" : known.join(", ");
  throw new ConfigError(
    unknown.map((arg) => ({ name: arg, message: `is not known here; wanted ${wanted}` })),
  );
}

function usageError(name: string): ConfigError {
  const message = name === ""
    ? `a command is wanted: ${[...COMMANDS.keys()].join(", ")}`
    : `is no command; wanted ${[...COMMANDS.keys()].join(", ")}`;
  return new ConfigError([{ name: name || "keyturn", message }]);
}

function say(text: string): ExitCode {
  printOut(text);
  return 0;
}

// Last, so that every constant above is there when a signal comes.
if (import.meta.main) Deno.exit(await main(Deno.args));
