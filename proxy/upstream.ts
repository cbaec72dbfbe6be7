/**
 * One exchange with the workspace: sent, watched for silence, cancelled when the caller leaves.
 *
 * @module
 */

import { describeError } from "../support/errors.ts";
import { Refusal } from "./refusal.ts";
import type { Watchdog } from "./watchdog.ts";

/** What is sent. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Headers;
  /** `null` with GET. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** Fires when the caller leaves. */
  readonly signal: AbortSignal;
}

/** What came back. The exchange lasts until the body was read, failed, or was cancelled. */
export interface UpstreamAnswer {
  readonly response: Response;
  /** The body under watch; `onEnd` is told once how it ended. `null` if there is none. */
  body(onEnd: (how: StreamEnd) => void): ReadableStream<Uint8Array> | null;
  /** Reads at most `maxBytes` of the body without giving it away. */
  peek(maxBytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the answer up. */
  discard(): void;
}

/** How a stream ended: in order, broken off by upstream, silent for too long, caller gone. */
export type StreamEnd = "done" | "broken" | "silent" | "left";

/** Sends one request. Its host is configuration's; a redirect is never followed. */
export type SendUpstream = (request: UpstreamRequest) => Promise<UpstreamAnswer>;

/** Makes the one function that talks to the workspace. */
export function createUpstream(
  options: { fetch: typeof fetch; client?: Deno.HttpClient; watchdog: Watchdog },
): SendUpstream {
  return async ({ method, url, headers, body, signal }) => {
    const abort = new AbortController();
    let fate: StreamEnd | null = null;
    const stop = (end: StreamEnd) => {
      fate ??= end;
      abort.abort();
    };
    const onLeave = () => stop("left");
    signal.addEventListener("abort", onLeave, { once: true });
    const watch = options.watchdog.watch(() => stop("silent"));
    const finish = () => {
      watch.end();
      signal.removeEventListener("abort", onLeave);
    };
    if (signal.aborted) onLeave();
    try {
      const response = await options.fetch(url, {
        method,
        headers,
        body,
        redirect: "manual",
        signal: abort.signal,
        ...(options.client === undefined ? {} : { client: options.client }),
      });
      watch.touch();
      const head: Uint8Array<ArrayBuffer>[] = [];
      const reader = response.body?.getReader();
      const read = async () => {
        const chunk = await reader?.read();
        watch.touch();
        return chunk?.done === false ? chunk.value : null;
      };
      return {
        response,
        body: (onEnd) => {
          if (reader === undefined) {
            finish();
            onEnd("done");
            return null;
          }
          const end = (how: StreamEnd) => {
            finish();
            onEnd(how);
          };
          return new ReadableStream<Uint8Array>({
            async pull(controller) {
              try {
                const chunk = head.shift() ?? await read();
                if (chunk !== null) return controller.enqueue(chunk);
                end("done");
                controller.close();
              } catch (error) {
                end(fate ?? "broken");
                // Never a clean end: an aborted connection is retried by the agents.
                controller.error(error);
              }
            },
            cancel(reason) {
              stop("left");
              end("left");
              return reader.cancel(reason).catch(() => {});
            },
          }, { highWaterMark: 0 });
        },
        peek: async (maxBytes) => {
          let size = 0;
          while (size < maxBytes) {
            const chunk = await read();
            if (chunk === null) break;
            head.push(chunk);
            size += chunk.byteLength;
          }
          return concat(head, size);
        },
        discard: () => {
          finish();
          abort.abort();
          reader?.cancel().catch(() => {});
        },
      };
    } catch (error) {
      finish();
      throw refusalFor(fate, error);
    }
  };
}

function refusalFor(fate: StreamEnd | null, cause: unknown): Refusal {
  if (fate === "silent") {
    const message = "The workspace did not answer in time (PROXY_IDLE_TIMEOUT); try again";
    return new Refusal(504, "upstream", message, { cause });
  }
  const reason = describeError(cause);
  const message = `Cannot reach the workspace: ${reason}. Check the network and DATABRICKS_HOST`;
  return new Refusal(502, "upstream", message, { cause });
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
