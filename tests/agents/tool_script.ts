/**
 * The model of these tests: asked a question, it calls the agent's own shell tool with a command
 * that waits for a file, and then quotes what the tool gave back.
 *
 * @module
 */

import type { Conversation, OfferedTool, Turn } from "../../demo/conversation.ts";
import type { Script, ToolCall } from "../../demo/script.ts";

/** Names that agents give their shell tool. */
const SHELL_TOOLS: readonly string[] = [
  "Bash", // Claude Code
  "bash", // OpenCode, Pi, Copilot
  "exec_command", // Codex
  "shell_command",
  "shell",
  "run_shell_command", // Gemini CLI, Qwen Code
  "terminal", // Hermes
];

/** Where a conversation is, as far as a question is concerned. */
export type Phase =
  | { readonly kind: "other" }
  | { readonly kind: "asked"; readonly shell: OfferedTool }
  | { readonly kind: "told"; readonly result: string };

/** Says `hi` and the text of the file, as soon as there is any. */
export function waitAndGreet(file: string): string {
  return `until [ -s "${file}" ]; do sleep 0.1; done; echo hi; cat "${file}"`;
}

/** The model's part: the question is a text that is told apart from all that agents add. */
export function toolScript(
  { question, command }: { readonly question: string; readonly command: string },
): Script {
  return (conversation) => {
    const phase = phaseOf(conversation, question);
    switch (phase.kind) {
      case "other":
        return null;
      case "asked":
        return { kind: "call", call: callOf(phase.shell, command) };
      case "told":
        return { kind: "text", text: `The tool said: ${phase.result}` };
    }
  };
}

/**
 * Whether a request asks the question, or comes with the tool's result. Agents ask other things
 * as well, titles for example: such requests have no shell tool.
 */
export function phaseOf({ turns, tools }: Conversation, question: string): Phase {
  const asked = turns.findLastIndex(({ from, text }) => from === "user" && text.includes(question));
  const shell = tools.find(({ name }) => SHELL_TOOLS.includes(name));
  if (asked === -1 || shell === undefined) return { kind: "other" };
  const result = turns.slice(asked + 1).findLast(isResult);
  return result === undefined ? { kind: "asked", shell } : { kind: "told", result: result.text };
}

function isResult({ from }: Turn): boolean {
  return from === "tool";
}

/** The command in the argument that takes it, and something in all others that must be there. */
function callOf({ name, parameters }: OfferedTool, command: string): ToolCall {
  const properties = asRecord(parameters.properties);
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  const field = ["command", "cmd"].find((key) => properties[key] !== undefined) ?? "command";
  const isList = asRecord(properties[field]).type === "array";
  const others = required.filter((key) => typeof key === "string" && key !== field);
  const fill = (key: string) => [key, fillerOf(asRecord(properties[key]))];
  return {
    name,
    arguments: {
      ...Object.fromEntries(others.map(fill)),
      [field]: isList ? ["bash", "-lc", command] : command,
    },
  };
}

function fillerOf({ type }: Readonly<Record<string, unknown>>): unknown {
  if (type === "boolean") return false;
  return type === "number" || type === "integer" ? 60 : "Say hi";
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
