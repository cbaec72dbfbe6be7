/**
 * A YAML text for people's eyes: every secret is replaced.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { isSecretName, redactString, redactTokens } from "./redact.ts";
import { spliceAll } from "./span.ts";
import { openYaml, rangeOf } from "./yaml_tree.ts";

/**
 * Replaces the values of keys that are named like secrets, and whatever looks like a token
 * anywhere, comments included.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactYaml } from "./yaml_redact.ts";
 *
 * assert.equal(
 *   redactYaml("api_key: hunter2 # mine\nkey_env: NAME\n"),
 *   "api_key: [redacted] # mine\nkey_env: NAME\n",
 * );
 * ```
 */
export function redactYaml(text: string): string {
  const { document } = openYaml(text);
  const splices = stringsIn(document.contents, { under: "open" }).flatMap(({ node, under }) => {
    const [start, end] = rangeOf(node);
    const shown = redactString(String(node.value), { under, source: text.slice(start, end) });
    // A block scalar ends with its line break.
    const lineBreak = node.type?.startsWith("BLOCK") ? "\n" : "";
    return shown === null ? [] : [{ start, end, insert: shown + lineBreak }];
  });
  return redactTokens(spliceAll(text, splices));
}

interface Found {
  readonly node: Scalar;
  /** `secret`: a secret's name stands above it. */
  readonly under: "open" | "secret";
}

function stringsIn(
  node: Node | null,
  { under }: { readonly under: Found["under"] },
): readonly Found[] {
  if (isMap<Node, Node | null>(node)) {
    return node.items.flatMap(({ key, value }) => {
      const isSecret = isScalar(key) && isSecretName(String(key.value));
      return stringsIn(value, { under: isSecret ? "secret" : under });
    });
  }
  if (isSeq<Node>(node)) return node.items.flatMap((item) => stringsIn(item, { under }));
  return isScalar(node) && typeof node.value === "string" ? [{ node, under }] : [];
}
