import assert from "node:assert/strict";
import { describeEnd, quoteStderr } from "./command_failure.ts";

Deno.test("describeEnd() says how it ended", () => {
  assert.equal(describeEnd({ how: "signal", signal: "SIGSEGV" }), "was ended by SIGSEGV");
  assert.equal(
    describeEnd({ how: "timeout", afterMs: 30_000 }),
    "did not end within 30 s and was killed",
  );
  assert.equal(
    describeEnd({ how: "too-much", maxBytes: 65_536 }),
    "printed more than 64 KiB and was killed",
  );
  assert.equal(
    describeEnd({ how: "not-started", reason: "No such file\nor directory" }),
    "could not be started: No such file or directory",
  );
});

Deno.test("quoteStderr() shows the last lines, on one line and not too long", () => {
  const stderr = Array.from({ length: 9 }, (_, index) => `line ${index}\r\n`).join("");
  assert.equal(quoteStderr({ stdout: "", stderr }), '"line 4 / line 5 / line 6 / line 7 / line 8"');
  const long = quoteStderr({ stdout: "", stderr: `${"word ".repeat(900)}\nthe end` }) ?? "";
  assert(long.length < 520);
  assert.match(long, /^"….* \/ the end"$/);
  assert.equal(quoteStderr({ stdout: "", stderr: "\x1b[31mred\u202e\n" }), '"[31mred"');
});

for (
  const secret of [
    "dapi0123456789abcdef",
    "dose0123456789abcdef0123",
    "eyJhbGciOi.eyJzdWIi.c2ln",
    "5f0c1d2e3b4a59687f6e5d4c3b2a1908",
    "Ab_0".repeat(12),
  ]
) {
  Deno.test(`quoteStderr() shows nothing like ${secret.slice(0, 8)}…`, () => {
    for (const text of [secret, `error: bad token ${secret}: denied`, `x=${secret}&y`]) {
      const shown = quoteStderr({ stdout: "", stderr: text });
      assert(!shown?.includes(secret), shown ?? "");
      assert.match(shown ?? "", /\[redacted\]/);
    }
  });
}

for (
  const text of [
    'refresh {"refresh_token": "hunter2"} failed',
    "POST https://h/oidc?client_secret=hunter2&x=1",
    "PASSWORD=hunter2 is wrong",
    "callback https://localhost/?code=hunter2&state=1",
  ]
) {
  Deno.test(`quoteStderr() hides what is named a secret in ${JSON.stringify(text)}`, () => {
    assert(!quoteStderr({ stdout: "", stderr: text })?.includes("hunter2"));
  });
}

Deno.test("quoteStderr() hides what stdout holds, whatever form it has", () => {
  const stdout = '{"access_token":"short-tok"}\n';
  const shown = quoteStderr({ stdout, stderr: "debug: short-tok\n" });
  assert.equal(shown, '"debug: [redacted]"');
});

Deno.test("quoteStderr() leaves words for people as they are", () => {
  const text =
    "Error: cache: databricks OAuth is not configured for this host. Run `databricks auth login " +
    "--profile dev`; see /home/me/.databricks/token-cache.json (exit code=45)";
  assert.equal(quoteStderr({ stdout: "", stderr: text }), `"${text}"`);
});
