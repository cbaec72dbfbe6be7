/** `doctor` when it is the service that is unwell, and `doctor` as a person runs it. */

import assert from "node:assert/strict";
import { AGENT_CHECKS } from "../console/doctor/checks/agents.ts";
import { CHECKS } from "../console/doctor/checks/all.ts";
import type { DoctorReport } from "../console/doctor/command.ts";
import { startWorkspace } from "../demo/workspace.ts";
import { DoctorStage, troublesIn } from "./support/doctor_stage.ts";
import { runTask } from "./support/run_task.ts";
import { ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const CREATE = "/api/2.0/token/create";
const NO_ROOM = {
  kind: "status",
  status: 400,
  headers: { "content-type": "application/json" },
  body: '{"error_code":"QUOTA_EXCEEDED","message":"too many tokens"}',
} as const;

function namesOf(report: DoctorReport): readonly string[] {
  return troublesIn(report).map(({ name }) => name);
}

Deno.test("doctor finds a credential that was revoked behind our back", async () => {
  await using stage = await DoctorStage.open();
  const { credential } = await stage.serve.status();
  stage.workspace.revoke(credential.tokenId ?? "");
  const [trouble, ...more] = troublesIn(await stage.examine());
  assert.deepEqual(more, []);
  assert.equal(trouble?.name, "credential");
  assert.match(trouble?.seen ?? "", /^token [0-9a-f]{12}… is expired or revoked$/);
  assert.match(trouble?.fix ?? "", /write a new personal access token into the profile/);
});

Deno.test("doctor finds a service that cannot rotate, with the reason", async () => {
  await using stage = await DoctorStage.open();
  stage.workspace.fault({ match: { path: CREATE }, action: NO_ROOM });
  const headers = { authorization: `Bearer ${await stage.serve.key("operator")}` };
  const answer = await fetch(`${stage.serve.origin}/keyturn/rotate`, { method: "POST", headers });
  assert.equal(answer.status, 502, await answer.text());
  await until("it is told", async () => (await stage.serve.status()).credential.failures > 0);
  const [trouble, ...more] = troublesIn(await stage.examine());
  assert.deepEqual(more, []);
  assert.equal(trouble?.name, "service");
  assert.match(trouble?.seen ?? "", /Cannot create a token: .*QUOTA_EXCEEDED/);
  assert.match(trouble?.fix ?? "", /it is tried again/);
});

Deno.test("doctor finds that there is no spare", async () => {
  await using stage = await DoctorStage.open({
    // The first one that is made serves.
    prepare: (_home, workspace) =>
      void workspace.fault({ match: { path: CREATE, nth: 2 }, times: 1_000, action: NO_ROOM }),
    ready: async (serve) => {
      const { state, spare, pendingRevocations } = (await serve.status()).credential;
      return state === "live" && spare !== null && pendingRevocations === 0 &&
        "lastFailure" in spare && spare.lastFailure !== null;
    },
  });
  const [trouble, ...more] = troublesIn(await stage.examine());
  assert.deepEqual(more, []);
  assert.equal(trouble?.name, "spare");
  assert.match(trouble?.seen ?? "", /^there is no spare token: .*QUOTA_EXCEEDED/);
});

Deno.test("doctor finds an agent's file that holds an old token which cannot be replaced", async () => {
  await using stage = await DoctorStage.open({
    prepare: async ({ folder, given }) => {
      await Deno.mkdir(`${folder}/.pi/agent`, { recursive: true });
      const text = `{"providers":{"dbx":{"apiKey":"${given.value}"}}}}`;
      await Deno.writeTextFile(`${folder}/.pi/agent/models.json`, text);
    },
    ready: async (serve) => {
      const { agentFiles, spare } = (await serve.status()).credential;
      return agentFiles.some(({ result }) => result === "failed") && spare?.tokenId !== null;
    },
  });
  const [trouble, ...more] = troublesIn(await stage.examine());
  assert.deepEqual(more, []);
  assert.equal(trouble?.name, "agents' files");
  assert.match(trouble?.seen ?? "", /\.pi\/agent\/models\.json was not given the new token: /);
  assert.match(trouble?.fix ?? "", /put the file right/);
});

Deno.test("doctor --fix closes files that others may read, and changes nothing else", async () => {
  await using stage = await DoctorStage.open();
  const files = [
    stage.home.profileFile,
    `${stage.home.profileFile}.bak`,
    stage.path(".config/keyturn/keys.json"),
    stage.path(".local/state/keyturn/journal.json"),
  ];
  await Deno.writeTextFile(files[1] ?? "", "[DEFAULT]\n");
  const texts = await Promise.all(files.map((path) => Deno.readTextFile(path)));
  for (const path of files) await Deno.chmod(path, 0o644);
  const wanted = ["profile mode", "backup mode", "keys mode", "journal mode"];
  assert.deepEqual(namesOf(await stage.examine()), wanted);

  // As a person runs it, with no more permissions than the task has.
  const { home, env } = { home: stage.home.folder, env: stage.env };
  const { code, stdout, stderr } = await runTask(["doctor", "--fix"], { home, env });
  assert.equal(code, 0, stdout + stderr);
  for (const name of wanted) assert.match(stdout, new RegExp(`^fixed +${name} `, "m"));
  assert.match(stdout, /^4 fixed$/m);
  for (const [index, path] of files.entries()) {
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600, path);
    assert.equal(await Deno.readTextFile(path), texts[index]);
  }
  assert.deepEqual(namesOf(await stage.examine()), []);
});

