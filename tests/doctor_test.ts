/** `doctor` finds each fault by name, and none where all is well: with real files and processes. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { DoctorStage, troublesIn } from "./support/doctor_stage.ts";
import { startTlsServer } from "./support/tls_server.ts";

/** Something that is broken on purpose. */
interface Fault {
  readonly what: string;
  /** The one check that finds it. */
  readonly check: string;
  readonly outcome: "fail" | "warn";
  readonly seen: RegExp;
  readonly fix: RegExp;
  readonly env?: (stage: DoctorStage) => Record<string, string>;
  readonly deno?: string;
  /** Breaks it, and says how to mend it. */
  readonly plant?: (stage: DoctorStage) => Promise<() => unknown> | (() => unknown);
}

/** Writes a file, and takes it away or puts it back. */
async function write(path: string, text: string, mode = 0o600): Promise<() => Promise<void>> {
  const before = await Deno.readTextFile(path).catch(() => null);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
  return async () => {
    if (before === null) return await Deno.remove(path);
    await Deno.writeTextFile(path, before);
    await Deno.chmod(path, 0o600);
  };
}

/** Adds a section to the profile. */
async function addSection(stage: DoctorStage, lines: string): Promise<() => Promise<void>> {
  const { profileFile } = stage.home;
  const text = await Deno.readTextFile(profileFile);
  return await write(profileFile, `${text}${lines.replaceAll("TOKEN", await stage.token())}`);
}

async function loosen(path: string): Promise<() => Promise<void>> {
  await Deno.chmod(path, 0o644);
  return () => Deno.chmod(path, 0o600);
}

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const live = (stage: DoctorStage) => stage.workspace.issue({ lifetimeMs: 3_600_000 }).value;
const dead = `dapi${"0".repeat(32)}`;
const other = (name: string) => () => ({ DATABRICKS_CONFIG_PROFILE: name });

