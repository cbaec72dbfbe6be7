/**
 * Pi, which speaks every dialect: with the providers that setup writes, and with further ones that
 * a person has put beside them. Each is one process that stays open while tokens of 6 s are
 * replaced by the service's own clock.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { RequestRecord } from "../../demo/workspace.ts";
import { until } from "../support/until.ts";
import { checkRequest } from "./check_request.ts";
import { type HomeStage, openHomeStage } from "./home_stage.ts";
import { installAgents } from "./install.ts";
import { type PiTalk, startPi } from "./pi.ts";
import { bodyOf, describeRequests, withTranscript } from "./transcript.ts";

/** A provider of `models.json`. */
interface Provider {
  readonly name: string;
  readonly model: string;
  /** The end of the path and query on which its requests reach the workspace. */
  readonly wire: RegExp;
  /** What a person writes; the others are setup's. */
  readonly added?: { readonly api: string; readonly basePath: string };
}

const CHAT = /\/chat\/completions$/;

const PROVIDERS: readonly Provider[] = [
  {
    name: "databricks-claude",
    model: "databricks-claude-opus-4-8",
    wire: /\/anthropic\/v1\/messages\?beta=true$/,
  },
  { name: "databricks", model: "databricks-gpt-5-5", wire: CHAT },
  {
    name: "mine-chat",
    model: "databricks-gpt-oss-120b",
    wire: CHAT,
    added: { api: "openai-completions", basePath: "/v1" },
  },
  {
    name: "mine-responses",
    model: "databricks-gpt-5",
    wire: /\/responses$/,
    added: { api: "openai-responses", basePath: "/openai/v1" },
  },
  {
    name: "mine-gemini",
    model: "databricks-gemini-2-5-flash",
    wire: /\/gemini\/v1beta\/models\/[^/]+:streamGenerateContent\?alt=sse$/,
    added: { api: "google-generative-ai", basePath: "/gemini/v1beta" },
  },
];

const LIMIT_MS = 60_000;

Deno.test("Pi answers across rotations with the key of its start, on every dialect", async (t) => {
  const programs = await installAgents();
  const clock = { PAT_TOKEN_LIFETIME: "6", PAT_ROTATION_INTERVAL: "3" };
  await using stage = await openHomeStage({
    agents: ["pi"],
    path: [programs.nodeFolder],
    serve: clock,
  });
  await addProviders(stage);
  const before = await countsOf(stage);
  for (const provider of PROVIDERS) {
    await t.step(
      `${provider.name}, ${provider.added === undefined ? "setup's" : "added"}`,
      async () => {
        await using pi = startPi({ provider: provider.name, model: provider.model }, {
          programs,
          stage,
        });
        await withTranscript(`pi-${provider.name}`, {
          transcript: () => ({
            "the agent": pi.lastWords(),
            "requests at the workspace": describeRequests(stage.modelRequests()),
          }),
          work: () => talk(pi, { provider, stage }),
        });
      },
    );
  }
  const after = await countsOf(stage);
  assert.equal(after.byPi - before.byPi, 2 * PROVIDERS.length, "each question is one request");
  assert.deepEqual(after.others, { refused: {}, rescues: 0, upstreamFailures: 0 });
});

/** Puts providers beside those of setup, which then has nothing to do. */
async function addProviders(stage: HomeStage): Promise<void> {
  const path = join(stage.home, ".pi/agent/models.json");
  const config = JSON.parse(await Deno.readTextFile(path));
  const { apiKey } = config.providers.databricks;
  for (const { name, model, added } of PROVIDERS) {
    if (added === undefined) continue;
    const models = [{ id: model, contextWindow: 128_000, maxTokens: 8_000 }];
    const baseUrl = `${stage.serve.origin}${added.basePath}`;
    config.providers[name] = { baseUrl, api: added.api, apiKey, models };
  }
  const text = JSON.stringify(config, null, 2);
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  await stage.setUp(["pi"]);
  assert.equal(await Deno.readTextFile(path), text, "setup leaves what a person has added");
}

/** Asks, waits for two rotations and the end of the token that answered, and asks again. */
async function talk(
  pi: PiTalk,
  { provider, stage }: { readonly provider: Provider; readonly stage: HomeStage },
): Promise<void> {
  const first = await ask("before the rotations", { pi, provider, stage });
  await untilRetired(stage, first.tokenId);
  const second = await ask("after the rotations", { pi, provider, stage });
  assert.notEqual(second.tokenId, first.tokenId, "another token answered");
}

/** The request of a question, of which there is exactly one, after its answer has come whole. */
async function ask(
  words: string,
  { pi, provider: { name, model, wire }, stage }: {
    readonly pi: PiTalk;
    readonly provider: Provider;
    readonly stage: HomeStage;
  },
): Promise<RequestRecord> {
  const question = `${name} asks ${words}`;
  assert.equal(await pi.ask(question), `Hello from ${model}. You said: "${question}".`);
  const requests = stage.modelRequests().filter((each) =>
    JSON.stringify(bodyOf(each)).includes(question)
  );
  const [request] = requests;
  assert(request !== undefined && requests.length === 1, "the question took one request");
  assert.match(request.path, wire);
  checkRequest(request, stage.keys);
  return request;
}

async function untilRetired(
  { serve, workspace }: HomeStage,
  tokenId: string | null,
): Promise<void> {
  await until("two rotations, and the end of the token", () => {
    const rotated = serve.events().filter(({ event }) => event === "rotated");
    const replaced = rotated.findIndex(({ oldId }) => oldId === tokenId);
    const { state } = workspace.tokens().find(({ id }) => id === tokenId) ?? {};
    return replaced !== -1 && rotated.length >= replaced + 2 && state === "revoked";
  }, { limitMs: LIMIT_MS });
}

async function countsOf({ serve }: HomeStage) {
  const { refused, rescues, upstreamFailures, agents } = (await serve.status()).requests;
  return { byPi: agents.pi?.requests ?? 0, others: { refused, rescues, upstreamFailures } };
}
