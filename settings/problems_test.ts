import assert from "node:assert/strict";
import { parseSettings } from "../settings.ts";
import { ConfigError } from "../support/errors.ts";
import type { Environment } from "./places.ts";

const HOME = "/home/me";

/** Name, text, and the problem that it is; in the environment and the file. */
const BAD: ReadonlyArray<readonly [name: string, text: string, problem: RegExp]> = [
  [
    "DATABRICKS_HOST",
    "http://h.example",
    /^"http:\/\/h.example" is plain http to another machine; wanted/,
  ],
  ["DATABRICKS_HOST", "ftp://h.example", /^"ftp:\/\/h.example" does not begin as a web address/],
  [
    "DATABRICKS_HOST",
    "https://me:hunter2@h.example",
    /^"…@h.example" holds a user name or password/,
  ],
  ["DATABRICKS_HOST", "h.example#x", /^"h.example#x" has a fragment/],
  ["DATABRICKS_GATEWAY_HOST", "*.example", /^"\*.example" is not a host name/],
  ["DATABRICKS_TOKEN", "dapi hunter2", /^the value \(not shown here\) holds whitespace/],
  ["DATABRICKS_TOKEN", "hunter2\nx", /^the value \(not shown here\) holds a line break/],
  ["DATABRICKS_TOKEN", "'hunter2'", /^the value \(not shown here\) holds a quotation mark/],
  ["DATABRICKS_TOKEN", "hunter2\u0000", /^the value \(not shown here\) holds a control/],
  ["DATABRICKS_TOKEN", "hunter2\u00e9", /^the value \(not shown here\) holds a character outside/],
  ["DATABRICKS_TOKEN", "${hunter2}", /^the value \(not shown here\) holds punctuation/],
  ["DATABRICKS_CONFIG_FILE", "cfg", /^"cfg" is not absolute; wanted a path that begins with/],
  ["DATABRICKS_CONFIG_FILE", "~me/cfg", /^"~me\/cfg" is not absolute/],
  ["DATABRICKS_CONFIG_FILE", "/a,b", /^"\/a,b" holds a comma/],
  ["DATABRICKS_CONFIG_FILE", "/a\tb", /^"\/a\\tb" holds a control character/],
  ["DATABRICKS_CONFIG_FILE", "/a/", /^"\/a\/" is a folder/],
  ["DATABRICKS_CONFIG_PROFILE", "__settings__", /^"__settings__" cannot name a profile/],
  ["DATABRICKS_CONFIG_PROFILE", "a]b", /^"a]b" cannot name a profile/],
  ["DATABRICKS_CONFIG_PROFILE", "a\nb", /^"a\\nb" cannot name a profile/],
  ["CREDENTIAL_COMMAND", "databricks hunter2", /^"databricks …" is not absolute/],
  ["CREDENTIAL_COMMAND", "PASSWORD=hunter2 /bin/x", /^"PASSWORD …" is not absolute/],
  ["CREDENTIAL_COMMAND", "~/x", /^"~\/x" is not absolute/],
  ["CREDENTIAL_COMMAND", "/bin/x 'hunter2", /^"\/bin\/x …" has a quote that is not closed/],
  ["CREDENTIAL_COMMAND", "/bin,/x", /^"\/bin,\/x" holds a comma/],
  ["CREDENTIAL_COMMAND", "/bin/x \u0000", /^"\/bin\/x …" holds a control character/],
  ["ROTATION", "on", /^"on" is none of: auto, off$/],
  ["PAT_TOKEN_LIFETIME", "4", /^"4" is not a whole number of seconds from 5 to 7776000$/],
  ["PAT_TOKEN_LIFETIME", "7776001", /^"7776001" is not/],
  ["PAT_TOKEN_LIFETIME", "0", /^"0" is not/],
  ["PAT_TOKEN_LIFETIME", "900s", /^"900s" is not/],
  ["PAT_ROTATION_INTERVAL", "0", /^"0" is not a whole number of seconds from 1 up/],
  ["PAT_SPARE_LIFETIME", "4", /^"4" is neither 0 nor a whole number of seconds from 5 to 7776000$/],
  ["PAT_DRAIN_TIMEOUT", "3601", /^"3601" is not a whole number of seconds from 0 to 3600$/],
  ["CODA_INSTANCE_NAME", 'a"b', /^"a\\"b" is not 1 to 100 printable ASCII/],
  ["CODA_INSTANCE_NAME", "x".repeat(101), /^"x{80}…" is not 1 to 100 printable ASCII/],
  ["CODA_INSTANCE_NAME", "caf\u00e9", /^"caf\u00e9" is not 1 to 100 printable ASCII/],
  ["BOOTSTRAP_REVOKE", "yes", /^"yes" is none of: auto, always, never$/],
  ["PROXY_HOST", "127.0.0.1:4000", /^"127.0.0.1:4000" is not an address/],
  ["PROXY_HOST", "[::1]:4000", /is not an address/],
  ["PROXY_HOST", "127.1", /is not an address/],
  ["PROXY_HOST", "0177.0.0.1", /is not an address/],
  ["PROXY_HOST", "http://127.0.0.1", /is not an address/],
  ["PROXY_HOST", "*", /is not an address/],
  ["PROXY_PORT", "65536", /^"65536" is not a whole number from 0 to 65535$/],
  ["PROXY_PORT", "-1", /^"-1" is not/],
  ["PROXY_PORT", "0x10", /^"0x10" is not/],
  ["PROXY_PORT", "4_000", /^"4_000" is not/],
  ["PROXY_PORT", "4e3", /^"4e3" is not/],
  ["PROXY_PORT", "04000", /^"04000" is not/],
  ["PROXY_PORT", "4000.0", /^"4000.0" is not/],
  ["PROXY_PORT", "\u0664", /^"\u0664" is not/],
  ["PROXY_PORT", "\u001b[31m1", /^"\\u001b\[31m1" is not/],
  ["PROXY_ALLOW_REMOTE", "maybe", /^"maybe" is none of: true, 1, yes, on, false, 0, no, off$/],
  ["PROXY_SOCKET", "k.sock", /^"k.sock" is not absolute/],
  ["PROXY_UPSTREAM_BASE", "https://h.example/v1?a=b", /has a query/],
  ["PROXY_GEMINI_UPSTREAM_BASE", "http://h.example/v1", /is plain http/],
  ["UPSTREAM_MODE", "gateway", /is none of: auto, ai-gateway, gateway-host, serving-endpoints$/],
  ["PROXY_CLIENT_AUTH", "none", /is none of: required, off$/],
  ["PROXY_MAX_BODY", "1023", /is not a whole number from 1024 to 1073741824$/],
  ["PROXY_MAX_BODY", "1073741825", /is not a whole number/],
  ["PROXY_MAX_BODY", "32M", /is not a whole number/],
  ["PROXY_MAX_CONNECTIONS", "7", /is not a whole number from 8 to 65535$/],
  ["PROXY_MAX_STREAMS", "0", /is not a whole number/],
  ["PROXY_MAX_EVENT", "1023", /is not a whole number from 1024 to 1073741824$/],
  ["PROXY_MAX_HEADERS", "65537", /is not a whole number from 1024 to 65536$/],
  ["PROXY_HEADER_TIMEOUT", "0", /is not a whole number of seconds from 1 to 3600$/],
  ["PROXY_BODY_TIMEOUT", "3601", /is not a whole number of seconds/],
  ["PROXY_IDLE_TIMEOUT", "0", /is not a whole number of seconds from 1 to 3600$/],
  ["PROXY_WORKERS", "65", /is not a whole number from 1 to 64$/],
  ["PROXY_WORKERS", "0", /is not a whole number from 1 to 64$/],
  ["LOG_LEVEL", "trace", /is none of: debug, info, warn, error$/],
  ["LOG_FORMAT", "xml", /is none of: json, text$/],
  ["REPAIRS_OFF", "a b", /is not a list of names/],
  ["REPAIRS_OFF", "store,,learned", /is not a list of names/],
  [
    "REPAIRS_OFF",
    "store,blank-txt,itemids",
    /^"store,blank-txt,itemids" has names that nothing has: blank-txt, itemids; there are: blank-assistant, blank-text, /,
  ],
  ["ENABLE_HERMES", "nope", /is none of: true/],
  ["PI_MODEL", "two words", /is not one word/],
  ["HERMES_FALLBACK_MODEL", "a\u200bb", /^"a\\u\{200b\}b" is not one word/],
];

Deno.test("parseSettings() shows value and want when one value is wrong, in the environment or in the file", () => {
  for (const [name, text, expected] of BAD) {
    const key = name.toLowerCase();
    const [inEnv, ...others] = problemsOf({ HOME, [name]: text }, null);
    assert.deepEqual([inEnv?.name, others], [name, []], `${name}=${text}`);
    assert.match(inEnv?.message ?? "", expected);
    const [inFile, ...more] = problemsOf({ HOME }, `# first line\n${key}: ${JSON.stringify(text)}`);
    assert.deepEqual([inFile?.name, more], ["config.yaml line 2", []], `${key}: ${text}`);
    assert.equal(inFile?.message, `${key}: ${inEnv?.message}`);
    assert.ok(!`${inEnv?.message}`.includes("hunter2"), inEnv?.message);
  }
});

/** What only together is wrong: the settings in the environment, and all problems. */
const TOGETHER: ReadonlyArray<readonly [env: Environment, problems: readonly RegExp[]]> = [
  [{ PAT_TOKEN_LIFETIME: "300", PAT_ROTATION_INTERVAL: "300" }, [
    /^PAT_ROTATION_INTERVAL: "300" is not below PAT_TOKEN_LIFETIME, which is "300"; wanted 1 to 299 seconds$/,
  ]],
  [{ PAT_TOKEN_LIFETIME: "600" }, [/^PAT_ROTATION_INTERVAL: "600" \(the default\) .* is "600";/]],
  [{ PAT_ROTATION_INTERVAL: "900" }, [
    /^PAT_ROTATION_INTERVAL: "900" .* is "900" \(the default\);/,
  ]],
  [{ DATABRICKS_CLIENT_ID: "i" }, [/^DATABRICKS_CLIENT_SECRET: is not set although/]],
  [{ DATABRICKS_CLIENT_SECRET: "s" }, [/^DATABRICKS_CLIENT_ID: is not set although/]],
  [{ DATABRICKS_CLIENT_SECRET: "s s" }, [
    /^DATABRICKS_CLIENT_SECRET: the value/,
    /^DATABRICKS_CLIENT_ID: is not set although/,
  ]],
  [
    { DATABRICKS_CLIENT_ID: "i", DATABRICKS_CLIENT_SECRET: "s", CREDENTIAL_COMMAND: "/x" },
    [/^CREDENTIAL_COMMAND: is set together with DATABRICKS_CLIENT_ID/],
  ],
  [
    { DATABRICKS_CLIENT_ID: "i", DATABRICKS_CLIENT_SECRET: "s", DATABRICKS_TOKEN: "dapi-1" },
    [/^DATABRICKS_TOKEN: is set together with DATABRICKS_CLIENT_ID; wanted one source/],
  ],
  [{ CREDENTIAL_COMMAND: "/x", DATABRICKS_TOKEN: "dapi-1", ROTATION: "OFF" }, [
    /^DATABRICKS_TOKEN: is set together with CREDENTIAL_COMMAND; wanted one source/,
    /^ROTATION: "off" follows the token in the profile, but CREDENTIAL_COMMAND is set/,
  ]],
  [
    { DATABRICKS_CLIENT_ID: "i", DATABRICKS_CLIENT_SECRET: "s", ROTATION: "off" },
    [/^ROTATION: "off" follows the token in the profile, but DATABRICKS_CLIENT_ID is set/],
  ],
  [{ DATABRICKS_TOKEN: "dapi-1", ROTATION: "off" }, []],
  [{ PROXY_HOST: "0.0.0.0" }, [
    /^PROXY_HOST: "0.0.0.0" is not a loopback address; .* PROXY_ALLOW_REMOTE=true/,
  ]],
  [{ PROXY_HOST: "::", PROXY_ALLOW_REMOTE: "no" }, [/^PROXY_HOST: "::" is not a loopback/]],
  [{ PROXY_HOST: "localhost.example" }, [/^PROXY_HOST: .* is not a loopback/]],
  [{ PROXY_HOST: "0.0.0.0", PROXY_ALLOW_REMOTE: "1" }, []],
  [{ PROXY_BODY_MEMORY: "67108863" }, [
    /^PROXY_BODY_MEMORY: "67108863" is less than twice PROXY_MAX_BODY, which is "33554432"; wanted 67108864 or more$/,
  ]],
  [{ PROXY_BODY_MEMORY: "4096", PROXY_MAX_BODY: "2048" }, []],
  [{ PROXY_HOST: "0.0.0.0", PROXY_ALLOW_REMOTE: "1", PROXY_CLIENT_AUTH: "off" }, [
    /^PROXY_CLIENT_AUTH: "off" lets in any caller on loopback, but PROXY_HOST is "0.0.0.0"/,
  ]],
  [{ PROXY_HOST: "127.0.0.9", PROXY_CLIENT_AUTH: "off" }, []],
  [{ UPSTREAM_MODE: "gateway-host" }, [/^UPSTREAM_MODE: "gateway-host" needs DATABRICKS_GATEWAY/]],
  [{ UPSTREAM_MODE: "gateway-host", DATABRICKS_GATEWAY_HOST: "" }, [/^UPSTREAM_MODE: /]],
  [{ UPSTREAM_MODE: "gateway-host", DATABRICKS_GATEWAY_HOST: "g.example" }, []],
];

Deno.test("parseSettings() refuses settings by name when they conflict", () => {
  for (const [env, expected] of TOGETHER) {
    const problems = problemsOf({ HOME, ...env }, null);
    assert.equal(problems.length, expected.length, Deno.inspect({ env, problems }));
    expected.forEach((pattern, index) => {
      const problem = problems[index];
      assert.match(`${problem?.name}: ${problem?.message}`, pattern);
    });
  }
});

Deno.test("parseSettings() lists all problems at once when environment and file are wrong", () => {
  const env = { HOME: "/", XDG_STATE_HOME: "/a,b", PROXY_PORT: "web", PROXY_CLIENT_AUTH: "off" };
  const text = [
    "proxy_port: 99999", // Wrong, although the environment would beat it.
    "proxy_prot: 1",
    "PROXY_WORKERS: 2",
    "home: /x",
    "xdg_config_home: /x",
    "log_level: [info]",
    "rotation:",
    "rotation: off",
    "hermes_model: {a: b}",
    "proxy_host: 10.0.0.1",
    "pat_token_lifetime: 100",
  ].join("\n");
  const problems = problemsOf(env, text);
  assert.deepEqual(problems.map(({ name, message }) => `${name}: ${message}`.split(";")[0]), [
    'HOME: "/" is the root folder',
    'XDG_STATE_HOME: "/a,b" holds a comma, at which permission lists are split',
    'PROXY_PORT: "web" is not a whole number from 0 to 65535',
    'config.yaml line 8: "rotation" stands in line 7 already',
    'config.yaml line 9: "hermes_model" is a mapping',
    'config.yaml line 1: proxy_port: "99999" is not a whole number from 0 to 65535',
    'config.yaml line 2: "proxy_prot" is not a setting',
    'config.yaml line 3: "PROXY_WORKERS" is not a setting',
    'config.yaml line 4: "home" is not a setting',
    'config.yaml line 5: "xdg_config_home" is not a setting',
    "config.yaml line 6: log_level: is a list",
    'config.yaml line 7: rotation: is ""',
    'PAT_ROTATION_INTERVAL: "600" (the default) is not below PAT_TOKEN_LIFETIME, which is "100"',
    'PROXY_HOST: "10.0.0.1" is not a loopback address',
    'PROXY_CLIENT_AUTH: "off" lets in any caller on loopback, but PROXY_HOST is "10.0.0.1"',
  ]);
});

Deno.test("parseSettings() suggests the nearest name when a key in the file is misspelt", () => {
  const suggestions: ReadonlyArray<readonly [key: string, end: string]> = [
    ["proxy_prot", "did you mean proxy_port?"],
    ["PROXY_PORT", "did you mean proxy_port?"],
    ["proxy-port", "did you mean proxy_port?"],
    ["enable_herms", "did you mean enable_hermes?"],
    ["colour", "wanted one of the settings in lower case"],
  ];
  for (const [key, end] of suggestions) {
    const [problem] = problemsOf({ HOME }, `${key}: hunter2`);
    assert.equal(problem?.message, `"${key}" is not a setting; ${end}`);
  }
});

Deno.test("parseSettings() says nothing of settings together when the file is broken", () => {
  const problems = problemsOf({ HOME, UPSTREAM_MODE: "gateway-host", PROXY_PORT: "x" }, "- 1");
  assert.deepEqual(problems.map(({ name }) => name), ["PROXY_PORT", "config.yaml line 1"]);
});

function problemsOf(env: Environment, text: string | null): ConfigError["problems"] {
  try {
    parseSettings(env, text);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, Deno.inspect(error));
    return error.problems;
  }
}
