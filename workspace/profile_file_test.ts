import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "./credential.ts";
import { ProfileError, type ProfileReason } from "./profile_error.ts";
import { parseProfile, planTokenChange } from "./profile_file.ts";

const CHANGE = { profileName: "dev", token: new Secret("NEW"), host: null };

function reasonOf(action: () => unknown): ProfileReason | null {
  try {
    action();
    return null;
  } catch (error) {
    assert.ok(error instanceof ProfileError, String(error));
    return error.reason;
  }
}

Deno.test("parseProfile() reads exactly the named section when others hold the same keys", () => {
  const text = "[DEFAULT]\nhost = h0\ntoken = t0\n[dev]\ntoken=t1\n[empty]\n";
  const read = (name: string) => {
    const { hasSection, host, token } = parseProfile(text, name);
    return [hasSection, host, token?.reveal() ?? null];
  };
  assert.deepEqual(read("DEFAULT"), [true, "h0", "t0"]);
  assert.deepEqual(read("dev"), [true, null, "t1"]);
  assert.deepEqual(read("empty"), [true, null, null]);
  assert.deepEqual(read("default"), [false, null, null]);
});

Deno.test("parseProfile() reads null when a value is empty", () => {
  const profile = parseProfile("[dev]\ntoken =  \nhost =\n", "dev");
  assert.deepEqual([profile.hasSection, profile.token, profile.host], [true, null, null]);
});

Deno.test("parseProfile() accepts what all readers survive when it stands in other sections", () => {
  const other = [
    "# [dev] ünï",
    "[__settings__] # note",
    "default_profile = dev",
    "[other]",
    'password = "a # b" ; c',
    "TOKEN: `x%y`",
    "scopes = a",
    "  b = c",
    "",
    "[ spaced ]",
    "  token = ${x}",
  ].join("\n");
  const text = `${other}\n[dev]\n\ttoken = t\n\thost = https://h/?o=1#x\n`;
  assert.equal(parseProfile(text, "dev").token?.reveal(), "t");
  assert.equal(parseProfile(text, "dev").host, "https://h/?o=1#x");
});

const REFUSED: readonly (readonly [ProfileReason, string])[] = [
  ["byte-order-mark", "\uFEFF[dev]\ntoken = t\n"],
  ["not-utf8", "# caf\uFFFD\n[dev]\ntoken = t\n"],
  ["control-character", "[dev]\ntoken = t\u0000\n"],
  ["control-character", "[dev]\rtoken = t\r"],
  ["control-character", "[other]\nx = a\rb\n[dev]\n"],
  ["invisible-space", "[dev]\ntoken\u00A0= t\n"],
  ["invisible-space", "[dev]\n\u00A0token = t\n"],
  ["invisible-space", "[dev]\u00A0\ntoken = t\n"],
  ["malformed-header", "[dev\ntoken = t\n"],
  ["malformed-header", "[]\n[dev]\ntoken = t\n"],
  ["header-form", "[ dev ]\ntoken = t\n"],
  ["header-form", "[dev] # note\ntoken = t\n"],
  ["header-form", "[dev] ; note\ntoken = t\n"],
  ["header-form", "[dev] # a]\ntoken = t\n"],
  ["header-form", "[dev]\ntoken = t\n[other] # note\ntoken = u\n"],
  ["repeated-section", "[dev]\ntoken = t\n[other]\n[dev]\n"],
  ["repeated-section", "[other]\n[dev]\ntoken = t\n[other]\n"],
  ["repeated-section", "[DEFAULT]\n[dev]\n[DEFAULT]\n"],
  ["repeated-key", "[dev]\ntoken = t\ntoken = u\n"],
  ["repeated-key", "[dev]\ntoken = t\nTOKEN = u\n"],
  ["repeated-key", "[dev]\ntoken = t\n[other]\nx = 1\nX = 2\n"],
  ["key-before-header", "token = t\n[dev]\n"],
  ["no-delimiter", "[dev]\ntoken\n"],
  ["no-delimiter", "[other]\nx = 1\n  y\n[dev]\ntoken = t\n"],
  ["empty-key", "[dev]\n= t\n"],
  ["quoted-key", '[dev]\n"token" = t\n'],
  ["quoted-key", "[other]\n`x = t\n[dev]\n"],
  ["unclosed-quote", "[other]\nx = `a\n[dev]\ntoken = t\n"],
  ["unclosed-quote", '[other]\nx = """a\n[dev]\ntoken = t\n'],
  ["unclosed-quote", "[other]\nx = \u00A0`a\n[dev]\ntoken = t\n"],
  ["trailing-backslash", "[other]\nx = a\\\n[dev]\ntoken = t\n"],
  ["trailing-backslash", "[other]\nx = a \\ # note\n[dev]\ntoken = t\n"],
  ["trailing-backslash", "[dev]\ntoken = t\\\n"],
  ["continuation", "[dev]\ntoken = t\n  x = y\n"],
  ["continuation", "[dev]\nx = 1\n\n# note\n  token = t\n"],
  ["continuation", "[other]\nx = 1\n  [dev]\n  token = t\n"],
  ["key-case", "[dev]\nToken = t\n"],
  ["key-case", "[dev]\ntoKen = t\n".replace("K", "\u212A")],
  ["key-case", "[dev]\nHOST = h\n"],
  ["colon", "[dev]\ntoken: t\n"],
  ["colon", "[dev]\nhost : h\n"],
  ["quoted-value", '[dev]\ntoken = "t"\n'],
  ["quoted-value", "[dev]\ntoken = 't'\n"],
  ["quoted-value", "[dev]\ntoken = `t`\n"],
  ["quoted-value", '[dev]\nhost = "h"\n'],
  ["inline-comment", "[dev]\ntoken = t # note\n"],
  ["inline-comment", "[dev]\ntoken = t\t; note\n"],
  ["inline-comment", "[dev]\ntoken = # note\n"],
  ["inline-comment", "[dev]\nhost = h ; note\n"],
  ["value-characters", "[dev]\ntoken = a%b\n"],
  ["value-characters", "[dev]\ntoken = a$b\n"],
  ["value-characters", "[dev]\ntoken = a b\n"],
  ["value-characters", "[dev]\ntoken = é\n"],
  ["value-characters", "[dev]\ntoken = t\u00A0\n"],
  ["value-characters", "[dev]\nhost = https://${h}\n"],
];

