/** What `doctor` says of an agent that the real `setup` has set up, and of what breaks it. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { AGENTS } from "../setup/agents/all.ts";
import type { DoctorReport } from "../console/doctor/command.ts";
import { DoctorStage, troublesIn } from "./support/doctor_stage.ts";
import { runTask } from "./support/run_task.ts";

const CONFIG = ".hermes/config.yaml";

/** A stage with Hermes set up, and a program of its name that belongs to an npm package. */
async function openStage(): Promise<{ stage: DoctorStage; path: string }> {
  const stage = await DoctorStage.open();
  const { folder: home } = stage.home;
  const set = await runTask(["setup", "hermes"], { home, env: stage.env });
  assert.equal(set.code, 0, set.stdout + set.stderr);
  const library = `${home}/lib/node_modules/hermes-agent`;
  await Deno.mkdir(`${library}/bin`, { recursive: true });
  await Deno.mkdir(`${home}/bin`);
  const manifest = JSON.stringify({ name: "hermes-agent", version: "0.21.5" });
  await Deno.writeTextFile(`${library}/package.json`, manifest);
  await Deno.writeTextFile(`${library}/bin/hermes`, "#!/bin/false\n", { mode: 0o755 });
  await Deno.symlink(`${library}/bin/hermes`, `${home}/bin/hermes`);
  return { stage, path: `${home}/bin:${dirname(Deno.execPath())}:/usr/bin:/bin` };
}

function of(name: string, { checks }: DoctorReport): DoctorReport["checks"][number] | undefined {
  return checks.find((check) => check.name === name);
}

/** Something that is broken on purpose, and mended by what `plant` returns. */
interface Fault {
  readonly what: string;
  readonly outcome: "fail" | "warn";
  readonly seen: RegExp;
  readonly fix: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  readonly plant?: (stage: DoctorStage) => Promise<() => unknown> | (() => unknown);
}

async function rewrite(
  stage: DoctorStage,
  [from, to]: readonly [RegExp, string],
): Promise<() => Promise<void>> {
  const path = stage.path(CONFIG);
  const text = await Deno.readTextFile(path);
  assert.match(text, from);
  await Deno.writeTextFile(path, text.replace(from, to));
  return () => Deno.writeTextFile(path, text);
}

function answer(stage: DoctorStage, status: number, message: string): () => void {
  const body = JSON.stringify({ error_code: "X", message });
  const headers = { "content-type": "application/json" };
  const action = { kind: "status", status, headers, body } as const;
  const handle = stage.workspace.fault({ match: { path: /chat\/completions$/ }, action });
  return () => handle.remove();
}

const FAULTS: readonly Fault[] = [
  {
    what: "no program",
    outcome: "warn",
    seen: /^`hermes` is not on PATH$/,
    fix: /install it/,
    env: { PATH: "/nonexistent" },
  },
  {
    what: "another key in its config",
    outcome: "fail",
    seen: /its config does not point here: .*api_key in .*config\.yaml/,
    fix: /`setup hermes` puts it right/,
    plant: (stage) => rewrite(stage, [/kt_hermes_[\w-]+/, `kt_hermes_${"A".repeat(43)}`]),
  },
  {
    what: "another provider in its config",
    outcome: "fail",
    seen: /^model\b/,
    fix: /--take-over/,
    plant: (stage) =>
      rewrite(stage, [
        /^model:\n( +.*\n)+/m,
        "model:\n  default: gpt\n  provider: openrouter\n",
      ]),
  },
  {
    what: "a config that cannot be parsed",
    outcome: "fail",
    seen: /config\.yaml: cannot be edited: /,
    fix: /put the file right/,
    plant: (stage) => rewrite(stage, [/^model:/m, "model: [\nx:"]),
  },
  {
    what: "a config that others may read",
    outcome: "fail",
    seen: /config\.yaml holds its key, and others may read it/,
    fix: /`setup hermes`/,
    plant: async (stage) => {
      await Deno.chmod(stage.path(CONFIG), 0o644);
      return () => Deno.chmod(stage.path(CONFIG), 0o600);
    },
  },
  {
    what: "a variable that wins over its config",
    outcome: "fail",
    seen: /CUSTOM_BASE_URL is set in the environment and wins over/,
    fix: /unset it/,
    env: { CUSTOM_BASE_URL: "https://elsewhere.example" },
  },
  {
    what: "a model that is not served",
    outcome: "fail",
    seen: /a request of one token to \/v1\/chat\/completions got 404: no such endpoint/,
    fix: /set HERMES_MODEL to a model of the workspace/,
    plant: (stage) => answer(stage, 404, "no such endpoint"),
  },
  {
    what: "an endpoint that is asked too often",
    outcome: "warn",
    seen: /got 429: too many/,
    fix: /wait/,
    plant: (stage) => answer(stage, 429, "too many"),
  },
  {
    what: "a user who may not use the endpoint",
    outcome: "fail",
    seen: /got 403: no permission on it/,
    fix: /what the message says/,
    plant: (stage) => answer(stage, 403, "no permission on it"),
  },
];

