import assert from "node:assert/strict";
import fc from "fast-check";
import { AGENTS, parseSettings, SETTING_NAMES, type Settings, SETTINGS_TABLE } from "./settings.ts";
import { ConfigError } from "./support/errors.ts";
import { Secret } from "./workspace/credential.ts";

const HOME = "/home/me";
const ENABLED = true;
const LIMITS = {
  maxConnections: 512,
  maxConnectionsPerKey: 128,
  maxStreams: 256,
  maxHeaderBytes: 32_768,
  maxEventBytes: 16_777_216,
  bodyMemoryBytes: 134_217_728,
  headerTimeoutMs: 10_000,
  bodyTimeoutMs: 60_000,
};

Deno.test("parseSettings() gives the documented defaults when nothing is set", () => {
  const each = (value: true | null) => Object.fromEntries(AGENTS.map((agent) => [agent, value]));
  const expected = {
    home: HOME,
    configFolder: "/home/me/.config/keyturn",
    stateFolder: "/home/me/.local/state/keyturn",
    databricksHost: null,
    databricksToken: null,
    profileFile: "/home/me/.databrickscfg",
    profileName: "DEFAULT",
    oauth: null,
    patScopes: null,
    credentialCommand: null,
    rotation: "auto",
    tokenLifetimeMs: 900_000,
    rotationIntervalMs: 600_000,
    spareLifetimeMs: 14_400_000,
    drainTimeoutMs: 120_000,
    instanceName: null,
    bootstrapRevoke: "auto",
    proxyHost: "127.0.0.1",
    proxyPort: 4000,
    proxySocket: null,
    upstreamBase: null,
    geminiUpstreamBase: null,
    upstreamMode: "auto",
    gatewayHost: null,
    clientAuth: "required",
    maxBodyBytes: 33_554_432,
    idleTimeoutMs: 300_000,
    limits: LIMITS,
    proxyWorkers: 1,
    logLevel: "info",
    logFormat: null,
    repairsOff: [],
    agentEnabled: each(ENABLED),
    agentModel: each(null),
    hermesFallbackModel: null,
    agentFiles: [
      { target: "claude", path: "/home/me/.claude/settings.json" },
      { target: "codex", path: "/home/me/.codex/.env" },
      { target: "gemini", path: "/home/me/.gemini/.env" },
      { target: "opencode-auth", path: "/home/me/.local/share/opencode/auth.json" },
      { target: "opencode", path: "/home/me/.config/opencode/opencode.json" },
      { target: "hermes", path: "/home/me/.hermes/config.yaml" },
      { target: "pi", path: "/home/me/.pi/agent/models.json" },
    ],
  };
  assert.deepEqual(parseSettings({ HOME }, null), expected);
  const blank = Object.fromEntries(SETTING_NAMES.map((name) => [name, " "]));
  assert.deepEqual(parseSettings({ ...blank, HOME }, "# nothing\n"), expected);
});

