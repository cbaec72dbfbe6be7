import { claudeModel } from "../claude_models.ts";
import { get, without } from "../json.ts";
import type { RequestRepair } from "../repair.ts";

/** `` `temperature` and `top_p` cannot both be specified for this model. Please use only one. `` */
export const temperatureOrTopP: RequestRepair = {
  name: "temperature-or-top-p",
  summary: "Claude 4.1 to 4.6 takes temperature or top_p, not both; top_p is left out.",
  evidence: "https://github.com/qodo-ai/pr-agent/issues/2456",
  dialects: ["chat", "anthropic"],
  serves({ model }) {
    const version = claudeModel(model)?.version ?? 0;
    return version >= 401 && version <= 406;
  },
  mend(body) {
    const isBoth = typeof get(body, "temperature") === "number" &&
      typeof get(body, "top_p") === "number";
    return isBoth ? without(body, ["top_p"]) : body;
  },
};
