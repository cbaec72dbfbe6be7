/**
 * The commands that ask the running service: `status`, `rotate`, `token`.
 *
 * @module
 */

import type { Settings } from "../settings.ts";
import { ConfigError } from "../support/errors.ts";
import { readKeys } from "../support/keys_file.ts";
import { keysFileOf } from "../supervisor/isolate_config.ts";
import { placeOf, type ServicePlace } from "../support/occupant.ts";
import { callService } from "./service.ts";
import { renderStatus } from "../proxy/status_text.ts";
import { type Screen, watch } from "./watch.ts";

/** How to ask and to answer. */
export interface AskOptions {
  readonly settings: Settings;
  readonly format: "text" | "json";
  readonly write: (text: string) => void;
}

/** Asks the service and prints its answer. 1: it could not do it. */
export async function askService(name: string, options: AskOptions): Promise<0 | 1> {
  const { settings, write, format } = options;
  const answer = await ask(name, settings);
  if (answer.outcome === "failed") {
    write(`keyturn ${name} failed: ${answer.text}\n`);
    return 1;
  }
  if (name === "token") write(answer.text);
  else if (format === "json") write(`${JSON.stringify(JSON.parse(answer.text), null, 2)}\n`);
  else if (name === "status") write(renderStatus(JSON.parse(answer.text)));
  else write(renderRotation(JSON.parse(answer.text)));
  return 0;
}

/** How {@link watchStatus} shows what it sees. */
export interface WatchOptions {
  readonly settings: Settings;
  /** `json`: each status is one line. */
  readonly format: "text" | "json";
  readonly screen: Screen;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The pause between two looks. */
const WATCH_EVERY_MS = 1_000;

/** Shows the status again and again, also while no service answers. */
export async function watchStatus(options: WatchOptions): Promise<0> {
  const { settings, format, screen, signal } = options;
  const look = async () => {
    const { text, outcome } = await ask("status", settings, signal);
    if (outcome === "failed") throw new Error(text);
    return format === "json" ? `${text}\n` : renderStatus(JSON.parse(text));
  };
  await watch(look, { screen, everyMs: WATCH_EVERY_MS, signal });
  return 0;
}

interface Answer {
  readonly outcome: "done" | "failed";
  /** What came back, or why it failed. */
  readonly text: string;
}

async function ask(name: string, settings: Settings, signal?: AbortSignal): Promise<Answer> {
  const keysFile = keysFileOf(settings);
  const keys = await readKeys(keysFile);
  if (keys === null) {
    throw new ConfigError([{ name: keysFile, message: "is not there; `serve` makes it" }]);
  }
  const response = await callService(placeIn(settings), {
    method: name === "status" ? "GET" : "POST",
    path: `/keyturn/${name}`,
    operator: keys.operator,
    signal,
  });
  const text = await response.text();
  if (response.ok) return { outcome: "done", text };
  return { outcome: "failed", text: messageOf(text, response.status) };
}

function placeIn(settings: Settings): ServicePlace {
  if (settings.proxyPort === 0) {
    const message = "is 0, so the port is known only to the service; set the one that it printed";
    throw new ConfigError([{ name: "PROXY_PORT", message }]);
  }
  return placeOf(settings);
}

function messageOf(text: string, status: number): string {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `the answer was ${status}`;
  }
}

function renderRotation({ oldId, newId }: { oldId: string | null; newId: string | null }): string {
  return `rotated: ${oldId ?? "(unlisted)"} → ${newId ?? "(unlisted)"}\n`;
}
