/**
 * Agents that were configured without the proxy hold the workspace token literally: each rotation
 * reaches them before the old token is revoked. The real service, with real files in its home.
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { parseProfile } from "../workspace/profile_file.ts";
import { type Home, makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const ENV = { CODA_INSTANCE_NAME: "fanout", PAT_SPARE_LIFETIME: "0" };

/** Each agent's config with the token `T` in its managed fields, and what is not to be touched. */
const CONFIGS: Readonly<Record<string, string>> = {
  ".claude/settings.json":
    `{\n  "env": { "ANTHROPIC_AUTH_TOKEN": "T", "MINE": "T" }, // mine\n  "model": "x"\n}\n`,
  ".codex/.env": `# OPENAI_API_KEY=T\nOPENAI_API_KEY=T\nOTHER=keep\n`,
  ".gemini/.env": `GEMINI_MODEL=m\r\nGEMINI_API_KEY="T"\r\n`,
  ".local/share/opencode/auth.json":
    `{"databricks":{"type":"api","key":"T"},"github":{"type":"oauth","refresh":"T"}}`,
  ".config/opencode/opencode.json":
    `{"provider":{"databricks":{"options":{"apiKey":"{env:DATABRICKS_TOKEN}","headers":{"Authorization":"Bearer T"}}}}}`,
  ".hermes/config.yaml":
    `# mine\nmodel:\n  default: m\n  api_key: T  # here\nfallback_providers:\n- provider: custom\n  api_key: 'T'\nother:\n    api_key: T\n`,
  ".pi/agent/models.json":
    `{"providers":{"dbx":{"apiKey":"T"},"helper":{"apiKey":"!cat token"},"local":{"apiKey":"kt_pi_x"}}}`,
};

/** The same with the new token `N` where it belongs. */
function expected(text: string, tokens: { old: string; next: string }): string {
  const managed: readonly [RegExp, string][] = [
    [/("ANTHROPIC_AUTH_TOKEN": ")T/, "$1N"],
    [/^(OPENAI_API_KEY=)T/m, "$1N"],
    [/(GEMINI_API_KEY=")T/, "$1N"],
    [/("type":"api","key":")T/, "$1N"],
    [/("Bearer )T/, "$1N"],
    [/( api_key: )T( {2}# here)/, "$1N$2"],
    [/( api_key: ')T/, "$1N"],
    [/("dbx":\{"apiKey":")T/, "$1N"],
  ];
  const marked = managed.reduce((result, [from, to]) => result.replace(from, to), text);
  return fill(marked, tokens);
}

function fill(text: string, { old, next }: { old: string; next: string }): string {
  return text.replaceAll(/\bT\b/g, old).replaceAll(/\bN\b/g, next);
}

async function writeConfigs(home: Home): Promise<void> {
  for (const [name, text] of Object.entries(CONFIGS)) {
    const path = `${home.folder}/${name}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    const token = home.given.value;
    await Deno.writeTextFile(path, fill(text, { old: token, next: token }), { mode: 0o644 });
  }
}

async function profileToken(home: Home): Promise<string> {
  const { token } = parseProfile(await Deno.readTextFile(home.profileFile), "DEFAULT");
  return token?.reveal() ?? "";
}

async function rotate(process: ServeProcess): Promise<void> {
  const headers = { authorization: `Bearer ${await process.key("operator")}` };
  const answer = await fetch(`${process.origin}/keyturn/rotate`, { method: "POST", headers });
  assert.equal(answer.status, 200, await answer.text());
}

async function assertServes(process: ServeProcess): Promise<void> {
  const answer = await process.chat("hello");
  assert.equal(answer.status, 200, await answer.text());
}

const isLive = (workspace: Workspace, id: string) =>
  workspace.tokens().some((token) => token.id === id && token.state === "live");

Deno.test("each rotation reaches the managed fields of all seven files, and no other byte", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await writeConfigs(home);
  await using process = await ServeProcess.start({ home: home.folder, env: ENV });
  await until("the given token is gone", () => !isLive(workspace, home.given.tokenId));
  for (let turn = 0; turn < 2; turn++) {
    const tokens = { old: home.given.value, next: await profileToken(home) };
    for (const [name, text] of Object.entries(CONFIGS)) {
      const path = `${home.folder}/${name}`;
      assert.equal(await Deno.readTextFile(path), expected(text, tokens), name);
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600, name);
    }
    if (turn === 0) await rotate(process);
    await until("the old one is gone as well", () => workspace.stats().revoked === 2);
  }
  const { credential } = await process.status();
  assert.deepEqual(credential.agentFiles.map(({ result }) => result), Array(7).fill("updated"));
  assert(!process.stderr.includes(home.given.value));
  assert(!process.stderr.includes(await profileToken(home)));
});

Deno.test("a file that cannot be written keeps the old token alive until it can, and is told", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await writeConfigs(home);
  const broken = `${home.folder}/.pi/agent/models.json`;
  const text = await Deno.readTextFile(broken);
  await Deno.writeTextFile(broken, `${text}}`);
  await using process = await ServeProcess.start({ home: home.folder, env: ENV });
  const { credential } = await until("it is told", async () => {
    const status = await process.status();
    return status.credential.agentFiles.some(({ result }) => result === "failed") && status;
  });
  const failed = credential.agentFiles.find(({ result }) => result === "failed");
  assert.equal(failed?.path, broken);
  assert.equal(credential.agentFiles.length, 7, "the others have it");
  assert.equal(await Deno.readTextFile(broken), `${text}}`);
  await rotate(process);
  assert(isLive(workspace, home.given.tokenId), "an agent still uses it");
  await assertServes(process);
  // The person mends the file.
  await Deno.writeTextFile(broken, text);
  await until("the old token is gone", () => !isLive(workspace, home.given.tokenId));
  const tokens = { old: home.given.value, next: await profileToken(home) };
  const name = ".pi/agent/models.json";
  assert.equal(await Deno.readTextFile(broken), expected(CONFIGS[name] ?? "", tokens));
  assert.equal(
    process.events().filter(({ event }) => event === "agent-file-failed").length,
    1,
    "once is enough",
  );
});

Deno.test("a crash between the profile and the agents' files is mended at the next start", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using first = await ServeProcess.start({ home: home.folder, env: ENV });
  await until("the given token is gone", () => !isLive(workspace, home.given.tokenId));
  const old = await profileToken(home);
  // What the process leaves that is killed after it wrote the profile and before it wrote these.
  first.kill("SIGSTOP");
  for (const [name, text] of Object.entries(CONFIGS)) {
    const path = `${home.folder}/${name}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, fill(text, { old, next: old }));
  }
  first.kill("SIGKILL");
  await first.ended();
  const next = workspace.issue({ lifetimeMs: 900_000, comment: "coda-auto-rotated:fanout" });
  const profile = await Deno.readTextFile(home.profileFile);
  await Deno.writeTextFile(home.profileFile, profile.replace(old, next.value));
  await using second = await ServeProcess.start({ home: home.folder, env: ENV });
  await until("the old one is gone", () => workspace.stats().revoked === 2);
  for (const [name, text] of Object.entries(CONFIGS)) {
    const tokens = { old, next: next.value };
    assert.equal(await Deno.readTextFile(`${home.folder}/${name}`), expected(text, tokens), name);
  }
  await assertServes(second);
});
