/**
 * Bytes of a request → a checked value.
 *
 * @module
 */

import * as v from "valibot";
import { refuse } from "./replies.ts";

/** The JSON of `body`; nothing counts as `{}`. @throws {Refusal} if it is not what `schema` says. */
export function readJson<const Schema extends v.GenericSchema>(
  body: Uint8Array,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, parse(body));
  if (result.success) return result.output;
  const problems = result.issues.map((issue) =>
    `${v.getDotPath(issue) ?? "body"}: ${issue.message}`
  );
  throw refuse(400, "MALFORMED_REQUEST", `Could not parse request object: ${problems.join("; ")}`);
}

function parse(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw refuse(400, "MALFORMED_REQUEST", "Could not parse request object: it is not JSON");
  }
}
