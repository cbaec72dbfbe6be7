/**
 * What happened in a run of an agent, as text that a person can read: kept in
 * `.cache/transcripts/`, and shown when the run has failed.
 *
 * @module
 */

import { join } from "node:path";
import { readConversation } from "../../demo/conversation.ts";
import type { RequestRecord } from "../../demo/workspace.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { withoutSecrets } from "./line_process.ts";

const FOLDER = fromFileUrl(new URL("../../.cache/transcripts/", import.meta.url));
const SHOWN_CHARACTERS = 1_500;

/** The parts of a transcript by their titles. */
export type Transcript = Readonly<Record<string, string>>;

/** Keeps a transcript, without secrets, under the name of the run. */
export async function keepTranscript(name: string, transcript: Transcript): Promise<string> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.txt`);
  await Deno.writeTextFile(path, withoutSecrets(textOf(transcript, Infinity)));
  return path;
}

/** What `work` gives; when it fails, its error tells the transcript as well. */
export async function withTranscript<T>(
  name: string,
  { work, transcript }: {
    readonly work: () => Promise<T>;
    readonly transcript: () => Transcript;
  },
): Promise<T> {
  try {
    const result = await work();
    await keepTranscript(name, transcript());
    return result;
  } catch (error) {
    const parts = transcript();
    const path = await keepTranscript(name, parts);
    const shown = withoutSecrets(textOf(parts, SHOWN_CHARACTERS));
    throw new Error(`${name} failed; all of it is in ${path}\n${shown}`, { cause: error });
  }
}

function textOf(transcript: Transcript, characters: number): string {
  return Object.entries(transcript)
    .map(([title, text]) => `== ${title}\n${text.trimEnd().slice(-characters)}\n`).join("\n");
}

/** A line for each request. */
export function describeRequests(requests: readonly RequestRecord[]): string {
  return requests.map((request) => {
    const { method, path, status, tokenId, body } = request;
    const { turns, tools } = readConversation(bodyOf(request));
    const last = turns.at(-1);
    const said = last === undefined ? "nothing" : `${last.from}: ${last.text.slice(-80)}`;
    return `${method} ${path} → ${status}, token ${tokenId?.slice(0, 8) ?? "none"}, ` +
      `${body.length} bytes, ${tools.length} tools, last ${JSON.stringify(said)}`;
  }).join("\n");
}

/** The JSON of a request, `null` if it is none. */
export function bodyOf({ body }: RequestRecord): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
