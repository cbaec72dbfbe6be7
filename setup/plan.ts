/**
 * What setup would change in one agent's config, as a value that can be shown and applied.
 *
 * @module
 */

import { Secret } from "../workspace/credential.ts";
import type { Agent, Ownership, Wanted } from "./agents/agent.ts";
import { pathText, valueAt, type ValuePath } from "../formats/format.ts";
import { holdsSecret, isSecretValue, redactTokens } from "../formats/redact.ts";

/** One value that changes. Secrets are shown as `[redacted]`. */
export interface Change {
  /** Where it stands. */
  readonly path: ValuePath;
  /** What stands there, for people; `null` if nothing does. */
  readonly before: string | null;
  /** What is to stand there, for people. */
  readonly after: string;
  /** Why. */
  readonly reason: string;
}

/** What is to become of one config. The texts hold keys: they are for the file, not for people. */
export interface Plan {
  /** The agent's name. */
  readonly agent: string;
  /** The config. */
  readonly path: string;
  /** Its text, `null` if there is no such file. */
  readonly before: string | null;
  /** Its text with our values; the same text if nothing is to do. */
  readonly after: string;
  /** What is different in `after`. */
  readonly changes: readonly Change[];
  /** Sentences for the person. */
  readonly notes: readonly string[];
  /** Lines of the closing summary. */
  readonly facts: Ownership["facts"];
}

/**
 * Plans the config of `agent`.
 *
 * @throws {FormatError} if the text has no plain place for our values.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "../workspace/credential.ts";
 * import { hermes } from "./agents/hermes.ts";
 * import { planSetup } from "./plan.ts";
 *
 * const plan = planSetup(hermes, {
 *   file: { path: "/home/me/.hermes/config.yaml", text: "model:\n  default: gpt-5  # mine\n" },
 *   wanted: {
 *     proxyOrigin: "http://127.0.0.1:4000",
 *     key: new Secret("kt_hermes_1"),
 *     model: "m",
 *     fallbackModel: null,
 *     databricksHost: null,
 *     env: {},
 *   },
 * });
 * assert.ok(plan.after.startsWith("model:\n  default: m  # mine\n  provider: custom\n"));
 * assert.equal(plan.changes.find(({ path }) => path[1] === "api_key")?.after, "[redacted]");
 * ```
 */
export function planSetup(
  agent: Agent,
  { file, wanted }: {
    readonly file: { readonly path: string; readonly text: string | null };
    readonly wanted: Wanted;
  },
): Plan {
  const base = file.text ?? agent.emptyConfig;
  const current = agent.format.parse(base);
  const { values, notes, facts } = agent.own(current, wanted);
  const different = values
    .map(({ path, value, reason }) => ({ path, reason, value: textOf(value) }))
    .filter(({ path, value }) => valueAt(current, path) !== value);
  const changes = different.map(({ path, value, reason }) => ({
    path,
    before: shownBefore(valueAt(current, path), path),
    after: shown(value, path),
    reason,
  }));
  return {
    agent: agent.name,
    path: file.path,
    before: file.text,
    after: agent.format.edit(base, different.map((each) => ({ ...each, to: "value" }))),
    changes,
    notes: [...notes, ...lostSecrets(current, { changes, agent })],
    facts,
  };
}

function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

function shownBefore(value: unknown, path: ValuePath): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return shown(String(value), path);
  return holdsSecret(path, value) ? "[redacted]" : JSON.stringify(value);
}

function shown(value: string, path: ValuePath): string {
  const redacted = redactTokens(value);
  return redacted === value && isSecretValue(path, value) ? "[redacted]" : redacted;
}

/** Says which secrets the change takes out of the file for good. */
function lostSecrets(
  current: unknown,
  { changes, agent }: { readonly changes: readonly Change[]; readonly agent: Agent },
): readonly string[] {
  return changes.flatMap(({ path }) => {
    const value = valueAt(current, path);
    const isForeign = typeof value === "string" && isSecretValue(path, value) &&
      !value.startsWith(`kt_${agent.name}_`);
    if (!isForeign) return [];
    return [
      `${pathText(path)} held another secret; --undo does not bring it back, since Keyturn ` +
      "keeps no copy of secrets",
    ];
  });
}
