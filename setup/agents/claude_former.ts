/**
 * What setups before Keyturn left in Claude Code's settings: tokens of the workspace and the
 * helper that printed them. None of it is needed, and none of it may stay.
 *
 * @module
 */

import { isRecord } from "../../formats/format.ts";
import type { OwnedChange } from "./agent.ts";
import type { remover, setter } from "./changes.ts";
import { isWorkspaceToken } from "./endpoint.ts";

const SIGNALS = ["TRACES", "LOGS", "METRICS"];

/** The changes that take it out. */
export function formerClaude(
  settings: Readonly<Record<string, unknown>>,
  { set, remove }: {
    readonly set: ReturnType<typeof setter>;
    readonly remove: ReturnType<typeof remover>;
  },
): readonly OwnedChange[] {
  const env = isRecord(settings.env) ? settings.env : {};
  const changes: OwnedChange[] = [];
  const { apiKeyHelper: helper } = settings;
  if (typeof helper === "string" && /anthropic-token-helper\.py/.test(helper)) {
    changes.push(remove(["apiKeyHelper"], "the earlier setup's; Keyturn's key does not expire"));
    changes.push(remove(["env", "CLAUDE_CODE_API_KEY_HELPER_TTL_MS"], "it belongs to the helper"));
  }
  if (isWorkspaceToken(env.ANTHROPIC_API_KEY)) {
    changes.push(remove(["env", "ANTHROPIC_API_KEY"], "a token of the workspace"));
  }
  for (const signal of SIGNALS) {
    const name = `OTEL_EXPORTER_OTLP_${signal}_HEADERS`;
    const headers = env[name];
    if (typeof headers !== "string") continue;
    const rest = withoutToken(headers);
    if (rest === headers) continue;
    const reason = "a token of the workspace, which would soon be dead";
    changes.push(
      rest === "" ? remove(["env", name], reason) : set(["env", name], rest, reason),
    );
  }
  return changes;
}

/**
 * Headers as OpenTelemetry writes them, without an authorization by a token of the workspace.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withoutToken } from "./claude_former.ts";
 *
 * assert.equal(withoutToken("a=b,Authorization=Bearer dapi0123"), "a=b");
 * assert.equal(withoutToken("Authorization=Bearer other"), "Authorization=Bearer other");
 * ```
 */
export function withoutToken(headers: string): string {
  const isToken = (header: string) => {
    const [name = "", value = ""] = header.split("=", 2).map((part) => part.trim());
    return /^authorization$/i.test(name) && isWorkspaceToken(value.replace("%20", " "));
  };
  return headers.split(",").filter((header) => !isToken(header)).join(",");
}
