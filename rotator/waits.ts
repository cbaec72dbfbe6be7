/**
 * Waits that can be cut short.
 *
 * @module
 */

/** A timer may be late by this much after the machine has slept. */
const LONGEST_TIMER_MS = 60_000;

/** Resolves after `pauseMs`, or when `signal` fires. */
export async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, pauseMs);
  signal.addEventListener("abort", end, { once: true });
  await promise;
  signal.removeEventListener("abort", end);
  clearTimeout(timer);
}

/**
 * Calls `then` at the moment `at` (epoch ms). Looks at the clock every minute: timers stop while
 * a machine sleeps, and none is longer than 24 days.
 *
 * @returns what calls it off.
 */
export function callAt(at: number, then: () => void, now: () => number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const leftMs = at - now();
    if (leftMs <= 0) then();
    else timer = setTimeout(look, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  look();
  return () => clearTimeout(timer);
}
