/** Errors that Keyturn makes itself are in the caller's dialect and say what to do. */

import assert from "node:assert/strict";
import { type ProxyFixture, startProxy } from "./support/proxy_fixture.ts";
import { startRawUpstream, wholeAnswer } from "./support/raw_upstream.ts";

const PATHS = {
  chat: "/v1/chat/completions",
  responses: "/openai/v1/responses",
  anthropic: "/anthropic/v1/messages",
  gemini: "/gemini/v1beta/models/m:streamGenerateContent",
} as const;

/** What the SDKs of each dialect look for in an error. */
const SHAPES: Readonly<Record<keyof typeof PATHS, (body: unknown, status: number) => string>> = {
  chat: openAiMessage,
  responses: openAiMessage,
  anthropic: (body) => {
    const { type, error, ...rest } = asObject(body);
    assert.equal(type, "error");
    const { type: kind, message, ...more } = asObject(error);
    assert.match(String(kind), /^[a-z_]+_error$|^request_too_large$/);
    assert.deepEqual({ ...rest, ...more }, {});
    return String(message);
  },
  gemini: (body, status) => {
    const { code, message, status: name } = asObject(asObject(body).error);
    assert.equal(code, status);
    assert.match(String(name), /^[A-Z_]+$/);
    return String(message);
  },
};

interface Situation {
  readonly status: number;
  readonly says: RegExp;
  /** Seconds, or none. */
  readonly retryAfter?: string;
  /** Makes a fixture in which a POST of `body` with `headers` is refused. */
  readonly start: (workspace: string) => Promise<ProxyFixture>;
  readonly answer?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const upstream = (workspace: string) => startProxy({ upstream: workspace });

const SITUATIONS: ReadonlyMap<string, Situation> = new Map<string, Situation>([
  ["no key", { status: 401, says: /setup:<agent>/, start: upstream, headers: wrongKey() }],
  ["a web page", {
    status: 403,
    says: /web pages/,
    start: upstream,
    headers: { origin: "https://evil.example" },
  }],
  ["too large", {
    status: 413,
    says: /PROXY_MAX_BODY/,
    start: (workspace) => startProxy({ upstream: workspace, config: { maxBodyBytes: 1_024 } }),
    body: "x".repeat(2_000),
  }],
  ["compressed", {
    status: 415,
    says: /compressed \("br"\)/,
    start: upstream,
    headers: { "content-encoding": "br" },
  }],
  ["no workspace", {
    status: 502,
    says: /Cannot reach the workspace .*DATABRICKS_HOST.*refused/i,
    start: () => startProxy({ upstream: closedOrigin() }),
  }],
  ["a redirect", {
    status: 502,
    says: /redirect \(302\), which is not followed: check that DATABRICKS_HOST/,
    start: upstream,
    answer: "302 Found",
  }],
  ["another redirect", {
    status: 502,
    says: /redirect \(308\)/,
    start: upstream,
    answer: "308 Permanent Redirect",
  }],
  ["a made-up status", {
    status: 502,
    says: /status 799, .* check that DATABRICKS_HOST/,
    start: upstream,
    answer: "799 What",
  }],
  ["another protocol", {
    status: 502,
    says: /status 101, .* check that DATABRICKS_HOST/,
    start: upstream,
    answer: "101 Switching",
  }],
  ["no answer", {
    status: 504,
    says: /PROXY_IDLE_TIMEOUT/,
    start: (workspace) => startProxy({ upstream: workspace, config: { idleTimeoutMs: 50 } }),
    answer: "none",
  }],
  ["no credential for now", {
    status: 503,
    says: /cannot reach it; another try follows/,
    retryAfter: "5",
    start: (workspace) =>
      withoutCredential(workspace, { state: "retrying", lastFailure: "cannot reach it" }),
  }],
  ["no credential ever", {
    status: 401,
    says: /^write one there$/,
    start: (workspace) =>
      withoutCredential(workspace, { state: "lost", lastFailure: "write one there" }),
  }],
]);

for (const [name, situation] of SITUATIONS) {
  Deno.test(`${name} is ${situation.status} in every dialect`, async () => {
    const { status, says, start, body = "{}", headers = {}, answer = "200 OK" } = situation;
    await using workspace = startRawUpstream(async (request, connection) => {
      if (answer === "none") return await connection.left();
      // A redirect to itself: followed once, it would be seen here twice.
      await wholeAnswer("", { status: answer, headers: [`location: ${request.target}`] })(
        request,
        connection,
      );
    });
    for (const [dialect, path] of Object.entries(PATHS)) {
      await using proxy = await start(workspace.origin);
      const before = workspace.requests.length;
      const response = await proxy.post(path, body, headers);
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(response.headers.get("retry-after"), situation.retryAfter ?? null);
      assert.equal(response.headers.get("location"), null);
      const message = SHAPES[dialect as keyof typeof PATHS](JSON.parse(text), status);
      assert.match(message, says);
      assert(workspace.requests.length <= before + 1, "it was sent at most once");
      const { inFlight, refused } = proxy.proxy.stats();
      assert.deepEqual({ inFlight, refused }, { inFlight: 0, refused: { [status]: 1 } });
    }
  });
}

Deno.test("defect 18: a 429 without Retry-After gets one, and one that has it keeps it", async () => {
  const status = "429 Too Many Requests";
  const body = '{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}';
  for (
    const [headers, expected] of [
      [["content-type: application/json"], "5"],
      [["retry-after: 17"], "17"],
      [["Retry-After: Mon, 23 Nov 2026 00:00:00 GMT"], "Mon, 23 Nov 2026 00:00:00 GMT"],
    ] as const
  ) {
    await using workspace = startRawUpstream(wholeAnswer(body, { status, headers }));
    await using proxy = await upstream(workspace.origin);
    const response = await proxy.post(PATHS.responses, "{}");
    assert.equal(response.status, 429);
    assert.equal(response.headers.get("retry-after"), expected);
    assert.equal((await response.json()).error.message, "slow down");
  }
});

Deno.test("a 429 that says in its body when to come back says so in its header", async () => {
  const body = '{"error_code":"RESOURCE_EXHAUSTED","message":"slow down",' +
    '"details":[{"@type":"RetryInfo","retry_delay":"11.2s"}]}';
  await using workspace = startRawUpstream(wholeAnswer(body, { status: "429 Slow" }));
  await using proxy = await upstream(workspace.origin);
  const response = await proxy.post(PATHS.chat, "{}");
  assert.equal(response.headers.get("retry-after"), "12");
  assert.equal((await response.json()).error.code, "RESOURCE_EXHAUSTED");
});

Deno.test("an error of the workspace's own reaches each dialect's SDK, with status and headers", async () => {
  const inner = JSON.stringify({ message: "messages: text content blocks must be non-empty" });
  const body = JSON.stringify({ "error_code": "BAD_REQUEST", message: inner });
  const headers = ["content-type: text/plain", "retry-after: 7", "x-request-id: r1", 'etag: "1"'];
  await using workspace = startRawUpstream(wholeAnswer(body, { status: "503 Busy", headers }));
  await using proxy = await upstream(workspace.origin);
  for (const dialect of ["chat", "responses", "anthropic", "gemini"] as const) {
    const response = await proxy.post(PATHS[dialect], "{}");
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "7");
    assert.equal(response.headers.get("x-request-id"), "r1");
    assert.equal(response.headers.get("etag"), null);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    const text = await response.text();
    assert.equal(response.headers.get("content-length"), String(text.length));
    const { message } = asObject(asObject(JSON.parse(text)).error);
    assert.equal(message, "messages: text content blocks must be non-empty");
  }
});

