/**
 * A page of documentation that names the fields of some JSON, held against the JSON itself.
 *
 * @module
 */

/** The types of fields, by path. */
export type Types = ReadonlyMap<string, ReadonlySet<string>>;

/** Fields by path, with the types that the page `name` of `docs/` gives them. */
export async function documentedIn(name: string): Promise<Types> {
  const page = await Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
  const rows = Array.from(page.matchAll(/^\| `([^`]+)`\s+\| ([a-z ]+?)\s*\| \S/gm));
  return new Map(rows.map(([, path = "", types = ""]) => [path, new Set(types.split(" or "))]));
}

/** Fields by path, with the types that were seen. */
export function seenIn(values: readonly unknown[], known: Types): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  const visit = (value: unknown, path: string) => {
    if (path !== "") seen.set(path, (seen.get(path) ?? new Set()).add(typeOf(value)));
    if (Array.isArray(value)) return value.forEach((each) => visit(each, `${path}[]`));
    if (typeof value !== "object" || value === null) return;
    const name = [...known.keys()].find((each) => each.startsWith(`${path}.<`));
    const placeholder = /<\w+>/.exec(name?.slice(path.length) ?? "")?.[0];
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, `${path}${path === "" ? "" : "."}${placeholder ?? key}`);
    }
  };
  for (const value of values) visit(value, "");
  for (const path of seen.keys()) if (path.endsWith("[]")) seen.delete(path);
  return seen;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
