/** A proxy of the environment is for the workspace: what is on this machine is never told to it. */

import assert from "node:assert/strict";
import { fromFileUrl } from "../support/paths.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const MODULE = new URL("../support/direct_client.ts", import.meta.url).href;

/** Runs `code` with `proxy` as the proxy of everything. */
async function run(code: string, proxy: string): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-net", code, MODULE],
    cwd: fromFileUrl(new URL("..", import.meta.url)),
    env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: "" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("what is on this machine is reached through no proxy, the workspace through it", async () => {
  await using proxy = startRawUpstream(wholeAnswer("", { status: "502 No" }));
  await using service = startRawUpstream(wholeAnswer("here"));
  const direct = await run(
    `const { fetchDirect } = await import(Deno.args[0]);
     console.log(await (await fetchDirect("${service.origin}/x")).text());`,
    proxy.origin,
  );
  assert.equal(direct, "here");
  // As to a proxy, which is what it takes the service for: the door knows both forms.
  assert.equal(service.requests.at(0)?.target, `${service.origin}/x`);
  assert.equal(proxy.connections, 0);
  await run(
    `const { clientOptionsFor } = await import(Deno.args[0]);
     const client = Deno.createHttpClient(clientOptionsFor("https://adb-1.example"));
     await fetch("https://adb-1.example/", { client }).catch(() => {});`,
    proxy.origin,
  );
  assert.deepEqual(proxy.requests.map(({ method, target }) => `${method} ${target}`), [
    "CONNECT adb-1.example:443",
  ]);
});

Deno.test("what a proxy of the environment would be told, were it asked", async () => {
  await using proxy = startRawUpstream(wholeAnswer("told"));
  await using service = startRawUpstream(wholeAnswer("here"));
  const told = await run(
    `console.log(await (await fetch("${service.origin}/secret")).text());`,
    proxy.origin,
  );
  // The reason for all this: if Deno makes an exception for loopback one day, it can go.
  assert.equal(told, "told");
});
