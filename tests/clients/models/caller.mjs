// Asks a model through an SDK, once for each line that comes in, and says in a line what the SDK
// made of the answer: its text, the calls of tools, usage, or the error with the SDK's own class.

import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(process.argv[2]);
// The entry for `import`, which `require.resolve` does not look for.
const load = async (name) => {
  try {
    return await import(pathToFileURL(require.resolve(name)));
  } catch {
    return require(name);
  }
};

const QUESTION = "What is in this folder?";
const PARAMETERS = { type: "object", properties: { command: { type: "string" } } };

const CALLERS = {
  openai: callOpenAi,
  responses: callResponses,
  anthropic: callAnthropic,
  genai: callGenAi,
  "ai-sdk": callAiSdk,
};

async function callOpenAi({ origin, key, model, stream }) {
  const { default: OpenAI } = await load("openai");
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const asked = {
    model,
    messages: [{ role: "user", content: QUESTION }],
    tools: [{ type: "function", function: { name: "shell", parameters: PARAMETERS } }],
  };
  const done = stream
    ? await client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } })
      .finalChatCompletion()
    : await client.chat.completions.create(asked);
  const [{ message, finish_reason: finish }] = done.choices;
  const calls = (message.tool_calls ?? []).map(({ function: { name, arguments: args } }) => ({
    name,
    args: JSON.parse(args),
  }));
  return { text: message.content, calls, finish, input: done.usage?.prompt_tokens };
}

async function callResponses({ origin, key, model, stream }) {
  const { default: OpenAI } = await load("openai");
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const asked = {
    model,
    input: QUESTION,
    tools: [{ type: "function", name: "shell", parameters: PARAMETERS, strict: false }],
  };
  const done = stream
    ? await client.responses.stream(asked).finalResponse()
    : await client.responses.create(asked);
  const calls = done.output.filter(({ type }) => type === "function_call")
    .map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) }));
  return { text: done.output_text, calls, finish: done.status, input: done.usage?.input_tokens };
}

async function callAnthropic({ origin, key, model, stream }) {
  const { default: Anthropic } = await load("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: origin, apiKey: key, maxRetries: 0 });
  const asked = {
    model,
    "max_tokens": 100,
    messages: [{ role: "user", content: QUESTION }],
    tools: [{ name: "shell", input_schema: PARAMETERS }],
  };
  const done = stream
    ? await client.messages.stream(asked).finalMessage()
    : await client.messages.create(asked);
  const of = (type) => done.content.filter((block) => block.type === type);
  return {
    text: of("text").map(({ text }) => text).join(""),
    calls: of("tool_use").map(({ name, input }) => ({ name, args: input })),
    finish: done.stop_reason,
    input: done.usage.input_tokens,
  };
}

async function callGenAi({ origin, key, model, stream }) {
  const { GoogleGenAI } = await load("@google/genai");
  const client = new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl: `${origin}/gemini`, apiVersion: "v1beta" },
  });
  const asked = {
    model,
    contents: QUESTION,
    config: {
      tools: [{ functionDeclarations: [{ name: "shell", parametersJsonSchema: PARAMETERS }] }],
    },
  };
  const answers = [];
  if (stream) {
    for await (const each of await client.models.generateContentStream(asked)) answers.push(each);
  } else answers.push(await client.models.generateContent(asked));
  const parts = answers.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  return {
    text: parts.map(({ text }) => text ?? "").join(""),
    calls: parts.filter(({ functionCall }) => functionCall)
      .map(({ functionCall: { name, args } }) => ({ name, args })),
    finish: answers.at(-1).candidates?.[0]?.finishReason,
    input: answers.at(-1).usageMetadata?.promptTokenCount,
  };
}

async function callAiSdk({ origin, key, model, stream }) {
  const { generateText, jsonSchema, streamText, tool } = await load("ai");
  const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
  const provider = createOpenAICompatible({
    name: "keyturn",
    baseURL: `${origin}/v1`,
    apiKey: key,
    includeUsage: true,
  });
  let failed = null;
  const asked = {
    model: provider(model),
    prompt: QUESTION,
    maxRetries: 0,
    tools: { shell: tool({ inputSchema: jsonSchema(PARAMETERS) }) },
    onError: ({ error }) => failed = error,
  };
  const done = stream ? streamText(asked) : await generateText(asked);
  if (stream) await done.consumeStream({ onError: (error) => failed ??= error });
  if (failed !== null) throw failed;
  return {
    text: await done.text,
    calls: (await done.toolCalls).map(({ toolName, input }) => ({ name: toolName, args: input })),
    finish: await done.finishReason,
    input: (await done.usage).inputTokens,
  };
}

/** What an SDK knows of an error, whatever it calls it. */
function describe(error) {
  const status = error.status ?? error.statusCode ?? error.cause?.statusCode ?? null;
  return { class: error.constructor.name, status, message: error.message };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let said;
  try {
    said = await CALLERS[asked.sdk](asked);
  } catch (error) {
    said = { error: describe(error) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
