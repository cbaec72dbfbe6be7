/**
 * An answer on its way to the caller: byte for byte, unless a repair serves it or it is an error in
 * an envelope that the caller's SDK cannot open.
 *
 * @module
 */

import { parseApiError } from "../workspace/api_error.ts";
import type { Dialect } from "../workspace/endpoints.ts";
import type { Secret } from "../workspace/credential.ts";
import { type HeaderList, inboundHeaders } from "./headers.ts";
import { maskingStream, maskText, maskToken } from "./mask_token.ts";
import { relayStream, type StreamSteps, UnreadPassage } from "./relayed_stream.ts";
import type { HeaderView } from "./read_headers.ts";
import { isObject, type JsonObject } from "./repairs/json.ts";
import { concerned, MachineRow } from "./repairs/machine_row.ts";
import { StreamMender } from "./repairs/mend_stream.ts";
import type { AnswerRepair, Subject } from "./repairs/repair.ts";
import type { ReadRequest } from "./repairs/repair_request.ts";
import type { Rows } from "./repairs/rows.ts";
import { writeBack } from "./repairs/write_back.ts";
import type { UpstreamAnswer } from "./upstream.ts";
import { translateError } from "./upstream_error.ts";

/** What relaying needs. */
export interface RelaySteps extends StreamSteps {
  readonly rows: Rows<AnswerRepair>;
  /** Bytes of one event of a stream; more of them fail the stream. */
  readonly maxEventBytes: number;
  /** Told of each repair that changed an answer. */
  readonly onRepaired: (name: string, subject: Subject) => void;
  /** A repair that failed. */
  readonly onBug: (error: unknown) => void;
}

/** The request that is answered. */
export interface RelayedCall {
  readonly dialect: Dialect;
  /** What it said; `null` if nobody could read it. */
  readonly read: ReadRequest | null;
  /** The repairs that changed it. */
  readonly fired: readonly string[];
  /** The token that it was sent with, which is not for the caller. */
  readonly secret: Secret;
  /** Fires when the caller leaves. */
  readonly signal: AbortSignal;
}

interface RelayedBody {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  /** Whether its length may be another than upstream's. */
  readonly isChanged: boolean;
  readonly fired?: readonly string[];
  readonly type?: string;
  /** When to come back, where the body says so. */
  readonly retryAfterMs?: number | null;
}

/** They have none, and a response with them takes none. */
const NO_BODY = [204, 205, 304];
/** Error bodies beyond this are no envelope. */
const MAX_ERROR_BYTES = 65_536;
/** When to come back after a 429 that does not say. */
const RETRY_AFTER_MS = 5_000;
/** Answers beyond this are no model's. */
const MAX_WHOLE_BYTES = 33_554_432;
/** Headers that speak of bytes which are not sent any more. */
const OF_BYTES = ["content-length", "content-md5", "digest", "content-digest", "etag"];

/**
 * The response for an answer.
 *
 * @throws {Refusal} if it breaks off before anything of it has left.
 */
export async function relayAnswer(
  answer: UpstreamAnswer,
  call: RelayedCall,
  steps: RelaySteps,
): Promise<Response> {
  const { status } = answer;
  const relayed = await relayBody(answer, call, steps);
  const { body, isChanged, fired = [], type } = relayed;
  let headers = inboundHeaders(answer.headers);
  for (const header of headers) header[1] = maskText(header[1], call.secret);
  if (isChanged) headers = headers.filter(([name]) => !OF_BYTES.includes(name));
  if (type !== undefined) headers = withType(headers, type);
  // Codex ends the turn at once on a 429 that does not say when to come back.
  if (status === 429 && !answer.headers.has("retry-after")) {
    const seconds = Math.ceil((relayed.retryAfterMs ?? RETRY_AFTER_MS) / 1_000);
    headers.push(["retry-after", String(seconds)]);
  }
  const names = new Set([...call.fired, ...fired]);
  if (names.size > 0) headers.push(["x-keyturn-repairs", [...names].join(",")]);
  return new Response(body, { status, headers });
}

