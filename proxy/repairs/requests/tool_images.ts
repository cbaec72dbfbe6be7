import { get, isArray, isObject, type Json, mapItems, withEntry } from "../json.ts";
import { roleOf } from "../messages.ts";
import type { RequestRepair } from "../repair.ts";
import { surveyMessages } from "../surveys/messages_survey.ts";

const INSTEAD: Json = { type: "text", text: "The image of this result is in the next message." };

/** Chat has text alone in results; an image goes into a message of the user's behind them. */
export const toolImages: RequestRepair = {
  name: "tool-images",
  summary: "Results are text in chat, so an image in one moves into a message behind it.",
  evidence:
    "https://github.com/block/goose/blob/main/crates/goose/src/providers/formats/databricks.rs",
  dialects: ["chat"],
  serves: () => true,
  mend(body) {
    const messages = get(body, "messages");
    if (!isArray(messages) || !surveyMessages(body).hasToolImages) return body;
    const moved: Json[] = [];
    let images: Json[] = [];
    for (const message of messages) {
      if (roleOf(message) !== "tool") {
        moved.push(...userMessage(images));
        images = [];
      }
      moved.push(withoutImages(message, images));
    }
    return withEntry(body, "messages", [...moved, ...userMessage(images)]);
  },
};

function partsOf(message: Json): readonly Json[] {
  const content = isObject(message) ? get(message, "content") : undefined;
  return roleOf(message) === "tool" && isArray(content) ? content : [];
}

function isImage(part: Json): boolean {
  return isObject(part) && get(part, "type") === "image_url";
}

function hasImages(message: Json): boolean {
  return partsOf(message).some(isImage);
}

function withoutImages(message: Json, images: Json[]): Json {
  if (!isObject(message) || !hasImages(message)) return message;
  images.push(...partsOf(message).filter(isImage));
  const content = mapItems(partsOf(message), (part) => isImage(part) ? INSTEAD : part);
  return withEntry(message, "content", content);
}

function userMessage(images: readonly Json[]): readonly Json[] {
  return images.length === 0 ? [] : [{ role: "user", content: images }];
}
