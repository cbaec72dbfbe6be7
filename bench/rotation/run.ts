/**
 * One run: workspace, service and load as processes and threads of their own, and rotations one
 * after the other.
 *
 * @module
 */

import { type KeyturnServer, startKeyturn } from "../servers.ts";
import { rotateInTurn, untilRest } from "./operator.ts";
import type {
  Arrival,
  PacedOptions,
  RequestsNews,
  RequestsOrder,
  Sample,
  StreamsNews,
  StreamsOrder,
} from "./protocol.ts";
import type { AskedRotation } from "./rotations.ts";
import { Thread } from "./thread.ts";
import { startWorkspaceProcess, type WorkspaceProcess } from "./workspace_process.ts";

/** What a run is made of. */
export interface RunOptions {
  /** Proxy isolates. */
  readonly workers: number;
  readonly rotations: number;
}

/** What came out of it. */
export interface RunRecord {
  /** Requests through the service. */
  readonly through: readonly Sample[];
  /** Requests to the workspace without the service in between. */
  readonly direct: readonly Sample[];
  /** How those through the service reached the workspace. */
  readonly arrivals: readonly Arrival[];
  readonly asked: readonly AskedRotation[];
  /** The log of the service. */
  readonly log: readonly string[];
  /** Requests that the service had to send a second time. */
  readonly rescues: number;
  readonly streams: StreamCounts;
}

/** What became of the streams: all of them should outlast the run. */
export interface StreamCounts {
  readonly ended: number;
  readonly events: number;
}

/** The load. */
export const LOAD = {
  streams: 200,
  streamPaceMs: 500,
  throughPerSecond: 200,
  directPerSecond: 100,
  connections: 32,
} as const;

const PORT = 18_083;
const WARM_UP_MS = 3_000;

/** Runs, and stops what it started. */
export async function run({ workers, rotations }: RunOptions): Promise<RunRecord> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-bench-" });
  const log: string[] = [];
  try {
    await using workspace = await startWorkspaceProcess();
    await using keyturn = await startKeyturn(folder, {
      upstream: workspace.origin,
      port: PORT,
      workers,
      token: workspace.serviceToken,
      // Streams that never end would keep each old token for the whole of the drain timeout, and
      // its revocation would fall into another rotation.
      env: { ROTATION: "auto", PAT_DRAIN_TIMEOUT: "0", LOG_FORMAT: "json", LOG_LEVEL: "info" },
      onLogLine: (line) => log.push(line),
    });
    // The given token is replaced at the start, before anything is measured.
    await untilRest(keyturn, { rotations: 1 });
    const { arrivals } = workspace;
    const measured = await measure({ workspace, keyturn, rotations });
    // The lists are filled by then: both processes have ended when this has returned.
    return { ...measured, arrivals, log };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(
  scene: { workspace: WorkspaceProcess; keyturn: KeyturnServer; rotations: number },
): Promise<Omit<RunRecord, "arrivals" | "log">> {
  const { workspace, keyturn, rotations } = scene;
  const streams = { ended: 0, events: 0 };
  const open = Promise.withResolvers<void>();
  using holding = new Thread<StreamsOrder, StreamsNews>("streams_worker.ts", (news) => {
    if (news.type === "open") open.resolve();
    else if (news.type === "ended") streams.ended += 1;
    else streams.events = news.events;
  });
  let onNews = (_: RequestsNews) => {};
  using asking = new Thread<RequestsOrder, RequestsNews>(
    "requests_worker.ts",
    (news) => onNews(news),
  );
  const tell = (order: RequestsOrder) => {
    const { promise, resolve } = Promise.withResolvers<RequestsNews>();
    onNews = resolve;
    asking.send(order);
    return promise;
  };
  const work = async () => {
    const { origin, key } = keyturn;
    holding.send({ origin, key, count: LOAD.streams, paceMs: LOAD.streamPaceMs });
    await open.promise;
    await tell({ type: "start", series: seriesOf(workspace, keyturn) });
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
    const asked = await rotateInTurn(keyturn, rotations);
    const { rescues } = await untilRest(keyturn, { rotations: rotations + 1 });
    const news = await tell({ type: "stop" });
    const [through = [], direct = []] = news.type === "stopped" ? news.samples : [];
    return { through, direct, asked, rescues, streams };
  };
  return await Promise.race([work(), holding.failed, asking.failed]);
}

function seriesOf(workspace: WorkspaceProcess, keyturn: KeyturnServer): readonly PacedOptions[] {
  const { connections, throughPerSecond, directPerSecond } = LOAD;
  return [{
    origin: keyturn.origin,
    path: "/v1/chat/completions",
    key: keyturn.key,
    mark: "n",
    perSecond: throughPerSecond,
    connections,
  }, {
    origin: workspace.origin,
    path: "/serving-endpoints/chat/completions",
    key: workspace.directToken,
    mark: "direct",
    perSecond: directPerSecond,
    connections,
  }];
}
