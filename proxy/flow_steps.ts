/**
 * The steps of a request on its way to the workspace and back, as the flow in `handler.ts` takes
 * them.
 *
 * @module
 */

import type { ProxyConfig } from "../protocol.ts";
import { describeError } from "../support/errors.ts";
import { logFor } from "../support/log.ts";
import { pause } from "../support/pause.ts";
import type { UpstreamTarget } from "../workspace/endpoints.ts";
import { BodyLanes } from "./body_lanes.ts";
import { BodyMemory } from "./body_memory.ts";
import type { ForwardSteps } from "./forward.ts";
import type { HandlerSteps } from "./handler_steps.ts";
import type { RotatorLink } from "./link.ts";
import type { Parts } from "./parts.ts";
import type { RelaySteps } from "./relay.ts";
import { answerRepairs } from "./repairs/answer_table.ts";
import { Rows } from "./repairs/rows.ts";
import { requestRepairs } from "./repairs/table.ts";
import { LongEventError } from "./sse/reader.ts";
import { Strangers } from "./strangers.ts";
import { Streams } from "./streams.ts";
import { createUpstream } from "./upstream.ts";

const log = logFor("proxy");

/** All steps but those that depend on the door, and those of what is answered here. */
export function flowSteps(parts: Parts): Omit<HandlerSteps, "door" | "answerLocally"> {
  const { config, link, keys, counters, lessons, signatures, now, onActive } = parts;
  return {
    ...forwardSteps(parts),
    keys: (age) => (age === "fresh" ? keys.look() : keys.read())?.ring ?? null,
    clientAuth: config.clientAuth,
    agentDialects: config.agentDialects,
    target: targetOf(config, link),
    maxHeaderBytes: config.limits.maxHeaderBytes,
    maxBodyBytes: config.maxBodyBytes,
    bodyMemory: new BodyMemory(config.limits.bodyMemoryBytes),
    bodyLanes: new BodyLanes(),
    bodyWatchdog: parts.watchdogs.body,
    streams: new Streams(config.limits.maxStreams),
    strangers: new Strangers(() => performance.now()),
    pause: parts.options.pause ?? pause,
    repairs: {
      rows: new Rows(requestRepairs(signatures), config.repairsOff),
      lessons,
      onLearned: ({ lesson, subject: { dialect, mode, model } }) =>
        log.info("lesson-learned", { lesson, dialect, mode, model }),
      onRepaired: (name, subject) => counters.countRepair(name, subject),
      onBug: (error) => log.error("repair-failed", { error: describeError(error) }),
    },
    answers: answerSteps(parts),
    counters,
    now,
    onActive,
    onAnswer: config.log.level === "debug" ? (visit) => log.debug("request", { ...visit }) : null,
    onBug: (error) => log.error("request-failed", { error: describeError(error) }),
  };
}

function forwardSteps(parts: Parts): ForwardSteps {
  const { credentials, counters, client, link, elapsed } = parts;
  return {
    credentials,
    elapsed,
    send: createUpstream({
      fetch,
      client: () => client.get(),
      watchdog: parts.watchdogs.upstream,
    }),
    reject: (generation) => {
      log.warn("token-rejected", { tokenId: generation.tokenId, generation: generation.number });
      link.reject(generation);
    },
    onRescue: () => counters.countRescue(),
    onExchangeEnd: (end) => {
      if (end !== "broken" && end !== "silent") return;
      counters.countUpstreamFailure();
      if (end === "silent") counters.countLimit("upstream-silence");
      log.warn("upstream-failed", { end });
    },
  };
}

function answerSteps(parts: Parts): RelaySteps {
  const { config, options, counters, signatures, watchdogs, closing } = parts;
  return {
    silence: watchdogs.silence,
    closing: closing.signal,
    pause: options.streams?.pause ?? pause,
    rows: new Rows(answerRepairs(signatures), config.repairsOff),
    maxEventBytes: config.limits.maxEventBytes,
    onRepaired: (name, subject) => counters.countRepair(name, subject),
    onBug: (error) => log.error("repair-failed", { error: describeError(error) }),
    onFault: (error) => {
      counters.countUpstreamFailure();
      if (error instanceof LongEventError) counters.countLimit("event-bytes");
      log.warn("stream-failed", { error: describeError(error) });
    },
  };
}

/** The same object while the mode is the same. */
function targetOf(config: ProxyConfig, link: RotatorLink): () => UpstreamTarget {
  const { workspaceHost: host, gatewayHost, chatBase, geminiBase } = config;
  const make = () => ({ mode: link.mode, host, gatewayHost, chatBase, geminiBase });
  let target: UpstreamTarget = make();
  return () => target.mode === link.mode ? target : target = make();
}
