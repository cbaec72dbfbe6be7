/** A caller made of bytes, for what no well-behaved client would send or show. */

import { ByteReader } from "./byte_reader.ts";
import { fromLatin1, latin1 } from "./bytes.ts";

/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** The head, lines joined by `\n`, names as they were written. */
  readonly head: string;
  /** Whatever followed the head until the connection ended, framing and all. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/** Sends `data` on a connection of its own and reads until the other side ends it. */
export async function exchangeRaw(
  target: { readonly port: number } | { readonly path: string },
  data: string | Uint8Array,
): Promise<RawAnswer> {
  using connection = await connect(target);
  const bytes = typeof data === "string" ? latin1(data) : data;
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  return await readAnswer(connection);
}

/** A connection that the test speaks on. */
export async function connect(
  target: { readonly port: number } | { readonly path: string },
): Promise<Deno.Conn> {
  return "port" in target
    ? await Deno.connect({ hostname: "127.0.0.1", port: target.port })
    : await Deno.connect({ transport: "unix", path: target.path });
}

/** Reads until the other side ends the connection. */
export async function readAnswer(connection: Deno.Conn): Promise<RawAnswer> {
  const reader = new ByteReader(connection);
  return { ...await readHead(reader), rest: await reader.all() };
}

/** The status of an answer, without waiting for the rest of it. */
export async function readStatus(connection: Deno.Conn): Promise<number> {
  return (await readHead(new ByteReader(connection))).status;
}

async function readHead(reader: ByteReader): Promise<Pick<RawAnswer, "status" | "head">> {
  const head: string[] = [];
  for (let line = await reader.line(); line !== "" && line !== null; line = await reader.line()) {
    head.push(line);
  }
  const status = Number(/^HTTP\/1\.[01] (\d+)/.exec(head[0] ?? "")?.[1] ?? 0);
  return { status, head: head.join("\n") };
}

/** The text of a request that asks for the connection to be ended after it. */
export function rawRequest(
  line: string,
  options: { headers?: readonly string[]; body?: string } = {},
): string {
  const { headers = [], body = "" } = options;
  return [`${line} HTTP/1.1`, "Connection: close", ...headers, "", body].join("\r\n");
}

/** The text that follows the head, without a frame around it. */
export function bodyText(answer: RawAnswer): string {
  return fromLatin1(answer.rest);
}
