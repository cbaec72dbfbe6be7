/**
 * Half-open connections that are opened anew whenever they are ended, and bodies that are too long.
 *
 * @module
 */

/** Whom it hits, and how much of each. */
export interface FloodOrder {
  readonly origin: string;
  /** Local key of the bodies. */
  readonly key: string;
  readonly halfOpen: number;
  readonly oversized: number;
}

/** A flood that runs. */
export interface Flood {
  /** How the oversized bodies ended, once all have: a status, or `cut off`. */
  oversized(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

const REOPEN_MS = 10_000;
const BODY_BYTES = 33_554_433;

/** Starts it, and resolves when all connections are open. */
export async function startFlood(
  { origin, key, halfOpen, oversized }: FloodOrder,
): Promise<Flood> {
  const port = Number(new URL(origin).port);
  let isOn = true;
  const open = new Set<Deno.Conn>();
  const holdOne = async () => {
    while (isOn) {
      try {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        open.add(connection);
        await connection.write(new TextEncoder().encode("POST /v1/messages HTTP/1.1\r\nHost: 12"));
        while (await connection.read(new Uint8Array(64)) !== null);
        if (open.delete(connection)) connection.close();
      } catch {
        // It was ended; another one takes its place.
      }
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  };
  const holding = Array.from({ length: halfOpen }, holdOne);
  while (open.size < halfOpen / 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const block = new Uint8Array(1_048_576);
  const whole = new Uint8Array(BODY_BYTES);
  const bodies = Array.from({ length: oversized }, async (_, index) => {
    // Half of them say how long they are, half of them do not.
    const body = index % 2 === 0
      ? ReadableStream.from(Array.from({ length: 33 }, () => block))
      : whole;
    const headers: Record<string, string> = { authorization: `Bearer ${key}` };
    try {
      const init = { method: "POST", body, headers };
      const response = await fetch(`${origin}/v1/chat/completions`, init);
      await response.body?.cancel();
      return String(response.status);
    } catch {
      return "cut off";
    }
  });
  const stop = async () => {
    isOn = false;
    for (const connection of open) connection.close();
    open.clear();
    await Promise.all(holding);
  };
  return {
    oversized: async () => {
      const counts: Record<string, number> = {};
      for (const how of await Promise.all(bodies)) counts[how] = (counts[how] ?? 0) + 1;
      return counts;
    },
    stop,
  };
}
