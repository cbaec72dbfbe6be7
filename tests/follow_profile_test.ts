/**
 * `ROTATION=off` in the proxy, over real files: whoever writes the profile in whatever way, the
 * very next request after the write is whole carries the new token, and until then the last good
 * one.
 */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { until } from "./support/until.ts";

interface Scene extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly proxy: ProxyFixture;
  /** Where the profile is. */
  readonly path: string;
  /** A new live token; all of them are equally long. */
  issue(): string;
  /** Sends a request; gives the token that it was answered with. */
  used(): Promise<string>;
}

async function openScene(): Promise<Scene> {
  const workspace = startWorkspace();
  const config = { profileRule: "any", source: "profile" } as const;
  const proxy = await startProxy({ upstream: workspace.origin, token: null, config });
  return {
    workspace,
    proxy,
    path: proxy.profileFile,
    issue: () => workspace.issue({ lifetimeMs: 3_600_000 }).value,
    used: async () => {
      const response = await proxy.post("/v1/chat/completions", CHAT);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const headers = workspace.requests().at(-1)?.headers ?? [];
      return headers.find(([name]) => name === "authorization")?.[1].slice(7) ?? "";
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await workspace.shutdown();
    },
  };
}

const CHAT = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
const HEAD = "; mine\n[DEFAULT]\nhost = https://one.example\ntoken = ";

function profileOf(token: string): string {
  return `${HEAD}${token}\n`;
}

/** The file's last change can be told from its next one, so the proxy no longer reads it. */
async function settled(path: string): Promise<void> {
  const { ctime } = await Deno.stat(path);
  await until("its clocks have moved on", () => Date.now() - (ctime?.getTime() ?? 0) > 2_200);
}

/** Ways to put a whole text into the place of another one. */
const WRITERS: ReadonlyMap<string, (path: string, text: string) => Promise<unknown>> = new Map([
  ["in place", (path, text) => Deno.writeTextFile(path, text)],
  ["in place, without its end being cut off first", async (path, text) => {
    using file = await Deno.open(path, { write: true });
    await file.write(new TextEncoder().encode(text));
  }],
  ["in place, with its old time set again", async (path, text) => {
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, text);
    await Deno.utime(path, atime ?? 0, mtime ?? 0);
  }],
  ["by a rename over it", async (path, text) => {
    await Deno.writeTextFile(`${path}.new`, text);
    await Deno.rename(`${path}.new`, path);
  }],
  ["by a rename over it, with its old time set again", async (path, text) => {
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(`${path}.new`, text);
    await Deno.utime(`${path}.new`, atime ?? 0, mtime ?? 0);
    await Deno.rename(`${path}.new`, path);
  }],
  ["by removing it and making it again", async (path, text) => {
    await Deno.remove(path);
    await Deno.writeTextFile(path, text);
  }],
  ["by renaming it away, as an editor does", async (path, text) => {
    await Deno.rename(path, `${path}~`);
    await Deno.writeTextFile(path, text);
  }],
]);

for (const [how, write] of WRITERS) {
  Deno.test(`a profile rewritten ${how} is followed at once, again and again`, async () => {
    await using scene = await openScene();
    const { path } = scene;
    const tokens = Array.from({ length: 10 }, () => scene.issue());
    await Deno.writeTextFile(path, profileOf(tokens[0] ?? ""));
    assert.equal(await scene.used(), tokens[0]);
    // Within a second, with the same size, as fast as it goes.
    for (const token of tokens.slice(1)) {
      await write(path, profileOf(token));
      assert.equal(await scene.used(), token);
      assert.equal(await scene.used(), token);
    }
    await settled(path);
    assert.equal(await scene.used(), tokens.at(-1));
    const last = scene.issue();
    await write(path, profileOf(last));
    assert.equal(await scene.used(), last);
    assert.equal(scene.workspace.stats().inference.refused, 0);
  });
}

Deno.test("a profile caught half written leaves the last good token, at every byte", async () => {
  await using scene = await openScene();
  const { path } = scene;
  let number = 0;
  for (let round = 0; round < 2; round++) {
    const [old, next] = [scene.issue(), scene.issue()];
    await Deno.writeTextFile(path, profileOf(old));
    assert.equal(await scene.used(), old);
    // As the rotator does, should this machine stand still for longer than a cut token is waited for.
    scene.proxy.rotator.onHeard = ({ type }) => {
      if (type === "rejected") scene.proxy.rotator.announce(++number, old);
    };
    const bytes = new TextEncoder().encode(profileOf(next));
    using file = await Deno.open(path, { write: true, truncate: true });
    assert.equal(await scene.used(), old, "it is empty");
    for (const byte of bytes.subarray(0, -1)) {
      await file.write(Uint8Array.of(byte));
      assert.equal(await scene.used(), old);
    }
    await file.write(bytes.subarray(-1));
    assert.equal(await scene.used(), next);
  }
  assert(scene.workspace.stats().inference.refused < 5, "no part of a token was tried");
});

Deno.test("a token without an end of line is taken as soon as it rests", async () => {
  await using scene = await openScene();
  const [old, next] = [scene.issue(), scene.issue()];
  await Deno.writeTextFile(scene.path, profileOf(old));
  assert.equal(await scene.used(), old);
  await Deno.writeTextFile(scene.path, `${HEAD}${next}`);
  assert.equal(await scene.used(), old);
  await until("it is taken", async () => await scene.used() === next);
});

Deno.test("a token that the rotator found alive serves, whatever the proxy thinks of its file", async () => {
  await using scene = await openScene();
  const [old, next] = [scene.issue(), scene.issue()];
  await Deno.writeTextFile(scene.path, profileOf(old));
  assert.equal(await scene.used(), old);
  await Deno.writeTextFile(scene.path, `${HEAD}${next}`);
  await scene.proxy.rotator.publish(1, next);
  assert.equal(await scene.used(), next);
});

