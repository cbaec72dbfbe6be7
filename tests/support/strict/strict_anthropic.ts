/**
 * Databricks' Messages endpoint at its strictest, written from its error texts and not from the
 * repairs that they judge.
 *
 * @module
 */

import type { UpstreamMode } from "../../../workspace/endpoints.ts";
import type { StrictModel } from "./models.ts";
import { samplingComplaints, thinkingComplaints } from "./strict_claude.ts";

// deno-lint-ignore no-explicit-any -- whatever a caller sends
type Anything = any;

/** What the endpoint says to a body; empty if it takes it. What is no message is not its matter. */
export function anthropicComplaints(
  body: Anything,
  { model, mode }: { readonly model: StrictModel; readonly mode: UpstreamMode },
): readonly string[] {
  const effort = body.output_config?.effort;
  return [
    ...Object.keys(body).filter((key) => /[A-Z$]/.test(key) || key === "strict").map((key) =>
      `${key}: Extra inputs are not permitted`
    ),
    ...samplingComplaints(body, model),
    ...thinkingComplaints(body, model),
    ...model.refusedEfforts.includes(effort) ? [`output_config.effort: ${effort}`] : [],
    ...tools(body, mode),
    ...listed(body.system).flatMap((block) => blockComplaints(block, "system")),
    ...scopes(body, "body"),
    ...sides(listed(body.messages)),
    ...listed(body.messages).flatMap((message) => messageComplaints(message)),
  ];
}

function listed(value: Anything): readonly Anything[] {
  return Array.isArray(value) ? value : [];
}

function tools(body: Anything, mode: UpstreamMode): readonly string[] {
  const refused = ["strict", "eager_input_streaming"];
  if (mode === "serving-endpoints") refused.push("defer_loading");
  const names = listed(body.tools).map((tool) => tool?.name);
  const chosen = body.tool_choice?.name;
  const said = listed(body.tools).flatMap((tool, index) => [
    ...refused.filter((key) => tool?.[key] !== undefined).map((key) =>
      `tools.${index}.custom.${key}: Extra inputs are not permitted`
    ),
    .../^(web|code)_/.test(tool?.type) ? [`Input tag '${tool.type}' does not match`] : [],
    ...scopes(tool, `tools.${index}`),
  ]);
  if (chosen !== undefined && !names.includes(chosen)) said.push("tool_choice: no such tool");
  if (Array.isArray(body.tools) && names.length === 0) said.push("tools: empty");
  return said;
}

function scopes(holder: Anything, at: string): readonly string[] {
  return holder?.cache_control?.scope === undefined
    ? []
    : [`${at}.cache_control.ephemeral.scope: Extra inputs are not permitted`];
}

function blockComplaints(block: Anything, at: string): readonly string[] {
  const isBlank = block?.type === "text" && block.text?.trim() === "";
  return [
    ...isBlank ? [`${at}: text content blocks must be non-empty`] : [],
    ...scopes(block, at),
    ...block?.type === "tool_result"
      ? listed(block.content).flatMap((inner) => blockComplaints(inner, at))
      : [],
  ];
}

function messageComplaints(message: Anything): readonly string[] {
  if (typeof message !== "object" || message === null) return [];
  const { role, content } = message;
  const isEmpty = typeof content === "string" ? content.trim() === "" : content?.length === 0;
  return [
    ...isEmpty || (role === "assistant" && !content) ? [`${role}: content is empty`] : [],
    ...listed(content).flatMap((block) => blockComplaints(block, role)),
  ];
}

/** Each side's `tool_use` is answered at the head of the very next message, once. */
function sides(messages: readonly Anything[]): readonly string[] {
  const said: string[] = [];
  let waiting = new Set<string>();
  let wasAssistant = false;
  for (const message of [...messages, null]) {
    const blocks = listed(message?.content);
    if (message?.role === "assistant") {
      if (!wasAssistant) waiting = new Set();
      for (const { type, id } of blocks.filter(Boolean)) if (type === "tool_use") waiting.add(id);
      wasAssistant = true;
      continue;
    }
    let isHead = wasAssistant && message?.role === "user";
    for (const block of blocks) {
      const id = block?.type === "tool_result" ? block.tool_use_id : undefined;
      if (typeof id !== "string") isHead = false;
      else if (!isHead || !waiting.delete(id)) said.push(`unexpected \`tool_use_id\`: ${id}`);
    }
    if (waiting.size > 0) said.push(`\`tool_use\` without \`tool_result\`: ${[...waiting]}`);
    waiting = new Set();
    wasAssistant = false;
  }
  return said;
}
