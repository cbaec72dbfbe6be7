import assert from "node:assert/strict";
import { Connections } from "./connections.ts";
import { listenOnPort } from "./listen.ts";
import { findServeConnection } from "./serve_connection.ts";

const ADDRESS = { hostname: "127.0.0.1", port: 0, shared: false };
const answer = () => Promise.resolve(new Response("here"));

Deno.test("findServeConnection() finds it in this Deno, and nothing in one without it", () => {
  assert.notEqual(findServeConnection(), null, "else no connection is watched");
  const internal = Symbol("internal");
  for (const other of [{}, { internal: 1 }, { internal }, { internal, [internal]: {} }]) {
    assert.equal(findServeConnection(other), null);
  }
});

Deno.test("a door serves in a Deno that shows nobody its connections", async () => {
  const door = listenOnPort(ADDRESS, answer, null);
  assert.equal(await (await fetch(`http://127.0.0.1:${door.port}/`)).text(), "here");
  await door.shutdown();
});

Deno.test("a connection that is gone can be ended once more", async () => {
  const serve = findServeConnection();
  assert(serve !== null);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const caller = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const served = serve(await listener.accept(), answer);
  caller.close();
  await served.finished.catch(() => {});
  served.end();
  served.end();
  listener.close();
});

Deno.test("a door goes on after a connection that nobody could serve", async () => {
  const serve = findServeConnection();
  assert(serve !== null);
  let served = 0;
  const connections = new Connections({
    maxConnections: 8,
    maxConnectionsPerKey: 8,
    headerTimeoutMs: 60_000,
    onDrop: () => {},
    serve: (connection, handler) => {
      if (served++ === 0) throw new Deno.errors.BadResource("gone");
      return serve(connection, handler);
    },
  });
  const door = listenOnPort(ADDRESS, answer, connections);
  using first = await Deno.connect({ hostname: "127.0.0.1", port: door.port });
  assert.equal(await first.read(new Uint8Array(1)), null, "it is closed");
  const response = await fetch(`http://127.0.0.1:${door.port}/`);
  assert.equal(await response.text(), "here");
  await door.shutdown();
});
