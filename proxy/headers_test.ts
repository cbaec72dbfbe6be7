import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import { inboundHeaders, outboundHeaders } from "./headers.ts";

const bearer = new Secret("dapi-1");

Deno.test("outboundHeaders() drops what Connection names, in whatever spelling", () => {
  const caller = new Headers({
    "connection": " X-One ,x-two,, close",
    "x-one": "1",
    "x-two": "2",
    "x-three": "3",
  });
  const headers = new Map(outboundHeaders(caller, bearer));
  assert.deepEqual([...headers.keys()], ["x-three", "accept-encoding", "authorization"]);
});

Deno.test("outboundHeaders() sets its own bearer, even when Connection names that header", () => {
  const caller = new Headers({ connection: "authorization", authorization: "Bearer other" });
  assert.deepEqual(outboundHeaders(caller, bearer), [
    ["accept-encoding", "identity"],
    ["authorization", "Bearer dapi-1"],
  ]);
});

Deno.test("inboundHeaders() keeps what concerns the answer", () => {
  const upstream = new Headers({
    "connection": "keep-alive",
    "content-encoding": "gzip",
    "content-length": "5",
    "content-type": "text/event-stream",
    "set-cookie": "a=1",
    "access-control-allow-origin": "*",
    "vary": "Accept-Encoding",
  });
  assert.deepEqual(inboundHeaders(upstream), [
    ["content-encoding", "gzip"],
    ["content-length", "5"],
    ["content-type", "text/event-stream"],
    ["vary", "Accept-Encoding"],
  ]);
});
