/**
 * A program that speaks in lines: started with no environment but the one that it is given,
 * waited for line by line, and gone when the test is over.
 *
 * @module
 */

import { within } from "../../support/within.ts";

/** What is run, and how. */
export interface Program {
  /** What messages call it. */
  readonly name: string;
  /** Path, or a name that the environment's `PATH` finds. */
  readonly command: string;
  /** Passed as they are. */
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that it starts in. */
  readonly cwd: string;
  /**
   * What it can be sent.
   * @default {"lines"}
   */
  readonly input?: "lines" | "none";
}

/** All that a program has said. */
export interface Said {
  /** A line an entry, without line ends. */
  readonly stdout: readonly string[];
  /** The same. */
  readonly stderr: readonly string[];
}

/** How long anything is waited for: a figure for a machine that is busy with something else. */
const WAIT_MS = 60_000;
/** `serve` lets requests end for 9 s. */
const STOP_MS = 15_000;
const LAST_WORDS = 15;

/** A running program. */
export class LineProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | null;
  readonly #stdout: string[] = [];
  readonly #stderr: string[] = [];
  readonly #ended: Promise<void>;
  #exitCode: number | null = null;
  #change = Promise.withResolvers<void>();

  /** Starts it. */
  constructor({ name, command, args, env, cwd, input = "lines" }: Program) {
    this.#name = name;
    this.#child = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      cwd,
      stdin: input === "lines" ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = input === "lines" ? this.#child.stdin.getWriter() : null;
    this.#ended = this.#follow();
  }

  /** Sends a value as a line of JSON. */
  async send(value: unknown): Promise<void> {
    const line = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
    // That a program is gone is better told by `until`, which knows its last words.
    await this.#stdin?.write(line).catch(() => {});
  }

  /**
   * What `find` finds, as soon as it finds anything in what the program has said so far.
   *
   * @throws {Error} with the program's last words, if it ends first or takes a minute.
   */
  async until<T>(what: string, find: (said: Said) => T | undefined): Promise<T> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = find({ stdout: this.#stdout, stderr: this.#stderr });
      if (found !== undefined) return found;
      if (this.#exitCode !== null) {
        throw this.#failure(`ended with code ${this.#exitCode} before ${what}`);
      }
      const leftMs = deadline - performance.now();
      if (await within(this.#change.promise, Math.max(0, leftMs)) === "late") {
        throw this.#failure(`ran for ${WAIT_MS / 1_000} s without ${what}`);
      }
    }
  }

  /** Its exit code, `null` while it runs. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  /** Waits for the program's own end. */
  async end(limitMs: number): Promise<{ readonly code: number; readonly stdout: string }> {
    if (await within(this.#ended, limitMs) === "late" || this.#exitCode === null) {
      throw this.#failure(`ran for ${limitMs / 1_000} s without an end`);
    }
    return { code: this.#exitCode, stdout: this.#stdout.join("\n") };
  }

  /** All that it has said, the two streams one after the other. */
  everything(): string {
    const streams = [["stdout", this.#stdout], ["stderr", this.#stderr]] as const;
    return streams.map(([name, lines]) => `-- ${name}\n${lines.join("\n")}\n`).join("");
  }

  /** Ends the program, by force if need be, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin?.close().catch(() => {});
    this.#kill("SIGTERM");
    if (await within(this.#ended, STOP_MS) === "late") this.#kill("SIGKILL");
    await this.#ended;
  }

  async #follow(): Promise<void> {
    const { stdout, stderr, status } = this.#child;
    const [{ code }] = await Promise.all([
      status,
      readLines(stdout, (line) => this.#hear(line, this.#stdout)),
      readLines(stderr, (line) => this.#hear(line, this.#stderr)),
    ]);
    this.#exitCode = code;
    this.#change.resolve();
  }

  #hear(line: string, lines: string[]): void {
    lines.push(line);
    const { resolve } = this.#change;
    this.#change = Promise.withResolvers();
    resolve();
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (this.#exitCode === null && !(error instanceof TypeError)) throw error;
    }
  }

  /** The last lines of both streams, without secrets. */
  lastWords(): string {
    const last = (lines: readonly string[]) =>
      lines.slice(-LAST_WORDS).map((line) => `  ${withoutSecrets(line).slice(0, 300)}\n`).join("");
    return `stdout of ${this.#name}:\n${last(this.#stdout)}` +
      `stderr of ${this.#name}:\n${last(this.#stderr)}`;
  }

  #failure(sentence: string): Error {
    return new Error(`${this.#name} ${sentence}\n${this.lastWords()}`);
  }
}

/** A line as JSON, `null` if it is none: programs print other things too. */
export function parseLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

/**
 * The text without workspace tokens and local keys.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withoutSecrets } from "./line_process.ts";
 *
 * const token = "dapi" + "0".repeat(32);
 * assert.equal(withoutSecrets(`Bearer ${token}, kt_pi_${"A".repeat(43)}`),
 *   "Bearer dapi[redacted], kt_pi_[redacted]");
 * ```
 */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/\b(dapi|kt_[a-z0-9-]+_)[\w-]{16,}/g, "$1[redacted]");
}

/** Splits at line feeds only: other line separators may stand inside a JSON string. */
async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
