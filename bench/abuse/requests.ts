/**
 * Requests one after the other, as an agent sends them, and how long each took.
 *
 * @module
 */

/** What was seen. */
export interface Times {
  /** Milliseconds of each request that succeeded. */
  readonly times: readonly number[];
  readonly failed: number;
}

const PAUSE_MS = 5;

/** Sends small requests to `url` for some seconds. */
export async function requestTimes(
  url: string,
  { key, seconds }: { readonly key: string; readonly seconds: number },
): Promise<Times> {
  const times: number[] = [];
  let failed = 0;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const start = performance.now();
    try {
      const response = await fetch(url, { method: "POST", body: '{"messages":[]}', headers });
      await response.text();
      if (response.ok) times.push(performance.now() - start);
      else failed++;
    } catch {
      failed++;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { times, failed };
}
