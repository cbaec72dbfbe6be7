/**
 * What reading and repairing a stream costs: through the reader alone, through the repairs where
 * none fires and where some do, and in memory over ten minutes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ANSWER_REPAIRS } from "../../proxy/repairs/answer_table.ts";
import { MachineRow } from "../../proxy/repairs/machine_row.ts";
import { StreamMender } from "../../proxy/repairs/mend_stream.ts";
import type { AnswerContext } from "../../proxy/repairs/repair.ts";
import { SseReader } from "../../proxy/sse/reader.ts";
import { printOut } from "../../support/log.ts";
import { cpuMs, median } from "../figures.ts";

const ROUNDS = 15;
const EVENTS = 20_000;
/** A fast model's, for ten minutes. */
const MINUTES = 10;
const EVENTS_PER_SECOND = 100;

const CONTEXT: AnswerContext = {
  subject: {
    dialect: "chat",
    mode: "ai-gateway",
    model: "databricks-claude-opus-4-8",
    family: "claude",
    isStream: true,
  },
  asked: null,
};

/** Prints the figures. */
export function benchStreams(): void {
  say("streams: chat chunks of about 240 bytes");
  const sound = makeStream(EVENTS, textDelta);
  const broken = makeStream(EVENTS, brokenDelta);
  for (const chunkBytes of [240, 1_400, 16_384, 65_536]) {
    const read = measure(sound, chunkBytes, readOnly);
    const parsed = measure(sound, chunkBytes, parseOnly);
    const idle = measure(sound, chunkBytes, mendStream);
    const firing = measure(broken, chunkBytes, mendStream);
    say(
      `chunks of ${String(chunkBytes).padEnd(6)} reader ${rate(sound, read)}; ` +
        `reading and parsing ${perEvent(parsed)} an event; ` +
        `repairs, none fires: ${rate(sound, idle)}, ${perEvent(idle - parsed)} more; ` +
        `one fires in each: ${perEvent(firing - parsed)} more`,
    );
  }
  benchMemory();
}

/** What is left on the heap after each minute of a stream. */
function benchMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const encoder = new TextEncoder();
  const mender = new StreamMender(new MachineRow(ANSWER_REPAIRS, CONTEXT));
  const kilobytes: number[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    for (let count = 0; count < 60 * EVENTS_PER_SECOND; count++) {
      const index = minute * 60 * EVENTS_PER_SECOND + count;
      const event = index % 2 === 0 ? textDelta(index) : brokenDelta(index);
      const bytes = encoder.encode(event);
      // In two pieces, so that there is something to be held.
      mender.push(bytes.subarray(0, 50));
      mender.push(bytes.subarray(50));
    }
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    kilobytes.push(Math.round((heapUsed + external) / 1_024));
  }
  const [first = 0] = kilobytes;
  say(
    `memory after each of ${MINUTES} minutes (${EVENTS_PER_SECOND} events a second, half of them ` +
      `repaired), in KB above the first: ${kilobytes.map((size) => size - first).join(", ")}`,
  );
}

/** Milliseconds of CPU for the whole stream, the median of the rounds. */
function measure(
  stream: Uint8Array<ArrayBuffer>,
  chunkBytes: number,
  work: (chunks: readonly Uint8Array<ArrayBuffer>[]) => void,
): number {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    chunks.push(stream.subarray(at, at + chunkBytes));
  }
  const times = Array.from({ length: ROUNDS + 3 }, () => {
    const begun = cpuMs();
    work(chunks);
    return cpuMs() - begun;
  });
  return median(times.slice(3));
}

function readOnly(chunks: readonly Uint8Array<ArrayBuffer>[]): void {
  const reader = new SseReader();
  let count = 0;
  for (const chunk of chunks) count += reader.push(chunk).length;
  assert.equal(count, EVENTS);
}

/** What no repair could do without. */
function parseOnly(chunks: readonly Uint8Array<ArrayBuffer>[]): void {
  const reader = new SseReader();
  for (const chunk of chunks) {
    for (const { data } of reader.push(chunk)) JSON.parse(data ?? "");
  }
}

function mendStream(chunks: readonly Uint8Array<ArrayBuffer>[]): void {
  const mender = new StreamMender(new MachineRow(ANSWER_REPAIRS, CONTEXT));
  for (const chunk of chunks) mender.push(chunk);
}

function makeStream(
  events: number,
  make: (index: number) => string,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(
    Array.from({ length: events }, (_, index) => make(index)).join(""),
  );
}

function textDelta(index: number): string {
  return chunkOf({ content: ` word${index}` });
}

function brokenDelta(index: number): string {
  return chunkOf({ content: [{ type: "text", text: ` word${index}` }] });
}

function chunkOf(delta: unknown): string {
  const chunk = {
    id: "chatcmpl-7f3c2a9e5b1d4c8f",
    object: "chat.completion.chunk",
    created: 1_764_000_000,
    model: "us.anthropic.claude-opus-4-8-20260301-v1:0",
    choices: [{ index: 0, delta, "logprobs": null, "finish_reason": null }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function rate(stream: Uint8Array, ms: number): string {
  return `${(stream.length / ms / 1_000).toFixed(0)} MB/s`;
}

function perEvent(ms: number): string {
  return `${(ms / EVENTS * 1_000).toFixed(2)} µs`;
}

function say(line: string): void {
  printOut(`${line}\n`);
}