/** Name, text, and what the settings then hold beside the defaults; in the environment and the file. */
const GOOD: ReadonlyArray<readonly [name: string, text: string, expected: Partial<Settings>]> = [
  ["DATABRICKS_HOST", "https://adb-1.azuredatabricks.net/?o=1", {
    databricksHost: "https://adb-1.azuredatabricks.net",
  }],
  ["DATABRICKS_HOST", "http://127.0.0.1:9/", { databricksHost: "http://127.0.0.1:9" }],
  ["DATABRICKS_CONFIG_FILE", "~/x y.cfg", { profileFile: "/home/me/x y.cfg" }],
  ["DATABRICKS_CONFIG_FILE", "/etc/x", { profileFile: "/etc/x" }],
  ["DATABRICKS_CONFIG_PROFILE", "my dev", { profileName: "my dev" }],
  ["CREDENTIAL_COMMAND", `/bin/x -p "my dev" --q='a'b`, {
    credentialCommand: ["/bin/x", "-p", "my dev", "--q=ab"],
  }],
  ["CREDENTIAL_COMMAND", "/bin/x $HOME \\ | y", {
    credentialCommand: ["/bin/x", "$HOME", "\\", "|", "y"],
  }],
  ["ROTATION", "OFF", { rotation: "off" }],
  ["PAT_TOKEN_LIFETIME", "7776000", { tokenLifetimeMs: 7_776_000_000 }],
  ["PAT_TOKEN_LIFETIME", "601", { tokenLifetimeMs: 601_000 }],
  ["PAT_ROTATION_INTERVAL", "1", { rotationIntervalMs: 1000 }],
  ["PAT_ROTATION_INTERVAL", "899", { rotationIntervalMs: 899_000 }],
  ["PAT_SPARE_LIFETIME", "0", { spareLifetimeMs: 0 }],
  ["PAT_SPARE_LIFETIME", "5", { spareLifetimeMs: 5000 }],
  ["PAT_DRAIN_TIMEOUT", "0", { drainTimeoutMs: 0 }],
  ["PAT_DRAIN_TIMEOUT", "3600", { drainTimeoutMs: 3_600_000 }],
  ["CODA_INSTANCE_NAME", "My laptop (2)", { instanceName: "My laptop (2)" }],
  ["CODA_INSTANCE_NAME", "x".repeat(100), { instanceName: "x".repeat(100) }],
  ["BOOTSTRAP_REVOKE", "Never", { bootstrapRevoke: "never" }],
  ["PROXY_HOST", "[::1]", { proxyHost: "::1" }],
  ["PROXY_HOST", "0:0:0:0:0:0:0:1", { proxyHost: "::1" }],
  ["PROXY_HOST", "127.9.9.9", { proxyHost: "127.9.9.9" }],
  ["PROXY_HOST", "Localhost", { proxyHost: "localhost" }],
  ["PROXY_PORT", "0", { proxyPort: 0 }],
  ["PROXY_PORT", " 65535 ", { proxyPort: 65_535 }],
  ["PROXY_ALLOW_REMOTE", "yes", {}],
  ["PROXY_SOCKET", "~/k.sock", { proxySocket: "/home/me/k.sock" }],
  ["PROXY_UPSTREAM_BASE", "g.example/mlflow/v1//", {
    upstreamBase: "https://g.example/mlflow/v1",
  }],
  ["PROXY_GEMINI_UPSTREAM_BASE", "http://localhost:1/g", {
    geminiUpstreamBase: "http://localhost:1/g",
  }],
  ["UPSTREAM_MODE", "Serving-Endpoints", { upstreamMode: "serving-endpoints" }],
  ["DATABRICKS_GATEWAY_HOST", "g.example/", { gatewayHost: "https://g.example" }],
  ["PROXY_CLIENT_AUTH", "off", { clientAuth: "off" }],
  ["PROXY_MAX_BODY", "1024", {
    maxBodyBytes: 1024,
    limits: { ...LIMITS, bodyMemoryBytes: 4_096 },
  }],
  ["PROXY_MAX_BODY", "1073741824", {
    maxBodyBytes: 1_073_741_824,
    limits: { ...LIMITS, bodyMemoryBytes: 4_294_967_296 },
  }],
  ["PROXY_IDLE_TIMEOUT", "3600", { idleTimeoutMs: 3_600_000 }],
  ["PROXY_MAX_CONNECTIONS", "8", { limits: { ...LIMITS, maxConnections: 8 } }],
  ["PROXY_MAX_CONNECTIONS_PER_KEY", "1", { limits: { ...LIMITS, maxConnectionsPerKey: 1 } }],
  ["PROXY_MAX_STREAMS", "1", { limits: { ...LIMITS, maxStreams: 1 } }],
  ["PROXY_MAX_EVENT", "1024", { limits: { ...LIMITS, maxEventBytes: 1_024 } }],
  ["PROXY_MAX_HEADERS", "65536", { limits: { ...LIMITS, maxHeaderBytes: 65_536 } }],
  ["PROXY_BODY_MEMORY", "67108864", { limits: { ...LIMITS, bodyMemoryBytes: 67_108_864 } }],
  ["PROXY_HEADER_TIMEOUT", "1", { limits: { ...LIMITS, headerTimeoutMs: 1_000 } }],
  ["PROXY_BODY_TIMEOUT", "3600", { limits: { ...LIMITS, bodyTimeoutMs: 3_600_000 } }],
  ["PROXY_WORKERS", "64", { proxyWorkers: 64 }],
  ["LOG_LEVEL", "DEBUG", { logLevel: "debug" }],
  ["LOG_FORMAT", "text", { logFormat: "text" }],
  ["REPAIRS_OFF", "item-ids, store,item-ids", { repairsOff: ["item-ids", "store"] }],
  ["HERMES_FALLBACK_MODEL", "m-1", { hermesFallbackModel: "m-1" }],
];

