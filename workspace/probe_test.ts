import assert from "node:assert/strict";
import { Secret } from "./credential.ts";
import { type ProbedMode, probeUpstreamMode } from "./probe.ts";

const OFF = {
  "error_code": "FEATURE_DISABLED",
  "message": "AI Gateway is not available for this workspace.",
};
const ABSENT = { "error_code": "ENDPOINT_NOT_FOUND", "message": "No API found" };

type Answer = readonly [name: string, status: number, body: unknown, ProbedMode | null];

const ANSWERS: readonly Answer[] = [
  ["a list of endpoints", 200, { endpoints: [] }, "ai-gateway"],
  ["an empty object", 200, {}, "ai-gateway"],
  ["a login page", 200, "<html>Log in</html>", null],
  ["an empty page", 200, "", null],
  ["a list", 200, [], null],
  ["a gateway switched off by 404", 404, OFF, "serving-endpoints"],
  ["a gateway switched off by 400", 400, OFF, "serving-endpoints"],
  ["an absent gateway by 404", 404, ABSENT, "serving-endpoints"],
  ["an absent gateway by 400", 400, ABSENT, "serving-endpoints"],
  ["an absent gateway by 501", 501, ABSENT, "serving-endpoints"],
  ["any other 404", 404, "Not Found", "serving-endpoints"],
  ["any other 501", 501, "", "serving-endpoints"],
  ["any other 400", 400, "Invalid Token", null],
  ["no credential", 401, "", null],
  ["a dead token", 403, { error_code: 403, message: "Invalid access token." }, null],
  ["a permission that tells of a feature", 403, OFF, null],
  ["a limit", 429, "", null],
  ["an outage", 500, OFF, null],
  ["an overload", 503, "", null],
  ["a redirect", 302, "", null],
];

for (const [name, status, body, expected] of ANSWERS) {
  Deno.test(`probeUpstreamMode() finds ${expected} in ${name}`, async () => {
    const asked: string[] = [];
    await using server = serve((request) => {
      const { pathname, search } = new URL(request.url);
      asked.push(`${request.method} ${pathname}${search} ${request.headers.get("authorization")}`);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return new Response(text, { status, headers: { location: "/login" } });
    });
    assert.equal(await probe({ host: hostOf(server) }), expected);
    assert.deepEqual(asked, ["GET /api/ai-gateway/v2/endpoints?page_size=1 Bearer dapi-test"]);
  });
}

Deno.test("probeUpstreamMode() does not know while nobody answers", async () => {
  const server = serve(() => new Response());
  const host = hostOf(server);
  await server.shutdown();
  assert.equal(await probe({ host }), null);
});

Deno.test("probeUpstreamMode() does not know when it is called off", async () => {
  await using server = serve(() => Response.json({}));
  assert.equal(await probe({ host: hostOf(server), signal: AbortSignal.abort() }), null);
});

Deno.test("probeUpstreamMode() never throws", async () => {
  const broken = () => {
    throw new TypeError("no fetch today");
  };
  const host = "http://127.0.0.1:1";
  const bearer = new Secret("dapi-test");
  assert.equal(await probeUpstreamMode({ host, bearer, fetch: broken }), null);
  const unsendable = new Secret("dapi\n1");
  assert.equal(await probeUpstreamMode({ host, bearer: unsendable, fetch }), null);
});

function probe(options: { host: string; signal?: AbortSignal }): Promise<ProbedMode | null> {
  return probeUpstreamMode({ bearer: new Secret("dapi-test"), fetch, ...options });
}

function hostOf(server: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${server.addr.port}`;
}

function serve(handler: (request: Request) => Response) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}
