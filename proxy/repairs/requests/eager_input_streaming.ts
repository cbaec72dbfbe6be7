import { dropToolOptions } from "../drop_keys.ts";
import type { RequestRepair } from "../repair.ts";

/** The gateway's translator refuses it; tool input streams without it, only coarser. */
export const eagerInputStreaming: RequestRepair = dropToolOptions(["eager_input_streaming"], {
  name: "eager-input-streaming",
  summary: "Tools may not ask for eager_input_streaming.",
  evidence: "https://docs.databricks.com/aws/en/ai-gateway/coding-agent-opencode",
  dialects: ["anthropic"],
  serves: () => true,
});
