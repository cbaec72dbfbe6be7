/**
 * A program that uses an SDK: it makes one client and calls the workspace when it is told to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LineProcess, parseLine } from "../agents/line_process.ts";

/** How a caller is run. */
export interface CallerProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** What came of a call. */
export type Outcome = Readonly<Record<string, unknown>>;

/** A running program with a client of its own. */
export class Caller implements AsyncDisposable {
  readonly #process: LineProcess;
  #calls = 0;

  /** Starts it, with `env` and nothing else. */
  constructor(program: CallerProgram, env: Readonly<Record<string, string>>) {
    this.#process = new LineProcess({ name: "caller", cwd: "/", env, ...program });
  }

  /** What comes of a call. */
  async try(question: string): Promise<Outcome> {
    const nth = this.#calls++;
    await this.#process.send(question);
    return await this.#process.until(
      `an answer to call ${nth + 1}`,
      ({ stdout }) => stdout.map(parseLine).filter((said) => said !== null)[nth],
    );
  }

  /** A call that has to succeed by this way of logging in. */
  async call(question: string, auth: "metadata-service" | "pat"): Promise<void> {
    const outcome = await this.try(question);
    const answer = `Hello from m. You said: "${question}".`;
    assert.deepEqual(outcome, { user: "demo@example.com", answer, auth });
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
