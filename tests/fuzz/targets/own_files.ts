/** The files and variables of a person who configures Keyturn. */

import assert from "node:assert/strict";
import { parseSettings, SETTING_NAMES } from "../../../settings.ts";
import { ConfigError } from "../../../support/errors.ts";
import { parseKeys, renderKeys } from "../../../support/keys_file.ts";
import { pick } from "../../support/chaos/dice.ts";
import { type FuzzTarget, kindOf } from "../target.ts";

const MARK = "dapi0123456789abcdefSECRET";
const KEY = "kt_pi_" + "A".repeat(43);

/** `config.yaml`, and each of its lines as a variable. */
export const SETTINGS: FuzzTarget = {
  name: "settings",
  seeds: [
    `# c\nproxy_port: 4001\npat_token_lifetime: 900\nrepairs_off: [a, b]\ndatabricks_token: ${MARK}\n`,
    "databricks_host: https://h.example\nproxy_host: 127.0.0.1\nproxy_client_auth: off\n",
    "credential_command: /bin/x --a 'b c'\n",
    "",
  ],
  words: [...SETTING_NAMES.map((name) => name.toLowerCase()), MARK, ": ", "http://", "[", "]", "|"],
  check: (text, dice) => {
    const env: Record<string, string> = { HOME: "/home/me" };
    if (pick(dice, [0, 1]) === 1) {
      env[pick(dice, SETTING_NAMES)] = text.split("\n")[0]?.split(": ")[1] ?? "";
    }
    try {
      const settings = parseSettings(env, text);
      assert(Object.isFrozen(settings));
      assert(settings.rotationIntervalMs < settings.tokenLifetimeMs);
      return "read";
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const told = error.problems.map(({ name, message }) => `${name} ${message}`).join("\n");
      assert(!told.includes(MARK), `it repeats a token: ${told}`);
      return kindOf(error);
    }
  },
};

/** `keys.json`. */
export const KEYS: FuzzTarget = {
  name: "keys",
  seeds: [
    `{"version":1,"operator":"kt_operator_${"B".repeat(43)}","agents":{"pi":"${KEY}"}}`,
    `{"version":1,"operator":"${KEY}","agents":{},"revoked":["codex"]}`,
    "{",
  ],
  words: ["version", "operator", "agents", "revoked", KEY, "__proto__", "null", "2"],
  check: (text) => {
    let keys;
    try {
      keys = parseKeys(text);
    } catch (error) {
      assert(error instanceof SyntaxError, `${error}`);
      assert(!error.message.includes(KEY), error.message);
      return kindOf(error);
    }
    assert.equal(renderKeys(parseKeys(renderKeys(keys))), renderKeys(keys), "written and read");
    return `read ${keys.agents.size}`;
  },
};
