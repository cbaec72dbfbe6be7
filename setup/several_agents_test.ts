import assert from "node:assert/strict";
import { parseSettings, type Settings } from "../settings.ts";
import { type FileTree, readTree, writeTree } from "../tests/support/file_tree.ts";
import { provingFetch } from "../tests/support/proving.ts";
import { runSetup, setupAgents, type SetupFlags } from "./command.ts";
import type { AgentReport } from "./report.ts";

interface Run {
  readonly status: 0 | 1;
  readonly text: string;
}

interface RunOptions {
  readonly agents?: readonly string[];
  readonly flags?: Partial<SetupFlags>;
  readonly env?: Readonly<Record<string, string>>;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly uid?: number | null;
}

/** A home with `files`, in which setup runs. */
class Home implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(files: FileTree = {}): Promise<Home> {
    const home = new Home(await Deno.realPath(await Deno.makeTempDir()));
    await writeTree(home.folder, files);
    return home;
  }

  async run({ agents = setupAgents, flags = {}, env = {}, fetch, uid }: RunOptions): Promise<Run> {
    const written: string[] = [];
    const settings: Settings = parseSettings({ HOME: this.folder, ...env }, null);
    const status = await runSetup({
      agents,
      flags: { dryRun: false, undo: false, takeOver: false, json: false, ...flags },
      settings,
      env: { HOME: this.folder, ...env },
      reader: { uid: uid === undefined ? Deno.uid() : uid },
      fetch: fetch ?? (() => Promise.reject(new TypeError("nothing listens there"))),
      write: (text) => written.push(text),
      color: "plain",
    });
    return { status, text: written.join("") };
  }

  async reports(options: RunOptions): Promise<ReadonlyMap<string, AgentReport>> {
    const { text } = await this.run({ ...options, flags: { ...options.flags, json: true } });
    const { agents }: { agents: readonly AgentReport[] } = JSON.parse(text);
    return new Map(agents.map((agent) => [agent.name, agent]));
  }

  read(): Promise<FileTree> {
    return readTree(this.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("runSetup() does every agent but those that fail or are refused, and exits 1", async () => {
  const broken = {
    ".claude/settings.json": '{"env": ',
    ".gemini/settings.json": '{"a": 1, "a": 2}',
    ".hermes/config.yaml": "model:\n  provider: openrouter\n",
    ".codex/config.toml": "model = [\n",
  };
  await using home = await Home.make(broken);
  await Deno.mkdir(`${home.folder}/.qwen`);
  await Deno.symlink("away", `${home.folder}/.qwen/.env`);
  const reports = await home.reports({});
  const outcomes = Array.from(reports, ([name, { outcome }]) => [name, outcome]);
  assert.deepEqual(Object.fromEntries(outcomes), {
    claude: "failed",
    codex: "failed",
    gemini: "failed",
    opencode: "changed",
    hermes: "refused",
    pi: "changed",
    copilot: "changed",
    qwen: "failed",
  });
  const problems = (name: string) => reports.get(name)?.problems.join() ?? "";
  assert.match(problems("claude"), /\.claude\/settings\.json: cannot be edited: line \d+/);
  assert.match(problems("codex"), /\.codex\/config\.toml: cannot be edited: line \d+/);
  assert.match(
    problems("gemini"),
    /\.gemini\/settings\.json: cannot be edited: line 1: a key stands .* twice/,
  );
  assert.match(problems("qwen"), /\.qwen\/\.env: is left alone: .* link to "away"/);
  assert.ok((await Deno.lstat(`${home.folder}/.qwen/.env`)).isSymlink);
  await Deno.remove(`${home.folder}/.qwen/.env`);
  const { status } = await home.run({});
  assert.equal(status, 1);
  const tree = await home.read();
  for (const [path, text] of Object.entries(broken)) assert.equal(tree[path], text, path);
});

Deno.test("runSetup() tells all files of an agent that must be left alone, and writes none", async () => {
  await using home = await Home.make({
    ".pi/agent/models.json": "{",
    ".pi/agent/settings.json": "[",
  });
  const pi = (await home.reports({ agents: ["pi"] })).get("pi");
  assert.equal(pi?.problems.length, 2);
  const stranger = await home.reports({ agents: ["pi"], uid: (Deno.uid() ?? 0) + 1 });
  assert.match(stranger.get("pi")?.problems[1] ?? "", /settings.json: .*belongs to user/);
});

Deno.test("runSetup() writes none of an agent's files if one changed meanwhile", async () => {
  await using home = await Home.make({ ".pi/agent/settings.json": "{}\n" });
  // The list of models is asked for between reading and writing.
  const meddle = provingFetch(home.folder, async () => {
    await Deno.writeTextFile(`${home.folder}/.pi/agent/settings.json`, '{"theme":"dark"}\n');
    return Response.json({ data: [{ id: "databricks-gpt-5" }] });
  });
  const pi = (await home.reports({ agents: ["pi"], fetch: meddle })).get("pi");
  assert.equal(pi?.outcome, "failed");
  assert.match(pi.problems[0] ?? "", /settings\.json": it was changed by another program/);
  const tree = await home.read();
  assert.equal(tree[".pi/agent/settings.json"], '{"theme":"dark"}\n');
  assert.equal(tree[".pi/agent/models.json"], undefined);
});

Deno.test("runSetup() asks the service once, with the agent's own key, and lists what it serves", async () => {
  await using home = await Home.make();
  const asked: string[] = [];
  const fetch = provingFetch(home.folder, (url, init) => {
    asked.push(`${url} ${new Headers(init.headers).get("authorization")}`);
    return Response.json({ data: [{ id: "databricks-claude-opus-4-6" }] });
  });
  const { text } = await home.run({ fetch, env: { PROXY_PORT: "4123" } });
  assert.doesNotMatch(text, /could not be listed/);
  const keys = JSON.parse((await home.read())[".config/keyturn/keys.json"] ?? "");
  assert.deepEqual(asked, [`http://127.0.0.1:4123/v1/models Bearer ${keys.agents.claude}`]);
  const tree = await home.read();
  const { env } = JSON.parse(tree[".claude/settings.json"] ?? "");
  assert.equal(env.ANTHROPIC_MODEL, "databricks-claude-opus-4-6");
  assert.match(tree[".pi/agent/models.json"] ?? "", /"id": "databricks-claude-opus-4-6"/);
  // A dry run has nothing to show the service before there is a key.
  await using empty = await Home.make();
  const dry = await empty.run({ fetch, flags: { dryRun: true } });
  assert.equal(asked.length, 1);
  assert.match(dry.text, /^models: .* could not be listed.*: there is no key yet/m);
});

Deno.test("runSetup() says when it makes a key for an agent that had none among others", async () => {
  await using home = await Home.make();
  const notes = async (name: string) => (await home.reports({ agents: [name] })).get(name)?.notes;
  assert.deepEqual(await notes("pi"), []);
  assert.match(
    (await notes("codex"))?.[0] ?? "",
    /its local key is new, since it had none; if you had revoked it, `keys revoke \w+` shuts it out/,
  );
  assert.deepEqual(await notes("codex"), []);
});

Deno.test("runSetup() undoes each file's mode, and only the folders that setup made", async () => {
  await using home = await Home.make({ ".gemini/.env": "A=1\n", ".pi/mine": "x" });
  await Deno.chmod(`${home.folder}/.gemini/.env`, 0o640);
  const before = await home.read();
  await home.run({});
  const modeOf = async (path: string) =>
    ((await Deno.stat(`${home.folder}/${path}`)).mode ?? 0) & 0o777;
  assert.equal(await modeOf(".gemini/.env"), 0o600);
  await home.run({ flags: { undo: true } });
  assert.equal(await modeOf(".gemini/.env"), 0o640);
  const { ".config/keyturn/keys.json": _, ".config/keyturn/keys.json.lock": __, ...tree } =
    await home.read();
  assert.deepEqual(tree, before);
  await assert.rejects(Deno.stat(`${home.folder}/.pi/agent`), Deno.errors.NotFound);
  await assert.rejects(Deno.stat(`${home.folder}/.claude`), Deno.errors.NotFound);
});

Deno.test("runSetup() undoes what a person chose between two setups back to that choice", async () => {
  await using home = await Home.make({ ".hermes/config.yaml": "model:\n  base_url: ''\n" });
  const path = `${home.folder}/.hermes/config.yaml`;
  await home.run({ agents: ["hermes"] });
  const text = await Deno.readTextFile(path);
  const chosen = text.replace("'http://127.0.0.1:4000/v1'", "'https://lab.example'");
  assert.notEqual(chosen, text);
  await Deno.writeTextFile(path, chosen.replace(/api_key: kt_hermes_\S+/, "api_key: mine"));
  await home.run({ agents: ["hermes"], flags: { takeOver: true } });
  await home.run({ agents: ["hermes"], flags: { undo: true } });
  assert.match(await Deno.readTextFile(path), /base_url: 'https:\/\/lab\.example'/);
});

Deno.test("runSetup() exits 1 when an agent is refused, and nothing of it is written", async () => {
  const files = { ".hermes/config.yaml": "model:\n  provider: openrouter\n" };
  await using home = await Home.make(files);
  const { status, text } = await home.run({ agents: ["hermes"] });
  assert.equal(status, 1);
  assert.match(text, /^hermes: refused, nothing was changed\n {2}in the way: model.provider is/);
  assert.equal((await home.read())[".hermes/config.yaml"], files[".hermes/config.yaml"]);
  assert.equal((await home.run({ agents: ["hermes"], flags: { takeOver: true } })).status, 0);
});

Deno.test("runSetup() takes back no key that a person put in the place of ours", async () => {
  await using home = await Home.make({ ".qwen/.env": "A=1\n" });
  await home.run({ agents: ["qwen"] });
  const path = `${home.folder}/.qwen/.env`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/kt_qwen_\S+/, "sk-of-mine"));
  const { text: told } = await home.run({ agents: ["qwen"], flags: { undo: true } });
  assert.match(told, /note: OPENAI_API_KEY was changed since and is left as it is/);
  assert.equal(await Deno.readTextFile(path), "A=1\nOPENAI_API_KEY=sk-of-mine\n");
});

Deno.test("runSetup() takes several entries of a list back, each to its own, wherever they are now", async () => {
  const entry = (model: string, address: string) =>
    `- provider: custom\n  model: ${model}\n  base_url: ${address}\n`;
  const before = "fallback_providers:\n" + entry("databricks-a", "http://127.0.0.1:4000") +
    entry("databricks-b", "http://localhost:4000");
  await using home = await Home.make({ ".hermes/config.yaml": before });
  await home.run({ agents: ["hermes"] });
  const path = `${home.folder}/.hermes/config.yaml`;
  const mine = "fallback_providers:\n- {provider: openrouter, model: x}\n";
  const text = (await Deno.readTextFile(path)).replace("fallback_providers:\n", mine);
  await Deno.writeTextFile(path, text);
  await home.run({ agents: ["hermes"], flags: { undo: true } });
  assert.equal(await Deno.readTextFile(path), before.replace("fallback_providers:\n", mine));
});
