/**
 * How a TOML text is laid out.
 *
 * @module
 */

import { lineBreakOf } from "./span.ts";
import type { TomlTree } from "./toml_tree.ts";
import type { TomlLayout } from "./toml_write.ts";

/** The habits of a file: those of its first key, else spaces around the sign. */
export function tomlLayoutOf({ text, items }: TomlTree): TomlLayout {
  const first = items.find(({ node }) => node !== null);
  const between = text.slice(first?.keyEnd, first?.node?.start);
  const equals = first === undefined ? " = " : between.replace(/[ \t]+/g, " ");
  return { eol: lineBreakOf(text), equals };
}
