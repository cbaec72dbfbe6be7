/**
 * No secret leaves by a command, nor stands in an argument or in the environment of any process
 * meanwhile.
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { startWorkspace } from "../demo/workspace.ts";
import { addFolder, Evidence, watchingProcesses } from "./support/canary/evidence.ts";
import { runTask } from "./support/run_task.ts";
import { makeHome, secretsSeenBy, ServeProcess } from "./support/serve_process.ts";
import { makeSourceHome } from "./support/source_home.ts";
import { until } from "./support/until.ts";

/** A key of another service in an agent's config: none of ours, and none of anybody's business. */
const FOREIGN = "sk-canary-f00dfeedf00dfeedf00dfeed";

/** Configs that hold it where setup looks. */
const CONFIGS = {
  ".claude/settings.json":
    `{"env":{"ANTHROPIC_BASE_URL":"https://x.example","ANTHROPIC_AUTH_TOKEN":"${FOREIGN}"}}`,
  ".codex/config.toml":
    `model = "m"\n[model_providers.x]\nexperimental_bearer_token = "${FOREIGN}"\n`,
  ".codex/.env": `OPENAI_API_KEY=${FOREIGN}\n`,
  ".hermes/config.yaml": `model:\n  api_key: ${FOREIGN}\n  provider: x\n`,
  ".gemini/.env": `GEMINI_API_KEY=${FOREIGN}\n`,
  ".pi/agent/models.json": `{"providers":{"x":{"apiKey":"${FOREIGN}"}}}`,
};

Deno.test("nothing that a command prints holds a secret, and no argument or environment", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  for (const [name, text] of Object.entries(CONFIGS)) await write(`${home.folder}/${name}`, text);
  const evidence = new Evidence();
  const env = { LOG_FORMAT: "json" };
  await using serve = await ServeProcess.start({ home: home.folder, env });
  await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
  const revoked = await serve.key("codex");
  const pi = await serve.key("pi");
  const captured = `${home.folder}/captured.http`;
  const body = JSON.stringify({ model: "m", messages: [], tools: [], ["api_key"]: FOREIGN });
  await write(
    captured,
    `POST /v1/messages?key=${pi} HTTP/1.1\r\nx-api-key: ${pi}\r\n\r\n${body}`,
  );
  const commands: readonly (readonly [string, ...string[]])[] = [
    ["status"],
    ["status", "--json"],
    ["rotate"],
    ["keys", "list"],
    ["keys", "rotate", "claude"],
    ["keys", "revoke", "codex"],
    ["setup", "--all", "--dry-run"],
    ["setup", "--all"],
    ["setup", "--all", "--take-over", "--dry-run"],
    ["setup", "--all", "--take-over", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["explain", captured],
    ["explain", captured, "--json"],
    ["setup", "--all", "--undo"],
    ["demo", "--seconds", "3", "--json"],
  ];
  const work = async () => {
    for (const command of commands) {
      const said = await runTask(command, {
        home: home.folder,
        env: { PROXY_PORT: new URL(serve.origin).port },
      });
      evidence.add(`stdout of ${command.join(" ")}`, `${command}\n${said.stdout}`);
      evidence.add(`stderr of ${command.join(" ")}`, `${command}\n${said.stderr}`);
    }
    const port = new URL(serve.origin).port;
    return await runTask(["token"], { home: home.folder, env: { PROXY_PORT: port } });
  };
  const token = await watchingProcesses(evidence, { about: "while commands run", work });
  const files = Object.keys(CONFIGS).map((name) => RegExp.escape(name));
  const except = new RegExp(
    `^(\\.databrickscfg|captured\\.http|.*keys\\.json|${files.join("|")})$`,
  );
  await addFolder(evidence, { folder: home.folder, except });
  // Its one purpose; and it prints nothing beside it.
  assert.match(token.stdout, /^dapi\w+\n$/);
  assert.equal(token.stderr, "");

  const keys = JSON.parse(await Deno.readTextFile(`${home.folder}/.config/keyturn/keys.json`));
  const secrets = new Map([
    ["a foreign key", FOREIGN],
    ["a revoked key", revoked],
    ["the key of the operator", keys.operator],
    ...Object.entries<string>(keys.agents).map(([name, key]) =>
      [`the key of ${name}`, key] as const
    ),
    ...Array.from(secretsSeenBy(workspace), (value, index) => [`token ${index}`, value] as const),
  ]);
  assert.deepEqual(evidence.find(secrets), []);
  assert(evidence.size > 2 * commands.length, `${evidence.size} texts`);
});

Deno.test("a credential command gets no secret, and what it prints is not shown when it fails", async () => {
  await using workspace = startWorkspace();
  await using home = await makeSourceHome();
  const { value } = workspace.issue({ lifetimeMs: 3_600_000 });
  const command = await home.script(
    "command",
    "cd /proc/self",
    `tr '\\0' '\\n' <environ >>${home.folder}/seen`,
    `[ -e ${home.folder}/broken ] && { echo "no ${value}" >&2; echo "${value}x y"; exit 1; }`,
    `echo ${value}`,
  );
  const env = {
    DATABRICKS_HOST: workspace.origin,
    CREDENTIAL_COMMAND: command,
    LOG_LEVEL: "debug",
    LOG_FORMAT: "json",
  };
  await using serve = await ServeProcess.start({ home: home.folder, task: "serve:command", env });
  const evidence = new Evidence();
  await (await serve.chat("hello")).body?.cancel();
  await Deno.writeTextFile(`${home.folder}/broken`, "");
  const headers = { authorization: `Bearer ${await serve.key("operator")}` };
  const rotated = await fetch(`${serve.origin}/keyturn/rotate`, { method: "POST", headers });
  await evidence.addAnswer("the rotation", rotated);
  await until("it failed", () => serve.stderr.includes("refresh-failed"));
  evidence.add("stderr", serve.stderr);
  evidence.add("the command's environment", await Deno.readTextFile(`${home.folder}/seen`));
  const key = await serve.key("operator");
  assert.deepEqual(evidence.find(new Map([["the token", value], ["the key", key]])), []);
});

Deno.test("a crash shows no secret, and leaves no core where cores are off", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  const cores = () =>
    Array.fromAsync(Deno.readDir("."), ({ name }) => name)
      .then((names) => names.filter((name) => /^core(\.\d+)?$/.test(name)));
  await using serve = await ServeProcess.start({ home: home.folder });
  await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
  const limits = await Deno.readTextFile(`/proc/${serve.pid}/limits`);
  serve.kill("SIGABRT");
  await serve.ended();
  const evidence = new Evidence();
  evidence.add("stdout", serve.stdout);
  evidence.add("stderr", serve.stderr);
  const tokens = Array.from(
    secretsSeenBy(workspace),
    (value, n) => [`token ${n}`, value] as const,
  );
  const secrets = new Map([...tokens, ["the key", await serve.key("operator")] as const]);
  assert.deepEqual(evidence.find(secrets), []);
  // A process cannot switch its own cores off without a foreign function; SECURITY.md says how.
  if (/Max core file size\s+0\s/.test(limits)) assert.deepEqual(await cores(), []);
});

async function write(file: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text, { mode: 0o600 });
}
