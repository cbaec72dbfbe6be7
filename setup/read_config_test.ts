import assert from "node:assert/strict";
import { ConfigError } from "../support/errors.ts";
import { readConfig } from "./read_config.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(path: string, uid: number | null = Deno.uid()): Promise<string> {
  try {
    await readConfig(path, { uid });
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.problems[0]?.name, path);
    return error.message;
  }
  return assert.fail(`${path} was read`);
}

Deno.test("readConfig() gives text and mode, with the byte order mark and through a link", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "\ufeffa\r\n");
    await Deno.chmod(`${folder}/file`, 0o640);
    await Deno.symlink(`${folder}/file`, `${folder}/link`);
    for (const name of ["file", "link"]) {
      const { text, mode } = await readConfig(`${folder}/${name}`, { uid: Deno.uid() });
      assert.equal(text, "\ufeffa\r\n");
      assert.equal(mode, 0o640);
    }
    const none = await readConfig(`${folder}/none/file`, { uid: null });
    assert.deepEqual(none, { path: `${folder}/none/file`, text: null, mode: null });
  });
});

Deno.test("readConfig() refuses by name what is not a plain file of one's own", async () => {
  await inFolder(async (folder) => {
    await Deno.symlink("away", `${folder}/dead`);
    assert.match(await refusal(`${folder}/dead`), /a symbolic link to "away", which is not there/);
    await Deno.mkdir(`${folder}/folder`);
    assert.match(await refusal(`${folder}/folder`), /it is not a regular file/);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    assert.match(await refusal(`${folder}/pipe`), /it is not a regular file/);
    await Deno.writeFile(`${folder}/binary`, new Uint8Array([0xff]));
    assert.match(await refusal(`${folder}/binary`), /it is not UTF-8/);
    await Deno.writeTextFile(`${folder}/text`, "");
    const stranger = (Deno.uid() ?? 0) + 1;
    assert.match(await refusal(`${folder}/text`, stranger), /it belongs to user \d+, and setup/);
  });
});