Deno.test("an error that is no envelope, or a very long one, passes as it is", async () => {
  const long = JSON.stringify({ message: "x".repeat(100_000) });
  for (const body of ["<html><body>Bad Gateway</body></html>", "", "{}", long]) {
    await using workspace = startRawUpstream(wholeAnswer(body, { status: "502 Bad" }));
    await using proxy = await upstream(workspace.origin);
    const response = await proxy.post(PATHS.anthropic, "{}");
    assert.equal(response.status, 502);
    assert.equal(response.headers.get("content-length"), String(body.length));
    assert.equal(await response.text(), body);
  }
});

Deno.test("other answers get no Retry-After", async () => {
  await using workspace = startRawUpstream(wholeAnswer("{}", { status: "503 Busy" }));
  await using proxy = await upstream(workspace.origin);
  const response = await proxy.post(PATHS.chat, "{}");
  assert.equal(response.headers.get("retry-after"), null);
  await response.body?.cancel();
});

/** In place of the key that the fixture would send. */
function wrongKey(): Readonly<Record<string, string>> {
  return { authorization: "Bearer nobody" };
}

/** An address where nobody listens. */
function closedOrigin(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return `http://127.0.0.1:${listener.addr.port}`;
}

async function withoutCredential(
  workspace: string,
  chain: { state: "retrying" | "lost"; lastFailure: string },
): Promise<ProxyFixture> {
  const proxy = await startProxy({ upstream: workspace, token: null });
  proxy.rotator.onHeard = ({ type }) => {
    if (type === "needed") proxy.rotator.tell(chain);
  };
  return proxy;
}

function openAiMessage(body: unknown): string {
  const { message, type, code, param } = asObject(asObject(body).error);
  assert.match(String(type), /^[a-z_]+$/);
  assert.match(String(code), /^keyturn_[a-z_]+$/);
  assert.equal(param, null);
  return String(message);
}

function asObject(value: unknown): Record<string, unknown> {
  assert(typeof value === "object" && value !== null);
  return { ...value };
}
