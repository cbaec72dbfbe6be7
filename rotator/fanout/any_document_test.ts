// Any document: the same random tree is written twice, once with the managed fields changed in the
// tree, and the second text must be what planFanout() makes of the first.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentFileName } from "../../support/agent_file.ts";
import { Secret } from "../../workspace/credential.ts";
import { idOf } from "./our_tokens.ts";
import {
  anyStyle,
  dotenvOf,
  jsonOf,
  type Style,
  type Tree,
  yamlOf,
} from "../../tests/support/any_document.ts";
import { planFanout } from "./plan_fanout.ts";
import { TARGETS } from "./targets.ts";

type Path = readonly string[];

/** What a leaf becomes; the tree above it is given for what stands beside. */
type Change = (value: string, at: { readonly path: Path; readonly parent: Tree }) => string;

interface Tokens {
  readonly old: string;
  readonly older: string;
  readonly next: string;
}

/** The managed fields, written down once more and in another way. */
const MANAGED: Readonly<Record<AgentFileName, RegExp>> = {
  claude: /^\/env\/(ANTHROPIC_AUTH_TOKEN|OTEL_EXPORTER_OTLP_(TRACES|LOGS|METRICS)_HEADERS)$/,
  codex: /^\/OPENAI_API_KEY$/,
  gemini: /^\/GEMINI_API_KEY$/,
  "opencode-auth": /^\/[^/]+\/(key|api_key)$/,
  opencode: /^\/provider\/[^/]+\/options\/(apiKey|headers\/Authorization)$/,
  hermes: /^\/(model|fallback_providers\/[^/]+)\/api_key$/,
  pi: /^\/providers\/[^/]+\/apiKey$/,
};

/** Paths at which something is planted; `0` and `1` are places in lists. */
const PLANTED: Readonly<Record<AgentFileName, readonly string[]>> = {
  claude: [
    "env/ANTHROPIC_AUTH_TOKEN",
    "env/OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "env/OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "env/OPENAI_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
  ],
  codex: ["OPENAI_API_KEY", "GEMINI_API_KEY", "XOPENAI_API_KEY"],
  gemini: ["OPENAI_API_KEY", "GEMINI_API_KEY"],
  "opencode-auth": ["a/key", "a/type", "b/key", "b/api_key", "b/type", "key", "c/d/key"],
  opencode: [
    "provider/a/options/apiKey",
    "provider/a/options/headers/Authorization",
    "provider/b/options/apiKey",
    "provider/a/apiKey",
    "options/apiKey",
  ],
  hermes: [
    "model/api_key",
    "fallback_providers/0/api_key",
    "fallback_providers/1/api_key",
    "api_key",
    "other/api_key",
    "fallback_providers/0/x/api_key",
  ],
  pi: ["providers/a/apiKey", "providers/b/apiKey", "providers/a/x/apiKey", "apiKey"],
};

const token = fc.stringMatching(/^dapi[A-Za-z0-9._~+/=-]{4,16}$/);
const tokens: fc.Arbitrary<Tokens> = fc.record({ old: token, older: token, next: token })
  .filter(({ old, older, next }) => new Set([old, older, next]).size === 3);
const word = fc.stringMatching(/^[a-z]{6,9}$/);
/** `<old>` and the like stand for tokens until they are known. */
const leaf = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("<old>", "<older>", "<next>", "Bearer <old>") },
  fc.constantFrom(
    "Authorization=Bearer <old>,x=y",
    "a=b, authorization=bearer%20<older>",
    "api",
    "oauth",
    "{env:DATABRICKS_TOKEN}",
    "{file:~/.token}",
    "!cat <old>",
    "kt_claude_0123456789abcdef",
    "sk-ant-1",
    "<old>x",
  ),
  word,
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(word, tie("tree"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  ),
}));

/** What is meant to stand at the end of a path, most of the time. */
function leafAt(path: string): fc.Arbitrary<string> {
  const fitting = path.endsWith("_HEADERS")
    ? ["Authorization=Bearer <old>,x=y", "a=b, authorization=bearer%20<older>"]
    : path.endsWith("Authorization")
    ? ["Bearer <old>", "Bearer <older>"]
    : path.endsWith("type")
    ? ["api"]
    : ["<old>", "<older>"];
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...fitting) }, leaf);
}

