import assert from "node:assert/strict";
import { FollowedFile } from "./followed_file.ts";

/** A followed file whose parser counts, and refuses what does not end in a full stop. */
async function makeScene() {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-followed-" });
  const path = `${folder}/file`;
  const scene = { parsed: 0, now: Date.now() };
  const file = new FollowedFile(path, (text) => {
    scene.parsed++;
    if (!text.endsWith(".")) throw new SyntaxError("it does not end");
    return text;
  }, { now: () => scene.now });
  return {
    path,
    scene,
    file,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Far enough from the last change that the clock of the file system has moved on. */
const SETTLED_MS = 60_000;

Deno.test("read() gives null until there is a whole file, and says why", async () => {
  await using made = await makeScene();
  const { file, path } = made;
  assert.equal(file.read(), null);
  assert.match(file.problem ?? "", /No such file/);
  await Deno.writeTextFile(path, "half");
  assert.equal(file.read(), null);
  assert.equal(file.problem, "it does not end");
  await Deno.writeTextFile(path, "whole.");
  assert.equal(file.read(), "whole.");
  assert.equal(file.problem, null);
});

Deno.test("read() parses a file once while it stays as it is", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(path, "one.");
  scene.now += SETTLED_MS;
  for (let call = 0; call < 5; call++) assert.equal(file.read(), "one.");
  assert.equal(scene.parsed, 1);
});

Deno.test("read() sees a change in the same tick, of the same size", async () => {
  await using made = await makeScene();
  const { file, path } = made;
  // The clock of the test stands still, as a coarse one does.
  for (const text of ["one.", "two.", "six.", "ten."]) {
    await Deno.writeTextFile(path, text);
    assert.equal(file.read(), text);
  }
});

Deno.test("read() sees a file that was put in the place of the former, with its old times", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(path, "one.");
  scene.now += SETTLED_MS;
  assert.equal(file.read(), "one.");
  const { mtime, atime } = await Deno.stat(path);
  assert(mtime && atime);
  await Deno.writeTextFile(`${path}.new`, "two.");
  await Deno.utime(`${path}.new`, atime, mtime);
  await Deno.rename(`${path}.new`, path);
  assert.equal(file.read(), "two.");
});

Deno.test("read() sees a change in place that kept the size and the time of the last change", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(path, "one.");
  const { mtime, atime } = await Deno.stat(path);
  assert(mtime && atime);
  scene.now += SETTLED_MS;
  assert.equal(file.read(), "one.");
  // The time at which the inode changed cannot be set back; it only has to be another one.
  const { ctime } = await Deno.stat(path);
  do {
    await Deno.writeTextFile(path, "two.");
    await Deno.utime(path, atime, mtime);
  } while ((await Deno.stat(path)).ctime?.getTime() === ctime?.getTime());
  assert.equal(file.read(), "two.");
});

Deno.test("read() keeps the last good value while the file is broken or gone", async () => {
  await using made = await makeScene();
  const { file, path } = made;
  await Deno.writeTextFile(path, "one.");
  assert.equal(file.read(), "one.");
  await Deno.writeTextFile(path, "tw");
  assert.equal(file.read(), "one.");
  await Deno.remove(path);
  assert.equal(file.read(), "one.");
  assert.match(file.problem ?? "", /No such file/);
  await Deno.writeTextFile(path, "two.");
  assert.equal(file.read(), "two.");
});

Deno.test("read() follows a symbolic link to another file", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(`${path}.a`, "one.");
  await Deno.writeTextFile(`${path}.b`, "two.");
  scene.now += SETTLED_MS;
  await Deno.symlink(`${path}.a`, path);
  assert.equal(file.read(), "one.");
  await Deno.remove(path);
  await Deno.symlink(`${path}.b`, path);
  assert.equal(file.read(), "two.");
});

Deno.test("read() takes a value without a look while it rests, and looks again after", async () => {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-followed-" });
  const path = `${folder}/file`;
  const clock = { now: Date.now() + SETTLED_MS };
  const file = new FollowedFile(path, (text) => text, { now: () => clock.now, restMs: 20 });
  await Deno.writeTextFile(path, "one");
  assert.equal(file.read(), "one");
  await Deno.writeTextFile(path, "three");
  clock.now += 19;
  assert.equal(file.read(), "one");
  clock.now += 1;
  assert.equal(file.read(), "three");
  await Deno.remove(folder, { recursive: true });
});
