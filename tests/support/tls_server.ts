/**
 * A server with a certificate that nobody vouches for.
 *
 * @module
 */

/** Where it listens. */
export interface TlsServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts one, with a key that exists for this run only. */
export async function startTlsServer(): Promise<TlsServer> {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-tls-" });
  const [keyFile, certFile] = [`${folder}/key.pem`, `${folder}/cert.pem`];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", keyFile, "-out", certFile, "-days", "1", "-subj", "/CN=127.0.0.1"],
      ...["-addext", "subjectAltName=IP:127.0.0.1"],
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  const [key, cert] = await Promise.all([keyFile, certFile].map((path) => Deno.readTextFile(path)));
  await Deno.remove(folder, { recursive: true });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, key: key ?? "", cert: cert ?? "", onListen() {} },
    () => Response.json({}),
  );
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}
