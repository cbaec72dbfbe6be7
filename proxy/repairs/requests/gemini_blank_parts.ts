import { get, isArray, isObject, type Json, type JsonObject, mapItems } from "../json.ts";
import { withEntry, without } from "../json.ts";
import { isBlankPart } from "../gemini_parts.ts";
import { surveyContents } from "../surveys/contents_survey.ts";
import type { RequestRepair } from "../repair.ts";

/**
 * `contents.parts must not be empty`, `required oneof field 'data' must have one initialized
 * field`, and Vertex' `it has an empty text parameter`.
 */
export const geminiBlankParts: RequestRepair = {
  name: "gemini-blank-parts",
  summary: "Parts that say nothing are left out, and turns that have no others.",
  evidence: "https://github.com/vercel/ai/issues/3775",
  dialects: ["gemini"],
  serves: () => true,
  mend(body) {
    const contents = get(body, "contents");
    const isBad = isArray(contents) && surveyContents(body).hasBlanks;
    const kept = isBad ? mapItems(contents, withoutBlanks) : [];
    // A conversation without any turn is refused too, and that says better what is wrong.
    const mended = kept.length === 0 ? body : withEntry(body, "contents", kept);
    return ["systemInstruction", "system_instruction"].reduce<JsonObject>((next, key) => {
      const turn = get(next, key);
      const said = isObject(turn) ? withoutBlanks(turn) : turn;
      if (said === undefined) return without(next, [key]);
      return withEntry(next, key, said);
    }, mended);
  },
};

/** The turn without its blank parts; `undefined` if it has no others. */
function withoutBlanks(turn: Json): Json | undefined {
  if (!isObject(turn)) return turn;
  const parts = get(turn, "parts");
  if (!isArray(parts)) return parts === undefined || parts === null ? undefined : turn;
  const kept = mapItems(parts, (part) => isBlankPart(part) ? undefined : part);
  return kept.length === 0 ? undefined : withEntry(turn, "parts", kept);
}
