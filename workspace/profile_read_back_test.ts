import assert from "node:assert/strict";
import { ProfileError } from "./profile_error.ts";
import { refuseUnlessReadBack } from "./profile_read_back.ts";

const BEFORE = "[dev]\nhost = h\ntoken = old\n[other]\nx = y\n  z = deep\n";
const AFTER = BEFORE.replace("old", "NEW");
const EXPECTED = { token: "NEW", host: "h" };

Deno.test("refuseUnlessReadBack() does nothing when only the owned values changed", () => {
  refuseUnlessReadBack("dev", { before: BEFORE, after: AFTER, expected: EXPECTED });
});

const SPOILT: readonly (readonly [what: string, after: string])[] = [
  ["the token is another", AFTER.replace("NEW", "NEWER")],
  ["the token is missing", AFTER.replace("token = NEW\n", "")],
  ["the host is another", AFTER.replace("host = h", "host = i")],
  ["a key of the section changed", AFTER.replace("host = h", "host = h\nx = y")],
  ["a key of another section changed", AFTER.replace("x = y", "x = z")],
  ["a continuation line of another section changed", AFTER.replace("deep", "deeper")],
  ["a section is gone", AFTER.replace("[other]\n", "")],
  ["a section is new", AFTER + "[new]\n"],
  ["the text cannot be read", AFTER + "[dev]\n"],
];

for (const [what, after] of SPOILT) {
  Deno.test(`refuseUnlessReadBack() throws when ${what}`, () => {
    assert.notEqual(after, AFTER);
    assert.throws(
      () => refuseUnlessReadBack("dev", { before: BEFORE, after, expected: EXPECTED }),
      (error) => error instanceof ProfileError && error.reason === "not-read-back",
    );
  });
}
