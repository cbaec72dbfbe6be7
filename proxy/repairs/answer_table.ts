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
import { answeredToolNames } from "./answers/tool_names.ts";
import type { AnswerRepair } from "./repair.ts";
import { createSignatures, type Signatures } from "./signatures/signatures.ts";

/** Those that remember nothing beyond one answer. */
const STATELESS: readonly AnswerRepair[] = [
  nullDelta,
  nullUsage,
  listContent,
  databricksToolCall,
  earlyBraces,
  emptyArguments,
  finishReason,
  answeredToolNames,
];

/** The table of an isolate, whose requests are repaired with the same `signatures`. */
export function answerRepairs(signatures: Signatures): readonly AnswerRepair[] {
  // What was signed is known by the names that requests leave with.
  return [signatures.answer, ...STATELESS];
}

/** The table of one that nothing is remembered of. */
export const ANSWER_REPAIRS: readonly AnswerRepair[] = answerRepairs(createSignatures());
