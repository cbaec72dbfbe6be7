import { claudeModel } from "../claude_models.ts";
import { dropKeys } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** `` `temperature` is deprecated for this model. `` */
export const samplingParams: RequestRepair = dropKeys(["temperature", "top_p", "top_k"], {
  name: "sampling-params",
  summary: "Claude Opus since 4.7 and Fable take no temperature, top_p or top_k.",
  evidence: "https://github.com/qodo-ai/pr-agent/issues/2456",
  dialects: ["chat", "anthropic"],
  serves({ model }) {
    const claude = claudeModel(model);
    if (claude === null) return false;
    return claude.line === "opus" ? claude.version >= 407 : claude.line === "fable";
  },
});
