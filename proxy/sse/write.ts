/**
 * Events that are not what came.
 *
 * @module
 */

import type { SseEvent } from "./event.ts";

/** What an event is to hold, and to be called where events have names. */
export interface NamedData {
  readonly data: string;
  readonly name: string | null;
}

/**
 * The text of events that take the place of `original`: its own fields stay with the first one,
 * and each has its own blank line, without which a reader takes two for one.
 *
 * @param events without line ends in them.
 */
export function writeInPlace(
  original: SseEvent,
  events: readonly NamedData[],
): string {
  const { lineEnd } = original;
  if (original.isBare) {
    return events.map(({ data }) => `data: ${data}${lineEnd}${lineEnd}`).join("");
  }
  const lines = original.lines();
  const isNamed = lines.some(({ field }) => field === "event");
  const others = lines.filter(({ field }) => field !== "data" && field !== "event");
  const head = others.map(({ text }) => text + lineEnd).join("");
  const nameOf = lines.findLast(({ field }) => field === "event")?.value ?? "";
  return events.map(({ data, name }, index) => {
    const own = index === 0 ? head : "";
    const named = isNamed ? `event: ${name ?? nameOf}${lineEnd}` : "";
    return `${own}${named}data: ${data}${lineEnd}${lineEnd}`;
  }).join("");
}

/** The text of an event that takes nobody's place. */
export function writeEvent(data: string, name: string | null = null): string {
  return `${name === null ? "" : `event: ${name}\n`}data: ${data}\n\n`;
}