const FAULTS: readonly Fault[] = [
  {
    what: "an old Deno",
    check: "runtime",
    outcome: "fail",
    seen: /Deno 2\.8\.1, which is older than 2\.9\.6/,
    fix: /npx --yes deno@2\.9\.6/,
    deno: "2.8.1",
  },
  {
    what: "a Deno of the future",
    check: "runtime",
    outcome: "warn",
    seen: /Deno 3\.0\.0, tested with 2\.9\.6/,
    fix: /npx --yes deno@2\.9\.6/,
    deno: "3.0.0",
  },
  {
    what: "a setting that is no number",
    check: "settings",
    outcome: "fail",
    seen: /PROXY_WORKERS "many"/,
    fix: /README/,
    env: () => ({ PROXY_WORKERS: "many" }),
  },
  {
    what: "an unknown key in config.yaml",
    check: "settings",
    outcome: "fail",
    seen: /proxy_prot.*did you mean proxy_port/,
    fix: /README/,
    plant: (stage) => write(stage.path(".config/keyturn/config.yaml"), "proxy_prot: 4001\n"),
  },
  {
    what: "a profile with a key twice",
    check: "profile",
    outcome: "fail",
    seen: /Cannot read profile "DEFAULT": .*twice|again|repeated/,
    fix: /put that line right/,
    plant: async (stage) => {
      const text = await Deno.readTextFile(stage.home.profileFile);
      return await write(stage.home.profileFile, text.replace(/^(token.*)$/m, "$1\n$1"));
    },
  },
  {
    what: "a profile without a token",
    check: "profile",
    outcome: "fail",
    seen: /has no token/,
    fix: /write `token = …` below \[empty\]/,
    env: other("empty"),
    plant: (stage) => addSection(stage, `[empty]\nhost = ${stage.workspace.origin}\n`),
  },
  {
    what: "a profile that others may read",
    check: "profile mode",
    outcome: "fail",
    seen: /\.databrickscfg has mode 0644/,
    fix: /chmod 600 .*\.databrickscfg/,
    plant: (stage) => loosen(stage.home.profileFile),
  },
  {
    what: "a backup with a live token",
    check: "profile backup",
    outcome: "fail",
    seen: /\.databrickscfg\.bak:2: a live workspace token/,
    fix: /delete .*\.databrickscfg\.bak/,
    plant: (stage) => write(`${stage.home.profileFile}.bak`, `[DEFAULT]\ntoken = ${live(stage)}\n`),
  },
  {
    what: "a backup with a dead token",
    check: "profile backup",
    outcome: "warn",
    seen: /\.databrickscfg\.bak:2: an old workspace token/,
    fix: /delete .*\.databrickscfg\.bak/,
    plant: (stage) => write(`${stage.home.profileFile}.bak`, `[DEFAULT]\ntoken = ${dead}\n`),
  },
  {
    what: "a backup that others may read",
    check: "backup mode",
    outcome: "fail",
    seen: /\.bak has mode 0644/,
    fix: /chmod 600 .*\.bak/,
    plant: (stage) => write(`${stage.home.profileFile}.bak`, "[DEFAULT]\n", 0o644),
  },
  {
    what: "a token in the environment",
    check: "environment",
    outcome: "warn",
    seen: /DATABRICKS_TOKEN is set: Databricks tools of this shell use it, not the profile/,
    fix: /unset it/,
    env: (stage) => ({ DATABRICKS_TOKEN: live(stage) }),
  },
  {
    what: "another host in the environment",
    check: "environment",
    outcome: "fail",
    seen: /DATABRICKS_HOST is http:\/\/localhost:\d+, and the profile's host is http:\/\/127/,
    fix: /unset DATABRICKS_HOST/,
    env: (stage) => ({ DATABRICKS_HOST: `http://localhost:${stage.workspace.port}` }),
  },
  {
    what: "keys that others may read",
    check: "keys mode",
    outcome: "fail",
    seen: /keys\.json has mode 0644/,
    fix: /chmod 600 .*keys\.json/,
    plant: (stage) => loosen(stage.path(".config/keyturn/keys.json")),
  },
  {
    what: "a journal that others may read",
    check: "journal mode",
    outcome: "fail",
    seen: /journal\.json has mode 0644/,
    fix: /chmod 600 .*journal\.json/,
    plant: (stage) => loosen(stage.path(".local/state/keyturn/journal.json")),
  },
  {
    what: "a profile without a host",
    check: "host",
    outcome: "fail",
    seen: /DATABRICKS_HOST is not set, and the profile "nohost" .* has no host/,
    fix: /set DATABRICKS_HOST/,
    env: other("nohost"),
    plant: (stage) => addSection(stage, "[nohost]\ntoken = TOKEN\n"),
  },
  {
    what: "a host at which nobody is",
    check: "workspace",
    outcome: "fail",
    seen: /cannot be reached: .*[Cc]onnection refused/,
    fix: /check the network/,
    env: other("closed"),
    plant: (stage) =>
      addSection(stage, `[closed]\nhost = http://127.0.0.1:${closedPort()}\ntoken = TOKEN\n`),
  },
  {
    what: "a workspace that cuts the line",
    check: "workspace",
    outcome: "fail",
    seen: /cannot be reached: no answer/,
    fix: /check the network/,
    plant: ({ workspace }) => {
      const match = { path: "/api/2.0/preview/scim/v2/Me" };
      const handle = workspace.fault({ match, action: { kind: "reset" } });
      return () => handle.remove();
    },
  },
  {
    what: "a host with a login page",
    check: "workspace",
    outcome: "fail",
    seen: /answers with 200 and not as a workspace does/,
    fix: /no account console, login page or proxy/,
    plant: ({ workspace }) => {
      const match = { path: "/api/2.0/preview/scim/v2/Me" };
      const handle = workspace.fault({ match, action: { kind: "malformed" } });
      return () => handle.remove();
    },
  },
  {
    what: "a certificate that nobody vouches for",
    check: "tls",
    outcome: "fail",
    seen: /the certificate of https:\/\/127\.0\.0\.1:\d+ is not trusted: /,
    fix: /DENO_CERT/,
    env: other("tls"),
    plant: async (stage) => {
      const server = await startTlsServer();
      const host = `https://127.0.0.1:${server.port}`;
      const undo = await addSection(stage, `[tls]\nhost = ${host}\ntoken = TOKEN\n`);
      return async () => {
        await undo();
        await server[Symbol.asyncDispose]();
      };
    },
  },
  {
    what: "a clock that is ten minutes behind",
    check: "clock",
    outcome: "fail",
    seen: /this clock is (9 min 59 s|10 min)\b.* behind the workspace's/,
    fix: /NTP/,
    plant: (stage) => withDate(stage, 600_000),
  },
  {
    what: "a clock that is half a minute ahead",
    check: "clock",
    outcome: "warn",
    seen: /this clock is (29|30|31) s ahead of the workspace's/,
    fix: /NTP/,
    plant: (stage) => withDate(stage, -30_000),
  },
  {
    what: "a workspace without personal access tokens",
    check: "minting",
    outcome: "fail",
    seen: /Cannot list the tokens: .*FEATURE_DISABLED/,
    fix: /OAuth client/,
    plant: ({ workspace }) => {
      const body = '{"error_code":"FEATURE_DISABLED","message":"Tokens are disabled"}';
      const headers = { "content-type": "application/json" };
      const action = { kind: "status", status: 403, headers, body } as const;
      const handle = workspace.fault({ match: { path: "/api/2.0/token/list" }, action });
      return () => handle.remove();
    },
  },
  {
    what: "nearly as many tokens as a user can have",
    check: "quota",
    outcome: "fail",
    seen: /59\d of 600 tokens of this user live: soon no other can be made/,
    fix: /delete what nobody needs/,
    plant: (stage) => fill(stage, 588),
  },
  {
    what: "many tokens",
    check: "quota",
    outcome: "warn",
    seen: /5\d\d of 600 tokens of this user live/,
    fix: /delete what nobody needs/,
    plant: (stage) => fill(stage, 500),
  },
  {
    what: "keys that cannot be read",
    check: "keys",
    outcome: "fail",
    seen: /keys\.json: Cannot read the local keys: it is not JSON/,
    fix: /put it right/,
    plant: (stage) => write(stage.path(".config/keyturn/keys.json"), "{"),
  },
  {
    what: "no keys between agents and the workspace",
    check: "door",
    outcome: "warn",
    seen: /PROXY_CLIENT_AUTH is off: each program of this machine/,
    fix: /set PROXY_CLIENT_AUTH to required/,
    env: () => ({ PROXY_CLIENT_AUTH: "off" }),
  },
  {
    what: "a door that is open to the network",
    check: "door",
    outcome: "warn",
    seen: /PROXY_HOST is 0\.0\.0\.0: keys and prompts cross the network in clear text/,
    fix: /listen on 127\.0\.0\.1, or put TLS/,
    env: () => ({ PROXY_HOST: "0.0.0.0", PROXY_ALLOW_REMOTE: "true" }),
  },
  {
    what: "no service",
    check: "port",
    outcome: "fail",
    seen: /nobody listens at http:\/\/127\.0\.0\.1:\d+/,
    fix: /start `serve`/,
    env: () => ({ PROXY_PORT: String(closedPort()) }),
  },
  {
    what: "another program on the port",
    check: "port",
    outcome: "fail",
    seen: /another program answers at .* \(it answers the challenge with \d+\)/,
    fix: /stop it, or set PROXY_PORT/,
    env: (stage) => ({ PROXY_PORT: String(stage.workspace.port) }),
  },
  {
    what: "a service of another profile",
    check: "same profile",
    outcome: "fail",
    seen: /serves token [0-9a-f]{12}…, and the profile holds another/,
    fix: /DATABRICKS_CONFIG_PROFILE/,
    env: other("second"),
    plant: (stage) =>
      addSection(stage, `[second]\nhost = ${stage.workspace.origin}\ntoken = ${live(stage)}\n`),
  },
  {
    what: "an agent's config with a live token",
    check: "agents' tokens",
    outcome: "fail",
    seen: /\.codex\/config\.toml:2: a live workspace token that nothing renews there/,
    fix: /`setup <agent>`/,
    plant: (stage) =>
      write(
        stage.path(".codex/config.toml"),
        `# mine\nexperimental_bearer_token = "${live(stage)}"`,
      ),
  },
  {
    what: "a managed config with an old token",
    check: "agents' tokens",
    outcome: "warn",
    seen: /\.claude\/settings\.json:1: an old workspace token/,
    fix: /`setup <agent>`/,
    plant: (stage) =>
      write(stage.path(".claude/settings.json"), `{"env":{"ANTHROPIC_AUTH_TOKEN":"${dead}"}}`),
  },
  {
    what: "a shell that exports the token of today",
    check: "shell tokens",
    outcome: "fail",
    seen: /\.bashrc:3: a live workspace token/,
    fix: /remove the line/,
    plant: async (stage) =>
      write(stage.path(".bashrc"), `# mine\n\nexport DATABRICKS_TOKEN=${await stage.token()}\n`),
  },
  {
    what: "a shell that exports a token of yesterday",
    check: "shell tokens",
    outcome: "warn",
    seen: /config\.fish:1: an old workspace token/,
    fix: /remove the line/,
    plant: (stage) =>
      write(stage.path(".config/fish/config.fish"), `set -x DATABRICKS_TOKEN ${dead}-2\n`),
  },
];

