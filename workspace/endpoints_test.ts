import assert from "node:assert/strict";
import fc from "fast-check";
import { findRoute, spokenDialect, type UpstreamTarget, upstreamUrl } from "./endpoints.ts";

const TARGET: UpstreamTarget = {
  mode: "ai-gateway",
  host: "https://adb-1.azuredatabricks.net",
  gatewayHost: "https://1.ai-gateway.cloud.databricks.com",
  chatBase: null,
  geminiBase: null,
};

Deno.test("findRoute() finds nothing but what is in the table", () => {
  for (
    const [method, path] of [
      ["POST", ""],
      ["POST", "/"],
      ["HEAD", "/"],
      ["POST", "*"],
      ["POST", "/v1/messages/"],
      ["POST", "/v1/messages?beta=true"],
      ["post", "/v1/messages"],
      ["PUT", "/v1/messages"],
      ["HEAD", "/models"],
      ["OPTIONS", "/v1/messages"],
      ["POST", "/__proto__"],
      ["POST", "constructor"],
      ["POST", "/serving-endpoints/-a/invocations"],
      ["POST", "/serving-endpoints/./invocations"],
      ["POST", "/serving-endpoints/a%20b/invocations"],
      ["POST", "/serving-endpoints/a/invocations/x"],
      ["POST", "/gemini/v1beta/models/a:generateContent/x"],
      ["POST", "/gemini/v1/models/a:generateContent"],
      ["GET", "/gemini/v1beta/models/a"],
      ["GET", "/metadata"],
      ["GET", "/x/metadata/a"],
      ["GET", "/metadata/"],
      ["GET", "/metadata/a/b"],
      ["GET", `/metadata/${"a".repeat(129)}`],
      ["POST", "/metadata/a/b"],
    ] as const
  ) {
    assert.equal(findRoute(method, path), null, `${method} ${path}`);
  }
});

Deno.test("findRoute() names the model that a path names", () => {
  const gemini = findRoute("POST", "/gemini/v1beta/models/gemini-2.5-pro:countTokens");
  assert(gemini?.kind === "forward");
  assert.equal(gemini.model, "gemini-2.5-pro");
  const own = findRoute("POST", "/serving-endpoints/my_model@2/invocations");
  assert(own?.kind === "forward");
  assert.equal(own.model, "my_model@2");
  const chat = findRoute("POST", "/v1/chat/completions");
  assert(chat?.kind === "forward");
  assert.equal(chat.model, null);
});

Deno.test("upstreamUrl() stays with the configured origins, whatever path and query a caller sends", () => {
  const piece = fc.constantFrom(
    ...["/", "//", "..", ".", "@", "evil.example", ":", "\\", "%2f", "%40", "?", "#", "a", "v1"],
    ...["serving-endpoints", "gemini", "v1beta", "models", "m:generateContent", "invocations"],
    ...["/serving-endpoints/", "/gemini/v1beta/models/", "/invocations", " ", "\u2028", "é"],
  );
  const path = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const known = fc.constantFrom("/v1/messages", "/gemini/v1beta/models/m:generateContent");
  const search = fc.array(piece, { maxLength: 12 }).map((pieces) => `?${pieces.join("")}`);
  const modes = fc.constantFrom("ai-gateway", "gateway-host", "serving-endpoints");
  const origins = [TARGET.host, TARGET.gatewayHost];
  fc.assert(
    fc.property(fc.oneof(path, known), search, modes, (path, search, mode) => {
      const route = findRoute("POST", path);
      if (route?.kind !== "forward") return;
      const url = new URL(upstreamUrl(route, { ...TARGET, mode }, search));
      assert(origins.includes(url.origin), url.href);
      assert(Object.values(route.upstream).includes(url.pathname), url.href);
    }),
    { numRuns: 500 },
  );
});

Deno.test("upstreamUrl() refuses a query that is none", () => {
  const route = findRoute("POST", "/v1/messages");
  assert(route?.kind === "forward");
  for (const search of ["@evil.example", "/../x", " ", "#", "&a=1"]) {
    assert.throws(() => upstreamUrl(route, TARGET, search), TypeError, search);
  }
});

Deno.test("every path of the table begins with one slash, and so cannot name another host", () => {
  for (
    const path of [
      "/v1/chat/completions",
      "/v1/responses",
      "/v1/messages",
      "/v1/messages/count_tokens",
    ]
  ) {
    const route = findRoute("POST", path);
    assert(route?.kind === "forward");
    const suffixes = route.override === null ? [] : [route.override.suffix];
    for (const each of [...Object.values(route.upstream), ...suffixes]) {
      assert.match(each, /^\/[a-z]/);
    }
  }
});

Deno.test("spokenDialect() answers an unknown path in the dialect that it looks like", () => {
  const rows = [
    ["/anthropic/v2/x", "anthropic"],
    ["/x/messages", "anthropic"],
    ["/gemini/v1/x", "gemini"],
    ["/v2/responses", "responses"],
    ["/v1/embeddings", "chat"],
    ["", "chat"],
  ] as const;
  for (const [path, dialect] of rows) {
    assert.equal(spokenDialect(null, path, new Headers()), dialect, path);
  }
  // Only of a list of models it says more than the path does.
  const claude = new Headers({ "anthropic-version": "2023-06-01" });
  const chat = findRoute("POST", "/v1/chat/completions");
  assert.equal(spokenDialect(chat, "/v1/chat/completions", claude), "chat");
});
