/**
 * Nobody can write a line into the log of a running service, or break one: not a caller by names,
 * paths and headers, not the workspace by what it says.
 */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { latin1 } from "./support/bytes.ts";
import { exchangeRaw } from "./support/raw_client.ts";
import { makeHome, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

/** What would begin a line of its own in either format, and what would hide one. */
const FORGED = '{"time":"x","level":"error","room":"proxy","event":"forged"}';
const BREAKS = [
  "\n",
  "\r",
  "\r\n",
  "\u2028",
  "\u2029",
  "\u0085",
  "\v",
  "\f",
  "\x1b[2K\x1b[1G",
  "\0",
];
const EVIL = BREAKS.map((end) => `x${end}${FORGED}${end}`);

for (const format of ["json", "text"] as const) {
  Deno.test(`one event is one line of the log as ${format}, whoever says what`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const env = { LOG_LEVEL: "debug", LOG_FORMAT: format, CODA_INSTANCE_NAME: "name of mine" };
    await using serve = await ServeProcess.start({ home: home.folder, env });
    await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
    await callEvil(serve);
    await teachEvil(serve, workspace);
    for (const message of EVIL) {
      const body = JSON.stringify({ ["error_code"]: message, message });
      const action = { kind: "status", status: 400, body } as const;
      workspace.fault({ match: { path: /chat/ }, times: 1, action });
      await (await serve.chat("hello")).text();
      // The serving token and the spare try in turn.
      workspace.fault({ match: { path: "/api/2.0/token/create" }, times: 2, action });
      const headers = { authorization: `Bearer ${await serve.key("operator")}` };
      await (await fetch(`${serve.origin}/keyturn/rotate`, { method: "POST", headers })).text();
    }
    serve.kill("SIGTERM");
    await serve.ended();
    const lines = serve.stderr.split("\n").slice(0, -1);
    assert(lines.length > 50, `${lines.length} lines`);
    assert(serve.stderr.includes("forged"), "what the workspace said is told, as a part of a line");
    for (const line of lines) {
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u, "nothing that a terminal acts on");
      if (format === "json") assert.notEqual(JSON.parse(line).event, "forged");
      else assert.match(line, /^[\d:.]+ \[\w+\] keyturn·\w+: [a-z-]+( |$)/);
    }
  });
}

/** What a rejection teaches is logged with the model that the caller named. */
async function teachEvil(serve: ServeProcess, workspace: Workspace): Promise<void> {
  for (const [index, evil] of EVIL.entries()) {
    const message = `Bad request: json: unknown field "field_${index}"`;
    const action = { kind: "status", status: 400, body: JSON.stringify({ message }) } as const;
    workspace.fault({ match: { path: /chat/ }, times: 1, action });
    await (await fetch(`${serve.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${await serve.key("pi")}` },
      body: JSON.stringify({ model: evil, messages: [], [`field_${index}`]: 1 }),
    })).text();
  }
  const learned = serve.stderr.match(/lesson-learned/g)?.length ?? 0;
  assert(learned >= EVIL.length / 2, `${learned} lessons were learned`);
}

/** Every place in which a caller can say something. */
async function callEvil(serve: ServeProcess): Promise<void> {
  const key = await serve.key("pi");
  const port = Number(new URL(serve.origin).port);
  for (const evil of EVIL) {
    const messages = [{ role: evil, content: evil }];
    const tools = [{ type: "function", function: { name: evil, parameters: {} } }];
    await (await fetch(`${serve.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: evil, messages, tools }),
    })).text();
    const path = encodeURIComponent(evil);
    for (
      const place of [
        `/${path}`,
        `/gemini/v1beta/models/${path}:generateContent`,
        `/v1/messages?x=${path}`,
      ]
    ) {
      const headers = { "x-goog-api-key": key, "user-agent": path };
      await (await fetch(serve.origin + place, { method: "POST", headers, body: "{}" })).text();
    }
    const raw = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Api-Key: ${key}\r\n` +
      `User-Agent: ${evil}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
    const bytes = latin1(raw.replace(/[^\0-\xff]/g, "?"));
    await exchangeRaw({ port }, bytes).catch(() => null);
  }
}
