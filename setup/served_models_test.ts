import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import { listServedModels } from "./served_models.ts";

const key = new Secret("kt_claude_1");

async function ask(
  handler: (request: Request) => Response | Promise<Response>,
  timeoutMs?: number,
): Promise<readonly string[] | null> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  return await listServedModels({ origin, key, fetch, ...options });
}

Deno.test("listServedModels() gives the names that the service lists to this key", async () => {
  const names = await ask((request) => {
    assert.equal(new URL(request.url).pathname, "/v1/models");
    assert.equal(request.headers.get("authorization"), "Bearer kt_claude_1");
    return Response.json({ object: "list", data: [{ id: "a", object: "model" }, { id: "b" }] });
  });
  assert.deepEqual(names, ["a", "b"]);
});

Deno.test("listServedModels() gives nothing where the answer is none", async () => {
  const answers: readonly (() => Response)[] = [
    () => new Response("no", { status: 401 }),
    () => new Response("<html>"),
    () => Response.json({ data: [] }),
    () => Response.json({ data: [{ name: "a" }] }),
    () => Response.redirect("http://127.0.0.1:1/"),
  ];
  for (const answer of answers) assert.equal(await ask(answer), null);
});

Deno.test("listServedModels() does not wait for a service that does not answer", async () => {
  // It answers when nobody waits any more: then the request is aborted.
  const late = (request: Request) =>
    new Promise<Response>((resolve) => {
      request.signal.addEventListener("abort", () => resolve(new Response()));
    });
  assert.equal(await ask(late, 20), null);
  const origin = "http://127.0.0.1:1";
  assert.equal(await listServedModels({ origin, key, fetch }), null);
});
