/**
 * Routes and readiness of the filter before this one, each defect by its number. Those that its
 * launchers had are answered by the design: ARCHITECTURE.md says how.
 */

import assert from "node:assert/strict";
import { findRoute, upstreamUrl } from "../workspace/endpoints.ts";
import { startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const here = new URL(".", import.meta.url);

Deno.test("defect 26: Anthropic under serving-endpoints keeps that prefix", () => {
  const route = findRoute("POST", "/v1/messages");
  assert(route?.kind === "forward");
  const host = "https://adb-1.azuredatabricks.net";
  const target = { host, gatewayHost: null, chatBase: null, geminiBase: null };
  assert.equal(
    upstreamUrl(route, { ...target, mode: "serving-endpoints" }, ""),
    `${host}/serving-endpoints/anthropic/v1/messages`,
  );
});

Deno.test("defect 27: whoever serves a gateway of its own, or plain http, is ready as well", async () => {
  await using gateway = startRawUpstream(wholeAnswer("{}"));
  await using proxy = await startProxy({
    upstream: gateway.origin,
    config: { upstreamMode: "gateway-host", gatewayHost: gateway.origin },
  });
  const response = await proxy.call("/ready", { headers: {} });
  assert.deepEqual(await response.json(), { status: "ready" });
  assert.equal(gateway.requests.length, 0, "nobody is asked");
});

Deno.test("each of the 28 defects has a test by its number, or stands in ARCHITECTURE.md", async () => {
  const numbers = new Set<number>();
  for (const folder of ["./", "../proxy/repairs/schemas/", "../proxy/repairs/requests/"]) {
    for await (const { name } of Deno.readDir(new URL(folder, here))) {
      if (!name.endsWith("_test.ts")) continue;
      const source = await Deno.readTextFile(new URL(folder + name, here));
      for (const [, number] of source.matchAll(/Deno\.test\(\s*["`]defect (\d+): /g)) {
        numbers.add(Number(number));
      }
    }
  }
  const text = await Deno.readTextFile(new URL("../ARCHITECTURE.md", here));
  const byDesign = [...text.matchAll(/^\| defect (\d+) +\| \S/gm)].map(([, number]) =>
    Number(number)
  );
  assert.deepEqual(byDesign.filter((number) => numbers.has(number)), []);
  const all = [...numbers, ...byDesign].sort((a, b) => a - b);
  assert.deepEqual(all, Array.from({ length: 28 }, (_, index) => index + 1));
});
