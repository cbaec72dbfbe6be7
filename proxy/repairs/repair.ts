/**
 * What a repair is: one thing that an endpoint rejects or a client cannot read, mended by a pure
 * function. One file each.
 *
 * @module
 */

import type { Dialect, UpstreamMode } from "../../workspace/endpoints.ts";
import type { ModelFamily } from "./families.ts";
import type { JsonObject } from "./json.ts";

/** What a repair is chosen by. */
export interface Subject {
  /** Wire language of both bodies. */
  readonly dialect: Dialect;
  /** Which of the workspace's routes serves it. */
  readonly mode: UpstreamMode;
  /** The model as it was asked for; empty if the request names none. */
  readonly model: string;
  /** Who made it. */
  readonly family: ModelFamily;
  /** Whether the answer is a stream. */
  readonly isStream: boolean;
}

/** A repair as people know it. */
export interface RepairLabel {
  /** What `REPAIRS_OFF`, `x-keyturn-repairs` and the counters call it. */
  readonly name: string;
  /** What it mends, as a sentence for `explain`. */
  readonly summary: string;
  /** Where it was seen: an address. */
  readonly evidence: string;
}

/** Mends a request. */
export interface RequestRepair extends RepairLabel {
  /** The dialects that it knows how to read. Without one, such a body is not even parsed. */
  readonly dialects: readonly Dialect[];
  /** Whether the endpoint of this subject needs it. */
  serves(subject: Subject): boolean;
  /** The body mended; the same object if there was nothing to mend. Mending twice is once. */
  mend(body: JsonObject, subject: Subject): JsonObject;
}

/** An answer and the request that it answers. */
export interface AnswerContext {
  /** What was asked of whom. */
  readonly subject: Subject;
  /** The request as the caller sent it, `null` if it is no JSON object. */
  readonly asked: JsonObject | null;
}

/** Mends answers. */
export interface AnswerRepair extends RepairLabel {
  /** The dialects that it knows how to read. Without one, such an answer is not even parsed. */
  readonly dialects: readonly Dialect[];
  /** Whether answers to this subject need it. */
  serves(subject: Subject): boolean;
  /**
   * Whether this answer needs it, where that hangs on the request. If all that serve it do not, an
   * answer is not even parsed. Without this, every answer does.
   */
  concerns?(context: AnswerContext): boolean;
  /** Begins on one answer. */
  begin(context: AnswerContext): AnswerMachine;
}

/** The state of a repair on its way through one answer. */
export interface AnswerMachine {
  /** An answer that is not streamed; the same object if there was nothing to mend. */
  whole(body: JsonObject): JsonObject;
  /**
   * What takes the place of an event's data, in order; nothing withholds it. The same object in a
   * list of its own if there was nothing to mend.
   */
  push(event: JsonObject): readonly JsonObject[];
  /** What is still to be said when the stream ends in order, before its closing mark. */
  end(): readonly JsonObject[];
}
