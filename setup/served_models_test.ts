import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import { provedBy } from "../tests/support/proving.ts";
import { listServedModels, type ServedModels } from "./served_models.ts";

const key = new Secret("kt_claude_1");
const operator = new Secret("kt_operator_1");
const LISTING = { object: "list", data: [{ id: "a", object: "model" }, { id: "b" }] };

type Handler = (request: Request) => Response | Promise<Response>;

async function ask(handler: Handler, timeoutMs?: number): Promise<ServedModels> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const place = { hostname: "127.0.0.1", port: server.addr.port };
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  return await listServedModels({ place, operator, key, fetch, ...options });
}

/** A service of ours that answers like this. */
function ours(answer: Handler): Handler {
  return (request) => provedBy(request.url, operator) ?? answer(request);
}

Deno.test("listServedModels() gives the names that the service lists to this key", async () => {
  const served = await ask(ours((request) => {
    assert.equal(new URL(request.url).pathname, "/v1/models");
    assert.equal(request.headers.get("authorization"), "Bearer kt_claude_1");
    return Response.json(LISTING);
  }));
  assert.deepEqual(served, { names: ["a", "b"], reason: null });
});

Deno.test("listServedModels() says why where the answer is none", async () => {
  const answers: readonly (readonly [() => Response, RegExp])[] = [
    [() => new Response("no", { status: 401 }), /answers with 401; `doctor` says more$/],
    [() => new Response("<html>"), /gave no list: /],
    [() => Response.json({ data: [] }), /knows of no models$/],
    [() => Response.json({ data: [{ name: "a" }] }), /knows of no models$/],
    [() => Response.redirect("http://127.0.0.1:1/"), /gave no list: /],
  ];
  for (const [answer, reason] of answers) {
    const served = await ask(ours(answer));
    assert.equal(served.names, null);
    assert.match(served.reason ?? "", reason);
  }
});

Deno.test("listServedModels() shows its key to nobody who has not proved itself", async () => {
  const seen: string[] = [];
  const strangers: readonly Handler[] = [
    () => Response.json(LISTING),
    () => Response.json({ proof: "0".repeat(64), ...LISTING }),
    (request) => provedBy(request.url, new Secret("another")) ?? Response.json(LISTING),
    // As if it had passed the question on to a service at another port.
    (request) => {
      const elsewhere = new URL(request.url);
      elsewhere.port = "1";
      return provedBy(elsewhere.href, operator) ?? Response.json(LISTING);
    },
    (request) => Response.redirect(new URL("/v1/models", request.url)),
  ];
  for (const stranger of strangers) {
    const served = await ask(async (request) => {
      seen.push([request.url, ...request.headers, await request.text()].join());
      return await stranger(request);
    });
    assert.equal(served.names, null);
    assert.match(served.reason ?? "", /is not this installation's Keyturn .*told no key/);
  }
  assert.equal(seen.length, strangers.length, "nothing but the challenge");
  assert.doesNotMatch(seen.join(), /kt_/);
});

Deno.test("listServedModels() does not wait for a service that does not answer", async () => {
  // It answers when nobody waits any more: then the request is aborted.
  const late: Handler = (request) =>
    new Promise<Response>((resolve) => {
      request.signal.addEventListener("abort", () => resolve(new Response()));
    });
  for (const handler of [late, ours(late)]) assert.equal((await ask(handler, 50)).names, null);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const place = { hostname: "127.0.0.1", port: listener.addr.port };
  listener.close();
  const { reason } = await listServedModels({ place, operator, key, fetch });
  assert.match(
    reason ?? "",
    /^no service answers at http:\/\/127\.0\.0\.1:\d+: .*; start `serve`$/,
  );
});
