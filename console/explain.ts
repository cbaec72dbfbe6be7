/**
 * `explain`: which repairs would change a captured request, one after the other, and why.
 *
 * @module
 */

import type { JsonObject } from "../proxy/repairs/json.ts";
import type { RequestRepair } from "../proxy/repairs/repair.ts";
import { mendRequest, type ReadRequest, readRequest } from "../proxy/repairs/repair_request.ts";
import { Rows } from "../proxy/repairs/rows.ts";
import { unifiedDiff } from "../setup/unified_diff.ts";
import type { UpstreamMode } from "../workspace/endpoints.ts";
import type { Captured } from "./captured.ts";

/** What the explanation is made of. */
export interface ExplainOptions {
  /** All repairs there are. */
  readonly repairs: readonly RequestRepair[];
  /** Names of those that are switched off. */
  readonly off: readonly string[];
  /** Which of the workspace's routes would serve it. */
  readonly mode: UpstreamMode;
}

/** One repair that fires. */
export interface Explained {
  readonly name: string;
  readonly summary: string;
  readonly evidence: string;
  /** The change as a unified diff of the indented body. */
  readonly diff: string;
}

const encoder = new TextEncoder();

/** The repairs that would change a request, in the order in which they fire. */
export function explainRequest(captured: Captured, options: ExplainOptions): readonly Explained[] {
  const { route, body } = captured;
  const read = readRequest(encoder.encode(body), { route, mode: options.mode });
  if (read === null) return [];
  const rows = new Rows(options.repairs, options.off);
  const explained: Explained[] = [];
  let asked = read.asked;
  for (const repair of rows.of(read.subject)) {
    const after = mend({ ...read, asked }, repair);
    if (after !== asked) explained.push(describe(repair, { before: asked, after }));
    asked = after;
  }
  return explained;
}

/** The explanation as text for a person. */
export function renderExplained(
  captured: Captured,
  { explained, color }: {
    readonly explained: readonly Explained[];
    readonly color: "color" | "plain";
  },
): string {
  const { dialect } = captured.route;
  const head = `a request in the dialect ${dialect} (known from ${captured.knownFrom})\n`;
  if (explained.length === 0) return `${head}no repair would change it: the same bytes go on\n`;
  const parts = explained.map(({ name, summary, evidence, diff }) =>
    `\n${name}: ${summary}\n  ${evidence}\n${color === "color" ? paint(diff) : diff}`
  );
  return head + parts.join("");
}

function mend(read: ReadRequest, repair: RequestRepair): JsonObject {
  const onBug = (error: unknown) => {
    throw error;
  };
  return mendRequest(read, { row: [repair], onBug }).after;
}

function describe(
  { name, summary, evidence }: RequestRepair,
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): Explained {
  const text = (value: JsonObject) => `${JSON.stringify(value, null, 2)}\n`;
  const diff = unifiedDiff({ path: "body", before: text(before), after: text(after) });
  return { name, summary, evidence, diff };
}

function paint(diff: string): string {
  return diff.replaceAll(/^([-+@]).*$/gm, (line, mark: string) => {
    const code = mark === "+" ? 32 : mark === "-" ? 31 : 36;
    return `\u001b[${code}m${line}\u001b[0m`;
  });
}
