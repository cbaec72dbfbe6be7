/**
 * A workspace whose models answer with one quirk at a time; all else is the simulated one's.
 *
 * @module
 */

import { startWorkspace } from "../../../demo/workspace.ts";
import type { Quirk } from "./quirks.ts";

/** What its models answer next. */
export type NextAnswer =
  | { readonly kind: "quirk"; readonly quirk: Quirk; readonly lineEnd: string }
  | {
    readonly kind: "error";
    readonly status: number;
    readonly body: string;
    readonly type: string;
  };

/** A running workspace. */
export interface QuirkyWorkspace extends AsyncDisposable {
  readonly origin: string;
  readonly issue: ReturnType<typeof startWorkspace>["issue"];
  /** What its models answer from now on. */
  next: NextAnswer | null;
}

/** Starts it. */
export function startQuirkyWorkspace(): QuirkyWorkspace {
  const inner = startWorkspace();
  const workspace: { next: NextAnswer | null } = { next: null };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const isModels = /^\/(serving-endpoints|ai-gateway)\//.test(pathname) &&
        request.method === "POST";
      if (isModels && workspace.next !== null) return await answer(request, workspace.next);
      const { method, headers } = request;
      const body = method === "GET" ? null : await request.bytes();
      return await fetch(`${inner.origin}${pathname}${search}`, {
        method,
        headers,
        body,
        redirect: "manual",
      });
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    issue: (options) => inner.issue(options),
    get next() {
      return workspace.next;
    },
    set next(next) {
      workspace.next = next;
    },
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      await inner[Symbol.asyncDispose]();
    },
  };
}

async function answer(request: Request, next: NextAnswer): Promise<Response> {
  const asked = await request.json();
  if (next.kind === "error") {
    const headers = { "content-type": next.type };
    return new Response(next.body, { status: next.status, headers });
  }
  const { quirk: { whole, events, wire }, lineEnd } = next;
  const isStream = asked.stream === true || request.url.includes(":streamGenerateContent");
  if (!isStream) return Response.json(whole);
  const text = events.map((data) => eventText(data, { wire, lineEnd })).join("");
  return new Response(inPieces(text), { headers: { "content-type": "text/event-stream" } });
}

function eventText(
  data: string,
  { wire, lineEnd }: { readonly wire: Quirk["wire"]; readonly lineEnd: string },
): string {
  const type = wire === "anthropic" || wire === "responses" ? JSON.parse(data).type : null;
  const name = type === null ? "" : `event: ${type}${lineEnd}`;
  return `${name}data: ${data}${lineEnd}${lineEnd}`;
}

/** Cut wherever it falls, inside of characters and line ends as well. */
function inPieces(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 37));
      at += 37;
    },
  });
}
