/**
 * Thought signatures: Gemini signs what it calls, and refuses to have a call played back without.
 * Most clients of the chat dialect, and some of its own, do not keep them.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import { get, isArray, isObject, type Json, type JsonObject } from "../json.ts";
import type { AnswerMachine, AnswerRepair, RequestRepair, Subject } from "../repair.ts";
import { geminiKeys, idKey, signatureOf, UNSIGNED } from "./signed.ts";
import { signKnown, signUnsigned } from "./sign_calls.ts";
import { type SignatureShelf, SignatureStore } from "./signature_store.ts";

/** The two ends of one memory. */
export interface Signatures {
  /** Puts signatures on the calls of a history. */
  readonly request: RequestRepair;
  /** Remembers those of answers, in which it changes nothing. */
  readonly answer: AnswerRepair;
}

const LABEL = {
  name: "thought-signatures",
  summary: "Calls that Gemini signed are played back with the signatures that they came with.",
  evidence: "https://github.com/block/goose/issues/7997",
  dialects: ["chat", "gemini"],
  serves: ({ dialect, family }: Subject): boolean => dialect === "gemini" || family === "gemini",
} as const;

/** Both ends of a memory, which all requests of an isolate share. */
export function createSignatures(store: SignatureStore = new SignatureStore()): Signatures {
  return {
    request: {
      ...LABEL,
      mend(body, { dialect, model }) {
        const signed = signKnown(body, dialect, store.shelf(shelfName(dialect, model)));
        // In chat it is not known to be understood: there a refusal has to ask for it.
        return dialect === "gemini" && asksForSignatures(model)
          ? signUnsigned(signed, dialect)
          : signed;
      },
    },
    answer: {
      ...LABEL,
      begin({ subject: { dialect, model } }) {
        const shelf = store.shelf(shelfName(dialect, model));
        return dialect === "gemini" ? rememberGemini(shelf) : rememberChat(shelf);
      },
    },
  };
}

function shelfName(dialect: Dialect, model: string): string {
  return `${dialect} ${JSON.stringify(model)}`;
}

/**
 * Whether a model refuses calls without signatures: all do from Gemini 3 on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asksForSignatures } from "./signatures.ts";
 *
 * assert(asksForSignatures("databricks-gemini-3-1-pro"));
 * assert(!asksForSignatures("databricks-gemini-2-5-flash"));
 * assert(!asksForSignatures("my-endpoint"));
 * ```
 */
export function asksForSignatures(model: string): boolean {
  const version = /gemini-(\d+)/.exec(model.toLowerCase());
  return version !== null && Number(version[1]) >= 3;
}

function rememberGemini(shelf: SignatureShelf): AnswerMachine {
  return watch((answer) => {
    for (const candidate of itemsOf(answer, "candidates")) {
      const content = get(candidate, "content");
      for (const part of isObject(content) ? itemsOf(content, "parts") : []) {
        const signature = signatureOf(part);
        if (signature === null || signature === UNSIGNED) continue;
        const { id, call } = geminiKeys(part);
        if (id !== null) shelf.set(id, signature);
        if (call !== null) shelf.add(call, signature);
      }
    }
  });
}

function rememberChat(shelf: SignatureShelf): AnswerMachine {
  // Only the first piece of a call has its id.
  const ids = new Map<string, Json>();
  return watch((answer) => {
    for (const [at, choice] of itemsOf(answer, "choices").entries()) {
      const said = get(choice, "message") ?? get(choice, "delta");
      if (!isObject(said)) continue;
      for (const [index, call] of itemsOf(said, "tool_calls").entries()) {
        const place = `${numberOf(choice, at)} ${numberOf(call, index)}`;
        const id = get(call, "id");
        if (idKey(id) !== null) ids.set(place, id ?? null);
        const key = idKey(ids.get(place));
        const signature = signatureOf(call);
        if (key !== null && signature !== null) shelf.set(key, signature);
      }
    }
  });
}

/** A machine that changes nothing. */
function watch(look: (answer: JsonObject) => void): AnswerMachine {
  const seen = (answer: JsonObject): JsonObject => {
    look(answer);
    return answer;
  };
  return { whole: seen, push: (event) => [seen(event)], end: () => [] };
}

function itemsOf(object: JsonObject, key: string): readonly JsonObject[] {
  const items = get(object, key);
  return isArray(items) ? items.filter(isObject) : [];
}

function numberOf(item: JsonObject, at: number): number {
  const index = get(item, "index");
  return typeof index === "number" ? index : at;
}
