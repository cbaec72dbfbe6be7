import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import { maskingStream, maskText, maskToken } from "./mask_token.ts";

const secret = new Secret("dapi-aab");

Deno.test("maskToken() masks each one, and leaves bytes without one as they are", () => {
  const mask = (text: string) =>
    new TextDecoder().decode(maskToken(new TextEncoder().encode(text), secret));
  assert.equal(mask("dapi-aab,dapi-aabdapi-aab"), "********,****************");
  assert.equal(mask("dapi-aa dapi-dapi-aab"), "dapi-aa dapi-********");
  const without = new TextEncoder().encode("dapi-aa");
  assert.equal(maskToken(without, secret), without);
  assert.equal(maskText("x dapi-aab", secret), "x ********");
});

Deno.test("maskingStream() masks a token however it is cut up", async () => {
  const text = "one dapi-aab two dapi-aab";
  for (let cut = 0; cut <= text.length; cut++) {
    const parts = [text.slice(0, cut), text.slice(cut)].filter((part) => part !== "");
    const stream = ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)))
      .pipeThrough(maskingStream(secret));
    assert.equal(await new Response(stream).text(), "one ******** two ********", String(cut));
  }
});
