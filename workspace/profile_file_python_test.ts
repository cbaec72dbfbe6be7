/**
 * Compares our reading of a profile file with Python's own reader, and with two small readers
 * that follow Go's and JS's (links in profile_lines.ts): what we accept, all read alike.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "./credential.ts";
import { ProfileError } from "./profile_error.ts";
import { parseProfile, planTokenChange } from "./profile_file.ts";

/** Values by section and key; `null`: the reader refuses the whole file. */
type Reading = Readonly<Record<string, Readonly<Record<string, string>>>> | null;

const PROFILES = ["DEFAULT", "dev"] as const;

/**
 * As https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/config.py reads:
 * the raw sections, and lines that end as open() lets them end.
 */
const PYTHON_READER = `
import configparser, io, json, sys
def read(text):
    parser = configparser.ConfigParser()
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
    except configparser.Error:
        return None
    return {**parser._sections, "DEFAULT": parser.defaults()}
json.dump([read(text) for text in json.load(sys.stdin.buffer)], sys.stdout)
`;

async function readLikePython(texts: readonly string[]): Promise<Reading[]> {
  const command = new Deno.Command("python3", {
    args: ["-c", PYTHON_READER],
    stdin: "piped",
    stdout: "piped",
  });
  await using child = command.spawn();
  const output = child.output();
  await new Response(JSON.stringify(texts)).body?.pipeTo(child.stdin);
  const { success, stdout } = await output;
  assert.ok(success, "python3 failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function readLikeGo(text: string): Reading {
  const trim = (part: string) =>
    part.replace(/^[\t-\r \x85\p{Z}]+/u, "").replace(/[\t-\r \x85\p{Z}]+$/u, "");
  const sections: Record<string, Record<string, string>> = { DEFAULT: {} };
  let section = sections["DEFAULT"] ?? {};
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    line = trim(line);
    if (line === "" || /^[#;]/.test(line)) continue;
    if (line.startsWith("[")) {
      const name = line.slice(1, Math.max(line.lastIndexOf("]"), 0));
      if (name === "") return null;
      section = sections[name] ??= {};
      continue;
    }
    const entry = /^(?:"([^"]*)"|`([^`]*)`|([^"`=:][^=:]*))[^=:]*[=:](.*)$/s.exec(line);
    const key = trim(entry?.[1] ?? entry?.[2] ?? entry?.[3] ?? "");
    if (key === "") return null;
    let value = trim(entry?.[4] ?? "");
    const quote = ['"""', "`"].find((quote) => value.startsWith(quote));
    if (quote !== undefined) {
      value = value.slice(quote.length);
      while (!value.includes(quote)) {
        const next = lines.shift();
        if (next === undefined) return null;
        value += `\n${next}`;
      }
      section[key] = value.slice(0, value.lastIndexOf(quote));
      continue;
    }
    if (value.endsWith("\\")) {
      do value = value.slice(0, -1) + trim(lines.shift() ?? ""); while (value.endsWith("\\"));
    } else {
      const comment = value.indexOf(" #") < 0 ? value.indexOf(" ;") : value.indexOf(" #");
      if (comment >= 0) value = trim(value.slice(0, comment));
      value = value.replace(/^(["'])((?:(?!\1).)*)\1$/s, "$2");
    }
    section[key] = value;
  }
  return sections;
}

function readLikeJs(text: string): Reading {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/).map((line) => line.trim())) {
    if (line === "" || /^[#;]/.test(line)) continue;
    if (/^\[.*\]$/s.test(line)) {
      section = {};
      sections[line.slice(1, -1).trim()] = section;
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 0 || section === undefined) continue;
    const value = line.slice(equals + 1).trim();
    const comment = value.search(/ [#;]/);
    section[line.slice(0, equals).trim()] = comment < 0 ? value : value.slice(0, comment).trimEnd();
  }
  return sections;
}

/** What a reader that lower-cases no key but Python's makes of the profile. */
function ownedValues(reading: Reading, profileName: string) {
  const section = reading?.[profileName];
  return { host: section?.["host"] || null, token: section?.["token"] || null };
}

/** Our reading, `null` where we refuse. */
function ours(text: string, profileName: string) {
  try {
    const { host, token } = parseProfile(text, profileName);
    return { host, token: token?.reveal() ?? null };
  } catch (error) {
    assert.ok(error instanceof ProfileError, String(error));
    return null;
  }
}

const CHANGE = { token: new Secret("dapi-NEW"), host: "https://new" } as const;

function changed(text: string): { profileName: string; after: string }[] {
  return PROFILES.flatMap((profileName) => {
    try {
      return [{ profileName, after: planTokenChange(text, { ...CHANGE, profileName }) }];
    } catch {
      return []; // refused, as it is tested in profile_file_test.ts
    }
  });
}

/** `usual` most of the time, so that a file has few oddities and is often accepted. */
function rarely<T>(usual: readonly T[], odd: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

const NAMES = ["DEFAULT", "dev", "other", "__settings__"];
const ODD_LINES = [
  ...["[dev]", "[ dev ]", "[dev] # x", "[dev] # x]", "[other] # x", "[other] ; a=b", "[]", "[dev"],
  ...["token", "= x", '"token" = q', '"a = q', "`token` = q", "token\u00A0= nb", "\u00A0host = nb"],
  ...["a = `b", 'a = """b', "a = b\\", "a = b \\ # c", "a = \u00A0`b", "a = 'b'", 'a = """b"""'],
  ...["token = x # y", "host = 'h'", "token: c=d", "TOKEN = up", "  token = deep", "\t[other]"],
  ...["a = b\rtoken = cr", "\u2028token = ls", "\uFEFFtoken = bom", "a = %(b)s ; # c", "- = x"],
  ...["  [dev]", "   x", "token =", "token = # x", "token = a\\ # b", "; x = `", "\u00A0"],
];

const profileSection = (name: string, indent: string) =>
  fc.record({
    header: rarely([`[${name}]`], [`[ ${name} ]`, `[${name}] # n`, `[${name}]]`, `[${name} ]`]),
    keys: fc.subarray(["host", "token", "account_id", "scopes"]),
    odd: rarely(["none"], ["Token", "token", "HOST", "scopes"]),
    delimiter: rarely([" = ", "=", "\t=  "], [": ", ":", " ="]),
    value: fc.constantFrom("dapi-1", "https://h/?o=1", "a/b+c=", "x.y~z", "1:2"),
    oddValue: rarely(["none"], ["'q'", '"q"', "`q`", "a # b", "a ;b", "a\\", "%x", "é", "", "a#b"]),
    extra: rarely([""], [" ", "  "]),
    note: rarely(["# note", "", "; token = x", "\t"], ["# a\\"]),
  }).map((part) => {
    const keys = part.odd === "none" ? part.keys : [...part.keys, part.odd];
    const value = part.oddValue === "none" ? part.value : part.oddValue;
    return [
      indent + part.header,
      part.note,
      ...keys.map((key, index) =>
        `${indent}${index === 1 ? part.extra : ""}${key}${part.delimiter}${value}`
      ),
    ];
  });

const files = fc.record({
  start: rarely([""], ["\uFEFF", "\n", "a = b\n"]),
  sections: fc.tuple(fc.shuffledSubarray(NAMES), rarely(["", " "], ["\t"])).chain((
    [names, indent],
  ) => fc.tuple(...names.map((name) => profileSection(name, indent)))),
  odd: fc.option(fc.tuple(fc.nat(30), fc.constantFrom(...ODD_LINES)), { freq: 2 }),
  eols: fc.array(fc.constantFrom("\n", "\r\n"), { minLength: 1, maxLength: 3 }),
  isCut: fc.boolean(),
}).map(({ start, sections, odd, eols, isCut }) => {
  const lines = sections.flat();
  if (odd !== null) lines.splice(Math.min(odd[0], lines.length), 0, odd[1]);
  const text = lines.map((line, index) => line + eols[index % eols.length]).join("");
  return start + (isCut ? text.replace(/\r?\n$/, "") : text);
});

async function hasPython(): Promise<boolean> {
  const mayRun = await Deno.permissions.query({ name: "run", command: "python3" });
  if (mayRun.state !== "granted") return false;
  try {
    return (await new Deno.Command("python3", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const mayReadCi = await Deno.permissions.query({ name: "env", variable: "CI" });
const isCi = mayReadCi.state === "granted" && Deno.env.has("CI");
// A person sees that a test was ignored; on CI nobody would, so there it runs, and fails.
const isIgnored = !isCi && !await hasPython();

Deno.test({
  name: "parseProfile() agrees with Python, Go and JS when it accepts a file",
  ignore: isIgnored,
  async fn() {
    const texts = fc.sample(files, { numRuns: 150, seed: 20_26 });
    const pythons = await readLikePython(texts);
    const seen = { accepted: 0, refused: 0, pythonRefused: 0, goRefused: 0 };
    for (const [index, text] of texts.entries()) {
      const readings = [pythons[index] ?? null, readLikeGo(text), readLikeJs(text)];
      for (const profileName of PROFILES) {
        const own = ours(text, profileName);
        const shown = JSON.stringify({ profileName, text });
        if (readings.includes(null)) assert.equal(own, null, `accepted alone: ${shown}`);
        if (own === null) continue;
        for (const reading of readings) {
          assert.deepEqual(ownedValues(reading, profileName), own, `read in another way: ${shown}`);
        }
      }
      seen[ours(text, "dev") === null ? "refused" : "accepted"]++;
      if (readings[0] === null) seen.pythonRefused++;
      if (readings[1] === null) seen.goRefused++;
    }
    // The files must be good and bad in many ways, else the agreement says little.
    assert.ok(Math.min(...Object.values(seen)) >= 10, JSON.stringify(seen));
  },
});

Deno.test({
  name: "planTokenChange() writes what Python, Go and JS read back when it changes a file",
  ignore: isIgnored,
  async fn() {
    const changes = fc.sample(files, { numRuns: 100, seed: 8 }).flatMap(changed);
    const pythons = await readLikePython(changes.map(({ after }) => after));
    assert.ok(changes.length >= 50);
    for (const [index, { profileName, after }] of changes.entries()) {
      for (const reading of [pythons[index] ?? null, readLikeGo(after), readLikeJs(after)]) {
        const { token } = ownedValues(reading, profileName);
        assert.equal(token, CHANGE.token.reveal(), JSON.stringify({ profileName, after }));
      }
    }
  },
});
