/** The demo as a person runs it: the real command, with an empty HOME. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { DemoSummary } from "../demo/summary.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Starts `deno task demo` with a HOME and a folder for temporary files that are both empty. */
async function startDemo(folder: string, ...args: readonly string[]): Promise<Deno.ChildProcess> {
  const [home, scratch] = [`${folder}/home`, `${folder}/tmp`];
  for (const path of [home, scratch]) await Deno.mkdir(path);
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "demo", ...args],
    cwd: root,
    env: { HOME: home, KEYTURN_HOME: "", TMPDIR: scratch, DENO_DIR: await denoDir() },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The cache of this run: an empty HOME must not make the child fetch its packages again. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Everything that lies in a folder, except what Deno itself may put into HOME. */
async function listLeft(folder: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const part of ["home", "tmp"]) {
    for await (const { name } of Deno.readDir(`${folder}/${part}`)) left.push(`${part}/${name}`);
  }
  return left;
}

Deno.test("demo --seconds 12 --json rotates, fails nothing and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const child = await startDemo(folder, "--seconds", "12", "--json");
    const { code, stdout, stderr } = await child.output();
    const [said, logged] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, `${said}${logged}`);
    // One JSON value and nothing else.
    const summary: DemoSummary = JSON.parse(said ?? "");
    assert.equal(summary.version, 1);
    assert(summary.seconds >= 12, `${summary.seconds} s`);
    assert.equal(summary.requests.failed, 0);
    assert.deepEqual(summary.failures, []);
    for (const [dialect, { ok }] of Object.entries(summary.requests.byDialect)) {
      assert(ok > 0, `${dialect} was asked`);
    }
    // One at the start, and one every 5 s; a busy machine may be late with the last.
    assert(summary.rotations >= 2, `${summary.rotations} rotations`);
    const { minted, revoked, liveOwn, othersTouched } = summary.tokens;
    assert.deepEqual({ revoked, liveOwn, othersTouched }, {
      revoked: minted,
      liveOwn: 1,
      othersTouched: 0,
    });
    assert.doesNotMatch(`${said}${logged}`, /dapi|kt_/);
    assert.deepEqual(await listLeft(folder), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("demo exits 1 and says why when an answer is cut short", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const child = await startDemo(folder, "--seconds", "3");
    const [said, logged, { code }] = await Promise.all([
      readAndDisturb(child.stdout),
      new Response(child.stderr).text(),
      child.status,
    ]);
    assert.equal(code, 1, `${said}${logged}`);
    assert.match(said, /^Keyturn demo for 3 s: http/);
    assert.match(said, /rotation 1: [0-9a-f]{8} → [0-9a-f]{8}, in use after \d+ ms/);
    assert.match(said, /done after 3 s: \d+ requests ok, 1 failed/);
    assert.match(said, /\n {2}failed: anthropic( stream)?: \S.*\n$/);
    assert.doesNotMatch(said + logged, /dapi|kt_/);
    assert(!said.includes("\x1b"), "no colour where there is no terminal");
    assert.deepEqual(await listLeft(folder), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Reads to the end; has one stream cut as soon as it is known where the workspace is. */
async function readAndDisturb(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  let isDisturbed = false;
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const origin = text.match(/workspace (http:\S+);/)?.[1];
    if (origin === undefined || isDisturbed) continue;
    isDisturbed = true;
    const response = await fetch(`${origin}/__sim/faults`, {
      method: "POST",
      body: JSON.stringify({
        match: { path: "/ai-gateway/anthropic/" },
        times: 1,
        action: { kind: "cut-after", events: 3 },
      }),
    });
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
  return text;
}
