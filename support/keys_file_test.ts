import assert from "node:assert/strict";
import { Secret } from "./secret.ts";
import { ConfigError } from "./errors.ts";
import {
  ensureKeys,
  type Keys,
  makeKey,
  parseKeys,
  readKeys,
  renderKeys,
  withAgentKeys,
} from "./keys_file.ts";

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** A folder of its own, removed at the end of the scope. */
async function scratch(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function revealed(keys: Keys): unknown {
  return {
    operator: keys.operator.reveal(),
    agents: Array.from(keys.agents, ([name, key]) => [name, key.reveal()]),
  };
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test("renderKeys() writes the documented file, which parseKeys() reads again", () => {
  const operator = makeKey("operator", new Uint8Array(32));
  const hermes = makeKey("hermes", new Uint8Array(32));
  const zeros = "A".repeat(43);
  const text = renderKeys({ operator, agents: new Map([["hermes", hermes]]) });
  assert.equal(
    text,
    `{\n  "version": 1,\n  "operator": "kt_operator_${zeros}",\n  "agents": {\n` +
      `    "hermes": "kt_hermes_${zeros}"\n  }\n}\n`,
  );
  assert.equal(renderKeys(parseKeys(text)), text);
});

Deno.test("makeKey() refuses fewer than 32 random bytes", () => {
  assert.throws(() => makeKey("hermes", new Uint8Array(16)), RangeError);
});

Deno.test("parseKeys() says what is wrong and never repeats a value", () => {
  const key = makeKey("hermes", randomBytes()).reveal();
  const operator = makeKey("operator", randomBytes()).reveal();
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /not a JSON object/],
    [{ version: 2, operator, agents: {} }, /"version" is not 1/],
    [{ version: 1, agents: {} }, /"operator" is missing/],
    [{ version: 1, operator, agents: [] }, /"agents" is not an object/],
    [{ version: 1, operator, agents: {}, [key]: 1 }, /a field that is not one of/],
    [{ version: 1, operator, agents: { [key]: "hermes" } }, /a name that is not/],
    [{ version: 1, operator, agents: { codex: key } }, /does not look like kt_codex_/],
    [{ version: 1, operator: key, agents: {} }, /does not look like kt_operator_/],
    [{ version: 1, operator, agents: { hermes: `${key}x` } }, /does not look like kt_hermes_/],
    [{ version: 1, operator, agents: { hermes: 5 } }, /does not look like kt_hermes_/],
  ];
  for (const [value, message] of wrong) {
    assert.throws(() => parseKeys(JSON.stringify(value)), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes(key.slice(10)));
      return true;
    });
  }
  assert.throws(() => parseKeys(`{"version": ${key}`), { message: "it is not JSON" });
});

Deno.test("withAgentKeys() makes what is missing and keeps what is there", () => {
  const first = withAgentKeys(null, ["hermes"], { randomBytes });
  assert.equal(first.outcome, "changed");
  const second = withAgentKeys(first.keys, ["hermes", "codex"], { randomBytes });
  assert.equal(second.outcome, "changed");
  assert.deepEqual(Array.from(second.keys.agents.keys()), ["hermes", "codex"]);
  assert.ok(second.keys.operator.equals(first.keys.operator));
  assert.ok(second.keys.agents.get("hermes")?.equals(hermesOf(first.keys)));
  assert.deepEqual(withAgentKeys(second.keys, ["codex"], { randomBytes }), {
    keys: second.keys,
    outcome: "unchanged",
  });
});

function hermesOf(keys: Keys): Secret {
  return keys.agents.get("hermes") ?? new Secret("none");
}

Deno.test("ensureKeys() makes folder and file for the owner alone, once", async () => {
  await using place = await scratch();
  const path = `${place.folder}/config/keyturn/keys.json`;
  const made = await ensureKeys(path, ["hermes"], { randomBytes });
  assert.equal(await modeOf(path), 0o600);
  assert.equal(await modeOf(`${place.folder}/config/keyturn`), 0o700);
  const { mtime } = await Deno.stat(path);
  const again = await ensureKeys(path, ["hermes"], { randomBytes });
  assert.deepEqual(revealed(again), revealed(made));
  assert.deepEqual((await Deno.stat(path)).mtime, mtime);
});

Deno.test("ensureKeys() closes a file that others may read, and keeps its text", async () => {
  await using place = await scratch();
  const path = `${place.folder}/keys.json`;
  await ensureKeys(path, ["hermes"], { randomBytes });
  const text = await Deno.readTextFile(path);
  await Deno.chmod(path, 0o644);
  await ensureKeys(path, ["hermes"], { randomBytes });
  assert.equal(await modeOf(path), 0o600);
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("ensureKeys() refuses a file that is not keys, by its name, and leaves it", async () => {
  await using place = await scratch();
  const path = `${place.folder}/keys.json`;
  for (const text of ["", '{"version":1', '{"version":1,"operator":"x","agents":{}}']) {
    await Deno.writeTextFile(path, text);
    await assert.rejects(ensureKeys(path, ["hermes"], { randomBytes }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.problems[0]?.name, path);
      return true;
    });
    assert.equal(await Deno.readTextFile(path), text);
  }
});

Deno.test("ensureKeys() gives all that call it at the same moment the same keys", async () => {
  await using place = await scratch();
  const path = `${place.folder}/keyturn/keys.json`;
  const names = [["hermes"], ["codex"], ["hermes", "pi"], [], ["hermes"], ["claude"]];
  const all = await Promise.all(names.map((each) => ensureKeys(path, each, { randomBytes })));
  const last = await readKeys(path);
  assert.ok(last !== null);
  assert.deepEqual(
    Array.from(last.agents.keys()).toSorted(),
    ["claude", "codex", "hermes", "pi"],
  );
  for (const keys of all) {
    assert.ok(keys.operator.equals(last.operator));
    for (const [name, key] of keys.agents) assert.ok(last.agents.get(name)?.equals(key));
  }
  const left = (await Array.fromAsync(Deno.readDir(`${place.folder}/keyturn`))).map((e) => e.name);
  assert.deepEqual(left.toSorted(), ["keys.json", "keys.json.lock"]);
});

Deno.test("readKeys() is null where there is no file", async () => {
  await using place = await scratch();
  assert.equal(await readKeys(`${place.folder}/keys.json`), null);
});

Deno.test("ensureKeys() takes in what an editor wrote while it was at work", async () => {
  await using place = await scratch();
  const path = `${place.folder}/keys.json`;
  const theirs = withAgentKeys(null, ["codex"], { randomBytes }).keys;
  // Random bytes are taken after the file was read and before it is written: for the hasty look
  // without a lock, and then for the real one.
  let calls = 0;
  const bytesWithEditor = () => {
    if (++calls === 3) Deno.writeTextFileSync(path, renderKeys(theirs));
    return randomBytes();
  };
  const keys = await ensureKeys(path, ["hermes"], { randomBytes: bytesWithEditor });
  assert.ok(keys.operator.equals(theirs.operator));
  assert.deepEqual(Array.from(keys.agents.keys()), ["codex", "hermes"]);
  assert.equal(await Deno.readTextFile(path), renderKeys(keys));
});
