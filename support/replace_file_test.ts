import assert from "node:assert/strict";
import { FileMovedError, readIfThere, replaceFile, resolveTarget } from "./replace_file.ts";

interface Place extends AsyncDisposable {
  readonly folder: string;
  /** Names in the folder. */
  names(): Promise<readonly string[]>;
}

async function scratch(): Promise<Place> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  return {
    folder,
    names: async () => (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test("replaceFile() makes the file with mode 0600, whatever the umask", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  const before = Deno.umask(0o277);
  try {
    await replaceFile(path, "text");
  } finally {
    Deno.umask(before);
  }
  assert.equal(await Deno.readTextFile(path), "text");
  assert.equal(await modeOf(path), 0o600);
  assert.deepEqual(await place.names(), ["f"]);
});

Deno.test("replaceFile() closes a file that others could read, and can open one", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  await Deno.writeTextFile(path, "old");
  await Deno.chmod(path, 0o644);
  await replaceFile(path, "new");
  assert.equal(await modeOf(path), 0o600);
  await replaceFile(path, "new", { mode: 0o640 });
  assert.equal(await modeOf(path), 0o640);
});

Deno.test("replaceFile() keeps a symbolic link and changes its target", async () => {
  await using place = await scratch();
  const { folder } = place;
  await Deno.mkdir(`${folder}/dotfiles`);
  await Deno.writeTextFile(`${folder}/dotfiles/cfg`, "old");
  await Deno.symlink("dotfiles/cfg", `${folder}/middle`);
  await Deno.symlink(`${folder}/middle`, `${folder}/link`);
  await replaceFile(`${folder}/link`, "new");
  assert.equal(await Deno.readTextFile(`${folder}/dotfiles/cfg`), "new");
  assert((await Deno.lstat(`${folder}/link`)).isSymlink);
  assert((await Deno.lstat(`${folder}/middle`)).isSymlink);
});

Deno.test("replaceFile() makes the target of a link that leads nowhere yet", async () => {
  await using place = await scratch();
  const { folder } = place;
  await Deno.symlink("cfg", `${folder}/middle`);
  await Deno.symlink("middle", `${folder}/link`);
  assert.equal(await resolveTarget(`${folder}/link`), `${folder}/cfg`);
  await replaceFile(`${folder}/link`, "new", { expected: null });
  assert((await Deno.lstat(`${folder}/link`)).isSymlink);
  assert.equal(await Deno.readTextFile(`${folder}/cfg`), "new");
  assert.equal(await modeOf(`${folder}/cfg`), 0o600);
});

Deno.test("replaceFile() leaves a link among the folders in the path", async () => {
  await using place = await scratch();
  const { folder } = place;
  await Deno.mkdir(`${folder}/real`);
  await Deno.symlink("real", `${folder}/link`);
  const path = `${folder}/link/f`;
  await replaceFile(path, "one");
  assert.equal(await resolveTarget(path), path);
  await replaceFile(path, "two", { expected: "one" });
  assert.equal(await Deno.readTextFile(`${folder}/real/f`), "two");
});

Deno.test("replaceFile() refuses what is not a regular file, and a link to itself", async () => {
  await using place = await scratch();
  const { folder } = place;
  await Deno.mkdir(`${folder}/dir`);
  await Deno.symlink("loop", `${folder}/loop`);
  await assert.rejects(replaceFile(`${folder}/dir`, "new"), {
    name: "TypeError",
    message: `Cannot replace "${folder}/dir": it is not a regular file`,
  });
  await assert.rejects(replaceFile(`${folder}/loop`, "new"));
  await assert.rejects(replaceFile(`${folder}/missing/f`, "new"), Deno.errors.NotFound);
  assert.deepEqual(await place.names(), ["dir", "loop"]);
});

Deno.test("replaceFile() replaces a sibling that a crash has left, whatever it is", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  const leave: (() => Promise<void>)[] = [
    () => Deno.writeTextFile(`${path}.tmp`, "half a token, and much longer than the new text"),
    () => Deno.symlink(`${place.folder}/victim`, `${path}.tmp`),
    () => Deno.mkdir(`${path}.tmp`),
  ];
  for (const leftover of leave) {
    await Deno.writeTextFile(`${place.folder}/victim`, "untouched");
    await leftover();
    await replaceFile(path, "new");
    assert.equal(await Deno.readTextFile(path), "new");
    assert.equal(await modeOf(path), 0o600);
    assert(!(await Deno.lstat(path)).isSymlink);
    assert.equal(await Deno.readTextFile(`${place.folder}/victim`), "untouched");
    assert.deepEqual(await place.names(), ["f", "victim"]);
  }
});

Deno.test("replaceFile() writes only if the file still holds what was expected", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  const cases: { there: string | null; expected: string | null; outcome: "written" | "moved" }[] = [
    { there: "old", expected: "old", outcome: "written" },
    { there: "other", expected: "old", outcome: "moved" },
    { there: "", expected: null, outcome: "moved" },
    { there: null, expected: null, outcome: "written" },
    { there: null, expected: "old", outcome: "moved" },
  ];
  for (const { there, expected, outcome } of cases) {
    await Deno.remove(path).catch(() => {});
    if (there !== null) await Deno.writeTextFile(path, there);
    const work = replaceFile(path, "new", { expected });
    if (outcome === "written") await work;
    else await assert.rejects(work, FileMovedError);
    assert.equal(await readIfThere(path), outcome === "written" ? "new" : there);
    assert(!(await place.names()).includes("f.tmp"), "nothing is left beside it");
  }
});

Deno.test("replaceFile() never shows a reader half a file", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  const texts = ["a".repeat(300_000), "b".repeat(70_000)];
  await replaceFile(path, texts[0] ?? "");
  const state = { isOver: false };
  const writer = async () => {
    for (let turn = 0; turn < 60; turn++) await replaceFile(path, texts[turn % 2] ?? "");
    state.isOver = true;
  };
  const reader = async () => {
    let reads = 0;
    for (; !state.isOver; reads++) {
      assert(texts.includes(await Deno.readTextFile(path)), "a whole text");
    }
    return reads;
  };
  const [, ...reads] = await Promise.all([writer(), reader(), reader()]);
  assert(reads.every((count) => count > 0));
});

Deno.test("replaceFile() takes turns with other writers of the same file", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(100_000));
  for (let round = 0; round < 5; round++) {
    await Promise.all(texts.map((text) => replaceFile(path, text)));
    assert(texts.includes(await Deno.readTextFile(path)), "one of them, whole");
  }
  // Of writers that saw the same state only one may win.
  const expected = await Deno.readTextFile(path);
  const outcomes = await Promise.allSettled(
    texts.map((text) => replaceFile(path, `${text}!`, { expected })),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  assert.deepEqual(await place.names(), ["f"]);
});

Deno.test("readIfThere() gives the text or null, and opens no pipe", async () => {
  await using place = await scratch();
  const path = `${place.folder}/f`;
  assert.equal(await readIfThere(path), null);
  await Deno.writeTextFile(path, "text");
  assert.equal(await readIfThere(path), "text");
  await assert.rejects(readIfThere(place.folder), /Is a directory/);
  const pipe = `${place.folder}/pipe`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  // Writes to whoever opens it all the same.
  const writer = new Deno.Command("sh", { args: ["-c", 'exec printf x >"$0"', pipe] }).spawn();
  await assert.rejects(readIfThere(pipe), /it is not a regular file/);
  writer.kill("SIGKILL");
  await writer.status;
});
