import assert from "node:assert/strict";
import { AgentHome, NEXT, OLD, OLDER, ORDER } from "../../tests/support/agent_home.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { Secret } from "../../workspace/credential.ts";
import { Fanout } from "./fanout.ts";
import { idOf } from "./our_tokens.ts";

Deno.test("Fanout.run() makes no file and no folder when there are none", async () => {
  await using home = await AgentHome.make();
  const { targets, held } = await home.fanout.run(ORDER);
  assert.equal(targets.length, 7);
  for (const { result, replaced, reason } of targets) {
    assert.deepEqual([result, replaced, reason], ["absent", 0, null]);
  }
  assert.equal(held.size, 0);
  assert.deepEqual(await home.list(), []);
});

Deno.test("Fanout.run() reports current or nothing when no managed field holds an old token", async () => {
  await using home = await AgentHome.make({
    codex: `OPENAI_API_KEY=${NEXT}\n`,
    gemini: `GEMINI_API_KEY=other\nOPENAI_API_KEY=${OLD}\n`,
    pi: "not json",
  });
  const { targets, held } = await home.fanout.run(ORDER);
  const results = Object.fromEntries(targets.map(({ target, result }) => [target, result]));
  assert.equal(results.codex, "current");
  assert.equal(results.gemini, "nothing");
  assert.equal(results.pi, "nothing");
  assert.equal(targets.at(-1)?.reason, "line 1: not valid JSON");
  assert.equal(held.size, 0);
});

Deno.test("Fanout.run() keeps a byte order mark, line ends and the lack of a last one when it writes", async () => {
  const text = `\ufeff# c\r\nOPENAI_API_KEY=@\r\nX='ü'`;
  await using home = await AgentHome.make({ codex: text.replace("@", OLD) });
  const report = await home.run("codex");
  assert.deepEqual([report.result, report.replaced, report.reason], ["updated", 1, null]);
  const bytes = await Deno.readFile(home.path("codex"));
  assert.deepEqual(bytes, new TextEncoder().encode(text.replace("@", NEXT)));
});

Deno.test("Fanout.run() holds what stands in a file when it cannot be parsed", async () => {
  const text =
    `{"env": {"ANTHROPIC_AUTH_TOKEN": "${OLD}", }, "x": "Bearer ${OLDER}", "y": "${NEXT}"`;
  await using home = await AgentHome.make({ claude: text });
  const { targets, held } = await home.fanout.run(ORDER);
  assert.deepEqual(targets[0], {
    target: "claude",
    path: home.path("claude"),
    result: "failed",
    replaced: 0,
    reason: "line 1: not valid JSON",
  });
  assert.deepEqual(held, new Set([idOf(OLD), idOf(OLDER)]));
  assert.equal(await home.read("claude"), text);
});

Deno.test("Fanout.run() leaves a file when it is not UTF-8", async () => {
  await using home = await AgentHome.make();
  const bytes = new TextEncoder().encode(`# _\nOPENAI_API_KEY=${OLD}\n`);
  bytes[2] = 0xff;
  await home.write("codex", bytes);
  const { targets, held } = await home.fanout.run(ORDER);
  assert.deepEqual([targets[1]?.result, targets[1]?.reason], ["failed", "not UTF-8 text"]);
  assert.deepEqual(held, new Set([idOf(OLD)]));
  assert.deepEqual(await Deno.readFile(home.path("codex")), bytes);
});

Deno.test("Fanout.run() changes what it can and holds the rest when a place cannot be written", async () => {
  const text = `model: {api_key: &k ${OLD}}\nx: *k\nfallback_providers: [{api_key: ${OLDER}}]\n`;
  await using home = await AgentHome.make({ hermes: text });
  const { targets, held } = await home.fanout.run(ORDER);
  const report = targets.find(({ target }) => target === "hermes");
  assert.deepEqual([report?.result, report?.replaced], ["failed", 1]);
  assert.match(report?.reason ?? "", /^line 1: "model.api_key" has an anchor/);
  assert.deepEqual(held, new Set([idOf(OLD)]));
  assert.equal(await home.read("hermes"), text.replace(OLDER, NEXT));
});

Deno.test("Fanout.run() fails for what is no regular file, and reads nothing of it", async () => {
  await using home = await AgentHome.make();
  await Deno.mkdir(home.path("codex"), { recursive: true });
  await Deno.mkdir(`${home.folder}/.gemini`);
  // A pipe without a writer: whoever opens it to read waits.
  const { success } = await new Deno.Command("mkfifo", { args: [home.path("gemini")] }).output();
  assert.ok(success);
  const { targets } = await home.fanout.run(ORDER);
  for (const name of ["codex", "gemini"]) {
    const report = targets.find(({ target }) => target === name);
    assert.deepEqual([report?.result, report?.reason], ["failed", "it is not a regular file"]);
  }
});

Deno.test("Fanout.run() takes a file for absent when a link or its folder leads nowhere", async () => {
  await using home = await AgentHome.make();
  await Deno.mkdir(`${home.folder}/.codex`);
  await Deno.symlink(`${home.folder}/gone`, home.path("codex"));
  await Deno.writeTextFile(`${home.folder}/.gemini`, "");
  const before = await home.list();
  const { targets } = await home.fanout.run(ORDER);
  assert.deepEqual(new Set(targets.map(({ result }) => result)), new Set(["absent"]));
  assert.deepEqual(await home.list(), before);
});

