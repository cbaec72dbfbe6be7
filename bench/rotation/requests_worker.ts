/**
 * The thread that asks and measures, and does nothing else.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { PacedRequests } from "./paced_requests.ts";
import type { RequestsNews, RequestsOrder } from "./protocol.ts";

const tell = (news: RequestsNews) => self.postMessage(news);
let all: readonly PacedRequests[] = [];

self.onmessage = async ({ data }: MessageEvent<RequestsOrder>) => {
  switch (data.type) {
    case "start":
      all = await Promise.all(data.series.map((options) => PacedRequests.start(options)));
      tell({ type: "started" });
      break;
    case "stop":
      await Promise.all(all.map((requests) => requests.stop()));
      tell({ type: "stopped", samples: all.map(({ samples }) => samples) });
      break;
  }
};