Deno.test("parseSettings() reads a value alike when it is in the environment or in the file", () => {
  const defaults = parseSettings({ HOME }, null);
  for (const [name, text, expected] of GOOD) {
    const line = `${name.toLowerCase()}: ${JSON.stringify(text)}`;
    assert.deepEqual(
      parseSettings({ HOME, [name]: text }, null),
      { ...defaults, ...expected },
      line,
    );
    assert.deepEqual(parseSettings({ HOME }, line), { ...defaults, ...expected }, line);
  }
});

Deno.test("parseSettings() reads the switch and the model of each agent when they are set", () => {
  for (const agent of AGENTS) {
    const name = agent.toUpperCase();
    for (const no of ["false", "0", "No", "OFF"]) {
      const { agentEnabled } = parseSettings({ HOME, [`ENABLE_${name}`]: no }, null);
      assert.deepEqual(AGENTS.filter((other) => !agentEnabled[other]), [agent]);
    }
    const { agentModel } = parseSettings({ HOME }, `${agent}_model: m[1m]`);
    assert.deepEqual(AGENTS.filter((other) => agentModel[other] === "m[1m]"), [agent]);
  }
});

Deno.test("parseSettings() takes lists when the file has them for repairs_off and credential_command", () => {
  const text =
    "repairs_off: [store, item-ids]\ncredential_command:\n- /bin/x\n- two words\n- '\"'\n";
  const { repairsOff, credentialCommand } = parseSettings({ HOME }, text);
  assert.deepEqual(repairsOff, ["store", "item-ids"]);
  assert.deepEqual(credentialCommand, ["/bin/x", "two words", '"']);
  assert.deepEqual(parseSettings({ HOME }, "repairs_off: []").repairsOff, []);
});

Deno.test("parseSettings() wraps what is secret when a token or a client is set", () => {
  const env = { HOME, DATABRICKS_CLIENT_ID: "id-1", DATABRICKS_CLIENT_SECRET: "s3" };
  const { oauth } = parseSettings(env, null);
  const { databricksToken } = parseSettings({ HOME }, "databricks_token: dapi1");
  assert.equal(oauth?.clientId, "id-1");
  assert.ok(oauth.clientSecret instanceof Secret);
  assert.equal(oauth.clientSecret.reveal(), "s3");
  assert.equal(databricksToken?.reveal(), "dapi1");
});

Deno.test("parseSettings() takes the environment when the file says something else", () => {
  const text = "proxy_port: 5000\nproxy_workers: 2\nupstream_mode: ai-gateway\n";
  const settings = parseSettings({ HOME, PROXY_PORT: "6000", PROXY_WORKERS: " " }, text);
  assert.equal(settings.proxyPort, 6000);
  assert.equal(settings.proxyWorkers, 2);
  assert.equal(settings.upstreamMode, "ai-gateway");
});

Deno.test("parseSettings() uses no gateway when DATABRICKS_GATEWAY_HOST is set but empty", () => {
  const text = "databricks_gateway_host: g.example";
  assert.equal(parseSettings({ HOME }, text).gatewayHost, "https://g.example");
  for (const empty of ["", " "]) {
    const env = { HOME, DATABRICKS_GATEWAY_HOST: empty };
    assert.equal(parseSettings(env, text).gatewayHost, null);
  }
  assert.equal(parseSettings({ HOME }, "databricks_gateway_host:").gatewayHost, null);
});

