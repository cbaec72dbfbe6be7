/**
 * The doors that the proxy listens at: a port, and a unix socket beside it.
 *
 * @module
 */

import { ConfigError, describeError } from "../support/errors.ts";
import { type Connections, sourceOf, type VisitHandler } from "./connections.ts";

/** A door that is open. */
export interface OpenDoor {
  /** The port listened on, 0 for a socket. */
  readonly port: number;
  /** Lets nobody in any more, and resolves when all who are in have gone. */
  shutdown(): Promise<void>;
}

/** The pause after a connection could not be taken: without free file numbers each try fails. */
const RETRY_MS = 50;

/**
 * Listens on a port; 0 means any.
 *
 * @throws {ConfigError} if that cannot be.
 */
export function listenOnPort(
  { hostname, port, shared }: { hostname: string; port: number; shared: boolean },
  handle: VisitHandler,
  connections: Connections | null,
): OpenDoor {
  try {
    if (connections === null) {
      return serveUnwatched({ hostname, port, reusePort: shared }, handle);
    }
    const listener = Deno.listen({ hostname, port, reusePort: shared });
    return openDoor(listener, { port: listener.addr.port, connections }, (connection) => {
      connection.setNoDelay();
      connections.open(connection, handle);
    });
  } catch (error) {
    const message = `Cannot listen on ${hostname}:${port}: ${describeError(error)}`;
    throw new ConfigError([{ name: "PROXY_PORT", message }]);
  }
}

/**
 * Listens on a unix socket that only its owner may open; it is removed at shutdown. One that was
 * left behind by a process that died is replaced, anything else at `path` is left alone.
 *
 * @throws {ConfigError} if that cannot be.
 */
export async function listenOnSocket(
  path: string,
  handle: VisitHandler,
  connections: Connections | null,
): Promise<OpenDoor> {
  try {
    await removeStaleSocket(path);
    if (connections === null) {
      const door = serveUnwatched({ path }, handle);
      await Deno.chmod(path, 0o600);
      return door;
    }
    const listener = Deno.listen({ transport: "unix", path });
    // The socket is made with the mode that the umask leaves, and this isolate may not change the
    // umask. Under the usual 022 nobody else can open it in this instant either; under a laxer one,
    // somebody who did would still need a local key.
    await Deno.chmod(path, 0o600);
    const door = openDoor(listener, { port: 0, connections }, (connection) => {
      connections.open(connection, handle);
    });
    return {
      port: 0,
      shutdown: async () => {
        await Deno.remove(path).catch(() => {});
        await door.shutdown();
      },
    };
  } catch (error) {
    throw new ConfigError([{
      name: "PROXY_SOCKET",
      message: `Cannot listen on "${path}": ${describeError(error)}`,
    }]);
  }
}

function openDoor<Conn extends Deno.Conn, Addr extends Deno.Addr>(
  listener: Deno.Listener<Conn, Addr>,
  { port, connections }: { port: number; connections: Connections },
  onConnection: (connection: Conn) => void,
): OpenDoor {
  const accepting = acceptAll(listener, onConnection);
  return {
    port,
    shutdown: async () => {
      listener.close();
      await accepting;
      await connections.shutdown();
    },
  };
}

/** The same doors where only `Deno.serve` can have connections: no bounds on any of them. */
function serveUnwatched(
  address: Deno.ServeTcpOptions | Deno.ServeUnixOptions,
  handle: VisitHandler,
): OpenDoor {
  const server = Deno.serve(
    {
      ...address as Deno.ServeTcpOptions,
      // Without it Deno prints a stack for every stream that its caller or upstream broke off.
      onError: () => new Response(null, { status: 500 }),
      onListen: () => {},
    },
    (request, { completed, remoteAddr }) =>
      handle(request, {
        completed,
        source: sourceOf(remoteAddr),
        admit: () => {},
        dismiss: () => {},
      }),
  );
  return { port: server.addr.port ?? 0, shutdown: () => server.shutdown() };
}

async function acceptAll<Conn extends Deno.Conn, Addr extends Deno.Addr>(
  listener: Deno.Listener<Conn, Addr>,
  onConnection: (connection: Conn) => void,
): Promise<void> {
  for (;;) {
    try {
      take(await listener.accept(), onConnection);
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Nothing that one connection does ends the acceptance of others. */
function take<Conn extends Deno.Conn>(
  connection: Conn,
  onConnection: (connection: Conn) => void,
): void {
  try {
    onConnection(connection);
  } catch {
    // It was gone before anybody could speak on it; if it is still ours to close, that ends it.
    try {
      connection.close();
    } catch {
      // It was not.
    }
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const info = await lookAt(path);
  if (info === null) return;
  if (!info.isSocket) throw new TypeError("it exists and is not a socket; choose another path");
  if (await isAnswered(path)) {
    throw new TypeError("another program (perhaps another Keyturn) listens there; stop it");
  }
  await Deno.remove(path);
}

async function lookAt(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
