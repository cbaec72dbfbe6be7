/**
 * The service: its keys, its port, and how it says it is.
 *
 * @module
 */

import { isLoopback } from "../../../workspace/host.ts";
import { ConfigError } from "../../../support/errors.ts";
import { readKeys } from "../../../support/keys_file.ts";
import { VERSION } from "../../../support/version.ts";
import { tokenIdOf } from "../../../workspace/credential.ts";
import { keysFileOf, sourceKindOf } from "../../../supervisor/isolate_config.ts";
import { inWords } from "../../../support/durations.ts";
import { originOf } from "../../../support/occupant.ts";
import { type Check, fail, type Finding, ok, settled, skip, warn } from "../check.ts";
import type { Scene } from "../scene.ts";

/** Keys, door, and what the service says of itself. */
export const SERVICE_CHECKS: readonly Check[] = [
  { name: "keys", run: judgeKeys },
  { name: "door", run: judgeDoor },
  { name: "port", run: judgePort },
  { name: "service", run: judgeService },
  { name: "same profile", run: judgeSameProfile },
  { name: "spare", run: judgeSpare },
  { name: "agents' files", run: judgeAgentFiles },
];

async function judgeKeys({ settings }: Scene): Promise<Finding> {
  const path = keysFileOf(settings);
  try {
    const keys = await readKeys(path);
    if (keys === null) return fail(`there is no ${path}`, "start `serve`, which makes it");
    return ok(`${path} has the operator's and ${keys.agents.size} agents' keys`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(
      `${path}: ${error.problems[0]?.message ?? "cannot be read"}`,
      "put it right, or delete it and run `setup` again for each agent",
    );
  }
}

function judgeDoor({ settings }: Scene): Finding {
  const { proxyHost, clientAuth } = settings;
  // Both at once are an error of the settings.
  if (clientAuth === "off") {
    return warn(
      "PROXY_CLIENT_AUTH is off: each program of this machine may use the workspace",
      "set PROXY_CLIENT_AUTH to required, and run `setup` for each agent",
    );
  }
  if (isLoopback(proxyHost)) return ok("open to this machine, with a key");
  return warn(
    `PROXY_HOST is ${proxyHost}: keys and prompts cross the network in clear text`,
    "listen on 127.0.0.1, or put TLS in front of it",
  );
}

async function judgePort(scene: Scene): Promise<Finding> {
  const { occupant, place } = await scene.service();
  const at = originOf(place);
  switch (occupant.kind) {
    case "ours":
      return ok(`this installation's service answers at ${at}, and has proved it`);
    case "nobody":
      return fail(`nobody listens at ${at}`, "start `serve`");
    case "stranger":
      return fail(
        `another program answers at ${at} (${occupant.reason})`,
        "stop it, or set PROXY_PORT to a free port and run `setup` for each agent",
      );
    case "unknown":
      return skip(occupant.reason);
  }
}

async function judgeService(scene: Scene): Promise<Finding> {
  const { status, occupant } = await scene.service();
  if (occupant.kind !== "ours") return skip("it cannot be asked");
  if (status === null) return fail("it does not tell its status", "restart `serve`");
  // The spare and agents' files have checks of their own.
  const problem = status.problems.find(({ name }) => name === "credential");
  if (problem !== undefined) return fail(problem.what, problem.fix);
  if (status.credential.state === "starting") {
    return warn("its first credential is still being checked", "ask again in a moment");
  }
  if (status.service !== `keyturn ${VERSION}`) {
    return warn(`${status.service} runs, and this is ${VERSION}`, "restart `serve`");
  }
  const { state, nextAttemptInSeconds: next } = status.credential;
  return ok(`${state}${next === null ? "" : `, next rotation in ${inWords(next)}`}`);
}

/** A service that was started with other settings keeps another profile fresh. */
async function judgeSameProfile(scene: Scene): Promise<Finding> {
  if (sourceKindOf(scene.settings) !== "pat") return skip("credentials come from elsewhere");
  if ((await scene.service()).status === null) return skip("the service cannot be asked");
  return await settled(() => compareTokens(scene));
}

async function compareTokens(scene: Scene): Promise<Finding> {
  const served = (await scene.statusNow())?.credential.tokenId ?? null;
  const token = await scene.profileToken();
  if (served === null || token === null) return skip("there are no two tokens to compare");
  if (tokenIdOf(token) === served) return ok("the service serves the profile's token");
  return fail(
    `the service serves token ${served.slice(0, 12)}…, and the profile holds another`,
    "start `serve` with the DATABRICKS_CONFIG_FILE and DATABRICKS_CONFIG_PROFILE of this shell",
  );
}

async function judgeSpare(scene: Scene): Promise<Finding> {
  const { status } = await scene.service();
  if (status === null) return skip("the service cannot be asked");
  const { spare } = status.credential;
  if (spare === null) return skip("there is to be none");
  if (spare.tokenId !== null) return ok(`lives for ${inWords(spare.secondsToExpiry)} more`);
  const problem = status.problems.find(({ name }) => name === "spare");
  if (problem !== undefined) return fail(problem.what, problem.fix);
  return warn("there is none yet", "ask again in a moment");
}

async function judgeAgentFiles(scene: Scene): Promise<Finding> {
  const { status } = await scene.service();
  if (status === null) return skip("the service cannot be asked");
  const problems = status.problems.filter(({ name }) => name === "agent-file");
  const [first] = problems;
  if (first !== undefined) return fail(problems.map(({ what }) => what).join("; "), first.fix);
  return ok("none holds an old token");
}
