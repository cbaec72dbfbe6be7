/**
 * What goes wrong around the agents, over and over. None of it takes away their right to an
 * answer: the token API fails while a live token serves, a serving token is revoked while another
 * can mint, and faults of the model's side meet callers of their own.
 *
 * @module
 */

import type { FaultAction, Workspace } from "../../demo/workspace.ts";
import { connect, exchangeRaw, rawRequest } from "../support/raw_client.ts";
import type { Status } from "../support/serve_process.ts";
import { until } from "../support/until.ts";
import { type Dice, pick } from "../support/chaos/dice.ts";

/** Where troubles are made. */
export interface TroublesOptions {
  readonly workspace: Workspace;
  readonly origin: string;
  readonly keyOf: (name: string) => Promise<string>;
  readonly status: () => Promise<Status>;
  readonly dice: Dice;
}

type Trouble = (options: TroublesOptions) => Promise<void>;

const MINT = "/api/2.0/token/create";
const LIMIT_MS = 30_000;

const TROUBLES: Readonly<Record<string, Trouble>> = {
  "rotation asked for": async (options) => {
    await rotate(options);
  },
  "mint fails twice": async (options) => {
    const action = { kind: "status", status: 500 } as const;
    const fault = options.workspace.fault({ match: { path: MINT }, times: 2, action });
    await rotate(options);
    await until("it was tried again", () => fault.hits() === 2, { limitMs: LIMIT_MS });
    await untilRotated(options);
  },
  "the answer to a mint is lost": async (options) => {
    const action = { kind: "reset" } as const;
    const fault = options.workspace.fault({
      match: { path: MINT },
      when: "after",
      times: 1,
      action,
    });
    await rotate(options);
    await until("it was lost", () => fault.hits() === 1, { limitMs: LIMIT_MS });
    await untilRotated(options);
  },
  "revocations are refused": async ({ workspace, ...options }) => {
    const match = { path: "/api/2.0/token/delete" };
    const action = { kind: "status", status: 429, headers: { "retry-after": "1" } } as const;
    workspace.fault({ match, times: 2, action });
    await rotate({ workspace, ...options });
  },
  "the serving token is revoked": async ({ workspace, status }) => {
    const { credential } = await status();
    if (credential.tokenId === null || (credential.spare?.tokenId ?? null) === null) return;
    workspace.revoke(credential.tokenId);
    await until("another one serves", async () => {
      const now = (await status()).credential;
      return now.state === "live" && now.tokenId !== credential.tokenId;
    }, { limitMs: LIMIT_MS });
  },
  "the model fails": async (options) => {
    const status = pick(options.dice, [400, 403, 429, 500, 503]);
    const answer = await victim(options, { kind: "status", status });
    if (answer !== status) throw new Error(`a ${status} came as ${answer}`);
  },
  "a stream is cut": async (options) => {
    const answer = await victim(options, { kind: "cut-after", events: 2 });
    if (answer !== "broken") throw new Error(`a stream that was cut came as ${answer}`);
  },
  "the workspace cuts the line": async (options) => {
    const answer = await victim(options, { kind: "reset" });
    if (answer !== 502 && answer !== "broken") throw new Error(`a cut line came as ${answer}`);
  },
  "a login page": async (options) => {
    await victim(options, { kind: "malformed" });
  },
  "half requests": async ({ origin }) => {
    const port = Number(new URL(origin).port);
    const open = await Promise.all(Array.from({ length: 10 }, () => connect({ port })));
    for (const connection of open) {
      await connection.write(new TextEncoder().encode("POST /v1/messages HTTP/1.1\r\nHost: "));
      connection.close();
    }
  },
  "strangers": async ({ origin }) => {
    const port = Number(new URL(origin).port);
    const headers = [`Host: 127.0.0.1:${port}`, "Authorization: Bearer kt_pi_guess"];
    const { status } = await exchangeRaw({ port }, rawRequest("POST /v1/messages", { headers }));
    if (status !== 401) throw new Error(`a stranger got ${status}`);
  },
};

/** Troubles one after the other, until they are stopped. */
export class Troubles {
  /** How often each was made. */
  readonly made: Record<string, number> = {};
  /** Troubles that did not go as they must. */
  readonly failures: string[] = [];
  readonly #work: Promise<void>;
  #isOver = false;

  /** They begin at once, in an order that the dice decide on. */
  constructor(options: TroublesOptions) {
    this.#work = this.#makeAll(options);
  }

  /** Resolves when the one that is being made is over. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async #makeAll(options: TroublesOptions): Promise<void> {
    while (!this.#isOver) {
      const [name, trouble] = pick(options.dice, Object.entries(TROUBLES));
      this.made[name] = (this.made[name] ?? 0) + 1;
      await trouble(options).catch((error) => this.failures.push(`${name}: ${error}`));
      await new Promise((resolve) => setTimeout(resolve, options.dice() * 1_500));
    }
  }
}

async function rotate({ origin, keyOf }: TroublesOptions): Promise<void> {
  const headers = { authorization: `Bearer ${await keyOf("operator")}` };
  const signal = AbortSignal.timeout(LIMIT_MS);
  const answer = await fetch(`${origin}/keyturn/rotate`, { method: "POST", headers, signal });
  await answer.body?.cancel();
}

/** Waits until a token serves that is as young as the last mint. */
async function untilRotated({ status }: TroublesOptions): Promise<void> {
  await until("it rotates again", async () => {
    const { credential } = await status();
    return credential.state === "live" && credential.failures === 0;
  }, { limitMs: LIMIT_MS });
}

/** A request of its own that something happens to; its status, or that it broke. */
async function victim(
  { workspace, origin, keyOf }: TroublesOptions,
  action: FaultAction,
): Promise<number | "broken"> {
  const fault = workspace.fault({ match: { path: /soak-victim/ }, times: 1, action });
  const answer = await askAsVictim(origin, await keyOf("gemini"));
  if (fault.hits() !== 1) throw new Error("the fault met nobody");
  return answer;
}

async function askAsVictim(origin: string, key: string): Promise<number | "broken"> {
  try {
    const path = "/gemini/v1beta/models/soak-victim:streamGenerateContent?alt=sse";
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { "x-goog-api-key": key },
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "hi [[stream 9]]" }] }] }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await response.text();
    return response.status;
  } catch {
    return "broken";
  }
}
