/**
 * HTTP on one connection: what `Deno.serve` does with each that it accepts.
 *
 * @module
 */

/** Answers a request; `info.completed` tells when the answer is delivered. */
export type ConnectionHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Promise<Response>;

/** HTTP being spoken on a connection. */
export interface ServedConnection {
  /** Settles when the connection is gone, however that came. */
  readonly finished: Promise<void>;
  /** Lets a request that runs come to its end, and then ends the connection. */
  shutdown(): Promise<void>;
}

/** Takes a connection over; `signal` ends it at once, whatever runs on it. */
export type ServeConnection = (
  connection: Deno.Conn,
  signal: AbortSignal,
  handler: ConnectionHandler,
  onError: (error: unknown) => Response,
  onListen: () => void,
) => ServedConnection;

/**
 * The function inside Deno that `Deno.serve` has no door to, `null` in a Deno that has none.
 *
 * `Deno.serve` waits for ever for the end of a header (https://github.com/denoland/deno/issues/25433)
 * and lets nobody see its connections. Its HTTP/2 server of `node:http2` is given connections one
 * by one through this; so are we. What it costs and what the alternatives would: ARCHITECTURE.md.
 */
export function findServeConnection(deno: object = Deno): ServeConnection | null {
  const key: unknown = Reflect.get(deno, "internal");
  const internals: unknown = typeof key === "symbol" ? Reflect.get(deno, key) : null;
  if (typeof internals !== "object" || internals === null) return null;
  const found: unknown = Reflect.get(internals, "serveHttpOnConnection");
  return typeof found === "function" ? found as ServeConnection : null;
}
