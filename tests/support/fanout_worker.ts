/**
 * A worker that runs the fan-out once and says what became of it. Started by `fanout_process.ts`
 * with the rotator's own permissions.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { Fanout } from "../../rotator/fanout/fanout.ts";
import type { AgentFile } from "../../support/agent_file.ts";
import { ORDER } from "./agent_home.ts";

self.onmessage = async ({ data }: MessageEvent<readonly AgentFile[]>) => {
  self.postMessage(await new Fanout(data).run(ORDER));
};