Deno.test("a token without an end of line is waited for if there is no other", async () => {
  await using scene = await openScene();
  const { path, workspace } = scene;
  const old = workspace.issue({ lifetimeMs: 3_600_000 });
  const next = scene.issue();
  await Deno.writeTextFile(path, profileOf(old.value));
  assert.equal(await scene.used(), old.value);
  workspace.revoke(old.tokenId);
  await Deno.writeTextFile(path, `${HEAD}${next}`);
  // Refused with the old one first; the caller sees nothing of it.
  assert.equal(await scene.used(), next);
});

Deno.test("a request waits for a profile that is just being written for the first time", async () => {
  await using scene = await openScene();
  const token = scene.issue();
  using file = await Deno.open(scene.path, { write: true, create: true });
  const write = (text: string) => file.write(new TextEncoder().encode(text));
  await write(`${HEAD}${token.slice(0, 20)}`);
  const used = scene.used();
  await until("it asks", () => scene.proxy.rotator.count("needed") > 0);
  assert.equal(scene.workspace.requests().length, 0, "and does not try a part of it");
  await write(`${token.slice(20)}\n`);
  assert.equal(await used, token);
});

Deno.test("a link that is switched to another file, and back, is followed at once", async () => {
  await using scene = await openScene();
  const { path } = scene;
  const [first, second] = [scene.issue(), scene.issue()];
  await Deno.writeTextFile(`${path}.1`, profileOf(first));
  await Deno.writeTextFile(`${path}.2`, profileOf(second));
  await settled(`${path}.2`);
  await Deno.symlink(`${path}.1`, path);
  for (const [target, token] of [["1", first], ["2", second], ["1", first], ["2", second]]) {
    await Deno.symlink(`${path}.${target}`, `${path}.link`);
    await Deno.rename(`${path}.link`, path);
    assert.equal(await scene.used(), token);
  }
  const third = scene.issue();
  await Deno.writeTextFile(`${path}.2`, profileOf(third));
  assert.equal(await scene.used(), third, "the file behind the link is followed as well");
});

Deno.test("a profile that is gone for a while, with or without its folder, is missed by nobody", async () => {
  await using scene = await openScene();
  const { path } = scene;
  const [first, second, third] = [scene.issue(), scene.issue(), scene.issue()];
  const folder = `${path}.d`;
  await Deno.mkdir(folder);
  await Deno.mkdir(`${folder}.new`);
  await Deno.writeTextFile(`${folder}/cfg`, profileOf(first));
  await Deno.writeTextFile(`${folder}.new/cfg`, profileOf(second));
  await Deno.symlink(`${folder}/cfg`, path);
  assert.equal(await scene.used(), first);
  await Deno.rename(folder, `${folder}.old`);
  assert.equal(await scene.used(), first);
  await Deno.rename(`${folder}.new`, folder);
  assert.equal(await scene.used(), second);
  await Deno.remove(`${folder}/cfg`);
  assert.equal(await scene.used(), second);
  await Deno.writeTextFile(`${folder}/cfg`, profileOf(third));
  assert.equal(await scene.used(), third);
});

Deno.test("a profile that goes back to an earlier token is followed", async () => {
  await using scene = await openScene();
  const [first, second] = [scene.issue(), scene.issue()];
  for (const token of [first, second, first, second]) {
    await Deno.writeTextFile(scene.path, profileOf(token));
    assert.equal(await scene.used(), token);
  }
});

Deno.test("a rotator that is behind the profile is not followed in its place", async () => {
  await using scene = await openScene();
  const [first, second] = [scene.issue(), scene.issue()];
  await Deno.writeTextFile(scene.path, profileOf(first));
  assert.equal(await scene.used(), first);
  await Deno.writeTextFile(scene.path, profileOf(second));
  assert.equal(await scene.used(), second);
  await scene.proxy.rotator.publish(1, first);
  assert.equal(await scene.used(), second);
  await scene.proxy.rotator.publish(2, second);
  assert.equal(await scene.used(), second);
});

Deno.test("a dead token that stays in the profile gives way to what the rotator publishes", async () => {
  await using scene = await openScene();
  const { path, proxy, workspace } = scene;
  const good = scene.issue();
  const dead = workspace.issue({ lifetimeMs: 3_600_000 });
  workspace.revoke(dead.tokenId);
  await Deno.writeTextFile(path, profileOf(good));
  assert.equal(await scene.used(), good);
  await proxy.rotator.publish(1, good);
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "rejected") proxy.rotator.announce(2, good);
  };
  await Deno.writeTextFile(path, profileOf(dead.value));
  assert.equal(await scene.used(), good);
  assert.equal(await scene.used(), good);
  assert.equal(workspace.stats().inference.refused, 1, "it is tried once");
});

Deno.test("a pipe in place of the profile holds up nothing", async () => {
  await using scene = await openScene();
  const token = scene.issue();
  await Deno.writeTextFile(scene.path, profileOf(token));
  assert.equal(await scene.used(), token);
  await Deno.remove(scene.path);
  await new Deno.Command("mkfifo", { args: [scene.path] }).output();
  // Writes to whoever opens it all the same.
  const args = ["-c", 'exec printf "[DEFAULT]\\n" >"$0"', scene.path];
  const writer = new Deno.Command("sh", { args }).spawn();
  assert.equal(await scene.used(), token);
  assert.equal(await (await scene.proxy.call("/health")).text(), '{"status":"ok"}');
  writer.kill("SIGKILL");
  assert.equal((await writer.status).signal, "SIGKILL", "nobody has opened it");
});