for (const [reason, text] of REFUSED) {
  Deno.test(`parseProfile() refuses by ${reason} when the file is ${JSON.stringify(text)}`, () => {
    assert.equal(reasonOf(() => parseProfile(text, "dev")), reason);
    assert.equal(reasonOf(() => planTokenChange(text, CHANGE)), reason);
  });
}

Deno.test("parseProfile() refuses a name when no header can hold it", () => {
  for (const name of ["", " dev", "a]b", "a\nb", "__settings__"]) {
    assert.equal(reasonOf(() => parseProfile("", name)), "profile-name", name);
  }
});

Deno.test("parseProfile() says where and what to do, and no value, when it refuses", () => {
  const message = (text: string) => {
    try {
      parseProfile(text, "dev");
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "";
  };
  assert.equal(
    message("[dev]\ntoken = SECRET\n# x\n[dev]\n"),
    'Cannot read profile "dev": section "[dev]" stands twice, at lines 1 and 4; remove one of them',
  );
  assert.equal(
    message("[dev]\nSECRET1 = \nSECRET1 =\n"),
    'Cannot read profile "dev": a key of section "[dev]" stands twice, at lines 2 and 3; ' +
      "remove one of them",
  );
  for (const [, text] of REFUSED) {
    const secret = text.replaceAll(/\bt\b/g, "SECRET");
    assert.ok(!message(secret).includes("SECRET"), message(secret));
  }
});

const KEPT: readonly (readonly [what: string, before: string, after: string])[] = [
  ["CRLF", "[dev]\r\ntoken = old\r\n", "[dev]\r\ntoken = NEW\r\n"],
  ["mixed line ends", "[dev]\r\ntoken=old\n\r\n#x\r\n", "[dev]\r\ntoken=NEW\n\r\n#x\r\n"],
  ["no final newline", "[dev]\ntoken = old", "[dev]\ntoken = NEW"],
  ["tabs", "[dev]\n\ttoken\t=\told\t \n", "[dev]\n\ttoken\t=\tNEW\t \n"],
  ["uniform indent", "  [dev]\n  host = h\n  token=old\n", "  [dev]\n  host = h\n  token=NEW\n"],
  [
    "comments, settings and other profiles",
    "; é\n[__settings__]\ndefault_profile = dev\n\n[dev]\n# token = old\ntoken = old\n[b]\ntoken = old\n",
    "; é\n[__settings__]\ndefault_profile = dev\n\n[dev]\n# token = old\ntoken = NEW\n[b]\ntoken = old\n",
  ],
  ["an empty value", "[dev]\ntoken =\nx = y\n", "[dev]\ntoken = NEW\nx = y\n"],
  ["an empty value and no spaces", "[dev]\r\ntoken=\r\n", "[dev]\r\ntoken=NEW\r\n"],
  ["an empty value and spaces", "[dev]\ntoken =  ", "[dev]\ntoken =  NEW"],
  ["no key", "[dev]\n\n[b]\nx = y\n", "[dev]\ntoken = NEW\n\n[b]\nx = y\n"],
  ["no key and no newline", "# x\r\n[dev]", "# x\r\n[dev]\r\ntoken = NEW"],
  ["other keys", "[dev]\nhost=h\n\n# end\n[b]\n", "[dev]\nhost=h\ntoken=NEW\n\n# end\n[b]\n"],
  ["other keys, indented", "[dev]\r\n\thost = h\r\n", "[dev]\r\n\thost = h\r\n\ttoken = NEW\r\n"],
  [
    "aligned keys",
    "[dev]\nhost      = h\nauth_type = pat\n",
    "[dev]\nhost      = h\nauth_type = pat\ntoken     = NEW\n",
  ],
  [
    "too narrow a column",
    "[dev]\nbcde = 2\na    = 1\n",
    "[dev]\nbcde = 2\na    = 1\ntoken = NEW\n",
  ],
  ["a neighbour with a colon", "[dev]\nx: y\n", "[dev]\nx: y\ntoken = NEW\n"],
  ["an empty file", "", "[dev]\ntoken = NEW\n"],
  ["no section", "[b]\r\nx = y\r\n", "[b]\r\nx = y\r\n\r\n[dev]\r\ntoken = NEW\r\n"],
  ["no section and no newline", "[b]\nx = y", "[b]\nx = y\n\n[dev]\ntoken = NEW\n"],
  ["no section and a blank end", "# b\n\n", "# b\n\n[dev]\ntoken = NEW\n"],
];

for (const [what, before, after] of KEPT) {
  Deno.test(`planTokenChange() keeps every other byte when there is ${what}`, () => {
    assert.equal(planTokenChange(before, CHANGE), after);
    assert.equal(planTokenChange(after, CHANGE), after);
  });
}

Deno.test("planTokenChange() writes the host when the section has no line for it", () => {
  const change = { ...CHANGE, host: "https://h" };
  assert.equal(planTokenChange("", change), "[dev]\nhost = https://h\ntoken = NEW\n");
  assert.equal(planTokenChange("[dev]\n", change), "[dev]\nhost = https://h\ntoken = NEW\n");
  const added = "[dev]\ntoken = NEW\nhost = https://h";
  assert.equal(planTokenChange("[dev]\ntoken =", change), added);
  for (const kept of ["[dev]\nhost = g\ntoken = NEW\n", "[dev]\nhost =\ntoken = NEW\n"]) {
    assert.equal(planTokenChange(kept.replace("NEW", "old"), change), kept);
  }
});

Deno.test("planTokenChange() throws when a value would not be read alike", () => {
  for (const token of ["", "a b", "a%b", "t\n[x]", "'t'", "é", "t\\", "t#"]) {
    const change = { ...CHANGE, token: new Secret(token) };
    assert.equal(reasonOf(() => planTokenChange("", change)), "unwritable-value", token);
  }
  for (const host of ["", "h h", "h\ntoken = x", "${h}", "#h", '"h"']) {
    assert.equal(
      reasonOf(() => planTokenChange("", { ...CHANGE, host })),
      "unwritable-value",
      host,
    );
  }
});

Deno.test("planTokenChange() throws when its line makes a continuation of the next header", () => {
  // Harmless to Python as it stands; below an unindented key it would no longer be a header.
  const text = "[dev]\n  [other]\n  token = t\n";
  assert.equal(parseProfile(text, "dev").token, null);
  assert.equal(reasonOf(() => planTokenChange(text, CHANGE)), "not-read-back");
});

const blanks = fc.constantFrom("", " ", "\t", "   ");
const eols = fc.constantFrom("\n", "\r\n");
const noise = fc.constantFrom("", "  ", "# é [dev]", "\t; token = x", "#");
const keyLines = ["account_id = 1", "scopes=a b # c", 'cluster_id : "x"', "Other = `y`"];

/** A section without a token; every line of a file is indented alike. */
function section(name: string, indent: string): fc.Arbitrary<string> {
  const body = fc.tuple(fc.array(noise, { maxLength: 3 }), fc.subarray(keyLines), eols);
  return body.map(([noise, keys, eol]) =>
    [`${indent}[${name}]`, ...noise, ...keys.map((key) => indent + key)]
      .map((line) => line + eol).join("")
  );
}

const files = blanks.chain((indent) =>
  fc.record({
    indent: fc.constant(indent),
    above: fc.oneof(fc.constant(""), section("a", indent)),
    ours: section("dev", indent),
    below: fc.oneof(fc.constant(""), section("b", indent)),
  })
);

Deno.test("planTokenChange() changes nothing but the token's span when the file is any mix", () => {
  const line = fc.record({ gap: blanks, pad: blanks, trail: blanks, eol: eols });
  const value = fc.stringMatching(/^[A-Za-z0-9._~+/=-]{1,20}$/);
  fc.assert(fc.property(files, line, value, (file, line, value) => {
    const head = `${file.above}${file.ours}${file.indent}token${line.gap}=${line.pad}`;
    const tail = line.trail + line.eol + file.below;
    assert.equal(parseProfile(head + value + tail, "dev").token?.reveal(), value);
    assert.equal(planTokenChange(head + value + tail, CHANGE), `${head}NEW${tail}`);
  }));
});

Deno.test("planTokenChange() only adds lines when the token's line is missing", () => {
  fc.assert(fc.property(files, fc.boolean(), ({ above, ours, below }, isCut) => {
    const before = isCut ? (above + ours + below).trimEnd() : above + ours + below;
    const after = planTokenChange(before, CHANGE);
    assert.equal(after.replace(/\r?\n[ \t]*token *= *NEW(?=\r?\n|$)/, ""), before);
    const other = above + below;
    assert.ok(planTokenChange(other, CHANGE).startsWith(other));
  }));
});
