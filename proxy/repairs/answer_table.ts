/**
 * All answer repairs, in the order in which they work: what makes shapes readable before what
 * reads them.
 *
 * @module
 */

import { databricksToolCall } from "./answers/databricks_tool_call.ts";
import { earlyBraces } from "./answers/early_braces.ts";
import { emptyArguments } from "./answers/empty_arguments.ts";
import { finishReason } from "./answers/finish_reason.ts";
import { listContent } from "./answers/list_content.ts";
import { nullDelta } from "./answers/null_delta.ts";
import { nullUsage } from "./answers/null_usage.ts";
import type { AnswerRepair } from "./repair.ts";

/** The table. */
export const ANSWER_REPAIRS: readonly AnswerRepair[] = [
  nullDelta,
  nullUsage,
  listContent,
  databricksToolCall,
  earlyBraces,
  emptyArguments,
  finishReason,
];
