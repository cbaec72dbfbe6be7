/**
 * The rotations of a run, put together from who asked for them and what the service logged.
 *
 * @module
 */

/** A rotation as it was asked for, by token ids. */
export interface AskedRotation {
  /** Epoch ms. */
  readonly askedAt: number;
  readonly oldId: string;
  readonly newId: string;
}

/** A rotation from begin to end. Times are epoch ms; those of the log are whole. */
export interface Rotation extends AskedRotation {
  /** When the new token was handed to the proxy isolates. */
  readonly publishedAt: number;
  /** From then until the last isolate had confirmed it; `null`: the log does not say. */
  readonly publishMs: number | null;
  /** When the old token was gone. */
  readonly revokedAt: number;
}

interface LogEvent {
  readonly time: string;
  readonly event: string;
  readonly newId?: string;
  readonly tokenId?: string;
  readonly stepsMs?: { readonly publish?: number | null; readonly fanOut?: number };
}

/**
 * What the log of the service says of each rotation. It tells of `rotated` once all that began
 * with the publish is over: the confirmation of all isolates, and the fan-out to agents' files.
 *
 * @throws {TypeError} if it does not tell the end of one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readRotations } from "./rotations.ts";
 *
 * const asked = [{ askedAt: 90, oldId: "a", newId: "b" }];
 * const log = [
 *   { time: "1970-01-01T00:00:00.110Z", event: "rotated", newId: "b", stepsMs: { publish: 2 } },
 *   { time: "1970-01-01T00:00:00.115Z", event: "revoked", tokenId: "a" },
 * ].map((event) => JSON.stringify(event));
 * assert.deepEqual(readRotations(asked, log), [
 *   { askedAt: 90, oldId: "a", newId: "b", publishedAt: 108, publishMs: 2, revokedAt: 115 },
 * ]);
 * assert.throws(() => readRotations(asked, []), /b/);
 * ```
 */
export function readRotations(
  asked: readonly AskedRotation[],
  log: readonly string[],
): readonly Rotation[] {
  const rotated = new Map<string | undefined, LogEvent>();
  const revoked = new Map<string | undefined, LogEvent>();
  for (const line of log) {
    // Deno has its own things to say on stderr.
    if (!line.startsWith("{")) continue;
    const event: LogEvent = JSON.parse(line);
    if (event.event === "rotated") rotated.set(event.newId, event);
    if (event.event === "revoked") revoked.set(event.tokenId, event);
  }
  return asked.map((rotation) => {
    const begun = rotated.get(rotation.newId);
    const ended = revoked.get(rotation.oldId);
    if (begun === undefined || ended === undefined) {
      throw new TypeError(`the log does not tell the end of the rotation to ${rotation.newId}`);
    }
    const { publish: publishMs = null, fanOut: fanOutMs = 0 } = begun.stepsMs ?? {};
    const publishedAt = Date.parse(begun.time) - Math.max(publishMs ?? 0, fanOutMs);
    return { ...rotation, publishedAt, publishMs, revokedAt: Date.parse(ended.time) };
  });
}
