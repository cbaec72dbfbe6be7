/**
 * Waiting for what must come, without a guess at how long it takes.
 *
 * @module
 */

/** How long anything may take on a busy machine before the test says what it waited for. */
const LIMIT_MS = 20_000;

/** Resolves to what `probe` gives, as soon as that is neither `null`, `undefined` nor `false`. */
export async function until<T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  options: { readonly limitMs?: number } = {},
): Promise<T> {
  const limitMs = options.limitMs ?? LIMIT_MS;
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) throw new Error(`Waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
