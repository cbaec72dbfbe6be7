/**
 * The demo isolate: hears the supervisor and sets the stage. It may listen on loopback and reach
 * the one port of the proxy; it reads and writes no file.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { describeError } from "../support/errors.ts";
import type { FromDemo, ToDemo } from "./protocol.ts";
import { Stage } from "./stage.ts";

const REQUESTS_PER_SECOND = 12;
const LOOK_EVERY_MS = 250;

const toSupervisor = (message: FromDemo) => self.postMessage(message);
const stage = new Stage({
  requestsPerSecond: REQUESTS_PER_SECOND,
  lookEveryMs: LOOK_EVERY_MS,
  onSnapshot: (snapshot) => toSupervisor({ type: "snapshot", snapshot }),
});

self.onmessage = async ({ data }: MessageEvent<ToDemo>) => {
  try {
    await follow(data);
  } catch (error) {
    toSupervisor({ type: "failed", reason: describeError(error) });
  }
};

async function follow(message: ToDemo): Promise<void> {
  switch (message.type) {
    case "open":
      toSupervisor({ type: "opened", origin: stage.origin, token: stage.token });
      break;
    case "run":
      await stage.run(message.target);
      toSupervisor({ type: "running", at: Date.now() });
      break;
    case "rest":
      toSupervisor({ type: "resting", snapshot: await stage.rest() });
      break;
    case "close": {
      const { tokens } = stage;
      await stage.close();
      toSupervisor({ type: "closed", tokens });
      self.close();
      break;
    }
  }
}