function withDate({ workspace }: { workspace: DoctorStage["workspace"] }, ahead: number) {
  const date = new Date(Date.now() + ahead).toUTCString();
  const action = { kind: "status", status: 401, headers: { date }, body: "{}" } as const;
  const match = { path: "/api/2.0/preview/scim/v2/Me" };
  const handle = workspace.fault({ match, action });
  return () => handle.remove();
}

function fill({ workspace }: DoctorStage, count: number): () => void {
  const ids = Array.from({ length: count }, () => workspace.issue({ lifetimeMs: null }).tokenId);
  return () => {
    for (const id of ids) workspace.revoke(id);
  };
}

Deno.test("doctor finds each planted fault by name, and nothing else", async (t) => {
  await using stage = await DoctorStage.open();
  const healthy = await stage.examine();
  assert.deepEqual(troublesIn(healthy), [], "nothing is wrong at first");
  for (const fault of FAULTS) {
    await t.step(`${fault.check}: ${fault.what}`, async () => {
      const mend = await fault.plant?.(stage);
      try {
        const deno = fault.deno === undefined ? {} : { deno: fault.deno };
        const report = await stage.examine({ env: fault.env?.(stage) ?? {}, ...deno });
        const troubles = troublesIn(report);
        assert.deepEqual(troubles.map(({ name, outcome }) => [name, outcome]), [
          [fault.check, fault.outcome],
        ], JSON.stringify(troubles));
        assert.match(troubles[0]?.seen ?? "", fault.seen);
        assert.match(troubles[0]?.fix ?? "", fault.fix);
      } finally {
        await mend?.();
      }
    });
  }
  assert.deepEqual(troublesIn(await stage.examine()), [], "all is mended");
});
