/**
 * Generated texts of agents' configs: what the agents themselves know stands beside anything, in
 * any style of writing.
 *
 * @module
 */

import fc from "fast-check";
import type { ConfigPlace } from "../../setup/agents/agent.ts";
import { anyStyle, dotenvOf, jsonOf, type Style, type Tree, yamlOf } from "./any_document.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9 _./-]{0,8}[a-z0-9]$/);
const name = fc.constantFrom(
  "mine",
  "theme",
  "env2",
  "mcp-servers",
  "keys",
  "x",
  "list",
  "$schema",
);
const model = fc.constantFrom(
  "databricks-gpt-5",
  "system.ai.gemini-3-flash",
  "my-endpoint",
  "opus",
);

/** Anything, of two levels. */
const extra: fc.Arbitrary<Tree> = fc.oneof(
  word,
  fc.array(word, { maxLength: 3 }),
  fc.dictionary(name, word, { maxKeys: 2 }),
);

type Section = Readonly<Record<string, Tree>>;

/** What the agent knows, in parts, among anything else. */
function section(
  known: Readonly<Record<string, fc.Arbitrary<Tree>>>,
): fc.Arbitrary<Section> {
  const some = fc.record(known, { requiredKeys: [] });
  return fc.tuple(fc.dictionary(name, extra, { maxKeys: 3 }), some, fc.boolean())
    .map(([others, some, isFirst]) => {
      // What is left out is not there, rather than undefined.
      const known = some as Section;
      return isFirst ? { ...known, ...others } : { ...others, ...known };
    });
}

const environment = section({ EDITOR: word, ANTHROPIC_MODEL: model, PATH: word });
const provider = section({ npm: word, name: word, options: section({ timeout: word }) });

/** What the configs can hold, by agent and file. */
const TREES: Readonly<Record<string, fc.Arbitrary<Tree>>> = {
  "claude settings": section({
    env: environment,
    permissions: section({ allow: fc.array(word, { maxLength: 3 }) }),
    model,
  }),
  "claude state": section({ mcpServers: section({}), projects: section({}) }),
  "codex config": section({
    model,
    model_provider: fc.constantFrom("azure", "databricks"),
    model_providers: section({ azure: section({ base_url: word, env_key: word }) }),
    profiles: section({ fast: section({ model }) }),
  }),
  "codex env": fc.dictionary(fc.constantFrom("A", "MY_VAR", "OPENAI_ORG"), word, { maxKeys: 3 }),
  "gemini env": fc.dictionary(fc.constantFrom("A", "DEBUG", "GEMINI_MODEL"), word, { maxKeys: 3 }),
  "gemini settings": section({
    security: section({ auth: section({}), folderTrust: section({}) }),
    selectedAuthType: fc.constant("gemini-api-key"),
    model: section({ name: model }),
  }),
  "gemini trust": fc.dictionary(fc.constantFrom("/srv", "/home/me/work"), word, { maxKeys: 2 }),
  // Any text: it is only looked at.
  "gemini program": section({}),
  "opencode config": section({
    provider: section({ ollama: provider, databricks: section({ models: section({}) }) }),
    model: fc.constantFrom("anthropic/x", "databricks/databricks-gpt-5"),
    enabled_providers: fc.constant(["databricks", "ollama"]),
    mcp: section({}),
  }),
  "opencode other": section({}),
  "opencode home": section({}),
  "opencode homeOther": section({}),
  "opencode auth": section({ anthropic: section({ type: word, key: word }) }),
  "hermes config": section({
    model: section({ default: model, provider: fc.constantFrom("custom", "auto") }),
    fallback_providers: fc.constantFrom<Tree>([], [{ provider: "openrouter", model: "x" }]),
    mcp_servers: section({}),
  }),
  "pi models": section({ providers: section({ lmstudio: section({ apiKey: word }) }) }),
  "pi settings": section({ defaultProvider: fc.constantFrom("databricks", "mine"), theme: word }),
  "pi auth": section({}),
  "copilot env": fc.dictionary(fc.constantFrom("A", "COPILOT_MODEL"), word, { maxKeys: 2 }),
  "qwen env": fc.dictionary(fc.constantFrom("A", "OPENAI_MODEL", "DEBUG"), word, { maxKeys: 3 }),
  "qwen settings": section({ security: section({ auth: section({}) }), ui: section({}) }),
};

/** A text for a file of an agent, or none. */
export function anyConfig(
  agent: string,
  { id, path }: ConfigPlace,
): fc.Arbitrary<string | null> {
  const tree = TREES[`${agent} ${id}`];
  if (tree === undefined) throw new TypeError(`Cannot make a text for "${id}" of "${agent}"`);
  const text = fc.tuple(tree, anyStyle("note")).map(([tree, style]) => written(path, tree, style));
  // Some agents make their files before they have anything to say in them.
  const bare = fc.constantFrom(null, "", "\n", "\n\n\n", "   ", "\ufeff");
  return fc.oneof({ weight: 1, arbitrary: bare }, { weight: 4, arbitrary: text });
}

function written(path: string, tree: Tree, style: Style): string {
  if (/\.ya?ml$/.test(path)) return yamlOf(tree, style);
  if (/\.toml$/.test(path)) return tomlOf(tree, style);
  if (/\.env$/.test(path)) return dotenvOf(tree, style);
  // Comments are for formats that have them.
  const gaps = style.gaps.map((gap) => /auth|\.claude\.json|trusted/.test(path) ? plain(gap) : gap);
  const isStrict = /auth|\.claude\.json|trusted/.test(path);
  return isStrict
    ? jsonOf(tree, { ...style, gaps: gaps.map((gap) => gap === "  " ? " " : gap) })
    : jsonOf(tree, style);
}

function plain(gap: string): string {
  return gap.includes("/") ? "" : gap;
}

/** TOML: values first, then tables with their whole names. */
function tomlOf(tree: Tree, { mark, comments, eol, end, quotes }: Style): string {
  let turn = 0;
  const comment = () => (comments[turn++ % comments.length] ?? "").trimEnd();
  const key = (name: string) => /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  const value = (tree: Tree): string => {
    if (typeof tree === "string") {
      return quotes[turn++ % quotes.length] === "'" ? `'${tree}'` : JSON.stringify(tree);
    }
    return `[${Object.values(tree).map(value).join(", ")}]`;
  };
  const lines = (tree: Tree, path: readonly string[]): readonly string[] => {
    const entries = Object.entries(tree);
    const isTable = (item: Tree) => typeof item !== "string" && !Array.isArray(item);
    const head = path.length === 0 ? [] : ["", `[${path.map(key).join(".")}]${comment()}`];
    const values = entries.filter(([, item]) => !isTable(item))
      .map(([name, item]) => `${key(name)} = ${value(item)}${comment()}`);
    const tables = entries.filter(([, item]) => isTable(item))
      .flatMap(([name, item]) => lines(item, [...path, name]));
    return [...head, ...values, ...tables];
  };
  return mark + lines(tree, []).join(eol) + (end === "closed" ? eol : "");
}
