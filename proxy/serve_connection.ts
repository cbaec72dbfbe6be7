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
  /** Ends it at once, whatever runs on it. */
  end(): void;
}

/** Takes a connection over. */
export type ServeConnection = (
  connection: Deno.Conn,
  handler: ConnectionHandler,
) => ServedConnection;

type ServeHttpOnConnection = (
  connection: Deno.Conn,
  signal: Pick<AbortSignal, "addEventListener">,
  handler: ConnectionHandler,
  onError: (error: unknown) => Response,
  onListen: () => void,
) => Omit<ServedConnection, "end">;

/**
 * The function inside Deno that `Deno.serve` has no door to, `null` in a Deno that has none.
 *
 * `Deno.serve` waits for ever for the end of a header (https://github.com/denoland/deno/issues/25433)
 * and lets nobody see its connections. Deno's `node:http2` is given connections one by one through
 * this; so are we. What it costs and what the alternatives would: ARCHITECTURE.md.
 */
export function findServeConnection(deno: object = Deno): ServeConnection | null {
  const key: unknown = Reflect.get(deno, "internal");
  const internals: unknown = typeof key === "symbol" ? Reflect.get(deno, key) : null;
  if (typeof internals !== "object" || internals === null) return null;
  const found: unknown = Reflect.get(internals, "serveHttpOnConnection");
  if (typeof found !== "function") return null;
  const serve = found as ServeHttpOnConnection;
  return (connection, handler) => {
    const leave = new Leave();
    const served = serve(connection, leave, handler, onError, () => {});
    return {
      finished: served.finished,
      shutdown: async () => await served.shutdown(),
      end: () => leave.fire(),
    };
  };
}

// Without it Deno prints a stack for every stream that its caller or upstream broke off.
function onError(): Response {
  return new Response(null, { status: 500 });
}

/**
 * The one thing that is wanted of a signal. A connection can be gone a moment before anybody is
 * told; then the listener throws, which from a real signal nobody could catch.
 */
class Leave {
  #listener: (() => void) | null = null;

  addEventListener(_type: string, listener: unknown): void {
    this.#listener = listener as () => void;
  }

  fire(): void {
    try {
      this.#listener?.();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
