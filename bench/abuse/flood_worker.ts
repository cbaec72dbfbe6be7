/**
 * The flood on a thread of its own, so that what it costs its sender slows down nobody who is
 * measured.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { type Flood, type FloodOrder, startFlood } from "./flood.ts";

let flood: Flood | null = null;

self.onmessage = async ({ data }: MessageEvent<FloodOrder | "stop">) => {
  if (data !== "stop") {
    flood = await startFlood(data);
    self.postMessage("started");
    self.postMessage(await flood.oversized());
    return;
  }
  await flood?.stop();
  self.postMessage("stopped");
  self.close();
};
