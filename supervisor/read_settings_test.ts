import assert from "node:assert/strict";
import { readSettings } from "./read_settings.ts";

async function read(env: Record<string, string>, config: string | null) {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.config/keyturn`, { recursive: true });
    if (config !== null) await Deno.writeTextFile(`${home}/.config/keyturn/config.yaml`, config);
    const { settings, problems, knows } = await readSettings({ HOME: home, ...env });
    return { settings, names: problems.map(({ name }) => name), knows };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("readSettings() keeps what is right beside what is wrong", async () => {
  const { settings, names, knows } = await read(
    { PROXY_PORT: "web", PROXY_WORKERS: "2" },
    "databricks_host: https://one.example\nproxy_prot: 4001\nlog_level: loud\nlog_format: text\n",
  );
  assert.deepEqual(names, ["PROXY_PORT", "config.yaml line 2", "config.yaml line 3"]);
  assert.equal(settings?.databricksHost, "https://one.example");
  assert.equal(settings?.proxyWorkers, 2);
  assert.equal(settings?.logFormat, "text");
  assert(!knows("PROXY_PORT") && !knows("LOG_LEVEL"));
  assert(knows("DATABRICKS_HOST") && knows("PROXY_HOST"));
});

Deno.test("readSettings() knows nothing of a file that cannot be understood", async () => {
  const { settings, names, knows } = await read({ PROXY_PORT: "4001" }, "proxy_host: [");
  assert.equal(names.length, 1);
  assert.equal(settings?.proxyPort, 4001);
  assert(knows("PROXY_PORT") && !knows("PROXY_HOST"));
});

Deno.test("readSettings() knows nothing of a file that cannot be read", async () => {
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${home}/.config/keyturn/config.yaml`, { recursive: true });
  const { settings, problems, knows } = await readSettings({ HOME: home });
  await Deno.remove(home, { recursive: true });
  assert.deepEqual(problems.map(({ name }) => name), [`${home}/.config/keyturn/config.yaml`]);
  assert.match(problems[0]?.message ?? "", /^cannot be read: /);
  assert.notEqual(settings, null);
  assert(!knows("DATABRICKS_HOST"));
});

Deno.test("readSettings() leaves both halves of a conflict aside, wherever they stand", async () => {
  const { settings, names, knows } = await read(
    { PAT_TOKEN_LIFETIME: "5", PROXY_PORT: "4001" },
    "pat_rotation_interval: 600\n",
  );
  assert.deepEqual(names, ["PAT_ROTATION_INTERVAL"]);
  assert.equal(settings?.proxyPort, 4001);
  assert.equal(settings?.tokenLifetimeMs, 900_000);
  assert(!knows("PAT_TOKEN_LIFETIME"));
});

Deno.test("readSettings() tells of all settings although there is no home", async () => {
  const { settings, problems } = await readSettings({ PROXY_PORT: "web", LOG_LEVEL: "loud" });
  assert.equal(settings, null);
  assert.deepEqual(problems.map(({ name }) => name), ["HOME", "PROXY_PORT", "LOG_LEVEL"]);
});

Deno.test("readSettings() stays in its home whatever the file says of one", async () => {
  const { settings, names } = await read({ PROXY_PORT: "4001" }, "home: /x\nlog_level: debug\n");
  assert.deepEqual(names, ["config.yaml line 1"]);
  assert.equal(settings?.proxyPort, 4001);
  assert.equal(settings?.logLevel, "debug");
});