Deno.test("doctor prints one line each and exits 1 on a failure, with the permissions of its task", async () => {
  await using stage = await DoctorStage.open();
  const { home, env } = { home: stage.home.folder, env: stage.env };
  // All that it may look into is there, so a permission that is missing would show.
  const token = stage.workspace.issue({ lifetimeMs: 3_600_000 }).value;
  await Deno.mkdir(`${home}/.codex`, { recursive: true });
  await Deno.writeTextFile(`${home}/.codex/config.toml`, `# nothing\n`);
  await Deno.writeTextFile(`${home}/.profile`, "# nothing\n");
  await Deno.writeTextFile(`${home}/.databrickscfg.bak`, "[DEFAULT]\n", { mode: 0o600 });
  const well = await runTask(["doctor"], { home, env });
  assert.equal(well.code, 0, well.stdout + well.stderr);
  const lines = well.stdout.trimEnd().split("\n");
  assert.equal(lines.length, CHECKS.length + 2, well.stdout);
  for (const [index, { name }] of CHECKS.entries()) {
    assert.match(lines[index] ?? "", new RegExp(`^(ok|–) +${name} +\\S`));
  }
  assert.match(lines.at(-1) ?? "", /^All is well: \d+ checks$/);

  await Deno.writeTextFile(`${home}/.bashrc`, `export DATABRICKS_TOKEN=${token}\n`);
  const sick = await runTask(["doctor"], { home, env });
  assert.equal(sick.code, 1);
  assert.match(sick.stdout, /^FAIL +shell tokens +\S*\.bashrc:1: .* → remove the line/m);
  assert.match(sick.stdout, /^1 failed$/m);
  const json = await runTask(["doctor", "--json"], { home, env });
  assert.equal(json.code, 1);
  const report: DoctorReport = JSON.parse(json.stdout);
  assert.equal(report.version, 1);
  assert(!report.isWell);
  assert.deepEqual(namesOf(report), ["shell tokens"]);
  for (const { stdout, stderr } of [well, sick, json]) {
    assert(!`${stdout}${stderr}`.includes(token));
    assert.equal(stderr, "");
  }
});

Deno.test("doctor of a home without anything says what to begin with, and wrong words exit 2", async () => {
  const home = await Deno.makeTempDir({ prefix: "keyturn-home-" });
  try {
    const { code, stdout } = await runTask(["doctor"], { home });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^FAIL +profile +DATABRICKS_TOKEN is not set/m);
    assert.match(stdout, /^FAIL +host +DATABRICKS_HOST is not set/m);
    assert.match(stdout, /^FAIL +keys +there is no .*keys\.json → start `serve`/m);
    assert.match(stdout, /^3 failed$/m);
    const wrong = await runTask(["doctor", "--repair"], { home });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--repair: is not known here; wanted --fix, --json/);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("doctor of an OAuth client asks the service for the credential, and misses no profile", async () => {
  const client = { clientId: "client", clientSecret: "secret" };
  await using workspace = startWorkspace({ oauthClients: [client] });
  const home = await Deno.makeTempDir({ prefix: "keyturn-home-" });
  const source = {
    DATABRICKS_HOST: workspace.origin,
    DATABRICKS_CLIENT_ID: client.clientId,
    DATABRICKS_CLIENT_SECRET: client.clientSecret,
  };
  try {
    await using serve = await ServeProcess.start({ home, env: source });
    await until("it lives", async () => (await serve.status()).credential.state === "live");
    const env = { ...source, PROXY_PORT: new URL(serve.origin).port };
    const { code, stdout, stderr } = await runTask(["doctor", "--json"], { home, env });
    assert.equal(code, 0, stdout + stderr);
    const report: DoctorReport = JSON.parse(stdout);
    assert.deepEqual(troublesIn(report), []);
    const outcomes = new Map(report.checks.map(({ name, outcome }) => [name, outcome]));
    assert.equal(outcomes.get("credential"), "ok");
    for (const name of ["profile", "minting", "same profile", "spare"]) {
      assert.equal(outcomes.get(name), "skip", name);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("docs/doctor.md names each check, and no other", async () => {
  const page = await Deno.readTextFile(new URL("../docs/doctor.md", import.meta.url));
  const named = Array.from(page.matchAll(/^\| `([^`]+)`\s+\|/gm), ([, name]) => name);
  const agents = AGENT_CHECKS.map(({ name }) => name);
  assert(agents.length > 0);
  // One paragraph is about each of the agents.
  const names = CHECKS.map(({ name }) => name).filter((name) => !agents.includes(name));
  assert.deepEqual(named, names);
});
