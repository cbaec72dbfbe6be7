/**
 * One parser for each kind of setting: trimmed text → value.
 *
 * A parser refuses a text with a plain `Error` whose message goes on where the shown value ends:
 * `"maybe"` + `is none of: auto, off`. Messages never repeat the value itself.
 *
 * @module
 */

import { redactTokens } from "../workspace/redact.ts";
import { Secret } from "../workspace/credential.ts";
import { parseBaseUrl, parseHost } from "../workspace/host.ts";
import { quote, quoteUrl } from "./show.ts";

/** How one kind of setting is read, and shown in a problem. */
export interface Parser<T> {
  /** The value that the text says; throws a plain `Error` if it says none. */
  readonly parse: (text: string) => T;
  /** The same for a list in the file; without it lists are refused. */
  readonly parseList?: (items: readonly string[]) => T;
  /** The text as it may be shown to the person. */
  readonly show: (text: string) => string;
}

/** Least and greatest number, both allowed. */
export interface Range {
  /** The least. */
  readonly min: number;
  /** The greatest. */
  readonly max: number;
  /** Whether 0 is taken although it is less than `min`: it switches something off. */
  readonly zero?: "allowed" | "refused";
}

/** A whole number in plain decimal digits: no sign, no `0x10`, no `1_000`, no leading zero. */
export function wholeNumber(range: Range): Parser<number> {
  return decimal(range, "a whole number");
}

/** A whole number of seconds → ms. */
export function seconds(range: Range): Parser<number> {
  const parser = decimal(range, "a whole number of seconds");
  return { ...parser, parse: (text) => parser.parse(text) * 1000 };
}

function decimal({ min, max, zero = "refused" }: Range, what: string): Parser<number> {
  const wanted = Number.isFinite(max) ? `${what} from ${min} to ${max}` : `${what} from ${min} up`;
  const reason = zero === "allowed" ? `is neither 0 nor ${wanted}` : `is not ${wanted}`;
  return {
    show: quote,
    parse(text) {
      const number = /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : NaN;
      if (number >= min && number <= max) return number;
      if (number === 0 && zero === "allowed") return number;
      throw new Error(reason);
    },
  };
}

/** One of `words`, in any case. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Parser<Word> {
  return {
    show: quote,
    parse(text) {
      const word = words.find((candidate) => candidate === text.toLowerCase());
      if (word === undefined) throw new Error(`is none of: ${words.join(", ")}`);
      return word;
    },
  };
}

const TRUE: readonly string[] = ["true", "1", "yes", "on"];
const FALSE: readonly string[] = ["false", "0", "no", "off"];

/** `true`, `1`, `yes`, `on` or their opposites, in any case. */
export const boolean: Parser<boolean> = {
  show: quote,
  parse(text) {
    const word = text.toLowerCase();
    if (TRUE.includes(word)) return true;
    if (FALSE.includes(word)) return false;
    throw new Error(`is none of: ${[...TRUE, ...FALSE].join(", ")}`);
  },
};

/** What `pattern` matches; `reason` is said of everything else. */
export function matching(pattern: RegExp, reason: string): Parser<string> {
  return {
    show: quote,
    parse(text) {
      if (!pattern.test(text)) throw new Error(reason);
      return text;
    },
  };
}

/** A workspace or gateway → its origin. */
export const host: Parser<string> = { show: quoteUrl, parse: parseHost };

/** A base URL, without final slashes. */
export const baseUrl: Parser<string> = { show: quoteUrl, parse: parseBaseUrl };

/** A token or password: never shown, and only of characters that a header may hold. */
export const secret: Parser<Secret> = {
  show: () => "the value (not shown here)",
  parse(text) {
    const wrong = /[^A-Za-z0-9._~+/=-]/u.exec(text)?.[0];
    if (wrong === undefined) return new Secret(text);
    throw new Error(`holds ${kindOf(wrong)}; wanted letters, digits and . _ ~ + / = - only`);
  },
};

/** Which kind of character: enough to find a paste gone wrong, and nothing of the secret. */
function kindOf(char: string): string {
  if (/[\r\n]/.test(char)) return "a line break";
  if (/\s/.test(char)) return "whitespace";
  if (/["'`]/.test(char)) return "a quotation mark";
  if (/\p{C}/u.test(char)) return "a control or invisible character";
  return char > "~" ? "a character outside ASCII" : "punctuation that tokens do not have";
}

/** Comma-separated names of `known` ones, or a list of them; without repetition. */
export function namesOf(known: readonly string[]): Parser<readonly string[]> {
  const parseList = (items: readonly string[]) => parseNames(items, known);
  return { show: quote, parse: (text) => parseList(text.split(",")), parseList };
}

function parseNames(items: readonly string[], known: readonly string[]): readonly string[] {
  const names = items.map((item) => item.trim());
  if (!names.every((name) => /^[a-z0-9-]+$/.test(name))) {
    throw new Error(
      "is not a list of names; wanted a-z, 0-9 and - in each, and commas between them",
    );
  }
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    // Anything can be pasted into the wrong variable.
    const seen = redactTokens(unknown.join(", "));
    throw new Error(`has names that nothing has: ${seen}; there are: ${known.join(", ")}`);
  }
  return [...new Set(names)];
}

/** What a token may do: Databricks' names of scopes, by commas or as a list. */
export const scopeList: Parser<readonly string[]> = {
  show: quote,
  parse: (text) => parseScopes(text.split(",")),
  parseList: parseScopes,
};

/** With one of these a token can make others, of any scope. */
const MINTING: readonly string[] = ["all-apis", "authentication"];

function parseScopes(items: readonly string[]): readonly string[] {
  const names = [...new Set(items.map((item) => item.trim()))];
  if (!names.every((name) => /^[A-Za-z0-9._:-]+$/.test(name))) {
    throw new Error("is not a list of scopes; wanted names such as model-serving, by commas");
  }
  const minting = names.find((name) => MINTING.includes(name));
  if (minting === undefined) return names;
  throw new Error(`has ${minting}, with which a token can make others; wanted none of those`);
}
