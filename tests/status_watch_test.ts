/** `status` as a person and a script use it, with the real service. */

import assert from "node:assert/strict";
import { startWorkspace } from "../demo/workspace.ts";
import { runTask, startTask } from "./support/run_task.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

Deno.test("status says in five lines that all is well, and names the agents it has seen", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using serve = await ServeProcess.start({ home: home.folder });
  await (await serve.chat("hello")).body?.cancel();
  // A spare that is not there yet is a problem.
  await until("it lives, with its spare", async () => {
    const { state, spare } = (await serve.status()).credential;
    return state === "live" && typeof spare?.tokenId === "string";
  });
  const env = { PROXY_PORT: new URL(serve.origin).port };
  const { code, stdout, stderr } = await runTask(["status"], { home: home.folder, env });
  assert.equal(code, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 5, stdout);
  assert.match(lines[0] ?? "", /^all is well keyturn [\d.]+ \(live, /);
  assert.match(
    lines[1] ?? "",
    /^credential {2}pat [0-9a-f]{8}, generation \d+, .*; next rotation in/,
  );
  assert.match(lines[3] ?? "", /^agents {6}hermes 1, \d+ s ago$/);
  assert.equal(lines[4], "problems    none");
});

for (const format of ["text", "json"] as const) {
  Deno.test(`status --watch (${format}) shows the service again and again, and its absence, until Ctrl-C`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const serve = await ServeProcess.start({ home: home.folder });
    const env = { PROXY_PORT: new URL(serve.origin).port };
    const flags = format === "json" ? ["--json"] : [];
    const child = startTask(["status", "--watch", ...flags], { home: home.folder, env }).spawn();
    let [stdout, stderr] = ["", ""];
    const reading = Promise.all([
      readAll(child.stdout, (text) => stdout += text),
      readAll(child.stderr, (text) => stderr += text),
    ]);
    const shown = () =>
      format === "json"
        ? stdout.split("\n").filter((line) => line.startsWith('{"version":1,')).length
        : stdout.split("\n").filter((line) => line.startsWith("problems ")).length;
    await until("it has shown it twice", () => shown() >= 2);
    await serve[Symbol.asyncDispose]();
    const told = () => format === "json" ? stderr : stdout;
    await until("it says that nobody answers", () => /^no service answers at /m.test(told()));
    child.kill("SIGINT");
    const { code } = await child.status;
    await reading;
    assert.equal(code, 0);
    assert(!stdout.includes("\x1b"), "no terminal, no control sequences");
    if (format === "json") { for (const line of stdout.trimEnd().split("\n")) JSON.parse(line); }
  });
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}

Deno.test("status of another program on the port fails, and its sentence says what to do", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await (await ServeProcess.start({ home: home.folder }))[Symbol.asyncDispose]();
  // The workspace itself, which answers everything.
  const env = { PROXY_PORT: String(workspace.port) };
  for (const command of ["status", "rotate", "token"]) {
    const { code, stdout, stderr } = await runTask([command], { home: home.folder, env });
    assert.equal(code, 1, command);
    assert.equal(stdout, "");
    assert.match(stderr, /is not this installation's Keyturn .* PROXY_PORT/);
  }
  const sent = workspace.requests().flatMap(({ headers }) => headers.map(([, value]) => value));
  assert.doesNotMatch(sent.join("\n"), /kt_operator/);
});
