/** Event streams: the same events wherever the bytes are cut, and repairs that do not break them. */

import assert from "node:assert/strict";
import { ANSWER_REPAIRS } from "../../../proxy/repairs/answer_table.ts";
import { MachineRow } from "../../../proxy/repairs/machine_row.ts";
import { StreamMender } from "../../../proxy/repairs/mend_stream.ts";
import { SseReader } from "../../../proxy/sse/reader.ts";
import { joined, utf8 } from "../../support/bytes.ts";
import { CONTEXT } from "../../support/chat_stream.ts";
import { cutAt } from "../../support/any_stream.ts";
import { type Dice, span } from "../../support/chaos/dice.ts";
import type { FuzzTarget } from "../target.ts";

const CHAT = [
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\n',
  "data: [DONE]\n\n",
].join("");

/** The reader alone. */
export const SSE: FuzzTarget = {
  name: "sse",
  seeds: ["data: a\n\n", "\ufeffevent: e\r\ndata:b\r\ndata: c\r\n\r\n: x\r\rdata\r\r", CHAT],
  words: ["data:", "data", "event: x", "id:", "\n\n", "\r\r", "\r\n\r\n", ": "],
  check: (text, dice) => {
    const bytes = utf8(text);
    const whole = read([bytes]);
    const pieces = cutAt(bytes, cutsOf(bytes.length, dice));
    const cut = read(pieces);
    assert.deepEqual(cut.data, whole.data, "the same data");
    assert.deepEqual(cut.bytes, bytes, "all bytes");
    assert.deepEqual(whole.bytes, bytes, "all bytes");
    return `${whole.data.length} ${whole.data.filter((each) => each.includes("\n")).length}`;
  },
};

/** All repairs of answers on a stream. */
export const MENDED: FuzzTarget = {
  name: "mended-stream",
  seeds: [CHAT, CHAT.replaceAll("\n", "\r\n"), 'data: {"choices":[]}\n\n'],
  words: ["tool_calls", "finish_reason", "null", '"delta":null', '"content":[{"text":"x"}]', "{}"],
  check: (text, dice) => {
    const bytes = utf8(text);
    const whole = mend([bytes]);
    const cut = mend(cutAt(bytes, cutsOf(bytes.length, dice)));
    assert.equal(cut.text, whole.text, "the same wherever it is cut");
    assert.equal(cut.isCut, whole.isCut);
    return whole.fired.join(" ");
  },
};

function cutsOf(size: number, dice: Dice): readonly number[] {
  return Array.from({ length: span(dice, [0, 12]) }, () => span(dice, [0, size]))
    .sort((a, b) => a - b);
}

function read(pieces: readonly Uint8Array<ArrayBuffer>[]) {
  const reader = new SseReader();
  const events = pieces.flatMap((piece) =>
    reader.push(piece).map(({ bytes, data }) => ({ bytes: bytes.slice(), data }))
  );
  const last = reader.end();
  const all = [...events.map(({ bytes }) => bytes), ...last === null ? [] : [last.bytes]];
  return {
    bytes: joined(all),
    data: events.map(({ data }) => data).filter((data) => data !== null),
  };
}

function mend(pieces: readonly Uint8Array<ArrayBuffer>[]) {
  const onBug = (error: unknown) => {
    throw error;
  };
  const row = new MachineRow(ANSWER_REPAIRS, CONTEXT, { onBug });
  const mender = new StreamMender(row);
  const parts = pieces.map((piece) => mender.push(piece).slice());
  const rest = mender.end();
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(joined([...parts, rest.bytes]));
  return { text, isCut: rest.isCut, fired: row.fired };
}
