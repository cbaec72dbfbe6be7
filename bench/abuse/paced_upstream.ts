/**
 * A workspace that streams at the pace of a model.
 *
 * @module
 */

/** A running workspace. */
export interface PacedUpstream extends Disposable {
  readonly origin: string;
}

const PACE_MS = 50;

/** Starts one whose streams last `seconds`. */
export function startPacedUpstream(seconds: number): PacedUpstream {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const text = await request.text();
      if (!text.includes('"stream":true')) return Response.json({ choices: [] });
      const headers = { "content-type": "text/event-stream" };
      return new Response(paced(seconds * 1_000 / PACE_MS), { headers });
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.dispose]: () => void server.shutdown(),
  };
}

function paced(events: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      if (sent++ < events) {
        controller.enqueue(encoder.encode(`data: {"n":${sent}}\n\n`));
        return;
      }
      controller.enqueue(encoder.encode("data: [DONE]\n\n"));
      controller.close();
    },
  });
}