const documentOf = (name: AgentFileName): fc.Arbitrary<Tree> =>
  fc.record({
    background: fc.dictionary(word, tree, { maxKeys: 3, noNullPrototype: true }),
    planted: fc.subarray([...PLANTED[name]], { minLength: 1 }),
    leaves: fc.record(Object.fromEntries(PLANTED[name].map((path) => [path, leafAt(path)]))),
  }).map(({ background, planted, leaves }) =>
    planted.reduce<Tree>(
      (tree, path) => plant(tree, path.split("/"), leaves[path] ?? ""),
      background,
    )
  );

function plant(tree: Tree | undefined, path: Path, value: string): Tree {
  const [part, ...rest] = path;
  if (part === undefined) return tree === undefined ? value : tree;
  if (/^\d$/.test(part)) {
    const list = Array.isArray(tree) ? tree : [];
    const index = Math.min(Number(part), list.length);
    return list.toSpliced(index, 1, plant(list[index], rest, value));
  }
  const map = typeof tree === "object" && !Array.isArray(tree) ? tree as Record<string, Tree> : {};
  return { ...map, [part]: plant(map[part], rest, value) };
}

/** The tree with `change` made to each leaf, and which of them it changed. */
function mapTree(tree: Tree, change: Change, path: Path = [], parent: Tree = tree): Tree {
  if (typeof tree === "string") return change(tree, { path, parent });
  if (Array.isArray(tree)) {
    return tree.map((item, n) => mapTree(item, change, [...path, String(n)], tree));
  }
  return Object.fromEntries(
    Object.entries(tree).map(([key, item]) => [key, mapTree(item, change, [...path, key], tree)]),
  );
}

function followIn(name: AgentFileName, { old, older, next }: Tokens): Change {
  return (value, { path, parent }) => {
    const key = path.at(-1);
    if (!MANAGED[name].test(`/${path.join("/")}`)) return value;
    const type = typeof parent === "object" && !Array.isArray(parent) && "type" in parent
      ? parent.type
      : undefined;
    if (name === "opencode-auth" && key === "key" && type !== "api") return value;
    const isList = key?.endsWith("_HEADERS") === true;
    for (const stale of [old, older]) {
      if (isList) {
        const list = value.split(",").map((header) =>
          /^ ?authorization=bearer( |%20)/i.test(header) && header.endsWith(stale)
            ? header.slice(0, -stale.length) + next
            : header
        );
        if (list.join() !== value) return list.join();
      } else if (value === (key === "Authorization" ? `Bearer ${stale}` : stale)) {
        return value.replace(stale, () => next);
      }
    }
    return value;
  };
}

const WRITERS: Readonly<Record<AgentFileName, (tree: Tree, style: Style) => string>> = {
  claude: jsonOf,
  codex: dotenvOf,
  gemini: dotenvOf,
  "opencode-auth": jsonOf,
  opencode: jsonOf,
  hermes: yamlOf,
  pi: jsonOf,
};

for (const name of Object.keys(TARGETS) as AgentFileName[]) {
  Deno.test(`planFanout() changes the managed fields and no other byte in any file of ${name}`, () => {
    let changed = 0;
    fc.assert(
      fc.property(documentOf(name), anyStyle("<old>"), tokens, (tree, style, tokens) => {
        const withTokens = (text: string) =>
          text.replaceAll("<old>", tokens.old).replaceAll("<older>", tokens.older)
            .replaceAll("<next>", tokens.next);
        const before = mapTree(tree, withTokens);
        const comments = style.comments.map(withTokens);
        const gaps = style.gaps.map(withTokens);
        const write = (tree: Tree) => WRITERS[name](tree, { ...style, comments, gaps });
        const [text, wanted] = [before, mapTree(before, followIn(name, tokens))].map(write);
        assert.ok(text !== undefined && wanted !== undefined);

        const ids = new Set(Object.values(tokens).map(idOf));
        const order = { next: new Secret(tokens.next), isOurs: (id: string) => ids.has(id) };
        const plan = planFanout(text, { target: TARGETS[name], ...order });
        assert.equal(plan.text, wanted);
        assert.equal(plan.replaced > 0, text !== wanted);
        assert.equal(plan.stuck.size, 0);
        if (plan.replaced > 0) changed++;
        const again = planFanout(plan.text, { target: TARGETS[name], ...order });
        assert.deepEqual([again.text, again.replaced], [wanted, 0]);
        assert.equal(again.holdsNext, plan.holdsNext);
      }),
      { numRuns: 150 },
    );
    assert.ok(changed > 0, "some of the files hold something to change");
  });
}
