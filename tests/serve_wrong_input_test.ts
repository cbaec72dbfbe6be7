/**
 * `serve` with a wrong configuration: exit code 2, every problem listed by name, no stack, and
 * nothing written anywhere.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startWorkspace } from "../demo/workspace.ts";
import { type Home, makeHome, type ServeOptions, ServeProcess } from "./support/serve_process.ts";

interface Case {
  readonly what: string;
  /** Makes it wrong. */
  readonly spoil?: (home: Home, taken: number) => Promise<unknown>;
  readonly env?: (home: Home, taken: number) => Record<string, string>;
  /** `HOME` instead of the case's own folder. */
  readonly home?: string | null;
  /** @default {"serve"} */
  readonly task?: "serve" | "serve:command";
  /** Each of them at the beginning of one of the problems, and nothing else. */
  readonly problems: readonly RegExp[];
}

const write = (text: string) => (home: Home) => Deno.writeTextFile(home.profileFile, text);
const configure = (text: string) => async (home: Home) => {
  await Deno.mkdir(`${home.folder}/.config/keyturn`, { recursive: true });
  await Deno.writeTextFile(`${home.folder}/.config/keyturn/config.yaml`, text);
};
const HOST = "host = https://one.example\n";
const withoutToken = write(`[DEFAULT]\n${HOST}`);

