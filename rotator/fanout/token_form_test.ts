import assert from "node:assert/strict";
import { findTokens, putToken, type TokenForm } from "./token_form.ts";

Deno.test("findTokens() finds the token when the string has its form", () => {
  const rows: readonly (readonly [form: TokenForm, value: string, after: string])[] = [
    ["token", "a", "N"],
    ["token", " a\n", " N\n"],
    ["token", "Bearer a", "Bearer a"],
    ["token", "", ""],
    ["bearer", "Bearer a", "Bearer N"],
    ["bearer", "bearer  a ", "bearer  N "],
    ["bearer", "Basic a", "Basic a"],
    ["bearer", "Bearer", "Bearer"],
    ["bearer", "Bearer a b", "Bearer a b"],
    ["headers", "Authorization=Bearer a", "Authorization=Bearer N"],
    ["headers", "x=y,Authorization=Bearer a,z=w", "x=y,Authorization=Bearer N,z=w"],
    ["headers", "x=y, authorization = Bearer%20a ,z", "x=y, authorization = Bearer%20N ,z"],
    [
      "headers",
      "Authorization=Bearer a,Authorization=Bearer b",
      "Authorization=Bearer N,Authorization=Bearer N",
    ],
    ["headers", "X-Authorization=Bearer a", "X-Authorization=Bearer a"],
    ["headers", "Authorization=Basic a", "Authorization=Basic a"],
    ["headers", "Proxy Authorization=Bearer a", "Proxy Authorization=Bearer a"],
  ];
  for (const [form, value, after] of rows) {
    assert.equal(putToken(value, findTokens(value, form), "N"), after, value);
  }
});
