/**
 * The thread that holds streams open: what reading them costs is no part of what the requests are
 * measured by.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import type { StreamsNews, StreamsOrder } from "./protocol.ts";

/** Streams longer than any run: the most events that the workspace gives. */
const EVENTS = 10_000;
const TELL_EVERY_MS = 1_000;

const tell = (news: StreamsNews) => self.postMessage(news);
let events = 0;

self.onmessage = async ({ data: order }: MessageEvent<StreamsOrder>) => {
  const beginnings: Promise<void>[] = [];
  for (let index = 0; index < order.count; index++) {
    beginnings.push(begin(order));
    // Not in step, or all of them would send their events at the same moment.
    await new Promise((resolve) => setTimeout(resolve, order.paceMs / order.count));
  }
  await Promise.all(beginnings);
  tell({ type: "open" });
  setInterval(() => tell({ type: "events", events }), TELL_EVERY_MS);
};

/** Resolves at the first event; the others are read from then on. */
async function begin({ origin, key, paceMs }: StreamsOrder): Promise<void> {
  const content = `[[stream ${EVENTS}]] [[slow ${paceMs}]]`;
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content }] }),
  });
  const reader = response.body?.getReader();
  if (response.status !== 200 || reader === undefined) {
    throw new Error(`a stream was answered with status ${response.status}`);
  }
  await reader.read();
  const onEnd = () => tell({ type: "ended" });
  readOn(reader).then(onEnd, onEnd);
}

async function readOn(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
  while (!(await reader.read()).done) events += 1;
}
