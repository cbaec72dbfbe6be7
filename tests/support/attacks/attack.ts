/** An attack as a row of a table: the bytes that are sent, and how they are to be refused. */

/** What an attacker knows of its target. */
export interface Target {
  readonly port: number;
  /** A good local key: most attacks fail although they have one. */
  readonly key: string;
  /** A key that is none. */
  readonly wrongKey: string;
  readonly maxBodyBytes: number;
}

/**
 * How an attack ends: refused in the dialect of its path, refused without a word by the server
 * below (`bare`), or the connection ended with no answer at all.
 */
export type Refused =
  | "closed"
  | {
    readonly status: number;
    readonly as: "openai" | "anthropic" | "gemini" | "bare";
  };

/** One row. */
export interface Attack {
  readonly name: string;
  readonly send: (target: Target) => string;
  readonly refused: Refused;
}

/** A refusal of Keyturn's own to an OpenAI client. */
export function openai(status: number): Refused {
  return { status, as: "openai" };
}

/** A refusal of Keyturn's own to an Anthropic client. */
export function anthropic(status: number): Refused {
  return { status, as: "anthropic" };
}

/** A refusal of Keyturn's own to a Gemini client. */
export function gemini(status: number): Refused {
  return { status, as: "gemini" };
}

/** A 400 of the HTTP server, which got no request that could be asked for its dialect. */
export const BARE: Refused = { status: 400, as: "bare" };

/** Path of the chat route. */
export const CHAT = "/v1/chat/completions";

/** Parts of a request that differ from one that would be let in. */
export interface Difference {
  readonly line?: string;
  readonly host?: (target: Target) => string | null;
  readonly key?: (target: Target) => string;
  readonly headers?: readonly string[];
  /** Without it: a `Content-Length` of the body. */
  readonly framing?: readonly string[];
  readonly body?: string;
}

/** A request that would be let in but for `difference`. */
export function request(difference: Difference): (target: Target) => string {
  const { line = `POST ${CHAT}`, headers = [], body = "{}" } = difference;
  const { host = ownHost, key = ownKey } = difference;
  const { framing = [`Content-Length: ${body.length}`] } = difference;
  return (target) => {
    const name = host(target);
    return [
      `${line.replaceAll("<port>", String(target.port))} HTTP/1.1`,
      ...(name === null ? [] : [`Host: ${name}`]),
      "Connection: close",
      key(target),
      ...headers.map((header) => header.replaceAll("<port>", String(target.port))),
      ...framing,
      "",
      body,
    ].filter((each, index, all) => each !== "" || index >= all.length - 2).join("\r\n");
  };
}

function ownHost({ port }: Target): string {
  return `127.0.0.1:${port}`;
}

function ownKey({ key }: Target): string {
  return `X-Api-Key: ${key}`;
}
