/**
 * The agents' files that can hold a workspace token, as data: which fields of them are managed,
 * and how a token stands there. Nothing else of these files is ever changed.
 *
 * @module
 */

import { findDotenvStrings } from "../../formats/dotenv_strings.ts";
import type { ValuePath } from "../../formats/format.ts";
import { findJsonStrings } from "../../formats/json_strings.ts";
import type { FindStrings, StringPlace } from "../../formats/string_place.ts";
import { findYamlStrings } from "../../formats/yaml_strings.ts";
import type { AgentFileName } from "../../support/agent_file.ts";
import type { TokenForm } from "./token_form.ts";

/** A field that follows the rotated token. */
export interface ManagedField {
  /** The way to it; `*` stands for any key and any index. */
  readonly path: readonly string[];
  /** How a token stands in it. */
  readonly form: TokenForm;
  /** What another field of the same mapping must say for this one to be managed. */
  readonly beside?: { readonly key: string; readonly value: string };
}

/** One file. */
export interface FanoutTarget {
  /** Its format. */
  readonly findStrings: FindStrings;
  /** Its managed fields. */
  readonly fields: readonly ManagedField[];
}

/** The files by name. */
export const TARGETS: Readonly<Record<AgentFileName, FanoutTarget>> = {
  claude: {
    findStrings: findJsonStrings,
    fields: [
      { path: ["env", "ANTHROPIC_AUTH_TOKEN"], form: "token" },
      ...["TRACES", "LOGS", "METRICS"].map((signal) => ({
        path: ["env", `OTEL_EXPORTER_OTLP_${signal}_HEADERS`],
        form: "headers" as const,
      })),
    ],
  },
  codex: {
    findStrings: findDotenvStrings,
    fields: [{ path: ["OPENAI_API_KEY"], form: "token" }],
  },
  gemini: {
    findStrings: findDotenvStrings,
    fields: [{ path: ["GEMINI_API_KEY"], form: "token" }],
  },
  "opencode-auth": {
    findStrings: findJsonStrings,
    fields: [
      { path: ["*", "key"], form: "token", beside: { key: "type", value: "api" } },
      // Written by older setups. OpenCode does not read it, and should not find a dead token there.
      { path: ["*", "api_key"], form: "token" },
    ],
  },
  opencode: {
    findStrings: findJsonStrings,
    fields: [
      { path: ["provider", "*", "options", "apiKey"], form: "token" },
      { path: ["provider", "*", "options", "headers", "Authorization"], form: "bearer" },
    ],
  },
  hermes: {
    findStrings: findYamlStrings,
    fields: [
      { path: ["model", "api_key"], form: "token" },
      { path: ["fallback_providers", "*", "api_key"], form: "token" },
    ],
  },
  pi: {
    findStrings: findJsonStrings,
    fields: [{ path: ["providers", "*", "apiKey"], form: "token" }],
  },
};

/** A managed field of a text. */
export interface ManagedPlace {
  /** Where it stands. */
  readonly place: StringPlace;
  /** How a token stands in it. */
  readonly form: TokenForm;
}

/**
 * The managed fields among `places`, which are all strings of a text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findManaged, TARGETS } from "./targets.ts";
 *
 * const text = '{"a": {"type": "api", "key": "x"}, "b": {"type": "oauth", "key": "y"}}';
 * const places = TARGETS["opencode-auth"].findStrings(text);
 * const managed = findManaged(places, TARGETS["opencode-auth"]);
 * assert.deepEqual(managed.map(({ place }) => place.value), ["x"]);
 * ```
 */
export function findManaged(
  places: readonly StringPlace[],
  { fields }: FanoutTarget,
): readonly ManagedPlace[] {
  return places.flatMap((place) => {
    const field = fields.find((field) => isAt(place.path, field.path));
    if (field === undefined || !hasBeside(place, { field, places })) return [];
    return [{ place, form: field.form }];
  });
}

function isAt(path: ValuePath, pattern: readonly string[]): boolean {
  return path.length === pattern.length &&
    path.every((part, index) => pattern[index] === "*" || pattern[index] === part);
}

function hasBeside(
  { path }: StringPlace,
  { field, places }: { readonly field: ManagedField; readonly places: readonly StringPlace[] },
): boolean {
  const { beside } = field;
  if (beside === undefined) return true;
  const way = [...path.slice(0, -1), beside.key];
  // A key that stands twice counts with the last of both.
  const said = places.findLast((other) => isSame(other.path, way));
  return said?.value === beside.value;
}

function isSame(a: ValuePath, b: ValuePath): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
