/**
 * Random trees written as JSON, YAML or dotenv, in random style: two trees of one shape differ in
 * their texts only where their strings differ.
 *
 * @module
 */

import fc from "fast-check";

/** What is written. */
export type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

/** How it is written. The lists are gone through in turn, over and over. */
export interface Style {
  /** The end of a line. */
  readonly eol: string;
  /** What the text begins with. */
  readonly mark: string;
  /** Whether the last line ends. */
  readonly end: "closed" | "open";
  /** What stands between the parts of JSON; `eol` is the end of a line. */
  readonly gaps: readonly string[];
  /** Quotes of strings in YAML and dotenv. */
  readonly quotes: readonly string[];
  /** What stands behind a value in YAML and dotenv. */
  readonly comments: readonly string[];
  /** Indent of YAML. */
  readonly step: number;
}

/** Any style; `note` stands in its comments. */
export function anyStyle(note: string): fc.Arbitrary<Style> {
  const gap = fc.constantFrom(
    "",
    " ",
    "  ",
    "eol",
    "eol\t",
    ` /* c: "${note}" */ `,
    `// '${note}'eol`,
  );
  const comment = fc.constantFrom("", "", `  # c: ${note}`, " #");
  return fc.record({
    eol: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\ufeff"),
    end: fc.constantFrom("closed" as const, "open" as const),
    gaps: fc.array(gap, { minLength: 7, maxLength: 7 }),
    quotes: fc.array(fc.constantFrom('"', "'", ""), { minLength: 5, maxLength: 5 }),
    comments: fc.array(comment, { minLength: 3, maxLength: 3 }),
    step: fc.constantFrom(2, 4),
  });
}

/** JSON with comments and spaces anywhere. */
export function jsonOf(tree: Tree, { mark, gaps, eol, end }: Style): string {
  const next = inTurn(gaps, "");
  const gap = () => next().replaceAll("eol", eol);
  const write = (tree: Tree): string => {
    if (typeof tree === "string") return gap() + JSON.stringify(tree) + gap();
    const [open, close, items] = Array.isArray(tree) ? ["[", "]", tree.map(write)] : [
      "{",
      "}",
      Object.entries(tree).map(([key, item]) => `${gap()}"${key}"${gap()}:${write(item)}`),
    ];
    const comma = items.length > 0 && gap() === "  " ? "," : "";
    return gap() + open + items.join(",") + comma + gap() + close + gap();
  };
  return mark + write(tree) + (end === "closed" ? eol : "");
}

/** Block YAML with comments and quotes of every kind. */
export function yamlOf(tree: Tree, { mark, quotes, comments, eol, end, step }: Style): string {
  const quote = inTurn(quotes, "");
  const comment = inTurn(comments, "");
  const scalar = (value: string) => {
    const own = quote();
    if (own === "'") return `'${value.replaceAll("'", "''")}'`;
    return own === '"' || !/^[a-z][\w.~+/=-]*$/.test(value) ? JSON.stringify(value) : value;
  };
  const lines = (tree: Tree, pad: string): readonly string[] => {
    if (typeof tree === "string") return [pad + scalar(tree) + comment()];
    const isList = Array.isArray(tree);
    const entries = isList ? tree.map((item) => ["-", item] as const) : Object.entries(tree);
    if (entries.length === 0) return [pad + (isList ? "[]" : "{}")];
    return entries.flatMap(([key, item]) => {
      const head = pad + (isList ? "-" : `${key}:`);
      if (typeof item === "string") return [`${head} ${scalar(item)}${comment()}`];
      if (Object.keys(item).length === 0) return [`${head} ${Array.isArray(item) ? "[]" : "{}"}`];
      return [head + comment(), ...lines(item, pad + " ".repeat(step))];
    });
  };
  return mark + lines(tree, "").join(eol) + (end === "closed" ? eol : "");
}

/** `.env` lines; only the strings at the root have names that a line can give. */
export function dotenvOf(tree: Tree, { mark, quotes, comments, gaps, eol, end }: Style): string {
  const quote = inTurn(quotes, "");
  const comment = inTurn(comments, "");
  const space = inTurn(gaps.map((gap) => /^ *$/.test(gap) ? gap : ""), "");
  const lines = Object.entries(tree).map(([name, value]) => {
    if (typeof value !== "string") return comment();
    const own = /["'`]/.test(value) ? "" : quote();
    return `${space()}${space() === " " ? "export " : ""}${name}${space()}=${space()}` +
      own + value + own + comment();
  });
  return mark + lines.join(eol) + (end === "closed" ? eol : "");
}

/** Gives the items of a list in turn, over and over, so that two texts get the same. */
function inTurn<T>(items: readonly T[], otherwise: T): () => T {
  let n = 0;
  return () => items[n++ % items.length] ?? otherwise;
}
