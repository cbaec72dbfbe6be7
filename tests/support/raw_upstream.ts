/**
 * A workspace made of bytes: a TCP server that hands over each request as it was written and
 * sends back exactly what it is told to.
 */

import { ByteReader } from "./byte_reader.ts";
import { latin1 } from "./bytes.ts";

/** A request as it stood on the wire. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** In the order and the spelling in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The connection that a request came on. */
export interface RawConnection {
  /** Sends text (a byte per character) or bytes. */
  send(data: string | Uint8Array): Promise<void>;
  /** Ends it, in the middle of an answer or after one. */
  close(): void;
  /** Resolves when the other side has ended it. Nothing more is read from it then. */
  readonly left: () => Promise<void>;
}

/** Answers one request. */
export type Answer = (request: RawRequest, connection: RawConnection) => void | Promise<void>;

/** A running upstream. */
export interface RawUpstream extends AsyncDisposable {
  readonly origin: string;
  /** All requests that arrived whole, in order. */
  readonly requests: readonly RawRequest[];
  /** Connections that were made, with or without a request. */
  readonly connections: number;
}

/** Starts an upstream that `answer` speaks for. */
export function startRawUpstream(answer: Answer): RawUpstream {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: RawRequest[] = [];
  const open = new Set<Deno.Conn>();
  const running: Promise<void>[] = [];
  let connections = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      connections++;
      // Small writes in a row would wait 40 ms for the acknowledgement of the first one.
      connection.setNoDelay();
      open.add(connection);
      running.push(serve(connection));
    }
  })();
  return {
    origin: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
      await Promise.all(running);
    },
  };

  async function serve(connection: Deno.Conn): Promise<void> {
    const reader = new ByteReader(connection);
    for (let request = await readRequest(reader); request !== null;) {
      requests.push(request);
      await answer(request, {
        send: (data) => send(connection, data),
        close: () => close(connection),
        left: async () => {
          await reader.all();
        },
      });
      request = await readRequest(reader);
    }
    close(connection);
  }

  function close(connection: Deno.Conn): void {
    if (!open.delete(connection)) return;
    connection.close();
  }
}

/** The value of a header, whatever its case; `undefined` if it is not there. */
export function headerOf(request: RawRequest, name: string): string | undefined {
  return request.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

async function readRequest(reader: ByteReader): Promise<RawRequest | null> {
  const [method, target] = (await reader.line() ?? "").split(" ");
  if (method === undefined || target === undefined) return null;
  const headers: [string, string][] = [];
  for (let line = await reader.line(); line !== "" && line !== null; line = await reader.line()) {
    const colon = line.indexOf(":");
    headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  const request = { method, target, headers, body: new Uint8Array() };
  const body = headerOf(request, "transfer-encoding") === "chunked"
    ? await reader.chunked()
    : await reader.bytes(Number(headerOf(request, "content-length") ?? 0));
  return body === null ? null : { ...request, body };
}

async function send(connection: Deno.Conn, data: string | Uint8Array): Promise<void> {
  let rest = typeof data === "string" ? latin1(data) : data;
  try {
    while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
  } catch {
    // The other side has left, which `left` is there to tell.
  }
}

/** A whole answer with a body of known length. */
export function wholeAnswer(
  body: string | Uint8Array,
  options: { status?: string; headers?: readonly string[] } = {},
): Answer {
  const bytes = typeof body === "string" ? latin1(body) : body;
  const { status = "200 OK", headers = ["content-type: application/json"] } = options;
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${bytes.length}`, "", ""];
  return async (_, connection) => {
    await connection.send(head.join("\r\n"));
    await connection.send(bytes);
  };
}

/** The head of a chunked answer. */
export const CHUNKED_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/** A chunk of such an answer; an empty one ends it. */
export function chunk(data: string | Uint8Array): Uint8Array {
  const bytes = typeof data === "string" ? latin1(data) : data;
  const head = latin1(`${bytes.length.toString(16)}\r\n`);
  const whole = new Uint8Array(head.length + bytes.length + 2);
  whole.set(head);
  whole.set(bytes, head.length);
  whole.set(latin1("\r\n"), head.length + bytes.length);
  return whole;
}
