/**
 * A TOML text for people's eyes: every secret is replaced.
 *
 * @module
 */

import type { ValuePath } from "./format.ts";
import { isSecretName, redactString, redactTokens } from "./redact.ts";
import { type Splice, spliceAll } from "./span.ts";
import type { TomlNode, TomlTree } from "./toml_tree.ts";

/**
 * Replaces the strings below keys and tables that are named like secrets, and whatever looks like
 * a token anywhere, comments included.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactToml } from "./toml_redact.ts";
 * import { openToml } from "./toml_tree.ts";
 *
 * assert.equal(
 *   redactToml(openToml("api_key = 'hunter2' # mine\nenv_key = 'NAME'\n")),
 *   'api_key = "[redacted]" # mine\nenv_key = \'NAME\'\n',
 * );
 * ```
 */
export function redactToml({ text, items }: TomlTree): string {
  const splices = items.flatMap(({ path, node }) =>
    node === null ? [] : secretsIn(text, { path, node })
  );
  return redactTokens(spliceAll(text, splices));
}

function secretsIn(
  text: string,
  { path, node }: { readonly path: ValuePath; readonly node: TomlNode },
): readonly Splice[] {
  if (node.kind !== "string") {
    return node.entries.flatMap((entry) =>
      secretsIn(text, { path: [...path, ...entry.path], node: entry.node })
    );
  }
  const { start, end } = node;
  const under = path.some((part) => isSecretName(String(part))) ? "secret" : "open";
  const shown = redactString(node.text, { under, source: text.slice(start, end) });
  return shown === null ? [] : [{ start, end, insert: JSON.stringify(shown) }];
}
