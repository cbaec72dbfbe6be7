/**
 * A JSON text for people's eyes: every secret is replaced.
 *
 * @module
 */

import type { JsonNode, JsonTree } from "./json_tree.ts";
import { isSecretName, redactString, redactTokens } from "./redact.ts";
import { type Splice, spliceAll } from "./span.ts";

/**
 * Replaces the strings below keys that are named like secrets, and whatever looks like a token
 * anywhere, comments included.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactJson } from "./json_redact.ts";
 * import { openJson } from "./json_tree.ts";
 *
 * const tree = openJson('{"apiKey": "hunter2", "n": "dapi0123456789"}', "strict");
 * assert.equal(redactJson(tree), '{"apiKey": "[redacted]", "n": "[redacted]"}');
 * ```
 */
export function redactJson({ text, root }: JsonTree): string {
  const splices = root === null ? [] : secretsIn(text, { node: root, under: "open" });
  return redactTokens(spliceAll(text, splices));
}

function secretsIn(
  text: string,
  { node, under }: { readonly node: JsonNode; readonly under: "open" | "secret" },
): readonly Splice[] {
  if (node.kind !== "string") {
    return node.entries.flatMap(({ part, node }) =>
      secretsIn(text, { node, under: isSecretName(String(part)) ? "secret" : under })
    );
  }
  const { start, end, value } = node;
  const shown = redactString(String(value), { under, source: text.slice(start, end) });
  return shown === null ? [] : [{ start, end, insert: JSON.stringify(shown) }];
}
