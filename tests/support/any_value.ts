/**
 * Generated values of configs, and generated settings for a config that has some of them.
 */

import fc from "fast-check";
import type { ConfigValue, ValuePath } from "../../formats/format.ts";
import type { Setting } from "./edit_promises.ts";

/** Keys, some of which need quotes or mean something elsewhere. */
export const anyKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "env", "mcp-servers", "api_key") },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "", "a.b", "é", '"', "# '") },
);

/** Strings of every kind. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.webUrl(),
  fc.constantFrom(
    "\u0000",
    "\\",
    '"',
    "'''",
    '"""',
    "x\ny",
    "\r",
    "\u2028",
    "\ud83d\ude00",
    "true",
  ),
);

/** A value; nested at most `depth` levels. */
export function anyValue(
  { depth, nulls }: { readonly depth: number; readonly nulls: "with" | "without" },
): fc.Arbitrary<ConfigValue> {
  const leaf: fc.Arbitrary<ConfigValue> = fc.oneof(
    anyText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    ...(nulls === "with" ? [fc.constant(null)] : []),
  );
  if (depth === 0) return leaf;
  const child = anyValue({ depth: depth - 1, nulls });
  return fc.oneof(leaf, fc.array(child, { maxLength: 3 }), anyRecord(child));
}

/** A mapping of values. */
export function anyRecord(child: fc.Arbitrary<ConfigValue>): fc.Arbitrary<ConfigValue> {
  return fc.uniqueArray(fc.tuple(anyKey, child), { selector: ([key]) => key, maxLength: 4 })
    .map((entries) => Object.fromEntries(entries));
}

/** One to three settings, each at a value of `root` or beside one; none above or below another. */
export function anySettings(
  root: ConfigValue,
  value: fc.Arbitrary<ConfigValue>,
): fc.Arbitrary<readonly Setting[]> {
  const path = fc.constantFrom(...pathsOf(root, []));
  const more = fc.array(anyKey, { maxLength: 2 });
  return fc.array(fc.record({ path: fc.tuple(path, more), value }), { minLength: 1, maxLength: 3 })
    .map((settings) =>
      settings.map(({ path: [path, more], value }) => ({ path: [...path, ...more], value }))
        .filter(({ path }, index, all) =>
          path.length > 0 && all.slice(0, index).every((other) => !isWithin(path, other.path))
        )
    )
    .filter((settings) => settings.length > 0);
}

/** Ways to all mappings of `value`, and to its leaves and the ends of its lists. */
function pathsOf(value: ConfigValue, path: ValuePath): readonly ValuePath[] {
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index) => pathsOf(item, [...path, index]));
    return [path, ...items, [...path, value.length]];
  }
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function isWithin(a: ValuePath, b: ValuePath): boolean {
  return a.every((part, index) => part === b[index] || index >= b.length) ||
    b.every((part, index) => part === a[index] || index >= a.length);
}
