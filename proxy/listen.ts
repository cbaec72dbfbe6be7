/**
 * The doors that the proxy listens at: a port, and a unix socket beside it.
 *
 * @module
 */

import { ConfigError, describeError } from "../support/errors.ts";

type Handler = (request: Request) => Promise<Response>;

const OPTIONS = {
  // Without it Deno prints a stack for every stream that its caller or upstream broke off.
  onError: () => new Response(null, { status: 500 }),
  onListen: () => {},
};

/**
 * Listens on a port; 0 means any.
 *
 * @throws {ConfigError} if that cannot be.
 */
export function listenOnPort(
  { hostname, port, shared }: { hostname: string; port: number; shared: boolean },
  handle: Handler,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ ...OPTIONS, hostname, port, reusePort: shared }, handle);
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
  handle: Handler,
): Promise<Deno.HttpServer<Deno.UnixAddr>> {
  try {
    await removeStaleSocket(path);
    return openSocket(path, handle);
  } catch (error) {
    throw new ConfigError([{
      name: "PROXY_SOCKET",
      message: `Cannot listen on "${path}": ${describeError(error)}`,
    }]);
  }
}

function openSocket(path: string, handle: Handler): Deno.HttpServer<Deno.UnixAddr> {
  const server = Deno.serve({ ...OPTIONS, path }, handle);
  // The socket is made with the mode that the umask leaves, and this isolate may not change the
  // umask. Under the usual 022 nobody else can open it in this instant either; under a laxer one,
  // somebody who did would still need a local key.
  Deno.chmodSync(path, 0o600);
  return server;
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
