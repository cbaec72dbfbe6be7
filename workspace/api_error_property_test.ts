import assert from "node:assert/strict";
import fc from "fast-check";
import { parseApiError } from "./api_error.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

Deno.test("parseApiError() survives JSON that is nested without end", () => {
  const depth = 200_000;
  for (const body of ["[".repeat(depth), "[".repeat(depth) + "]".repeat(depth)]) {
    assert.equal(parseApiError(400, new Headers(), body).code, null);
  }
  const objects = '{"error":'.repeat(depth) + "1" + "}".repeat(depth);
  assert.equal(parseApiError(400, new Headers(), objects).code, null);
});

const hostileText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.stringMatching(/^(?:<pre>?|<title>|&lt;|eyJ|\.|dapi|[0-9a-f]{5}|Bearer |"|\{){0,40}$/),
);

const hostileBody = fc.oneof(
  hostileText,
  fc.dictionary(
    fc.constantFrom("message", "error", "error_code", "details", "detail", "external_model_error"),
    fc.oneof(hostileText, fc.jsonValue({ maxDepth: 3 })),
  ).map((value) => JSON.stringify(value)),
);

Deno.test("parseApiError() gives one safe line for any body", () => {
  fc.assert(
    fc.property(fc.integer(), hostileBody, (status, body) => {
      const error = parseApiError(status, new Headers(), body, { now: NOW });
      assert.ok(error.message.length > 0 && error.message.length <= 500);
      for (const text of [error.message, error.code ?? ""]) {
        assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
        assert.doesNotMatch(text, /dapi[0-9a-zA-Z-]{6,}|eyJ[\w-]*\.[\w.-]+/);
      }
      assert.ok(error.retryAfterMs === null || error.retryAfterMs >= 0);
    }),
    { numRuns: 500 },
  );
});
