/**
 * The text of `config.yaml` → its entries, as text: what `0x10` or `yes` mean is for the parser of
 * the setting to say, not for YAML.
 *
 * Problems never show a value or the YAML parser's own message, which can quote one.
 *
 * @module
 */

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
} from "yaml";
import type { Problem } from "../support/errors.ts";
import { quote } from "./show.ts";

/** One `key: value` of the file. */
export interface Entry {
  /** As it is written. */
  readonly key: string;
  /** Trimmed text, or a list of texts. */
  readonly value: string | readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

/** What the file says. */
export interface ConfigFile {
  /** In the order of the file; only those without a problem. */
  readonly entries: readonly Entry[];
  /** What is wrong with the file itself. */
  readonly problems: readonly Problem[];
  /** `broken`: not even a mapping, so nothing is known of its entries. */
  readonly state: "read" | "broken";
}

/** The variables that the `yaml` package reads for its own debugging, when it parses. */
export const YAML_DEBUG_NAMES = ["LOG_STREAM", "LOG_TOKENS"] as const;

type LineOf = (offset: number | undefined) => number;

const WANTED = "wanted lines such as proxy_port: 4000";

/** A problem that names the file and the line. */
export function problemAt(line: number, message: string): Problem {
  return { name: `config.yaml line ${line}`, message };
}

/**
 * Entries and problems of the file; an empty file has neither.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseConfigFile } from "./config_file.ts";
 *
 * assert.deepEqual(parseConfigFile("proxy_port: 0x10").entries, [
 *   { key: "proxy_port", value: "0x10", line: 1 },
 * ]);
 * assert.equal(parseConfigFile("- 1").problems[0]?.name, "config.yaml line 1");
 * ```
 */
export function parseConfigFile(text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false, // Told below, with the name of the key.
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineOf: LineOf = (offset = 0) => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    return broken(document.errors.map(({ code, pos }) => {
      const what = code.toLowerCase().replaceAll("_", " ");
      return problemAt(lineOf(pos[0]), `is not valid YAML (${what}); ${WANTED}`);
    }));
  }
  const { contents } = document;
  if (isMap(contents)) return readPairs(contents.items, lineOf);
  if (contents === null || isScalar(contents) && contents.value === null) {
    return readPairs([], lineOf);
  }
  return broken([problemAt(lineOf(contents.range?.[0]), `is not a mapping; ${WANTED}`)]);
}

function broken(problems: readonly Problem[]): ConfigFile {
  return { entries: [], problems, state: "broken" };
}

function readPairs(pairs: readonly Pair<unknown, unknown>[], lineOf: LineOf): ConfigFile {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const firstLines = new Map<string, number>();
  for (const pair of pairs) {
    const line = lineOf(isNode(pair.key) ? pair.key.range?.[0] : undefined);
    if (!isScalar(pair.key)) {
      problems.push(problemAt(line, `has a key that is not a word; ${WANTED}`));
      continue;
    }
    const key = textOf(pair.key);
    const firstLine = firstLines.get(key);
    if (firstLine !== undefined) {
      problems.push(
        problemAt(line, `${quote(key)} stands in line ${firstLine} already; wanted once`),
      );
      continue;
    }
    firstLines.set(key, line);
    const value = valueOf(pair.value);
    if ("problem" in value) problems.push(problemAt(line, `${quote(key)} ${value.problem}`));
    else entries.push({ key, value: value.value, line });
  }
  return { entries, problems, state: "read" };
}

function valueOf(node: unknown): Pick<Entry, "value"> | { readonly problem: string } {
  if (isAlias(node)) return { problem: "is an alias (*); wanted the value itself" };
  if (isNode(node) && node.tag !== undefined) return { problem: "has a tag (!); wanted none" };
  if (isMap(node)) return { problem: "is a mapping; wanted one value" };
  if (isScalar(node)) return { value: textOf(node) };
  if (!isSeq(node)) return { value: "" }; // `{ key }` has no node at all.
  if (!node.items.every((item) => isScalar(item) && item.value !== null)) {
    return { problem: "is a list of something else than words; wanted words" };
  }
  return { value: node.items.filter((item) => isScalar(item)).map(textOf) };
}

/** The text as it is written, since `0x10` is 16 only to YAML; nothing for `~` and `null`. */
function textOf(scalar: Scalar): string {
  return scalar.value === null ? "" : (scalar.source ?? String(scalar.value)).trim();
}
