import assert from "node:assert/strict";
import fc from "fast-check";
import { isLoopback, parseBaseUrl, parseHost } from "./host.ts";

const ORIGINS: ReadonlyArray<readonly [text: string, origin: string]> = [
  ["dbc-1.cloud.databricks.com", "https://dbc-1.cloud.databricks.com"],
  ["  https://dbc-1.cloud.databricks.com//  ", "https://dbc-1.cloud.databricks.com"],
  ["https://adb-1.azuredatabricks.net/?o=123", "https://adb-1.azuredatabricks.net"],
  ["https://adb-1.azuredatabricks.net?o=a@b", "https://adb-1.azuredatabricks.net"],
  ["https://adb-1.azuredatabricks.net/browse/folders/1?o=2", "https://adb-1.azuredatabricks.net"],
  ["HTTPS://DBC-1.Cloud.Databricks.com", "https://dbc-1.cloud.databricks.com"],
  ["https://h.example:443", "https://h.example"],
  ["h.example:8443", "https://h.example:8443"],
  ["h.example:8443/a", "https://h.example:8443"],
  ["https://bücher.example", "https://xn--bcher-kva.example"],
  ["http://localhost:9000", "http://localhost:9000"],
  ["http://127.0.0.2:9000/x", "http://127.0.0.2:9000"],
  ["http://[::1]:9000", "http://[::1]:9000"],
  ["[::1]:9000", "https://[::1]:9000"],
];

const REFUSED: ReadonlyArray<readonly [text: string, reason: RegExp]> = [
  ["", /^is empty/],
  ["   ", /^is empty/],
  ["http://h.example", /^is plain http/],
  ["http://localhost.example", /^is plain http/],
  ["http://127.0.0.1.example", /^is plain http/],
  ["ftp://h.example", /^does not begin as a web address/],
  ["file:///etc/passwd", /^does not begin as a web address/],
  ["https:/h.example", /^does not begin as a web address/],
  ["https:h.example", /^does not begin as a web address/],
  ["mailto:x", /^does not begin as a web address/],
  ["h.example:/a", /^does not begin as a web address/],
  ["//h.example", /^has no host/],
  ["/", /^has no host/],
  ["https://", /^is not a host name/],
  ["https://h.example:99999", /^is not a host name/],
  ["https://*.azuredatabricks.net", /^is not a host name/],
  ["https://a.example,b.example", /^is not a host name/],
  ["https://<workspace>", /^is not a host name/],
  ["https://h.example.", /^is not a host name/],
  ["https://me:hunter2@h.example", /^holds a user name or password/],
  ["https://me@h.example", /^holds a user name or password/],
  ["https://@h.example", /^holds a user name or password/],
  ["me:hunter2@h.example", /^holds a user name or password/],
  ["https://h.example/#setting", /^has a fragment/],
  ["https://a.example\\@b.example", /^holds whitespace, a backslash/],
  ["https://a.example\n.b", /^holds whitespace/],
  ["two words", /^holds whitespace/],
];

Deno.test("parseHost() keeps the origin only when people paste more than a host", () => {
  for (const [text, origin] of ORIGINS) assert.equal(parseHost(text), origin, text);
});

Deno.test("parseHost() and parseBaseUrl() throw a plain Error with the reason when a text is no host", () => {
  for (const [text, reason] of REFUSED) {
    for (const parse of [parseHost, parseBaseUrl]) {
      assert.throws(() => parse(text), (error) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, "Error", text);
        assert.match(error.message, reason, text);
        assert.ok(!error.message.includes("hunter2"));
        return true;
      });
    }
  }
});

Deno.test("parseBaseUrl() keeps the path without final slashes", () => {
  assert.equal(parseBaseUrl("https://h.example"), "https://h.example");
  assert.equal(parseBaseUrl("https://h.example///"), "https://h.example");
  assert.equal(
    parseBaseUrl("h.example/ai-gateway/gemini//"),
    "https://h.example/ai-gateway/gemini",
  );
  assert.throws(() => parseBaseUrl("https://h.example/v1?"), /^Error: has a query/);
});

Deno.test("isLoopback() knows every spelling of this machine and no other", () => {
  for (const host of ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "localhost", "LOCALHOST"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "128.0.0.1", "1127.0.0.1", "localhost.", "127.0.0.1.a"]) {
    assert.ok(!isLoopback(host), host);
  }
});

Deno.test("parseHost() gives an origin that it gives back unchanged, or a plain Error", () => {
  fc.assert(fc.property(
    fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.domain()),
    (text) => {
      let origin: string;
      try {
        origin = parseHost(text);
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(error.name, "Error");
        return;
      }
      assert.equal(parseHost(origin), origin);
      assert.equal(new URL(origin).origin, origin);
      assert.doesNotMatch(origin, /[,*@\s]/);
    },
  ));
});