async function relayBody(
  answer: UpstreamAnswer,
  call: RelayedCall,
  steps: RelaySteps,
): Promise<RelayedBody> {
  const type = answer.headers.get("content-type")?.toLowerCase() ?? "";
  const isStream = type.startsWith("text/event-stream");
  if (NO_BODY.includes(answer.status)) return await asItCame(answer);
  const isPlain = isReadable(answer.headers);
  // What says that it is packed need not be.
  if (answer.status >= 400 && (isStream || !isPlain)) return await masked(answer, call.secret);
  if (answer.status >= 400) return await relayError(answer, call);
  if (!isPlain) return await asItCame(answer);
  const machines = beginRow(call, steps);
  if (isStream) return relayEvents(answer, { ...call, machines }, steps);
  if (machines === null || !isWholeJson(type, call)) return await asItCame(answer);
  return await relayWhole(answer, machines);
}

async function asItCame(answer: UpstreamAnswer): Promise<RelayedBody> {
  return { body: await answer.body(), isChanged: false };
}

async function relayError(answer: UpstreamAnswer, call: RelayedCall): Promise<RelayedBody> {
  const { dialect, secret } = call;
  const peeked = await answer.peek(MAX_ERROR_BYTES);
  if (peeked === null) return await masked(answer, secret);
  const bytes = maskToken(peeked, secret);
  const { status } = answer;
  const read = new TextDecoder().decode(bytes);
  const text = maskText(read, secret);
  const { retryAfterMs } = parseApiError(status, answer.headers, text);
  const translated = translateError(text, { status, dialect });
  if (translated === null) {
    if (text === read) return { body: bytes, isChanged: false, retryAfterMs };
    return { body: new TextEncoder().encode(text), isChanged: true, retryAfterMs };
  }
  const body = new TextEncoder().encode(translated);
  return { body, isChanged: true, type: "application/json", retryAfterMs };
}

/** An error of any length, without the token that was refused. */
async function masked(answer: UpstreamAnswer, secret: Secret): Promise<RelayedBody> {
  const body = await answer.body();
  if (body instanceof Uint8Array) return { body: maskToken(body, secret), isChanged: false };
  if (body === null) return { body, isChanged: false };
  const bytes = body as ReadableStream<Uint8Array<ArrayBuffer>>;
  return { body: bytes.pipeThrough(maskingStream(secret)), isChanged: false };
}

function relayEvents(
  answer: UpstreamAnswer,
  call: RelayedCall & { readonly machines: MachineRow | null },
  steps: RelaySteps,
): RelayedBody {
  const { dialect, signal, machines } = call;
  const passage = machines === null ? new UnreadPassage() : new StreamMender(machines, steps);
  // What keeps it alive is not counted in any length.
  return { body: relayStream(answer, { passage, dialect, signal }, steps), isChanged: true };
}

async function relayWhole(answer: UpstreamAnswer, machines: MachineRow): Promise<RelayedBody> {
  const bytes = await answer.peek(MAX_WHOLE_BYTES);
  if (bytes === null) return await asItCame(answer);
  const source = decode(bytes);
  const before = source === null ? null : parse(source);
  if (source === null || before === null) return { body: bytes, isChanged: false };
  const after = machines.whole(before);
  if (after === before) return { body: bytes, isChanged: false };
  const body = new TextEncoder().encode(writeBack(source, { before, after }));
  return { body, isChanged: true, fired: machines.fired };
}

/** The repairs that the answer needs; `null`: none, and so nobody reads it. */
function beginRow({ read }: RelayedCall, steps: RelaySteps): MachineRow | null {
  if (read === null) return null;
  const { subject, asked } = read;
  const row = concerned(steps.rows.of(subject), { subject, asked });
  if (row.length === 0) return null;
  return new MachineRow(row, { subject, asked }, {
    onRepaired: (name) => steps.onRepaired(name, subject),
    onBug: steps.onBug,
  });
}

/** Gemini's streams without `alt=sse` are one long JSON list, whose items are waited for. */
function isWholeJson(type: string, { read }: RelayedCall): boolean {
  if (!/^application\/(?:[\w.-]+\+)?json\b/.test(type)) return false;
  return read?.subject.dialect !== "gemini" || !read.subject.isStream;
}

/** Whether the bytes are the text itself: we ask for that, but need not get it. */
function isReadable(headers: HeaderView): boolean {
  const encoding = headers.get("content-encoding");
  return encoding === null || encoding.toLowerCase() === "identity";
}

function withType(headers: HeaderList, type: string): HeaderList {
  return [...headers.filter(([name]) => name !== "content-type"), ["content-type", type]];
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
