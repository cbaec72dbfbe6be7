/**
 * The troubles that agents are shown, one at a time.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FaultAction, RequestRecord } from "../../demo/workspace.ts";
import { runTask } from "../support/run_task.ts";
import { until } from "../support/until.ts";
import type { HeadlessAgent } from "./headless.ts";
import type { HomeStage } from "./home_stage.ts";
import { ERROR_EVENTS, ERROR_WORDS } from "./error_events.ts";
import { bodyOf } from "./transcript.ts";

/** Where a trouble is met. */
export interface Scene {
  readonly agent: HeadlessAgent;
  readonly stage: HomeStage;
  readonly question: string;
}

/** One run that meets a trouble. */
export interface Meeting {
  /** Does what is to be done while the agent runs. */
  readonly attend: () => Promise<void>;
  /** How often the agent has asked; fails if it did not meet the trouble. */
  readonly tries: () => Promise<number>;
}

/** A trouble. */
export interface Trouble {
  readonly column:
    | "dead token (403)"
    | "revoked key (401)"
    | "limit (429)"
    | "broken stream"
    | "error in a stream";
  /** What the error says. */
  readonly words: RegExp;
  /** Sees to it that the next question of the agent meets it. */
  readonly prepare: (scene: Scene) => Promise<Meeting>;
}

const LIMIT_MS = 60_000;
/** As many events of an answer come before what breaks it. */
const EVENTS = 2;
const BUSY: FaultAction = {
  kind: "status",
  status: 429,
  headers: { "content-type": "application/json", "retry-after": "1" },
  body: '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Too many requests."}',
};

/** In the order in which they are shown: the last one changes the agent's key. */
export const TROUBLES: readonly Trouble[] = [
  {
    column: "dead token (403)",
    words: /invalid access token/i,
    prepare: prepareDeadToken,
  },
  {
    column: "limit (429)",
    words: /too many requests/i,
    prepare: (scene) => prepareFault(BUSY, { scene, status: 429 }),
  },
  {
    column: "broken stream",
    words: /broke off|terminated|closed|reset|network error/i,
    prepare: (scene) => prepareFault({ kind: "cut-after", events: EVENTS }, { scene, status: 200 }),
  },
  {
    column: "error in a stream",
    words: ERROR_WORDS,
    prepare: (scene) => {
      const frame = ERROR_EVENTS[scene.agent.dialect];
      return prepareFault({ kind: "fail-after", events: EVENTS, frame }, { scene, status: 200 });
    },
  },
  {
    column: "revoked key (401)",
    words: /agent's own local key/,
    prepare: prepareRefusedKey,
  },
];

async function prepareDeadToken(scene: Scene): Promise<Meeting> {
  const { workspace, serve } = scene.stage;
  const { credential, requests: { rescues } } = await serve.status();
  assert(credential.tokenId !== null && workspace.revoke(credential.tokenId));
  return {
    attend: async () => {},
    // A replay by Keyturn is no try of the agent's.
    tries: async () =>
      triesOf(scene, { status: 403 }) - ((await serve.status()).requests.rescues - rescues),
  };
}

function prepareFault(
  action: FaultAction,
  { scene, status }: { readonly scene: Scene; readonly status: number },
): Promise<Meeting> {
  const { agent, stage } = scene;
  const path = new RegExp(agent.wire.source.replace(/\\\?.*/, ""));
  const fault = stage.workspace.fault({ match: { path, nth: 1 }, action });
  return Promise.resolve({
    attend: async () => {},
    tries: () => {
      assert.equal(fault.hits(), 1, "it met the trouble");
      return Promise.resolve(triesOf(scene, { status }));
    },
  });
}

/**
 * Requests with the question, the first of which came to this end, up to one that was answered:
 * after that Qwen Code asks what it should remember of the conversation.
 */
function triesOf({ stage, question }: Scene, { status }: { readonly status: number }): number {
  const asked = stage.modelRequests().filter((each) => isAbout(each, question));
  assert.equal(asked[0]?.status, status, "the first request met the trouble");
  const answered = asked.findIndex((each, index) => index > 0 && each.status === 200);
  return answered === -1 ? asked.length : answered + 1;
}

/**
 * The key is revoked, and once the agent was refused, `setup` makes another. Nothing of it reaches
 * the workspace, so it is the service's log that tells.
 */
async function prepareRefusedKey({ agent: { name, dialect }, stage }: Scene): Promise<Meeting> {
  const { home, serve } = stage;
  const { code, stderr } = await runTask(["keys", "revoke", name], { home });
  assert.equal(code, 0, stderr);
  const before = serve.events().length;
  // In its own dialect: Hermes tries other paths as well.
  const asked = () =>
    serve.events().slice(before).filter((each) =>
      each.event === "request" && each.method === "POST" && each.dialect === dialect
    );
  return {
    attend: async () => {
      await until("it was refused", () => asked().length > 0, { limitMs: LIMIT_MS });
      await stage.setUp([name]);
    },
    tries: () => {
      assert.equal(asked()[0]?.status, 401);
      return Promise.resolve(asked().length);
    },
  };
}

function isAbout(request: RequestRecord, question: string): boolean {
  return JSON.stringify(bodyOf(request)).includes(question);
}
