import assert from "node:assert/strict";
import { FollowedFile } from "./followed_file.ts";

/**
 * A followed file whose parser counts, and refuses what does not end in a full stop. What ends in
 * several may be cut.
 */
async function makeScene() {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-followed-" });
  const path = `${folder}/file`;
  const scene = { parsed: 0, now: Date.now() };
  const file = new FollowedFile(path, (text) => {
    scene.parsed++;
    if (!text.endsWith(".")) throw new SyntaxError("it does not end");
    return text;
  }, { now: () => scene.now, isCut: (text) => text.endsWith("..") });
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
  const { mtime, atime, ctime } = await Deno.stat(path);
  assert(mtime && atime && ctime);
  // Of the time that no program can set, whole seconds are all that is known.
  for (const ageMs of [100, 999, 1_500, 2_000]) {
    scene.now = ctime.getTime() + ageMs;
    assert.equal(file.read(), "one.");
    await Deno.writeTextFile(path, "two.");
    await Deno.utime(path, atime, mtime);
    assert.equal(file.read(), "two.", `${ageMs} ms after the change before`);
    await Deno.writeTextFile(path, "one.");
    await Deno.utime(path, atime, mtime);
  }
});

for (const [what, at] of [["future", "2100-01-01"], ["past", "1999-01-01"]] as const) {
  Deno.test(`read() sees a change of a file that claims to be of the ${what}`, async () => {
    await using made = await makeScene();
    const { file, path, scene } = made;
    const time = new Date(at);
    for (const text of ["one.", "two.", "six."]) {
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, time, time);
      assert.equal(file.read(), text);
      scene.now += 1_000;
    }
  });
}

Deno.test("read() sees a change on a file system that knows only every second second", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  const time = new Date(Math.floor(scene.now / 2_000) * 2_000);
  await Deno.writeTextFile(path, "one.");
  await Deno.utime(path, time, time);
  scene.now = time.getTime() + 1_999;
  assert.equal(file.read(), "one.");
  await Deno.writeTextFile(path, "two.");
  await Deno.utime(path, time, time);
  assert.equal(file.read(), "two.");
});

Deno.test("read() takes no text that may be cut until it has stayed as it is", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  const write = async (text: string) => {
    await Deno.writeTextFile(path, text);
    // At the time of the scene, which goes its own way.
    await Deno.utime(path, new Date(scene.now), new Date(scene.now));
  };
  await write("whole.");
  assert.equal(file.read(), "whole.");
  await write("cut..");
  assert.equal(file.read(), "whole.");
  assert.equal(file.problem, "it may be half written");
  scene.now += 200;
  // Another one, so the wait begins anew.
  await write("cut...");
  assert.equal(file.read(), "whole.");
  scene.now += 200;
  assert.equal(file.read(), "whole.");
  scene.now += 100;
  assert.equal(file.read(), "cut...");
  assert.equal(file.problem, null);
});

Deno.test("read() takes a text at once that is whole after all", async () => {
  await using made = await makeScene();
  const { file, path } = made;
  await Deno.writeTextFile(path, "cut..");
  assert.equal(file.read(), null, "there is nothing better, and it is not taken all the same");
  await Deno.writeTextFile(path, "cut.. no more.");
  assert.equal(file.read(), "cut.. no more.");
});

Deno.test("read() takes a text that may be cut at once if it is of old", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(path, "cut..");
  scene.now += SETTLED_MS;
  assert.equal(file.read(), "cut..");
});

Deno.test("read() does not wait for ever for a file whose server's clock is ahead", async () => {
  await using made = await makeScene();
  const { file, path, scene } = made;
  await Deno.writeTextFile(path, "cut..");
  const ahead = new Date(scene.now + 3_600_000);
  await Deno.utime(path, ahead, ahead);
  assert.equal(file.read(), null);
  scene.now += 251;
  assert.equal(file.read(), "cut..");
});

Deno.test("read() opens no pipe, which would hold up everything, and no giant", async () => {
  await using made = await makeScene();
  const { file, path } = made;
  await Deno.writeTextFile(path, "one.");
  assert.equal(file.read(), "one.");
  await Deno.remove(path);
  await new Deno.Command("mkfifo", { args: [path] }).output();
  // Writes to whoever opens it all the same.
  const writer = new Deno.Command("sh", { args: ["-c", 'exec printf two. >"$0"', path] }).spawn();
  assert.equal(file.read(), "one.");
  assert.equal(file.problem, "it is not a regular file");
  writer.kill("SIGKILL");
  await writer.status;
  await Deno.remove(path);
  await Deno.writeTextFile(path, `${"x".repeat(1_048_576)}.`);
  assert.equal(file.read(), "one.");
  assert.equal(file.problem, "it has more than 1048576 bytes");
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
