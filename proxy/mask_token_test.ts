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

Deno.test("maskText() masks it however JSON may spell it, and nothing else", () => {
  const token = "dapi-a/b+c=.z";
  const spelled = (spell: (character: string, index: number) => string) =>
    Array.from(token, spell).join("");
  const unicode = (character: string) =>
    `u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  for (
    const text of [
      spelled((character) => `\\${unicode(character)}`),
      spelled((character) => `\\${unicode(character).toUpperCase().replace("U", "u")}`),
      spelled((character, index) => index % 2 === 0 ? character : `\\\\${unicode(character)}`),
      token.replace("/", "\\/"),
    ]
  ) {
    const masked = maskText(`{"a":"\\n${text},${text}"}`, new Secret(token));
    assert.equal(masked, `{"a":"\\n${"*".repeat(13)},${"*".repeat(13)}"}`, text);
  }
  for (const other of ["\\u0064api-a/b+c=,z", "\\n dapi-a", "u0064api-a/b+c=.z"]) {
    assert.equal(maskText(other, new Secret(token)), other);
  }
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
