/**
 * A program in a terminal of its own, which is tmux's: keys go in, and what the screen shows comes
 * out as text.
 *
 * @module
 */

import { join } from "node:path";
import { until } from "../support/until.ts";
import { withoutSecrets } from "./line_process.ts";

/** What is started. */
export interface ScreenProgram {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that it starts in. */
  readonly cwd: string;
  /** A folder for tmux's socket. */
  readonly folder: string;
}

/** Programs start slowly on a machine that is busy. */
const LIMIT_MS = 60_000;
const SHOWN_LINES = 60;

/** A terminal with one program in it. */
export class Screen implements AsyncDisposable {
  readonly #socket: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor({ folder, env }: ScreenProgram) {
    this.#socket = join(folder, "tmux.socket");
    this.#env = env;
  }

  /** Opens it. */
  static async open(program: ScreenProgram): Promise<Screen> {
    const screen = new Screen(program);
    // Wide enough that no answer is broken into lines.
    const size = ["-x", "160", "-y", "50"];
    const { words, cwd, folder } = program;
    const config = join(folder, "tmux.conf");
    // What a program says at its end is to be seen.
    await Deno.writeTextFile(config, "set -g remain-on-exit on\n");
    await screen.#tmux(["-f", config, "new-session", "-d", ...size, "-c", cwd, ...words]);
    return screen;
  }

  /** What it shows and has shown. */
  async text(): Promise<string> {
    return await this.#tmux(["capture-pane", "-p", "-J", "-S", "-"]);
  }

  /** Waits until it shows `what`. */
  async shows(what: RegExp | string): Promise<void> {
    try {
      await until(`the screen shows ${what}`, async () => {
        const text = await this.text();
        return typeof what === "string" ? text.includes(what) : what.test(text);
      }, { limitMs: LIMIT_MS });
    } catch (error) {
      const last = (await this.text().catch(String)).trimEnd().split("\n").slice(-SHOWN_LINES);
      throw new Error(`the screen is\n${withoutSecrets(last.join("\n"))}`, { cause: error });
    }
  }

  /** Presses keys by tmux's names. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#tmux(["send-keys", key]);
  }

  /** Types a line, waits until it can be seen, and sends it. */
  async send(line: string): Promise<void> {
    await this.#tmux(["send-keys", "-l", line]);
    await this.shows(line);
    await this.press("Enter");
  }

  /** Ends the program and all that it has started; it writes nothing after this. */
  async [Symbol.asyncDispose](): Promise<void> {
    const pid = Number(await this.#ask("pane_pid"));
    try {
      // In a terminal of its own it leads a group of its own.
      Deno.kill(-pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await until("the program is gone", async () => await this.#ask("pane_dead") === "1");
    await this.#tmux(["kill-server"]);
  }

  async #ask(variable: string): Promise<string> {
    return (await this.#tmux(["display-message", "-p", `#{${variable}}`])).trim();
  }

  async #tmux(args: readonly string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", this.#socket, "-u", ...args],
      clearEnv: true,
      // The server, and what runs in it, has the environment of the command that starts it.
      env: { ...this.#env, TERM: "xterm-256color" },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) throw new Error(`tmux ${args[0]} failed: ${text(stderr)}`);
    return text(stdout);
  }
}

/** Whether there is tmux on this machine. */
export async function hasTmux(): Promise<boolean> {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