Deno.test("doctor finds what is wrong with an agent, and nothing while it works", async (t) => {
  const { stage, path } = await openStage();
  await using _ = stage;
  stage.workspace.clear();
  const healthy = await stage.examine({ env: { PATH: path } });
  assert.deepEqual(troublesIn(healthy), []);
  const hermes = of("hermes", healthy);
  assert.match(
    hermes?.seen ?? "",
    /^hermes-agent 0\.21\.5, its config points here, \S+ answers at \/v1\/chat\/completions in \d+ ms/,
  );
  const asked = stage.workspace.requests().filter(({ path }) => /chat\/completions$/.test(path));
  assert.equal(asked.length, 1, "one request, through the agent's route");
  assert.equal((await stage.serve.status()).requests.agents.hermes?.requests, 1);

  for (const fault of FAULTS) {
    await t.step(fault.what, async () => {
      const mend = await fault.plant?.(stage);
      try {
        const report = await stage.examine({ env: { PATH: path, ...fault.env } });
        const [trouble, ...more] = troublesIn(report);
        assert.deepEqual([trouble?.name, trouble?.outcome, more], ["hermes", fault.outcome, []]);
        assert.match(trouble?.seen ?? "", fault.seen);
        assert.match(trouble?.fix ?? "", fault.fix);
      } finally {
        await mend?.();
      }
    });
  }
  assert.deepEqual(troublesIn(await stage.examine({ env: { PATH: path } })), [], "all is mended");
});

Deno.test("doctor finds each agent well that setup has set up, through a route of its own dialect", async () => {
  await using stage = await DoctorStage.open();
  const { folder: home } = stage.home;
  await Deno.mkdir(`${home}/bin`);
  for (const { name } of AGENTS) {
    await Deno.writeTextFile(`${home}/bin/${name}`, "#!/bin/false\n", { mode: 0o755 });
  }
  const set = await runTask(["setup", "--all"], { home, env: stage.env });
  assert.equal(set.code, 0, set.stdout + set.stderr);
  stage.workspace.clear();
  const report = await stage.examine({ env: { PATH: `${home}/bin` } });
  assert.deepEqual(troublesIn(report), []);
  for (const { name } of AGENTS) {
    const check = of(name, report);
    assert.equal(check?.outcome, "ok", name);
    assert.match(
      check?.seen ?? "",
      /\(version unknown\), its config points here, \S+ answers at \//,
    );
  }
  const { requests } = (await stage.serve.status()).requests;
  assert.equal(requests, AGENTS.length, "one request each");
});

Deno.test("doctor finds an agent whose key was rotated or revoked, until setup has run again", async () => {
  const { stage, path } = await openStage();
  await using _ = stage;
  const options = { home: stage.home.folder, env: { ...stage.env, PATH: path } };
  for (const verb of ["rotate", "revoke"] as const) {
    await runTask(["keys", verb, "hermes"], options);
    const [trouble, ...more] = troublesIn(await stage.examine({ env: { PATH: path } }));
    assert.deepEqual([trouble?.name, trouble?.outcome, more], ["hermes", "fail", []]);
    assert.match(trouble?.seen ?? "", /its config does not point here: .*api_key/);
    if (verb === "revoke") assert.match(trouble?.seen ?? "", /; it has no key$/);
    assert.match(trouble?.fix ?? "", /`setup hermes`/);
    const set = await runTask(["setup", "hermes"], options);
    assert.equal(set.code, 0, set.stdout + set.stderr);
    assert.deepEqual(troublesIn(await stage.examine({ env: { PATH: path } })), []);
  }
});

Deno.test("doctor asks an agent's route with the permissions of its task, and leaves others out", async () => {
  const { stage, path } = await openStage();
  await using _ = stage;
  const env = { ...stage.env, PATH: path };
  const { code, stdout, stderr } = await runTask(["doctor"], { home: stage.home.folder, env });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^ok +hermes +hermes-agent 0\.21\.5, its config points here, .* in \d+ ms/m);
  assert.doesNotMatch(stdout, /could not be looked at/);
  for (const line of stdout.split("\n").filter((each) => each.includes("not set up"))) {
    assert.match(line, /^– +\w+ +not set up; `setup \w+` does it$/);
  }
});

Deno.test("doctor sends no agent's key to another program on the port", async () => {
  const { stage, path } = await openStage();
  await using _ = stage;
  const seen: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(JSON.stringify([request.url, ...request.headers]));
    return Response.json({ data: [{ id: "m" }], proof: "0" });
  });
  const report = await stage.examine({ env: { PATH: path, PROXY_PORT: `${server.addr.port}` } });
  assert.equal(of("port", report)?.outcome, "fail");
  assert(seen.length > 0);
  assert.doesNotMatch(seen.join("\n"), /kt_/);
});
