/**
 * One isolate that is kept alive, tried on tiny workers that die on demand.
 */

import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { Isolate } from "../supervisor/isolate.ts";
import { until } from "./support/until.ts";

const LAST_WORDS = new URL("../support/last_words.ts", import.meta.url).href;

/** Echoes; dies of an error, of a promise that nobody catches, or at its start. */
const SCRIPTS = {
  echo: `import { leaveLastWords } from ${JSON.stringify(LAST_WORDS)};
  leaveLastWords(self);
  self.onmessage = ({ data }) => {
    if (data === "throw") throw new Error("as it was told");
    if (data === "reject") Promise.reject(new Error("as it was told"));
    else self.postMessage(data);
  };`,
  stillborn: `throw new Error("never alive");`,
} as const;

interface Stage extends AsyncDisposable {
  readonly isolate: Isolate<string, string>;
  readonly received: string[];
  readonly deaths: string[];
  starts: number;
}

async function stage(script: keyof typeof SCRIPTS): Promise<Stage> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/worker.js`, SCRIPTS[script]);
  const url = new URL(`file://${folder}/worker.js`);
  const scene: Stage = {
    isolate: new Isolate<string, string>({
      name: "tiny",
      log: getLogger("test"),
      elapsed: () => performance.now(),
      spawn: () => new Worker(url, { type: "module", deno: { permissions: "none" } }),
      onStart: () => {
        scene.starts++;
        scene.isolate.send("started");
      },
      onMessage: (message) => scene.received.push(message),
      onDeath: (reason) => scene.deaths.push(reason),
    }),
    received: [],
    deaths: [],
    starts: 0,
    [Symbol.asyncDispose]: async () => {
      scene.isolate.end();
      await Deno.remove(folder, { recursive: true });
    },
  };
  return scene;
}

for (const way of ["throw", "reject"] as const) {
  Deno.test(`an isolate that dies (${way}) is told, started again, and the process survives`, async () => {
    await using scene = await stage("echo");
    scene.isolate.start();
    await until("it is there", () => scene.received.includes("started"));
    scene.isolate.send(way);
    await until("it died", () => scene.deaths.length === 1);
    assert.match(scene.deaths[0] ?? "", /as it was told/);
    assert(!scene.isolate.isAlive);
    scene.isolate.send("lost");
    await until("it is there again", () => scene.received.length === 2);
    assert(scene.isolate.isAlive);
    scene.isolate.send("hello");
    await until("it answers", () => scene.received.length === 3);
    assert.deepEqual(scene.received, ["started", "started", "hello"]);
    assert.equal(scene.starts, 2);
  });
}

Deno.test("an isolate that fails at its start is tried again, with longer and longer pauses", async () => {
  await using scene = await stage("stillborn");
  const startedAt = performance.now();
  scene.isolate.start();
  await until("three have died", () => scene.deaths.length === 3);
  // 100 ms before the second, 200 ms before the third.
  assert(performance.now() - startedAt >= 300);
  assert.match(scene.deaths[0] ?? "", /never alive/);
});

Deno.test("an isolate that cannot be spawned has died of it", async () => {
  const reasons: string[] = [];
  const isolate = new Isolate<string, string>({
    name: "tiny",
    log: getLogger("test"),
    elapsed: () => performance.now(),
    spawn: () => {
      throw new TypeError("not granted");
    },
    onStart: () => assert.fail("it was never started"),
    onMessage: () => {},
    onDeath: (reason) => reasons.push(reason),
  });
  isolate.start();
  await until("it is tried again", () => reasons.length === 2);
  isolate.end();
  assert.deepEqual(reasons, ["not granted", "not granted"]);
});

Deno.test("an isolate that was let go dies for good", async () => {
  await using scene = await stage("echo");
  scene.isolate.start();
  await until("it is there", () => scene.received.length === 1);
  scene.isolate.letGo();
  scene.isolate.send("throw");
  await until("it died", () => scene.deaths.length === 1);
  await using other = await stage("echo");
  other.isolate.start();
  await until("it is there", () => other.received.length === 1);
  other.isolate.send("throw");
  await until("another one is back meanwhile", () => other.received.length === 2);
  assert.equal(scene.starts, 1);
});

Deno.test("end() in the pause before a restart ends it", async () => {
  await using scene = await stage("stillborn");
  scene.isolate.start();
  await until("it died", () => scene.deaths.length === 1);
  scene.isolate.end();
  await using other = await stage("stillborn");
  other.isolate.start();
  await until("another one was tried twice meanwhile", () => other.deaths.length === 3);
  assert.equal(scene.deaths.length, 1);
});
