/** The SDKs that agents are made of read what models answer through the real service. */

import assert from "node:assert/strict";
import { fromFileUrl } from "../../../support/paths.ts";
import { LineProcess, parseLine } from "../../agents/line_process.ts";
import { ServeProcess } from "../../support/serve_process.ts";
import { until } from "../../support/until.ts";
import { installModelSdks } from "./install.ts";
import { QUIRKS, type Wire } from "./quirks.ts";
import { type NextAnswer, type QuirkyWorkspace, startQuirkyWorkspace } from "./quirky_workspace.ts";

/** Which SDKs ask in which dialect. */
const SDKS: Readonly<Record<Wire, readonly string[]>> = {
  chat: ["openai", "ai-sdk"],
  responses: ["responses"],
  anthropic: ["anthropic"],
  gemini: ["genai"],
};
const WIRES = Object.keys(SDKS) as readonly Wire[];

interface Outcome {
  readonly text?: string | null;
  readonly calls?: readonly unknown[];
  readonly finish?: string;
  readonly input?: number;
  readonly error?: {
    readonly class: string;
    readonly status: number | null;
    readonly message: string;
  };
}

class Stage implements AsyncDisposable {
  readonly workspace: QuirkyWorkspace;
  readonly #serve: ServeProcess;
  readonly #caller: LineProcess;
  readonly #stack: AsyncDisposableStack;
  #calls = 0;

  private constructor(
    parts: { workspace: QuirkyWorkspace; serve: ServeProcess; caller: LineProcess },
    stack: AsyncDisposableStack,
  ) {
    this.workspace = parts.workspace;
    this.#serve = parts.serve;
    this.#caller = parts.caller;
    this.#stack = stack;
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const { node, from } = await installModelSdks();
    const workspace = stack.use(startQuirkyWorkspace());
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "keyturn-models-" }));
    stack.defer(() => Deno.remove(home, { recursive: true }));
    const { value } = workspace.issue({ lifetimeMs: 3_600_000, comment: "pasted" });
    const profile = `[DEFAULT]\nhost = ${workspace.origin}\ntoken = ${value}\n`;
    await Deno.writeTextFile(`${home}/.databrickscfg`, profile);
    const serve = stack.use(await ServeProcess.start({ home, env }));
    await until("it is ready", async () => (await serve.status()).credential.state === "live");
    const caller = stack.use(
      new LineProcess({
        name: "caller",
        command: node,
        args: [fromFileUrl(new URL("caller.mjs", import.meta.url)), from],
        env: { PATH: "/usr/bin:/bin", HOME: home },
        cwd: "/",
      }),
    );
    return new Stage({ workspace, serve, caller }, stack.move());
  }

  /** What an SDK makes of the workspace's next answer. */
  async ask(
    sdk: string,
    options: { readonly next: NextAnswer; readonly stream: boolean; readonly model: string },
  ): Promise<Outcome> {
    const { next, stream, model } = options;
    this.workspace.next = next;
    const nth = this.#calls++;
    const { origin } = this.#serve;
    await this.#caller.send({ sdk, origin, key: await this.#serve.key("opencode"), model, stream });
    const said = await this.#caller.until(
      `an answer to call ${nth + 1}`,
      ({ stdout }) => stdout.map(parseLine).filter((said) => said !== null)[nth],
    );
    return said as Outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

const MODELS: Readonly<Record<Wire, string>> = {
  chat: "databricks-claude-opus-4-8",
  responses: "databricks-gpt-5-5",
  anthropic: "databricks-claude-opus-4-8",
  gemini: "databricks-gemini-3-pro",
};

/** What each SDK calls the end of an answer with calls. */
const FINISHES = ["tool_calls", "tool-calls", "tool_use", "completed", "STOP"];

Deno.test("SDKs understand each quirk of the models, whole and streamed, in any framing", async () => {
  await using stage = await Stage.open();
  for (const quirk of QUIRKS) {
    for (const sdk of SDKS[quirk.wire]) {
      for (const how of ["whole", "\n", "\r\n"]) {
        const stream = how !== "whole";
        const what = `${sdk}, ${quirk.name}, ${JSON.stringify(how)}`;
        const next = { kind: "quirk", quirk, lineEnd: how } as const;
        const outcome = await stage.ask(sdk, { next, stream, model: MODELS[quirk.wire] });
        assert.equal(outcome.error, undefined, `${what}: ${JSON.stringify(outcome.error)}`);
        const { text, calls, input, finish } = outcome;
        const { expected } = quirk;
        assert.deepEqual({ text: text || null, calls, input }, {
          ...expected,
          text: expected.text || null,
        }, what);
        if (expected.calls.length > 0) {
          assert(FINISHES.includes(finish ?? ""), `${what}: ${finish}`);
        }
      }
    }
  }
});

const NESTED = JSON.stringify({
  error_code: "BAD_REQUEST",
  message: JSON.stringify({ message: "messages: the sentence that says what is wrong" }),
});

Deno.test("SDKs tell their callers what Databricks' own errors say", async () => {
  await using stage = await Stage.open();
  const errors = [
    { status: 400, body: NESTED, says: "messages: the sentence that says what is wrong" },
    {
      status: 404,
      body: '{"error_code":"ENDPOINT_NOT_FOUND","message":"The given endpoint does not exist"}',
      says: "The given endpoint does not exist",
    },
    {
      status: 429,
      body: '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Exceeded workspace input tokens"}',
      says: "Exceeded workspace input tokens",
    },
    {
      status: 503,
      body: '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"The service is busy"}',
      says: "The service is busy",
    },
  ];
  for (const { status, body, says } of errors) {
    const next = { kind: "error", status, body, type: "application/json" } as const;
    for (const wire of WIRES) {
      for (const sdk of SDKS[wire]) {
        for (const stream of [false, true]) {
          const { error } = await stage.ask(sdk, { next, stream, model: MODELS[wire] });
          const what = `${sdk}, ${status}, stream ${stream}: ${JSON.stringify(error)}`;
          assert.equal(error?.status, status, what);
          assert(error.message.includes(says), what);
          assert(!/no body|error_code/.test(error.message), what);
        }
      }
    }
  }
});

Deno.test("without the repairs the SDKs fail on quirks: they are what helps", async () => {
  const off =
    "list-content,early-braces,empty-arguments,databricks-tool-call,null-delta,null-usage," +
    "finish-reason";
  await using stage = await Stage.open({ REPAIRS_OFF: off });
  const wrong = new Set<string>();
  for (const quirk of QUIRKS.filter(({ wire }) => wire === "chat")) {
    const next = { kind: "quirk", quirk, lineEnd: "\n" } as const;
    for (const sdk of SDKS.chat) {
      const outcome = await stage.ask(sdk, { next, stream: true, model: MODELS.chat });
      const { text, calls } = outcome;
      const { expected } = quirk;
      const isRight = outcome.error === undefined && text === expected.text &&
        JSON.stringify(calls) === JSON.stringify(expected.calls);
      if (!isRight) wrong.add(quirk.name);
    }
  }
  // Of null deltas both of these SDKs make what was meant.
  const chat = QUIRKS.filter(({ wire, name }) => wire === "chat" && !name.startsWith("deltas"));
  assert.deepEqual([...wrong], chat.map(({ name }) => name));
});
