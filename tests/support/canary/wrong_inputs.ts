/**
 * Wrong configurations with a secret in each place where a person could have put one.
 *
 * @module
 */

import { dirname } from "node:path";

/** Marked secrets: a token, a local key, the secret of an OAuth client. */
export const MARKED = {
  token: "dapi5ca1ab1e0ddba11c0ffee5ca1ab1e0dd",
  key: "kt_pi_canaryCanaryCanaryCanaryCanaryCanaryCanaryC",
  secret: "dose5ca1ab1e0ddba11c0ffee5ca1ab1e0ddba11",
} as const;

/** One of them: files in the home by their path, and variables. */
export interface WrongInput {
  readonly what: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const PROFILE = ".databrickscfg";
const CONFIG = ".config/keyturn/config.yaml";
const KEYS = ".config/keyturn/keys.json";
const JOURNAL = ".local/state/keyturn/journal.json";
const HOST = "host = https://one.example\n";
const { token, key, secret } = MARKED;

const inProfile = (what: string, text: string): WrongInput => ({
  what: `profile: ${what}`,
  files: { [PROFILE]: text },
});

/** All of them. */
export const WRONG_INPUTS: readonly WrongInput[] = [
  inProfile("a token twice", `[DEFAULT]\n${HOST}token = ${token}\ntoken = ${token}x\n`),
  inProfile("a section twice", `[DEFAULT]\n${HOST}token = ${token}\n[DEFAULT]\ntoken = ${token}\n`),
  inProfile("a byte order mark", `\ufeff[DEFAULT]\n${HOST}token = ${token}\n`),
  inProfile("a line without a name", `[DEFAULT]\n${HOST}${token}\n`),
  inProfile("no section", `${HOST}token = ${token}\n`),
  inProfile("a token over two lines", `[DEFAULT]\n${HOST}token = ${token}\n  ${token}\n`),
  inProfile("a token in quotes", `[DEFAULT]\n${HOST}token = "${token}\n`),
  inProfile("a token that no header can carry", `[DEFAULT]\n${HOST}token = ${token}\u2603\x07\n`),
  inProfile("a token in the host", `[DEFAULT]\nhost = https://x:${token}@one.example/?${token}\n`),
  inProfile("a token in place of the host", `[DEFAULT]\nhost = ${token}\n`),
  inProfile("a token as the section", `[DEFAULT\n${token}]\n`),
  { what: "config.yaml: a name that is not known", files: { [CONFIG]: `tokn: ${token}\n` } },
  { what: "config.yaml: a list", files: { [CONFIG]: `databricks_token: [${token}]\n` } },
  { what: "config.yaml: broken", files: { [CONFIG]: `databricks_token: "${token}\n  x: [\n` } },
  { what: "config.yaml: a token as a name", files: { [CONFIG]: `${token}: 1\n` } },
  { what: "keys.json: broken", files: { [KEYS]: `{"version":1,"operator":"${key}",` } },
  { what: "keys.json: no keys", files: { [KEYS]: `{"version":2,"operator":["${key}"]}` } },
  { what: "keys.json: a bare key", files: { [KEYS]: key } },
  { what: "journal: broken", files: { [JOURNAL]: `{"tokens":"${token}` } },
  { what: "DATABRICKS_TOKEN: two lines", env: { DATABRICKS_TOKEN: `${token}\n${token}` } },
  {
    what: "DATABRICKS_HOST: with a login",
    env: { DATABRICKS_HOST: `https://x:${token}@h.example` },
  },
  { what: "DATABRICKS_HOST: a token", env: { DATABRICKS_HOST: token } },
  { what: "a client without its id", env: { DATABRICKS_CLIENT_SECRET: secret } },
  {
    what: "a client beside a token",
    env: { DATABRICKS_CLIENT_ID: "x", DATABRICKS_CLIENT_SECRET: secret, DATABRICKS_TOKEN: token },
  },
  { what: "a base with a login", env: { PROXY_UPSTREAM_BASE: `https://x:${token}@h.example/v1` } },
  {
    what: "a base with a query",
    env: { PROXY_GEMINI_UPSTREAM_BASE: `https://h.example/?k=${token}` },
  },
  { what: "a token as a port", env: { PROXY_PORT: token } },
  { what: "a token as a repair", env: { REPAIRS_OFF: token } },
  { what: "a token as an instance", env: { CODA_INSTANCE_NAME: `${token}\n${token}` } },
  { what: "a token as scopes", env: { PAT_SCOPES: `${token},${token}` } },
  { what: "a command with a token", env: { CREDENTIAL_COMMAND: `tool --token ${token}` } },
];

/** Puts the files of one into a home that is well but for them. */
export async function spoil(folder: string, { files = {} }: WrongInput): Promise<void> {
  const well = { [PROFILE]: `[DEFAULT]\n${HOST}token = ${token}\n` };
  for (const [name, text] of Object.entries({ ...well, ...files })) {
    await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
  }
}
