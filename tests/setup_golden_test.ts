/**
 * `deno task setup -- --all` over whole homes, as a person runs it. Each folder of
 * `tests/fixtures/setup` is a home before, after, and after `--undo`, with what was printed.
 * `UPDATE_GOLDEN=1` writes what comes out instead of comparing it: read the diff then.
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fromFileUrl } from "../support/paths.ts";
import {
  type FileTree,
  foldersIn,
  mapTree,
  readTree,
  withoutFiles,
  writeTree,
} from "./support/file_tree.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const FIXTURES = `${ROOT}/tests/fixtures/setup`;
const IS_UPDATE = Deno.env.get("UPDATE_GOLDEN") === "1";

interface Case {
  readonly name: string;
  /** Whether `--undo` gives back every byte: where no secret was taken out. */
  readonly undone: "identical" | "golden";
  readonly flags: readonly string[];
  readonly status: 0 | 1;
}

const CASES: readonly Case[] = [
  { name: "empty", undone: "identical", flags: [], status: 0 },
  { name: "lived-in", undone: "identical", flags: [], status: 0 },
  { name: "upstream", undone: "golden", flags: [], status: 0 },
  { name: "upstream-newest", undone: "golden", flags: [], status: 0 },
  { name: "take-over", undone: "golden", flags: ["--take-over"], status: 0 },
];

for (const each of CASES) {
  Deno.test(`setup --all over the home "${each.name}": shown, set up, as it is, taken back`, async () => {
    const home = await Deno.realPath(await Deno.makeTempDir());
    try {
      await runCase(each, home);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}

async function runCase({ name, undone, flags, status }: Case, home: string): Promise<void> {
  const folder = `${FIXTURES}/${name}`;
  const before = withoutFiles(await readTree(`${folder}/before`), (path) => path === ".keep");
  await writeTree(home, mapTree(before, (text) => text.replaceAll("{{HOME}}", home)));
  const folders = await foldersOf(home);

  const shown = await setup(home, [...flags, "--dry-run"]);
  assert.equal(shown.code, status, shown.text);
  assert.deepEqual(await treeOf(home), before, "--dry-run writes nothing");
  assert.deepEqual(await foldersOf(home), folders, "--dry-run makes no folder");
  await golden(`${folder}/dry-run.txt`, shown.text);

  const applied = await setup(home, flags);
  assert.equal(applied.code, status, applied.text);
  const after = await treeOf(home);
  await golden(`${folder}/apply.txt`, applied.text);
  await goldenTree(`${folder}/after`, after);
  await assertClosed(home, after);
  assert.doesNotMatch(Object.values(after).join("\n"), /dapi/, "no token of a workspace is left");
  assert.doesNotMatch(`${shown.text}${applied.text}`, SECRETS);

  const again = await setup(home, flags);
  assert.match(again.text, /^claude: nothing to do$/m);
  assert.doesNotMatch(again.text, /: set up/);
  assert.deepEqual(await treeOf(home), after, "a second setup changes nothing");

  const back = await setup(home, ["--undo"]);
  assert.equal(back.code, 0, back.text);
  const left = await treeOf(home);
  await goldenTree(`${folder}/undone`, left);
  if (undone === "identical") assert.deepEqual(left, before, "--undo gives back every byte");
  assert.deepEqual(await foldersOf(home), folders, "--undo removes the folders that were made");
}

/** Secrets of the homes, and ours. */
const SECRETS = /dapi[0-9a-f]|kt_[a-z]+_[A-Za-z0-9-]|hunter2|gh[op]_0|sk-ant-o/;

/** What is Keyturn's own, and stays for the next setup. */
const OWN = /^\.config\/keyturn\/keys\.json|^\.local\/state\/keyturn\//;

const OWN_FOLDERS = /^\.config(\/keyturn)?$|^\.local(\/state(\/keyturn(\/setup)?)?)?$/;

async function foldersOf(home: string): Promise<readonly string[]> {
  return (await foldersIn(home)).filter((folder) => !OWN_FOLDERS.test(folder));
}

async function treeOf(home: string): Promise<FileTree> {
  const tree = withoutFiles(await readTree(home), (path) => OWN.test(path));
  return mapTree(tree, (text) => normal(text, home));
}

function normal(text: string, home: string): string {
  return text
    .replaceAll(home, "{{HOME}}")
    .replaceAll(/\b(kt_[a-z]+_)[A-Za-z0-9_-]{43}/g, "$1{{KEY}}");
}

/** Files with a key of ours are their owner's alone. */
async function assertClosed(home: string, tree: FileTree): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    if (!/kt_[a-z]+_\{\{KEY\}\}/.test(text)) continue;
    const { mode } = await Deno.stat(`${home}/${path}`);
    assert.equal((mode ?? 0) & 0o777, 0o600, path);
  }
}

async function setup(
  home: string,
  flags: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "setup", "--", "--all", ...flags],
    cwd: ROOT,
    clearEnv: true,
    // A port on which nothing listens: which models there are is for another test.
    env: {
      HOME: home,
      PATH: `${dirname(Deno.execPath())}:/usr/bin:/bin`,
      DENO_DIR: await denoDir(),
      NO_COLOR: "1",
      PROXY_PORT: "4000",
    },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, text: normal(text, home) };
}

let cache: Promise<string> | null = null;

/** The cache of this run: a scratch HOME must not make the child fetch its packages again. */
function denoDir(): Promise<string> {
  cache ??= new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()
    .then(({ stdout }) => JSON.parse(new TextDecoder().decode(stdout)).denoDir);
  return cache;
}

async function golden(path: string, text: string): Promise<void> {
  if (IS_UPDATE) await Deno.writeTextFile(path, text);
  assert.equal(text, await Deno.readTextFile(path), path);
}

async function goldenTree(folder: string, tree: FileTree): Promise<void> {
  if (IS_UPDATE) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await writeTree(folder, tree);
  }
  assert.deepEqual(tree, await readTree(folder), folder);
}
