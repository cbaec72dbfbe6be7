import assert from "node:assert/strict";
import {
  emptyJournal,
  JournalFile,
  knowsAny,
  parseJournal,
  withoutTokens,
  withToken,
  withVerdict,
} from "./journal.ts";

const NAME = "abcdefgh1234";
const TOKEN = { id: "a", mintedAt: 1, expiresAt: 2 };

Deno.test("parseJournal() reads what is written, and refuses all else", () => {
  const journal = withVerdict(withToken(emptyJournal(NAME), TOKEN), { id: "b", to: "revoke" });
  assert.deepEqual(parseJournal(JSON.stringify(journal)), journal);
  for (
    const text of [
      "",
      "{",
      "null",
      '{"version":2}',
      JSON.stringify({ ...journal, installation: "has spaces in it" }),
      JSON.stringify({ ...journal, tokens: [{ id: "" }] }),
      JSON.stringify({ ...journal, tokens: {} }),
    ]
  ) {
    assert.throws(() => parseJournal(text), /^TypeError: Cannot read the journal: it is not what/);
  }
});

Deno.test("a journal knows a token once, until it is told to forget it", () => {
  const later = { ...TOKEN, expiresAt: 3 };
  const journal = withToken(withToken(emptyJournal(NAME), TOKEN), later);
  assert.deepEqual(journal.tokens, [later]);
  assert(knowsAny(journal, ["x", "a"]) && !knowsAny(journal, ["x"]));
  const condemned = withVerdict(withVerdict(journal, { id: "b", to: "revoke" }), {
    id: "b",
    to: "revoke",
  });
  assert.deepEqual(condemned.condemned, ["b"]);
  assert(knowsAny(condemned, ["b"]));
  assert.deepEqual(withVerdict(condemned, { id: "b", to: "leave" }), journal);
  assert.deepEqual(withoutTokens(condemned, ["a", "b"]), emptyJournal(NAME));
});

async function scratch() {
  const folder = await Deno.makeTempDir();
  const unreadable: string[] = [];
  return {
    path: `${folder}/journal.json`,
    unreadable,
    open: () =>
      JournalFile.open(`${folder}/journal.json`, {
        makeName: () => NAME,
        onUnreadable: ({ message }) => unreadable.push(message),
      }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("JournalFile.open() writes nothing; establish() does, once", async () => {
  await using place = await scratch();
  const journal = await place.open();
  assert.equal(journal.journal.installation, NAME);
  await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
  await journal.establish();
  const { mtime, mode } = await Deno.stat(place.path);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  await journal.establish();
  assert.deepEqual((await Deno.stat(place.path)).mtime, mtime);
  assert.deepEqual((await place.open()).journal, journal.journal);
});

Deno.test("JournalFile.change() writes before it changes, one after the other", async () => {
  await using place = await scratch();
  const journal = await place.open();
  const ids = ["a", "b", "c", "d"];
  await Promise.all(ids.map((id) => journal.change((state) => withToken(state, { ...TOKEN, id }))));
  assert.deepEqual(journal.journal.tokens.map(({ id }) => id), ids);
  assert.deepEqual((await place.open()).journal, journal.journal);
  await Deno.mkdir(`${place.path}.tmp/full`, { recursive: true });
  await assert.rejects(journal.change(() => emptyJournal(NAME)));
  assert.equal(journal.journal.tokens.length, 4, "what is not on disk did not happen");
  await Deno.remove(`${place.path}.tmp`, { recursive: true });
  await journal.change((state) => withoutTokens(state, ["a"]));
  assert.equal((await place.open()).journal.tokens.length, 3);
});

Deno.test("JournalFile.open() keeps the name of a journal that it cannot understand", async () => {
  await using place = await scratch();
  await Deno.writeTextFile(place.path, '{ "installation" : "zyxwvuts9876", "tokens": [');
  assert.equal((await place.open()).journal.installation, "zyxwvuts9876");
  await Deno.writeTextFile(place.path, "\0\0\0");
  assert.equal((await place.open()).journal.installation, NAME);
  assert.equal(place.unreadable.length, 2);
});
