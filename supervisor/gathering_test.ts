import assert from "node:assert/strict";
import type { ProxyStats } from "../protocol.ts";
import { type Asker, Gathering } from "./gathering.ts";

const stats = (requests: number): ProxyStats => ({
  requests,
  refused: {},
  limits: {},
  rescues: 0,
  upstreamFailures: 0,
  repairs: [],
  lessons: [],
  inFlight: 0,
  connections: 0,
  dropped: {},
  agents: {},
});

function open(timeoutMs = 1_000_000) {
  const asked: [number, string][] = [];
  const { promise, resolve } = Promise.withResolvers<[Asker, readonly number[]]>();
  const delivered: [Asker, readonly number[]][] = [];
  const gathering = new Gathering({
    ask: (index, id) => asked.push([index, id]),
    deliver: (asker, parts) => {
      delivered.push([asker, parts.map(({ requests }) => requests)]);
      resolve([asker, parts.map(({ requests }) => requests)]);
    },
    timeoutMs,
  });
  return { gathering, asked, delivered, first: promise };
}

Deno.test("Gathering delivers when all have answered, each once", () => {
  const { gathering, asked, delivered } = open();
  gathering.begin({ index: 1, id: 7 }, [0, 1]);
  assert.deepEqual(asked, [[0, "1:7"], [1, "1:7"]]);
  gathering.receive(0, "1:7", stats(3));
  gathering.receive(0, "1:7", stats(3));
  assert.deepEqual(delivered, []);
  gathering.receive(1, "1:7", stats(4));
  gathering.receive(1, "1:7", stats(4));
  assert.deepEqual(delivered, [[{ index: 1, id: 7 }, [3, 4]]]);
});

Deno.test("Gathering waits for no proxy that died, and counts one that had answered", () => {
  const { gathering, delivered } = open();
  gathering.begin({ index: 0, id: 1 }, [0, 1, 2]);
  gathering.receive(1, "0:1", stats(5));
  gathering.lose(1);
  assert.deepEqual(delivered, []);
  gathering.receive(0, "0:1", stats(6));
  gathering.lose(2);
  assert.deepEqual(delivered, [[{ index: 0, id: 1 }, [5, 6]]]);
  gathering.begin({ index: 0, id: 2 }, []);
  assert.equal(delivered.length, 2);
});

Deno.test("Gathering delivers what there is when one does not answer", async () => {
  const { gathering, first } = open(1);
  gathering.begin({ index: 0, id: 1 }, [0, 1]);
  gathering.receive(0, "0:1", stats(5));
  assert.deepEqual(await first, [{ index: 0, id: 1 }, [5]]);
});

Deno.test("Gathering forgets all at its end", () => {
  const { gathering, delivered } = open();
  gathering.begin({ index: 0, id: 1 }, [0]);
  gathering.end();
  gathering.receive(0, "0:1", stats(5));
  assert.deepEqual(delivered, []);
});
