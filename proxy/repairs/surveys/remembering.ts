/**
 * Many repairs look at one conversation: what a look finds is kept as long as the list lives,
 * which nobody writes into.
 *
 * @module
 */

import type { Json } from "../json.ts";

/** `look`, which looks at each list once. */
export function remembering<T extends object>(
  look: (list: readonly Json[]) => T,
): (list: readonly Json[]) => T {
  const found = new WeakMap<readonly Json[], T>();
  return (list) => {
    const known = found.get(list);
    if (known !== undefined) return known;
    const fresh = look(list);
    found.set(list, fresh);
    return fresh;
  };
}
