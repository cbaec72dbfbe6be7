// Homes in which folders are symbolic links: a home on another disk, dotfiles kept in one place.
// Commands run with the permissions of their tasks, which name files by the path with the links.

import assert from "node:assert/strict";
import { runTask } from "./support/run_task.ts";

const AGENTS = ["claude", "opencode", "copilot"];

/** A home that is a link, with links in it; what is behind them is in `folder`. */
async function linkedHome(): Promise<AsyncDisposable & { readonly home: string }> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const home = `${folder}/home`;
  await Deno.mkdir(`${folder}/disk`);
  await Deno.symlink("disk", home);
  for (const name of [".claude", ".config", ".local"]) {
    await Deno.mkdir(`${folder}/dotfiles/${name}`, { recursive: true });
    await Deno.symlink(`../dotfiles/${name}`, `${home}/${name}`);
  }
  const profile = "[DEFAULT]\nhost = https://ws.example.com\ntoken = dapi-of-a-test\n";
  await Deno.writeTextFile(`${home}/.databrickscfg`, profile, { mode: 0o600 });
  return { home, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("setup and keys work in a home whose folders, and keys, are symbolic links", async () => {
  await using place = await linkedHome();
  const { home } = place;
  const run = async (...call: [string, ...string[]]) => {
    const { code, stdout, stderr } = await runTask(call, { home, env: { PROXY_PORT: "1" } });
    assert.equal(code, 0, `${call.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  await run("setup", ...AGENTS);
  const settings = await Deno.readTextFile(`${home}/.claude/settings.json`);
  assert.match(settings, /"ANTHROPIC_AUTH_TOKEN": "kt_claude_/);
  const again = await run("setup", ...AGENTS);
  assert.equal(again.match(/nothing to do/g)?.length, AGENTS.length);
  await run("keys", "rotate", "claude");
  assert.match(await run("setup", "claude"), /claude: set up/);
  assert.notEqual(await Deno.readTextFile(`${home}/.claude/settings.json`), settings);
  await Deno.rename(`${home}/.config/keyturn/keys.json`, `${home}/keys.json`);
  await Deno.symlink(`../../../disk/keys.json`, `${home}/.config/keyturn/keys.json`);
  await run("keys", "rotate", "claude");
  await run("setup", "claude", "hermes");
  assert.match(await Deno.readTextFile(`${home}/keys.json`), /kt_hermes_/);
  assert((await Deno.lstat(`${home}/.config/keyturn/keys.json`)).isSymlink);
  await run("setup", ...AGENTS, "hermes", "--undo");
  await assert.rejects(Deno.stat(`${home}/.claude/settings.json`), Deno.errors.NotFound);
  const left = [".claude", ".config/opencode", ".config/keyturn", ".local/state/keyturn/setup"];
  for (const folder of left) {
    const names = await Array.fromAsync(namesIn(`${home}/${folder}`));
    assert.deepEqual(names.filter((name) => name.endsWith(".tmp")), []);
  }
});

async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of Deno.readDir(folder)) yield name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
