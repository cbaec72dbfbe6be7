/**
 * Six agents that work as real ones do: each with its own key and dialects, whole answers and
 * streams, one request after the other, some read slowly, some given up in the middle.
 *
 * @module
 */

import type { Dialect } from "../../workspace/endpoints.ts";
import { makeSampleRequest, type SampleRequest } from "../../demo/sample_request.ts";
import { findFlaw } from "../../demo/whole_answer.ts";

/** An agent and what it speaks. */
interface AgentKind {
  readonly name: string;
  readonly dialects: readonly Dialect[];
}

const AGENTS: readonly AgentKind[] = [
  { name: "claude", dialects: ["anthropic"] },
  { name: "codex", dialects: ["responses"] },
  { name: "gemini", dialects: ["gemini"] },
  { name: "opencode", dialects: ["chat", "responses", "anthropic", "gemini"] },
  { name: "hermes", dialects: ["chat", "anthropic", "responses"] },
  { name: "pi", dialects: ["gemini", "responses", "chat"] },
];
/** Requests under way of each agent. */
const LANES = 2;
/** As many more at first, without pauses: what has to grow grows before growth is judged. */
const WARM_UP_LANES = 4;
const MAX_PAUSE_MS = 400;
const LIMIT_MS = 40_000;
const SLOW_PAUSE_MS = 40;

/** What came of all requests. */
export interface Tallies {
  sent: number;
  /** Read to their end, and whole. */
  whole: number;
  /** Of those, the streams. */
  streams: number;
  /** Of those, the ones that were read slowly. */
  slow: number;
  /** Left by the agent itself before the end. */
  left: number;
  /** Had a right to succeed, and did not. */
  readonly failures: string[];
}

/** Where the agents work. */
export interface AgentsOptions {
  readonly origin: string;
  readonly keyOf: (name: string) => Promise<string>;
  /** Chance, from 0 to below 1. */
  readonly random: () => number;
  /** For so long they hurry. */
  readonly warmUpMs: number;
}

/** Agents at work until {@link Agents.stop}. */
export class Agents {
  /** What came of their requests so far. */
  readonly tallies: Tallies = { sent: 0, whole: 0, streams: 0, slow: 0, left: 0, failures: [] };
  readonly #options: AgentsOptions;
  readonly #client = Deno.createHttpClient({});
  readonly #work: readonly Promise<void>[];
  #isOver = false;
  #next = 0;

  /** They begin at once. */
  constructor(options: AgentsOptions) {
    this.#options = options;
    const warm = performance.now() + options.warmUpMs;
    this.#work = AGENTS.flatMap((agent) => [
      ...Array.from({ length: LANES }, () => this.#askOn(agent, () => this.#isOver)),
      ...Array.from(
        { length: WARM_UP_LANES },
        () => this.#askOn(agent, () => this.#isOver || performance.now() > warm, 0),
      ),
    ]);
  }

  /** Resolves when no request is under way any more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#work);
    this.#client.close();
  }

  async #askOn(
    { name, dialects }: AgentKind,
    isOver: () => boolean,
    pauseMs = MAX_PAUSE_MS,
  ): Promise<void> {
    const key = await this.#options.keyOf(name);
    while (!isOver()) {
      const request = this.#requestIn(dialects);
      this.tallies.sent++;
      const flaw = await this.#exchange(request, key).catch((error) => `it broke: ${error}`);
      if (flaw !== null) {
        const at = new Date().toISOString().slice(11, 23);
        this.tallies.failures.push(`${at} ${name} ${request.dialect} ${request.form}: ${flaw}`);
      }
      await new Promise((resolve) => setTimeout(resolve, this.#options.random() * pauseMs));
    }
  }

  #requestIn(dialects: readonly Dialect[]): SampleRequest {
    for (;;) {
      const request = makeSampleRequest(this.#next++);
      if (dialects.includes(request.dialect)) return request;
    }
  }

  async #exchange(request: SampleRequest, key: string): Promise<string | null> {
    const { origin, random } = this.#options;
    const chance = random();
    const reading = chance < 0.1 ? "leaves" : chance < 0.25 ? "slow" : "quick";
    const bearer = request.keyHeader === "authorization" ? `Bearer ${key}` : key;
    const leave = new AbortController();
    const response = await fetch(origin + request.path, {
      method: "POST",
      headers: { "content-type": "application/json", [request.keyHeader]: bearer },
      body: JSON.stringify(request.body),
      client: this.#client,
      signal: AbortSignal.any([leave.signal, AbortSignal.timeout(LIMIT_MS)]),
    });
    if (reading === "leaves" && response.status === 200) {
      await response.body?.getReader().read();
      leave.abort();
      this.tallies.left++;
      return null;
    }
    const text = reading === "slow" ? await readSlowly(response) : await response.text();
    const flaw = findFlaw({ status: response.status, text }, request);
    if (flaw !== null) return flaw;
    this.tallies.whole++;
    if (request.form === "stream") this.tallies.streams++;
    if (reading === "slow") this.tallies.slow++;
    return null;
  }
}

/** Takes a piece now and then, so that what comes has to wait in the proxy. */
async function readSlowly(response: Response): Promise<string> {
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    await new Promise((resolve) => setTimeout(resolve, SLOW_PAUSE_MS));
  }
  return text;
}
