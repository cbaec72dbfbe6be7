/**
 * Frames → a body that is sent at their pace, and ends as the reply says.
 *
 * @module
 */

import type { StreamReply } from "./replies.ts";

/** What {@link replyBody} depends on and reports. */
export interface ReplyBodyOptions {
  /** The reader left, or the workspace stops: either ends the body at once. */
  readonly signals: readonly AbortSignal[];
  /** All of it was handed over. */
  readonly onSent: () => void;
}

/** The body of `reply`. No timer outlives it. */
export function replyBody(
  reply: StreamReply,
  { signals, onSent }: ReplyBodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { ending, paceMs } = reply;
  const frames = reply.frames[Symbol.iterator]();
  const encoder = new TextEncoder();
  let sent = 0;

  return new ReadableStream({
    async pull(controller) {
      if (paceMs > 0) await wait(paceMs, signals);
      const isOver = ending.kind !== "clean" && sent >= ending.afterFrames;
      const next = isOver ? null : frames.next();
      if (next !== null && next.done !== true && !signals.some(isAborted)) {
        sent += 1;
        controller.enqueue(encoder.encode(next.value));
      } else if (next?.done === true && ending.kind === "clean") {
        onSent();
        controller.close();
      } else {
        if (ending.kind === "stall") await wait(null, signals);
        controller.error(new Error("The stream ends here without its end"));
      }
    },
  });
}

/**
 * Resolves after `ms` (`null`: never), and at once when one of `signals` is aborted. It does not
 * reject: who waits looks at the signals.
 */
export function wait(ms: number | null, signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(isAborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = ms === null ? undefined : setTimeout(finish, ms);
    for (const signal of signals) signal.addEventListener("abort", finish);

    function finish(): void {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", finish);
      resolve();
    }
  });
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
