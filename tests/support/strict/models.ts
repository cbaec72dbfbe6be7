/**
 * Models with what each of them refuses, by hand: what judges repairs may not read names the way
 * that they do.
 *
 * @module
 */

import type { ModelFamily } from "../../../proxy/repairs/families.ts";

/** A model and its ways. */
export interface StrictModel {
  /** As it is asked for. */
  readonly name: string;
  /** Who made it. */
  readonly family: ModelFamily;
  /** What it takes of temperature, top_p and top_k. */
  readonly sampling: "all" | "one" | "none";
  /** How it is told to think. */
  readonly thinking: "adaptive" | "always" | "budget" | "none";
  /** When it takes a response_format. */
  readonly format: "always" | "whole" | "never";
  /** Efforts that it refuses. */
  readonly refusedEfforts: readonly string[];
  /** The most tokens that it writes. */
  readonly maxTokens: number;
}

const PLAIN = {
  sampling: "all",
  thinking: "none",
  format: "always",
  refusedEfforts: [],
  maxTokens: Infinity,
} as const;

/** One of each kind. */
export const MODELS: readonly StrictModel[] = [
  {
    ...PLAIN,
    name: "databricks-claude-opus-4-8",
    family: "claude",
    sampling: "none",
    thinking: "adaptive",
    format: "whole",
  },
  {
    ...PLAIN,
    name: "system.ai.claude-opus-5-5",
    family: "claude",
    sampling: "none",
    thinking: "always",
    format: "never",
    refusedEfforts: ["none", "disabled"],
  },
  {
    ...PLAIN,
    name: "databricks-claude-sonnet-4-5",
    family: "claude",
    sampling: "one",
    thinking: "budget",
    format: "whole",
  },
  { ...PLAIN, name: "databricks-gpt-5-5", family: "gpt", refusedEfforts: ["minimal"] },
  {
    ...PLAIN,
    name: "databricks-gpt-5-1-codex-mini",
    family: "gpt",
    refusedEfforts: ["none", "minimal", "xhigh"],
  },
  {
    ...PLAIN,
    name: "databricks-gpt-oss-120b",
    family: "open",
    refusedEfforts: ["none", "minimal", "xhigh"],
  },
  { ...PLAIN, name: "system.ai.glm-5-3", family: "open", maxTokens: 25_000 },
  {
    ...PLAIN,
    name: "system.ai.gemini-4-carbon",
    family: "gemini",
    refusedEfforts: ["none", "minimal"],
  },
];
