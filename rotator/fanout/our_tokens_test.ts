import assert from "node:assert/strict";
import { findOurTokens, idOf } from "./our_tokens.ts";

const TOKENS = ["dapi0123456789abcdef-2", "tok.with~all+of/it=", "plain1"];
const isOurs = (id: string) => TOKENS.map(idOf).includes(id);

Deno.test("findOurTokens() finds a token when it stands in any surroundings", () => {
  for (const token of TOKENS) {
    for (
      const text of [
        token,
        `KEY=${token}`,
        `export KEY='${token}' # c`,
        `{"a": "Bearer ${token}`,
        `Authorization=Bearer%20${token},x=y`,
        `a: "\\n${token}"`,
        `\ufffd${token}\ufffd`,
        `[${token}]`,
      ]
    ) {
      assert.deepEqual([...findOurTokens(text, isOurs)], [[idOf(token), token]], text);
    }
  }
});

Deno.test("findOurTokens() finds nothing when no token is ours", () => {
  for (const text of ["", "dapi0123456789abcdef-3", "xplain1 plain1x", '{"a": "b"}']) {
    assert.equal(findOurTokens(text, isOurs).size, 0, text);
  }
});
