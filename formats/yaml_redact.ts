/**
 * A YAML text for people's eyes: every secret is replaced.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { isSecretName, redactTokens } from "./redact.ts";
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
  const secrets = findSecrets(document.contents, { under: "open" });
  // From the end on, so that the offsets that are still to come stay true.
  const hidden = secrets.toReversed().reduce((hidden, node) => {
    const [start, end] = rangeOf(node);
    const shown = redactTokens(hidden.slice(start, end));
    const replacement = /^["']?kt_[a-z-]+_\[redacted\]["']?$/.test(shown) ? shown : "[redacted]";
    const lineBreak = node.type?.startsWith("BLOCK") ? "\n" : "";
    return hidden.slice(0, start) + replacement + lineBreak + hidden.slice(end);
  }, text);
  return redactTokens(hidden);
}

/** Scalars with a secret's name above them, in the order of the text. */
function findSecrets(
  node: Node | null,
  { under }: { readonly under: "open" | "secret" },
): readonly Scalar[] {
  if (isMap<Node, Node | null>(node)) {
    return node.items.flatMap(({ key, value }) => {
      const isSecret = isScalar(key) && isSecretName(String(key.value));
      return findSecrets(value, { under: isSecret ? "secret" : under });
    });
  }
  if (isSeq<Node>(node)) return node.items.flatMap((item) => findSecrets(item, { under }));
  const isHidden = under === "secret" && isScalar(node) && typeof node.value === "string" &&
    node.value !== "";
  return isHidden ? [node] : [];
}