Deno.test("parseSettings() gives settings that are frozen to their depths", () => {
  const oauth = { DATABRICKS_CLIENT_ID: "id", DATABRICKS_CLIENT_SECRET: "s" };
  assertFrozen(parseSettings({ HOME, ...oauth, REPAIRS_OFF: "store" }, null));
  assertFrozen(parseSettings({ HOME, DATABRICKS_TOKEN: "dapi1" }, null));
  assertFrozen(parseSettings({ HOME, CREDENTIAL_COMMAND: "/bin/x y" }, null));
  assertFrozen(SETTING_NAMES);
  assertFrozen(SETTINGS_TABLE);
});

function assertFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  assert.ok(Object.isFrozen(value), Deno.inspect(value));
  Object.values(value).forEach(assertFrozen);
}

Deno.test("SETTING_NAMES holds every variable once, sorted", () => {
  assert.deepEqual(SETTING_NAMES, [...new Set(SETTING_NAMES)].sort());
  const places = ["HOME", "KEYTURN_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];
  const agents = [
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "GEMINI_CLI_HOME",
    "HERMES_HOME",
    "PI_CODING_AGENT_DIR",
  ];
  const names = [...SETTINGS_TABLE.map(({ name }) => name), ...places, ...agents];
  assert.deepEqual(SETTING_NAMES, names.sort());
  assert.ok(SETTING_NAMES.includes("HERMES_FALLBACK_MODEL"));
  assert.ok(SETTING_NAMES.includes("ENABLE_OPENCODE"));
  assert.ok(!SETTING_NAMES.includes("NO_COLOR"));
});

Deno.test("parseSettings() reads no variable that SETTING_NAMES does not list", () => {
  const read = new Set<string>();
  const env = new Proxy<Record<string, string>>({ HOME }, {
    get(target, name: string) {
      read.add(name);
      return target[name];
    },
  });
  parseSettings(env, "proxy_port: 1");
  assert.deepEqual([...read].sort(), SETTING_NAMES);
});

Deno.test("parseSettings() throws only ConfigError and shows no secret, whatever it is given", () => {
  const mark = "hunter2-mark";
  const secretNames = ["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET"];
  const plausible = [
    ...GOOD.map(([, text]) => text),
    "",
    "~",
    "off",
    "-1",
    "0.0.0.0",
    "[",
    '"',
    "{a: b}",
  ];
  const anyText = fc.oneof(fc.constantFrom(...plausible), fc.string({ unit: "binary" }));
  const secretText = fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }))
    .map(([before, after]) => before + mark + after);
  const env = fc.record({
    settings: fc.dictionary(fc.constantFrom(...SETTING_NAMES), anyText),
    secrets: fc.dictionary(
      fc.constantFrom(...secretNames),
      fc.oneof(secretText, fc.constant(mark)),
    ),
  }).map(({ settings, secrets }) => ({ ...settings, ...secrets }));
  const line = fc.tuple(
    fc.constantFrom(...SETTING_NAMES, "proxy_prot", "__proto__").map((name) => name.toLowerCase()),
    anyText,
  ).map(([key, text]) => `${key}: ${text}`);
  // A line break in an unquoted value would make the rest of it a key, which is shown.
  const secretLine = fc.tuple(fc.constantFrom(...secretNames), secretText).map(([name, text]) =>
    `${name.toLowerCase()}: ${text.replace(/[\r\n]/g, "")}`
  );
  const file = fc.option(fc.array(fc.oneof(line, secretLine)).map((lines) => lines.join("\n")));

  let parsed = 0;
  fc.assert(
    fc.property(env, file, (env, file) => {
      let outcome: unknown;
      try {
        outcome = parseSettings({ HOME, ...env }, file);
        parsed++;
      } catch (error) {
        assert.ok(error instanceof ConfigError, Deno.inspect(error));
        assert.ok(error.problems.length > 0);
        outcome = error.problems;
      }
      const shown = Deno.inspect(outcome, { depth: Infinity }) + JSON.stringify(outcome);
      assert.ok(!shown.includes(mark), shown);
    }),
    // One that parses, whatever chance brings: what is shown of settings is looked at as well.
    { numRuns: 400, examples: [[{}, null]] },
  );
  assert.ok(parsed > 0);
});