const CASES: readonly Case[] = [
  {
    what: "no host",
    spoil: write("[DEFAULT]\ntoken = dapi-1\n"),
    problems: [
      /^DATABRICKS_HOST: is not set, and the profile "DEFAULT" of .*\.databrickscfg has no host; set it to/,
    ],
  },
  {
    what: "no token",
    spoil: withoutToken,
    problems: [
      /^DATABRICKS_TOKEN: is not set, and the profile "DEFAULT" of .* has no token; create a personal/,
    ],
  },
  {
    what: "a repair that there is none of",
    env: () => ({ REPAIRS_OFF: "store,blank-txt" }),
    problems: [
      /^REPAIRS_OFF: "store,blank-txt" has names that nothing has: blank-txt; there are: blank-assistant, /,
    ],
  },
  {
    what: "no profile file",
    spoil: (home) => Deno.remove(home.profileFile),
    problems: [
      /^DATABRICKS_HOST: is not set, and the profile "DEFAULT" of .*\.databrickscfg is not there; set/,
      /^DATABRICKS_TOKEN: is not set, and the profile "DEFAULT" of .* is not there; create a/,
    ],
  },
  {
    what: "a profile that is not in the file",
    spoil: write(`[dev]\n${HOST}token = dapi-1\n[prod]\n${HOST}`),
    env: () => ({ DATABRICKS_CONFIG_PROFILE: "dve" }),
    problems: [
      /^DATABRICKS_HOST: .*the profile "dve" of .* is not there, only "dev", "prod" \(DATABRICKS_CONFIG_PROFILE /,
      /^DATABRICKS_TOKEN: .*the profile "dve" of .* is not there, only "dev", "prod" \(DATABRICKS_CONFIG_PROFILE /,
    ],
  },
  {
    what: "a folder in place of the profile",
    spoil: async (home) => {
      await Deno.remove(home.profileFile);
      await Deno.mkdir(home.profileFile);
    },
    problems: [/^\/.*\.databrickscfg: cannot be read: Is a directory/],
  },
  {
    what: "a section that stands there twice",
    spoil: write(`[DEFAULT]\n${HOST}token = dapi-1\n[DEFAULT]\n${HOST}token = dapi-2\n`),
    problems: [
      /^\/.*\.databrickscfg: Cannot read profile "DEFAULT": .*(twice|again|repeat|already)/,
    ],
  },
  {
    what: "a byte order mark",
    spoil: write(`\ufeff[DEFAULT]\n${HOST}token = dapi-1\n`),
    problems: [/^\/.*\.databrickscfg: Cannot read profile "DEFAULT": .*byte order mark/i],
  },
  {
    what: "a port that is taken",
    env: (_, taken) => ({ PROXY_PORT: `${taken}` }),
    problems: [/^PROXY_PORT: "\d+" on 127\.0\.0\.1 is taken by another program/],
  },
  {
    what: "an address that others can reach",
    env: () => ({ PROXY_HOST: "0.0.0.0" }),
    problems: [
      /^PROXY_HOST: "0\.0\.0\.0" is not a loopback address; wanted .*PROXY_ALLOW_REMOTE=true/,
    ],
  },
  {
    what: "a lifetime that is not longer than the interval",
    env: () => ({ PAT_TOKEN_LIFETIME: "600", PAT_ROTATION_INTERVAL: "600" }),
    problems: [/^PAT_ROTATION_INTERVAL: "600" is not below PAT_TOKEN_LIFETIME, which is "600"/],
  },
  {
    what: "a key of config.yaml that is not known",
    spoil: configure("proxy_prot: 4001\n"),
    problems: [/^config\.yaml line 1: "proxy_prot" .*proxy_port/],
  },
  {
    what: "local keys that are not keys",
    spoil: async (home) => {
      await Deno.mkdir(`${home.folder}/.config/keyturn`, { recursive: true });
      await Deno.writeTextFile(`${home.folder}/.config/keyturn/keys.json`, "{");
    },
    problems: [/^\/.*keys\.json: Cannot read the local keys: it is not JSON/],
  },
  {
    what: "a journal that cannot be read",
    spoil: (home) =>
      Deno.mkdir(`${home.folder}/.local/state/keyturn/journal.json`, { recursive: true }),
    problems: [/^\/.*journal\.json: cannot be read: Is a directory/],
  },
  {
    what: "a command under the task that may run nothing",
    spoil: withoutToken,
    env: () => ({ CREDENTIAL_COMMAND: "/bin/cat /x/token" }),
    problems: [
      /^CREDENTIAL_COMMAND: is set, and this task may not .* `deno task serve:command`, .*"\/bin\/cat"/,
    ],
  },
  {
    what: "no command under the task that is there for one",
    task: "serve:command",
    problems: [/^CREDENTIAL_COMMAND: is not set, and .* use `deno task serve`$/],
  },
  {
    what: "a command that is not there",
    task: "serve:command",
    env: () => ({ CREDENTIAL_COMMAND: "/nonexistent/tool" }),
    problems: [/^CREDENTIAL_COMMAND: "\/nonexistent\/tool" cannot be found: No such file/],
  },
  {
    what: "a command that is a folder",
    task: "serve:command",
    env: ({ folder }) => ({ CREDENTIAL_COMMAND: folder }),
    problems: [/^CREDENTIAL_COMMAND: "\/.*" is not a file/],
  },
  {
    what: "a command that is not executable",
    task: "serve:command",
    env: ({ profileFile }) => ({ CREDENTIAL_COMMAND: `${profileFile} x` }),
    problems: [/^CREDENTIAL_COMMAND: "\/.*\.databrickscfg" is not executable/],
  },
  {
    what: "two sources of credentials",
    task: "serve:command",
    env: () => ({
      CREDENTIAL_COMMAND: "/bin/cat",
      DATABRICKS_CLIENT_ID: "id",
      DATABRICKS_CLIENT_SECRET: "hunter2",
      ROTATION: "off",
    }),
    problems: [
      /^CREDENTIAL_COMMAND: is set together with DATABRICKS_CLIENT_ID/,
      /^ROTATION: "off"/,
    ],
  },
  {
    what: "a pipe in place of the profile",
    spoil: async (home) => {
      await Deno.remove(home.profileFile);
      await new Deno.Command("mkfifo", { args: [home.profileFile] }).output();
    },
    problems: [/^\/.*\.databrickscfg: cannot be read: .*not a regular file/],
  },
  { what: "no home", home: null, problems: [/^HOME: is not set; .*KEYTURN_HOME/] },
  { what: "an empty home", home: "", problems: [/^HOME: is not set; .*KEYTURN_HOME/] },
  {
    what: "the root folder as home",
    home: "/",
    problems: [/^HOME: "\/" is the root folder; .*KEYTURN_HOME/],
  },
  {
    what: "many at once, some of them in the file",
    spoil: async (home) => {
      await write("[DEFAULT]\nauth_type = pat\n")(home);
      await configure("log_level: loud\nproxy_prot: 1\nproxy_workers: 2\n")(home);
    },
    env: (_, taken) => ({
      PROXY_PORT: `${taken}`,
      PAT_TOKEN_LIFETIME: "1",
      PROXY_MAX_BODY: "much",
    }),
    problems: [
      /^PAT_TOKEN_LIFETIME: "1"/,
      /^PROXY_MAX_BODY: "much"/,
      /^config\.yaml line 1: log_level: "loud"/,
      /^config\.yaml line 2: "proxy_prot"/,
      /^DATABRICKS_HOST: is not set/,
      /^DATABRICKS_TOKEN: is not set/,
      /^PROXY_PORT: "\d+" on 127\.0\.0\.1 is taken/,
    ],
  },
  {
    what: "one that must not bring forth a second one that is not true",
    spoil: async (home) => {
      await write("[DEFAULT]\n")(home);
      await configure("databricks_host: https://one.example\nproxy_host: [\n")(home);
    },
    problems: [/^config\.yaml line \d+: is not valid YAML/],
  },
];

for (const { what, spoil, env, home: other, task = "serve", problems } of CASES) {
  Deno.test(`serve refuses ${what}, and writes nothing`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await spoil?.(home, taken.addr.port);
    const before = await listing(home.folder);
    const options: ServeOptions = {
      home: other === undefined ? home.folder : other,
      env: { ...env?.(home, taken.addr.port) },
      launcher: "task",
      task,
    };
    await using process = ServeProcess.launch(options);
    const { code } = await process.ended();
    const [first, ...lines] = process.stderr.trimEnd().split("\n");
    assert.equal(code, 2, process.stderr);
    assert.equal(first, `keyturn ${task}: the configuration is wrong`);
    const told = lines.map((line) => line.trim());
    for (const [index, problem] of problems.entries()) assert.match(told[index] ?? "", problem);
    assert.equal(told.length, problems.length, told.join("\n"));
    assert.doesNotMatch(process.stderr, /^\s+at |\bfile:\/\/|Uncaught/m, "no stack trace");
    assert(!process.stderr.includes(home.given.value) && !process.stderr.includes("hunter2"));
    assert.equal(process.stdout, "");
    assert.deepEqual(await listing(home.folder), before);
    assert.equal(workspace.requests().length, 0);
  });
}

Deno.test("serve refuses a port that another Keyturn shares among its proxies", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using other = await makeHome(workspace);
  const env = { PROXY_WORKERS: "2" };
  await using first = await ServeProcess.start({ home: home.folder, env });
  const port = new URL(first.origin).port;
  const before = await listing(other.folder);
  const again = { home: other.folder, env: { ...env, PROXY_PORT: port } };
  await using second = ServeProcess.launch(again);
  assert.equal((await second.ended()).code, 2);
  assert.match(second.stderr, new RegExp(`PROXY_PORT: "${port}" on 127.0.0.1 is taken`));
  assert.deepEqual(await listing(other.folder), before);
});

/** Every file and folder with its mode, time and content. */
async function listing(folder: string, prefix = ""): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { mode, mtime } = await Deno.stat(path);
    const content = isFile
      ? createHash("sha256").update(await Deno.readFile(path)).digest("hex")
      : "";
    lines.push(`${prefix}${name} ${mode?.toString(8)} ${mtime?.getTime()} ${content}`);
    if (isDirectory) lines.push(...await listing(path, `${prefix}${name}/`));
  }
  return lines.sort();
}