Deno.test("Fanout.run() changes the file behind a link when the file is one, and leaves the link", async () => {
  await using home = await AgentHome.make();
  await Deno.mkdir(`${home.folder}/.codex`);
  await Deno.mkdir(`${home.folder}/.gemini`);
  const shared = `${home.folder}/dotenv`;
  // One file for two agents: each finds its own field in it.
  await Deno.writeTextFile(shared, `OPENAI_API_KEY=${OLD}\nGEMINI_API_KEY=${OLDER}\n`);
  await Deno.chmod(shared, 0o644);
  await Deno.symlink("../dotenv", home.path("codex"));
  await Deno.symlink(shared, home.path("gemini"));
  const { targets, held } = await home.fanout.run(ORDER);
  const updated = targets.filter(({ result }) => result === "updated");
  assert.deepEqual(updated.map(({ target }) => target), ["codex", "gemini"]);
  assert.equal(held.size, 0);
  assert.equal(
    await Deno.readTextFile(shared),
    `OPENAI_API_KEY=${NEXT}\nGEMINI_API_KEY=${NEXT}\n`,
  );
  assert.equal(((await Deno.stat(shared)).mode ?? 0) & 0o777, 0o600);
  assert.equal(await Deno.readLink(home.path("codex")), "../dotenv");
  assert.equal(await Deno.readLink(home.path("gemini")), shared);
});

Deno.test("Fanout.run() takes the text as it is by then when the file moves underneath", async () => {
  let moves = 0;
  await using home: AgentHome = await AgentHome.make({ codex: `OPENAI_API_KEY=${OLD}\n` }, {
    replace: async (path, text, options) => {
      if (++moves < 5) await Deno.writeTextFile(path, `# ${moves}\nOPENAI_API_KEY=${OLD}\n`);
      await replaceFile(path, text, options);
    },
  });
  assert.equal((await home.run("codex")).result, "updated");
  assert.equal(await home.read("codex"), `# 4\nOPENAI_API_KEY=${NEXT}\n`);
});

Deno.test("Fanout.run() gives up for this time when the file keeps moving", async () => {
  let moves = 0;
  await using home: AgentHome = await AgentHome.make({ codex: `OPENAI_API_KEY=${OLD}\n` }, {
    replace: async (path, text, options) => {
      await Deno.writeTextFile(path, `# ${++moves}\nOPENAI_API_KEY=${OLDER}\n`);
      await replaceFile(path, text, options);
    },
  });
  const { targets, held } = await home.fanout.run(ORDER);
  assert.equal(targets[1]?.result, "failed");
  assert.match(targets[1]?.reason ?? "", /it was changed by another program in the meantime$/);
  assert.deepEqual(held, new Set([idOf(OLDER)]));
  assert.equal(await home.read("codex"), `# 5\nOPENAI_API_KEY=${OLDER}\n`);
});

Deno.test("Fanout.run() calls a file absent when it goes away before it is written", async () => {
  await using home: AgentHome = await AgentHome.make({ codex: `OPENAI_API_KEY=${OLD}\n` }, {
    replace: async (path, text, options) => {
      await Deno.remove(path);
      await replaceFile(path, text, options);
    },
  });
  assert.equal((await home.run("codex")).result, "absent");
  assert.deepEqual(await home.list(), [".codex"]);
});

Deno.test("Fanout.run() holds what a file held last when it cannot be read any more", async () => {
  await using home = await AgentHome.make({ codex: `OPENAI_API_KEY=${OLDER}\n` });
  const first = await home.run("codex", { ...ORDER, next: new Secret(OLD) });
  assert.equal(first.result, "updated");
  // A folder in its place stands for a file that this user may not read.
  await Deno.remove(home.path("codex"));
  await Deno.mkdir(home.path("codex"));
  const again = await home.fanout.run({ ...ORDER, next: new Secret(OLD) });
  assert.deepEqual(again.held, new Set());
  const { targets, held } = await home.fanout.run(ORDER);
  assert.equal(targets[1]?.result, "failed");
  assert.deepEqual(held, new Set([idOf(OLD)]));
  assert.deepEqual((await home.fanout.run(ORDER)).held, new Set([idOf(OLD)]));
  await Deno.remove(home.path("codex"));
  assert.deepEqual((await home.fanout.run(ORDER)).held, new Set());
});

Deno.test("Fanout.run() explains itself when its permissions do not reach a file", async () => {
  await using home = await AgentHome.make();
  const files = [{ target: "codex", path: home.path("codex") }] as const;
  const replace = () => Promise.reject(new Deno.errors.NotCapable("--allow-write"));
  await home.write("codex", `OPENAI_API_KEY=${OLD}\n`);
  const { targets, held } = await new Fanout(files, { replace }).run(ORDER);
  assert.match(
    targets[0]?.reason ?? "",
    /^Keyturn has no permission for it; .*start Keyturn again$/,
  );
  assert.deepEqual(held, new Set([idOf(OLD)]));
});
