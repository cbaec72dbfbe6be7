/**
 * One token through an agent's exact route, with the agent's own key.
 *
 * @module
 */

import type { Secret } from "../../../support/secret.ts";
import { explainFetch } from "../../../support/fetch_failure.ts";
import { originOf, type ServicePlace } from "../../../support/occupant.ts";
import { fail, type Trouble, warn } from "../check.ts";
import type { TinyRequest } from "./route.ts";
import { fetchDirect } from "../../../support/direct_client.ts";

/** How it went. */
export type Trip =
  | {
    readonly outcome: "there and back";
    readonly tookMs: number;
    /** Names of the repairs that fired. */
    readonly repairs: readonly string[];
  }
  | Trouble;

const TIMEOUT_MS = 60_000;

/** Goes there and back. The service must have proved that it is ours. */
export async function travel(
  request: TinyRequest,
  { place, key, name }: {
    readonly place: ServicePlace;
    readonly key: Secret;
    readonly name: string;
  },
): Promise<Trip> {
  const begunAt = performance.now();
  const { path, body, dialect } = request;
  try {
    const headers = new Headers({
      "authorization": `Bearer ${key.reveal()}`,
      "content-type": "application/json",
    });
    if (dialect === "anthropic") headers.set("anthropic-version", "2023-06-01");
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const init = { method: "POST", headers, body, signal, redirect: "manual" } as const;
    const response = await fetchDirect(`${originOf(place)}${path}`, init);
    const text = await response.text();
    if (!response.ok) return refused(response.status, text, { path, name });
    const fired = response.headers.get("x-keyturn-repairs") ?? "";
    const tookMs = Math.round(performance.now() - begunAt);
    return { outcome: "there and back", tookMs, repairs: fired === "" ? [] : fired.split(",") };
  } catch (error) {
    return fail(
      `a request of one token to ${path} got no answer (${explainFetch(error)})`,
      "see the log of `serve`",
    );
  }
}

function refused(
  status: number,
  text: string,
  { path, name }: { readonly path: string; readonly name: string },
): Trouble {
  const seen = `a request of one token to ${path} got ${status}: ${messageIn(text)}`;
  if (status === 401) {
    return fail(seen, `\`setup ${name}\` gives it the key that the service knows`);
  }
  if (status === 429) return warn(seen, "wait: the endpoint is asked too often");
  if (status === 400 || status === 404) {
    return fail(seen, `set ${name.toUpperCase()}_MODEL to a model of the workspace, and run setup`);
  }
  if (status === 503) return fail(seen, "see the checks of the credential and the service");
  return fail(seen, "what the message says");
}

/** The sentence in an error of whichever dialect, never more than a line of it. */
function messageIn(text: string): string {
  const short = (value: string) => value.length > 300 ? `${value.slice(0, 300)}…` : value;
  try {
    const { error, message } = JSON.parse(text);
    const found = error?.message ?? message;
    return typeof found === "string" ? short(found) : short(text);
  } catch {
    return short(text) || "no text";
  }
}
