/**
 * What the demo takes place on: the simulated workspace with the tokens of several people in it,
 * the sample client, and somebody who looks at both and at the service all the time.
 *
 * @module
 */

import type { Status } from "../proxy/status.ts";
import { describeError } from "../support/errors.ts";
import { Secret } from "../support/secret.ts";
import { SampleClient } from "./client.ts";
import type { DemoTarget, Snapshot, TokenCounts } from "./protocol.ts";
import { beginWatch, type RotationWatch, watchRotations } from "./rotation_watch.ts";
import { countTokens } from "./token_counts.ts";
import { startWorkspace, type Workspace } from "./workspace.ts";

/** How the stage is looked at. */
export interface StageOptions {
  readonly requestsPerSecond: number;
  readonly lookEveryMs: number;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** What a person would have pasted: it ends within a day, so the service may revoke it. */
const PASTED_LIFE_MS = 3_600_000;
const READY_DEADLINE_MS = 15_000;
const READY_PAUSE_MS = 50;
const STATUS_DEADLINE_MS = 2_000;
/** Streams take up to 3 s; a machine may be busy with something else. */
const ANSWER_DEADLINE_MS = 20_000;

/** The stage from its opening to its closing. */
export class Stage {
  readonly #options: StageOptions;
  readonly #workspace: Workspace = startWorkspace();
  readonly #otherIds: readonly string[];
  /** The token to give to the service. */
  readonly token: string;
  #watch: RotationWatch;
  #status: Status | null = null;
  #target: DemoTarget | null = null;
  #client: SampleClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWatched = false;

  /** Opens the workspace. */
  constructor(options: StageOptions) {
    this.#options = options;
    const { value, tokenId } = this.#workspace.issue({ lifetimeMs: PASTED_LIFE_MS });
    this.token = value;
    this.#watch = beginWatch(tokenId);
    this.#otherIds = [
      { owner: "ci@example.com", comment: "nightly build" },
      // The same person's, and it looks like ours: only the last part tells that it is not.
      { comment: "coda-auto-rotated:another-machine" },
    ].map((seed) => this.#workspace.issue({ lifetimeMs: null, ...seed }).tokenId);
  }

  /** Origin of the workspace. */
  get origin(): string {
    return this.#workspace.origin;
  }

  /** The tokens now. */
  get tokens(): TokenCounts {
    const [tokens, stats] = [this.#workspace.tokens(), this.#workspace.stats()];
    return countTokens({ tokens, stats, otherIds: this.#otherIds });
  }

  /**
   * Waits until the service is ready, and begins to use it.
   *
   * @throws {Error} if it does not become ready.
   */
  async run(target: DemoTarget): Promise<void> {
    await untilReady(target.origin);
    this.#target = target;
    this.#client = new SampleClient({
      origin: target.origin,
      key: new Secret(target.agentKey),
      requestsPerSecond: this.#options.requestsPerSecond,
      deadlineMs: ANSWER_DEADLINE_MS,
      fetch,
    });
    this.#client.start();
    this.#isWatched = true;
    this.#keepLooking();
  }

  /** Ends the client when its last answer has come, and looks once more. */
  async rest(): Promise<Snapshot> {
    await this.#client?.stop();
    this.#isWatched = false;
    clearTimeout(this.#timer);
    return await this.#look();
  }

  /** Closes the workspace. */
  async close(): Promise<void> {
    await this.#workspace.shutdown();
  }

  async #keepLooking(): Promise<void> {
    const snapshot = await this.#look();
    // While it looked, the client may have come to its end.
    if (!this.#isWatched) return;
    this.#options.onSnapshot(snapshot);
    this.#timer = setTimeout(() => this.#keepLooking(), this.#options.lookEveryMs);
  }

  async #look(): Promise<Snapshot> {
    const status = this.#target === null ? null : await readStatus(this.#target);
    // A service that does not answer for a moment has not forgotten what it counted.
    this.#status = status ?? this.#status;
    const at = Date.now();
    const records = this.#workspace.requests();
    // Each request is looked at once, and those of a whole day need no room.
    this.#workspace.clear();
    this.#watch = watchRotations(this.#watch, {
      at,
      servingId: status?.credential.tokenId ?? null,
      tokens: this.#workspace.tokens(),
      records,
    });
    return {
      at,
      credential: status?.credential ?? null,
      inFlight: this.#status?.requests.inFlight ?? 0,
      rescues: this.#status?.requests.rescues ?? 0,
      rotationCount: this.#status?.credential.rotations ?? 0,
      rotations: this.#watch.rotations,
      requests: this.#client?.counts ?? NO_REQUESTS,
      tokens: this.tokens,
    };
  }
}

const NO_REQUESTS = {
  byDialect: {
    chat: { ok: 0, failed: 0 },
    responses: { ok: 0, failed: 0 },
    anthropic: { ok: 0, failed: 0 },
    gemini: { ok: 0, failed: 0 },
  },
  failures: [],
};

/** Its first credential is still being checked when a service begins to listen. */
async function untilReady(origin: string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  let reason = "it does not answer";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`${origin}/ready`);
      const body = await response.json();
      if (response.ok) return;
      reason = body.reason;
    } catch (error) {
      reason = describeError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  throw new Error(`the service was not ready after ${READY_DEADLINE_MS / 1_000} s: ${reason}`);
}

async function readStatus({ origin, operatorKey }: DemoTarget): Promise<Status | null> {
  try {
    const response = await fetch(`${origin}/keyturn/status`, {
      headers: { authorization: `Bearer ${operatorKey}` },
      signal: AbortSignal.timeout(STATUS_DEADLINE_MS),
    });
    const body = await response.text();
    return response.ok ? JSON.parse(body) : null;
  } catch {
    return null;
  }
}
