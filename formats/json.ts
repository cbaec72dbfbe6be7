/**
 * JSON as RFC 8259 has it, as a {@link TextFormat}: for programs that read with `JSON.parse()`,
 * which takes neither comments nor trailing commas.
 *
 * @module
 */

import type { TextFormat } from "./format.ts";
import { jsonFormat } from "./jsonc.ts";

/** Strict JSON: a text with comments is refused. */
export const json: TextFormat = jsonFormat("strict");
