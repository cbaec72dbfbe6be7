/** The editors of other people's files: edit and undo as they promise, or refuse. */

import { dotenv } from "../../../formats/dotenv.ts";
import { FormatError, type TextFormat, valueAt } from "../../../formats/format.ts";
import { json } from "../../../formats/json.ts";
import { jsonc } from "../../../formats/jsonc.ts";
import { toml } from "../../../formats/toml.ts";
import { yaml } from "../../../formats/yaml.ts";
import { type Dice, pick, span } from "../../support/chaos/dice.ts";
import { assertPromises, set, type Setting } from "../../support/edit_promises.ts";
import { type FuzzTarget, kindOf } from "../target.ts";

const PATHS: readonly Setting["path"][] = [
  ["env", "A"],
  ["env", "B", "c"],
  ["a"],
  ["a", "b"],
  ["model", "api_key"],
  ["list", 0],
  ["providers", "x", "key"],
  ["new one", "d.e"],
];
const VALUES: readonly Setting["value"][] = [
  "v",
  "two words",
  'a"b\\c',
  "#x: y",
  "true",
  "é\n",
  1,
  true,
  ["a", "b"],
  { k: "v" },
];

function editing(
  name: string,
  { format, seeds, isFlat = false }: {
    readonly format: TextFormat;
    readonly seeds: readonly string[];
    readonly isFlat?: boolean;
  },
): FuzzTarget {
  return {
    name,
    seeds,
    words: ["env", "A", "a", "b", "model", "api_key", "list", "providers", "x", "key"],
    check: (text, dice) => {
      const settings = settingsOf(dice, isFlat);
      const refused = attempt(() => set(format, text, settings));
      if (refused !== null) return refused;
      // A null that is written out (`~`) gives way to what is put below it, and undo leaves `{}`.
      if (settings.some(({ path }) => hasNullAbove(format.parse(text), path))) return "null";
      const edited = assertPromises(format, text, settings);
      attempt(() => format.redact(text));
      return `${settings.length} ${edited.length - text.length}`;
    },
  };
}

function hasNullAbove(data: unknown, path: Setting["path"]): boolean {
  return path.some((_, index) => index > 0 && valueAt(data, path.slice(0, index)) === null);
}

/** Only one way to fail is allowed. */
function attempt(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return kindOf(error);
  }
}

function settingsOf(dice: Dice, isFlat: boolean): readonly Setting[] {
  if (isFlat) {
    return [{ path: [pick(dice, ["A", "B", "NEW"])], value: pick(dice, ["v", "a b", "x#"]) }];
  }
  const first = { path: pick(dice, PATHS), value: pick(dice, VALUES) };
  const second = { path: pick(dice, PATHS), value: pick(dice, VALUES) };
  const isApart = first.path[0] !== second.path[0];
  return span(dice, [0, 1]) === 0 || !isApart ? [first] : [first, second];
}

/** One for each format. */
export const FORMATS: readonly FuzzTarget[] = [
  editing("yaml", {
    format: yaml,
    seeds: [
      "# mine\nmodel:\n  api_key: x # c\n  provider: 'y'\nlist:\n  - a\n  - b: 1\nenv: {A: 1, B: {c: d}}\n",
      "a: |\n  text\n  more\nproviders:\n    x:\n        key: &k v\n    y: *k\n",
      "---\na: ~\n...\n",
      "",
    ],
  }),
  editing("toml", {
    format: toml,
    seeds: [
      '# c\na = "b"\nlist = [1, 2]\n[env]\nA = 1\n[providers.x]\nkey = """k"""\n[[t]]\nu = 1\n',
      "model.api_key = 'x'\nenv = { A = 1, B = { c = 'd' } }\n",
      "",
    ],
  }),
  editing("json", {
    format: json,
    seeds: [
      '{"env":{"A":"1","B":{"c":2}},"list":[1,{"a":[]}],"a":null}',
      '{\n  "a": {}\n}\n',
      "{}",
    ],
  }),
  editing("jsonc", {
    format: jsonc,
    seeds: ['// c\n{"env": {"A": 1, /* x */ "B": {"c": 2},}, "list": [1,],\n // end\n}\n', ""],
  }),
  editing("dotenv", {
    format: dotenv,
    isFlat: true,
    seeds: ["# c\nexport A=\"x\"\nB='y' # d\nC=z\n", "A=\nA=2\n", ""],
  }),
];
