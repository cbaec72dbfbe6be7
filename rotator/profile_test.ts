import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import { readProfileToken, writeProfileToken } from "./profile.ts";

const HOST = "https://one.example";
const [OLD, NEW, THIRD] = [new Secret("dapi-old"), new Secret("dapi-new"), new Secret("dapi-3")];

async function scratch(text: string | null) {
  const folder = await Deno.makeTempDir();
  const place = { path: `${folder}/cfg`, profileName: "dev", host: HOST };
  if (text !== null) await Deno.writeTextFile(place.path, text);
  return {
    place,
    text: () => Deno.readTextFile(place.path),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("readProfileToken() is null where there is no file, no section, no token", async () => {
  for (const text of [null, "", "[other]\ntoken = dapi-old\n", "[dev]\nhost = https://h\n"]) {
    await using scene = await scratch(text);
    assert.equal(readProfileToken(scene.place), null);
  }
});

Deno.test("readProfileToken() names the file that it cannot read, and no value in it", async () => {
  await using scene = await scratch("[dev]\ntoken = dapi-old\n[dev]\ntoken = dapi-new\n");
  assert.throws(() => readProfileToken(scene.place), (error: Error) => {
    assert.match(error.message, /profile "dev".*\/cfg\)$/);
    assert.doesNotMatch(error.message, /dapi/);
    return true;
  });
  await Deno.remove(scene.place.path);
  await Deno.mkdir(scene.place.path);
  assert.throws(() => readProfileToken(scene.place), /directory.*\/cfg\)$/);
});

Deno.test("readProfileToken() opens no pipe, which would hold up all rotations", async () => {
  await using scene = await scratch(null);
  const { path } = scene.place;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  // Writes to whoever opens it all the same.
  const writer = new Deno.Command("sh", { args: ["-c", 'exec printf x >"$0"', path] }).spawn();
  assert.throws(() => readProfileToken(scene.place), /it is not a regular file/);
  writer.kill("SIGKILL");
  await writer.status;
});

Deno.test("writeProfileToken() replaces the expected token, and no other byte", async () => {
  await using scene = await scratch("; a\r\n[dev]\r\nhost=https://h\r\ntoken=dapi-old\r\n");
  await writeProfileToken(NEW, { place: scene.place, expected: OLD });
  assert.equal(await scene.text(), "; a\r\n[dev]\r\nhost=https://h\r\ntoken=dapi-new\r\n");
  assert.equal(((await Deno.stat(scene.place.path)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("writeProfileToken() writes where nothing was", async () => {
  await using missing = await scratch(null);
  await writeProfileToken(NEW, { place: missing.place, expected: null });
  assert.equal(await missing.text(), `[dev]\nhost = ${HOST}\ntoken = dapi-new\n`);
  await using emptied = await scratch("[dev]\nhost = https://h\n");
  await writeProfileToken(NEW, { place: emptied.place, expected: OLD });
  assert.equal(await emptied.text(), "[dev]\nhost = https://h\ntoken = dapi-new\n");
});

Deno.test("writeProfileToken() leaves a token that nobody expected", async () => {
  const text = "[dev]\ntoken = dapi-3\n";
  for (const expected of [OLD, null]) {
    await using scene = await scratch(text);
    await assert.rejects(writeProfileToken(NEW, { place: scene.place, expected }), {
      name: "CredentialError",
      message: /^The profile "dev" in .*\/cfg was given another token meanwhile; that one is/,
    });
    assert.equal(await scene.text(), text);
  }
  await using scene = await scratch(text);
  await writeProfileToken(NEW, { place: scene.place, expected: THIRD });
  assert.equal(readProfileToken(scene.place)?.reveal(), "dapi-new");
});

Deno.test("writeProfileToken() says what is in its way, and leaves the file", async () => {
  await using scene = await scratch("[dev]\ntoken = dapi-old\n[dev]\n");
  const work = writeProfileToken(NEW, { place: scene.place, expected: OLD });
  await assert.rejects(work, {
    name: "CredentialError",
    message: /^Cannot write the new token into .*\/cfg: Cannot read profile "dev"/,
  });
  assert.match(await scene.text(), /dapi-old/);
});
