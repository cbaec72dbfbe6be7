/**
 * A request on its way through the repairs that serve it: bytes in, the same bytes out unless one
 * of them fired.
 *
 * @module
 */

import type { ForwardRoute, UpstreamMode } from "../../workspace/endpoints.ts";
import { familyOf } from "./families.ts";
import { get, isObject, type JsonObject } from "./json.ts";
import type { RequestRepair, Subject } from "./repair.ts";
import { writeBack } from "./write_back.ts";

/** A request that could be read. */
export interface ReadRequest {
  /** The text of its body. */
  readonly source: string;
  /** The same as a value. */
  readonly asked: JsonObject;
  /** What repairs are chosen by. */
  readonly subject: Subject;
}

/** A body after repairs. */
export interface MendedRequest {
  /** The same object as before if nothing fired. */
  readonly after: JsonObject;
  /** Names of the repairs that changed it, in the order in which they fired. */
  readonly fired: readonly string[];
}

/**
 * Reads a body; `null` if it is no JSON object, which is the endpoint's to say.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findRoute } from "../../workspace/endpoints.ts";
 * import { readRequest } from "./repair_request.ts";
 *
 * const route = findRoute("POST", "/v1/messages");
 * assert(route?.kind === "forward");
 * const body = new TextEncoder().encode('{"model":"databricks-claude-opus-4-8"}');
 * const read = readRequest(body, { route, mode: "ai-gateway" });
 * assert.equal(read?.subject.family, "claude");
 * ```
 */
export function readRequest(
  body: Uint8Array,
  { route, mode }: { readonly route: ForwardRoute; readonly mode: UpstreamMode },
): ReadRequest | null {
  const source = decode(body);
  const asked = source === null ? null : parse(source);
  if (source === null || asked === null) return null;
  const named = get(asked, "model");
  const model = route.model ?? (typeof named === "string" ? named : "");
  const isStream = get(asked, "stream") === true ||
    route.upstream[mode].endsWith(":streamGenerateContent");
  return {
    source,
    asked,
    subject: { dialect: route.dialect, mode, model, family: familyOf(model), isStream },
  };
}

/**
 * Applies the repairs of a row, in their order. One that fails is a mistake of ours: it is told
 * of and left out, since the endpoint may well take what it could not read.
 */
export function mendRequest(
  { asked, subject }: ReadRequest,
  options: {
    readonly row: readonly RequestRepair[];
    readonly onBug: (error: unknown) => void;
  },
): MendedRequest {
  let after = asked;
  const fired: string[] = [];
  for (const repair of options.row) {
    try {
      const next = repair.mend(after, subject);
      if (next !== after) fired.push(repair.name);
      after = next;
    } catch (error) {
      options.onBug(error);
    }
  }
  return { after, fired };
}

/**
 * The bytes of `after`: those that came where nothing is different, else their text with only the
 * differences written anew, since providers find a prompt in their cache by its bytes.
 */
export function encodeRequest(
  body: Uint8Array<ArrayBuffer>,
  { read: { source, asked }, after }: { readonly read: ReadRequest; readonly after: JsonObject },
): Uint8Array<ArrayBuffer> {
  if (after === asked) return body;
  return new TextEncoder().encode(writeBack(source, { before: asked, after }));
}

/** What a decoder puts in the place of bytes that are no text. */
const REPLACEMENT = "\ufffd";
const lenient = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

function decode(body: Uint8Array): string | null {
  // A strict decoder takes ten times as long, and is only needed where the mark shows up.
  const text = lenient.decode(body);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strict.decode(body);
  } catch {
    return null;
  }
}

function parse(source: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
