/** The editor of the profile: one value changes, or it says why not and repeats no token. */

import assert from "node:assert/strict";
import { Secret } from "../../../workspace/credential.ts";
import { ProfileError } from "../../../workspace/profile_error.ts";
import { parseProfile, planTokenChange } from "../../../workspace/profile_file.ts";
import { pick } from "../../support/chaos/dice.ts";
import { type FuzzTarget, kindOf } from "../target.ts";

const TOKEN = "dapi0000feedfacecafe";
const MARK = "dapiSECRETSECRET";

/** What stands in `[name]`, as text. */
function valuesOf(text: string, name: string): readonly (string | null)[] {
  const { host, token } = parseProfile(text, name);
  return [host, token?.reveal() ?? null];
}

/** The target. */
export const PROFILE: FuzzTarget = {
  name: "profile",
  seeds: [
    `; c\n[DEFAULT]\nhost = https://h.example\ntoken = ${MARK}\n\n[dev]\nhost: x\ntoken=${MARK}2\n`,
    `[dev]\r\nhost = h\r\n[DEFAULT]\r\ntoken = a\r\n  continued\r\n`,
    `[DEFAULT]\nhost = h`,
    "",
  ],
  words: ["[DEFAULT]", "[dev]", "host", "token", " = ", MARK, ";", "#", "%(x)s", "[", "]"],
  check: (text, dice) => {
    const profileName = pick(dice, ["DEFAULT", "dev", "new"]);
    const host = pick(dice, [null, "https://new.example"]);
    try {
      const after = planTokenChange(text, { profileName, token: new Secret(TOKEN), host });
      assert.equal(parseProfile(after, profileName).token?.reveal(), TOKEN);
      // A section that has no host gets a line of its own for it, wherever it ends.
      const added = host !== null && !text.includes(host)
        ? new RegExp(`^\\s*host\\s*[=:]\\s*${host}\\s*$`)
        : /^\0$/;
      const rest = after.split("\n").filter((line) => !added.test(line)).join("\n");
      // The last line gets the whole of a line break when that line comes behind it.
      assertOneChange(text, text.endsWith("\r") ? rest : rest.replace(/\r$/, ""));
      for (const other of ["DEFAULT", "dev"].filter((name) => name !== profileName)) {
        assertSame(text, after, other);
      }
      const again = planTokenChange(after, { profileName, token: new Secret(TOKEN), host });
      assert.equal(again, after, "a second time");
      return `changed ${after.length - text.length}`;
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      assert(!error.message.includes(MARK), `it repeats a token: ${error.message}`);
      return kindOf(error);
    }
  },
};

/** Every line but at most three is there as it was, in its order. */
function assertOneChange(before: string, after: string): void {
  const lines = (text: string) => text.split("\n");
  const [old, young] = [lines(before), lines(after)];
  let head = 0;
  while (head < old.length && old[head] === young[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head && tail < young.length - head &&
    old.at(-1 - tail) === young.at(-1 - tail)
  ) {
    tail++;
  }
  assert(old.length - head - tail <= 2, `lines were changed: ${before} → ${after}`);
}

function assertSame(before: string, after: string, name: string): void {
  let old: readonly (string | null)[];
  try {
    old = valuesOf(before, name);
  } catch {
    return; // It could not be read before either.
  }
  assert.deepEqual(valuesOf(after, name), old, `[${name}] is as it was`);
}
