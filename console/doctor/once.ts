/**
 * A question that is asked once, however many want to know.
 *
 * @module
 */

/** `make`, whose first result is kept. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => made ??= make();
}
