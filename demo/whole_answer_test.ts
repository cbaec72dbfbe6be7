import assert from "node:assert/strict";
import { makeSampleRequest, type SampleRequest } from "./sample_request.ts";
import { findFlaw } from "./whole_answer.ts";
import { startWorkspace, type Workspace } from "./workspace.ts";

/** Where the proxy sends each of the client's paths. */
const UPSTREAM: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "/serving-endpoints/chat/completions",
  "/v1/responses": "/serving-endpoints/responses",
  "/v1/messages": "/serving-endpoints/anthropic/v1/messages",
};

async function ask(workspace: Workspace, request: SampleRequest): Promise<string> {
  const { pathname, search } = new URL(request.path, workspace.origin);
  const path = UPSTREAM[pathname] ?? `/serving-endpoints${pathname}`;
  const bearer = workspace.issue({ lifetimeMs: null }).value;
  const response = await fetch(workspace.origin + path + search, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}` },
    // The pace is the demo's; nothing here waits for it.
    body: JSON.stringify(request.body).replaceAll(/\[\[slow \d+\]\]/g, "[[slow 0]]"),
  });
  assert.equal(response.status, 200);
  // The answer quotes the question.
  const slow = JSON.stringify(request.body).match(/\[\[slow \d+\]\]/)?.[0] ?? "";
  return (await response.text()).replaceAll("[[slow 0]]", slow);
}

// Numbers 0 to 7 are every dialect, whole and streamed.
const EVERY_KIND = Array.from({ length: 8 }, (_, number) => makeSampleRequest(number));

Deno.test("findFlaw() finds nothing in what the simulated workspace answers", async () => {
  await using workspace = startWorkspace();
  for (const request of EVERY_KIND) {
    const text = await ask(workspace, request);
    assert.equal(findFlaw({ status: 200, text }, request), null, request.path);
  }
});

Deno.test("findFlaw() sees every answer that lost its end, or a piece in the middle", async () => {
  await using workspace = startWorkspace();
  for (const request of EVERY_KIND) {
    const text = await ask(workspace, request);
    const frames = text.split(/(?<=\n\n)/);
    if (request.form === "whole") {
      assert.match(findFlaw({ status: 200, text: text.slice(0, -1) }, request) ?? "", /not JSON/);
      continue;
    }
    for (let kept = 0; kept < frames.length; kept++) {
      const cut = frames.slice(0, kept).join("");
      const flaw = findFlaw({ status: 200, text: cut }, request);
      assert.match(flaw ?? "", /^the stream ended without /, `${request.path} after ${kept}`);
    }
    const half = findFlaw({ status: 200, text: text.slice(0, -1) }, request);
    assert.notEqual(half, null, `${request.path} without its last byte`);
    const isPiece = (frame: string) => / 1[0-9]"/.test(frame) && !frame.includes("Request");
    const piece = frames.findIndex(isPiece);
    assert.notEqual(piece, -1);
    const lost = frames.toSpliced(piece, 1).join("");
    assert.match(findFlaw({ status: 200, text: lost }, request) ?? "", /^the pieces of text/);
    const twice = frames.toSpliced(piece, 0, frames[piece] ?? "").join("");
    assert.match(findFlaw({ status: 200, text: twice }, request) ?? "", /^the pieces of text/);
    const more = text + frames[piece];
    assert.match(findFlaw({ status: 200, text: more }, request) ?? "", /^the stream goes on/);
  }
});

Deno.test("findFlaw() tells an error of any dialect in one short line", () => {
  const request = makeSampleRequest(0);
  const flawOf = (status: number, text: string) => findFlaw({ status, text }, request);
  assert.equal(flawOf(503, '{"error":{"message":"come\\nback"}}'), "status 503: come back");
  assert.equal(flawOf(403, '{"error_code":403,"message":"Invalid"}'), "status 403: Invalid");
  assert.equal(flawOf(502, ""), "status 502: (nothing)");
  assert.equal(flawOf(500, "x".repeat(500)), `status 500: ${"x".repeat(120)}…`);
});

Deno.test("findFlaw() sees a whole answer with another text, or one that was cut short", () => {
  const request = { ...makeSampleRequest(0), wantedText: "a" };
  const answer = (content: string, reason: string) =>
    JSON.stringify({ choices: [{ message: { content }, ["finish_reason"]: reason }] });
  assert.equal(findFlaw({ status: 200, text: answer("a", "stop") }, request), null);
  assert.match(findFlaw({ status: 200, text: answer("b", "stop") }, request) ?? "", /the text is/);
  const cut = findFlaw({ status: 200, text: answer("a", "length") }, request);
  assert.match(cut ?? "", /does not say that it is complete/);
});
