/**
 * Something that is looked at again and again, until whoever watches has seen enough.
 *
 * @module
 */

import { ConfigError, describeError } from "../support/errors.ts";

/** Where it is shown. */
export interface Screen {
  /** Shows `text`, which ends with a line break, in the place of what was shown before. */
  readonly show: (text: string) => void;
  /** Says why there is nothing to show. */
  readonly fail: (reason: string) => void;
}

/**
 * A terminal, which is drawn over; a stream, to which each text is added; or a stream for a
 * program, which gets nothing else.
 */
export function screenOn(
  kind: "terminal" | "stream" | "data",
  { out, err }: { readonly out: (text: string) => void; readonly err: (text: string) => void },
): Screen {
  // Home, and from there all is gone: in one write with the text, so that nothing flickers.
  const show = (text: string) => out(kind === "terminal" ? `\x1b[H\x1b[J${text}` : text);
  const fail = (reason: string) => kind === "data" ? err(`${reason}\n`) : show(`${reason}\n`);
  return { show, fail };
}

/** How {@link watch} goes about it. */
export interface WatchPace {
  readonly screen: Screen;
  /** From one look to the beginning of the next. */
  readonly everyMs: number;
  /** Ends it, in the middle of a look as well. */
  readonly signal: AbortSignal;
}

/**
 * Shows what `look` says, over and over; a look that fails shows why, and the next one follows.
 *
 * @throws {ConfigError} of a look: that does not pass by itself.
 */
export async function watch(look: () => Promise<string>, pace: WatchPace): Promise<void> {
  const { screen, everyMs, signal } = pace;
  while (!signal.aborted) {
    const show = await look().then((text) => () => screen.show(text), (error) => {
      if (error instanceof ConfigError) throw error;
      return () => screen.fail(describeError(error));
    });
    // What was cut off in the middle says nothing.
    if (signal.aborted) return;
    show();
    await pause(everyMs, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", onAbort);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
}
