/**
 * All request repairs, in the order in which they work: what takes things out before what looks
 * for pairs among those that are left.
 *
 * @module
 */

import type { RequestRepair } from "./repair.ts";
import { blankAssistant } from "./requests/blank_assistant.ts";
import { blankText } from "./requests/blank_text.ts";
import { cacheControlScope } from "./requests/cache_control_scope.ts";
import { deferLoading } from "./requests/defer_loading.ts";
import { eagerInputStreaming } from "./requests/eager_input_streaming.ts";
import { effortValues } from "./requests/effort_values.ts";
import { geminiBlankParts } from "./requests/gemini_blank_parts.ts";
import { geminiOptionLeaks } from "./requests/gemini_option_leaks.ts";
import { geminiToolSchemas } from "./requests/gemini_tool_schemas.ts";
import { itemIds } from "./requests/item_ids.ts";
import { itemStatus } from "./requests/item_status.ts";
import { maxCompletionTokens } from "./requests/max_completion_tokens.ts";
import { messageNames } from "./requests/message_names.ts";
import { missingParameters } from "./requests/missing_parameters.ts";
import { openToolSchemas } from "./requests/open_tool_schemas.ts";
import { optionLeaks } from "./requests/option_leaks.ts";
import { orphanResults } from "./requests/orphan_results.ts";
import { outputCap } from "./requests/output_cap.ts";
import { parallelCalls } from "./requests/parallel_calls.ts";
import { reasoningEffort } from "./requests/reasoning_effort.ts";
import { reasoningObject } from "./requests/reasoning_object.ts";
import { replayedReasoning } from "./requests/replayed_reasoning.ts";
import { responseFormat } from "./requests/response_format.ts";
import { resultOrder } from "./requests/result_order.ts";
import { samplingParams } from "./requests/sampling_params.ts";
import { serverTools } from "./requests/server_tools.ts";
import { store } from "./requests/store.ts";
import { streamOptions } from "./requests/stream_options.ts";
import { strictOption } from "./requests/strict_option.ts";
import { strictTools } from "./requests/strict_tools.ts";
import { temperatureOrTopP } from "./requests/temperature_or_top_p.ts";
import { thinkingBudget } from "./requests/thinking_budget.ts";
import { thinkingShape } from "./requests/thinking_shape.ts";
import { toolImages } from "./requests/tool_images.ts";
import { toolNames } from "./requests/tool_names.ts";
import { unansweredCalls } from "./requests/unanswered_calls.ts";
import { verbosity } from "./requests/verbosity.ts";
import { createSignatures, type Signatures } from "./signatures/signatures.ts";

/** Those that remember nothing. */
const STATELESS: readonly RequestRepair[] = [
  optionLeaks,
  geminiOptionLeaks,
  strictOption,
  store,
  streamOptions,
  verbosity,
  reasoningObject,
  reasoningEffort,
  effortValues,
  maxCompletionTokens,
  outputCap,
  samplingParams,
  temperatureOrTopP,
  responseFormat,
  thinkingShape,
  thinkingBudget,
  strictTools,
  eagerInputStreaming,
  deferLoading,
  serverTools,
  missingParameters,
  geminiToolSchemas,
  openToolSchemas,
  toolNames,
  replayedReasoning,
  blankText,
  blankAssistant,
  geminiBlankParts,
  messageNames,
  cacheControlScope,
  itemIds,
  itemStatus,
  orphanResults,
  resultOrder,
  unansweredCalls,
  parallelCalls,
  toolImages,
];

/** The table of an isolate, whose answers are repaired with the same `signatures`. */
export function requestRepairs(signatures: Signatures): readonly RequestRepair[] {
  return [...STATELESS, signatures.request];
}

/** The table as it is where no answer has been seen. */
export const REQUEST_REPAIRS: readonly RequestRepair[] = requestRepairs(createSignatures());
