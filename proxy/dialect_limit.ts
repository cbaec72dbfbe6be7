/**
 * Each agent's key is good for the dialects of that agent and for nothing else.
 *
 * @module
 */

import type { Dialect } from "../workspace/endpoints.ts";
import { Refusal } from "./refusal.ts";

/** The dialects of each agent; an owner of a key that is not in it may use all. */
export type DialectLimits = Readonly<Record<string, readonly Dialect[]>>;

const SPOKEN: Readonly<Record<Dialect, string>> = {
  chat: "OpenAI chat",
  responses: "OpenAI Responses",
  anthropic: "Anthropic",
  gemini: "Gemini",
};

/**
 * Lets a caller through to a route of `dialect`, or not.
 *
 * @throws {Refusal} 403 that says whose key was shown for what, and what to do.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkDialect } from "./dialect_limit.ts";
 *
 * const limits = { claude: ["anthropic"] } as const;
 * checkDialect("claude", { dialect: "anthropic", limits });
 * checkDialect("a-script-of-mine", { dialect: "gemini", limits });
 * assert.throws(
 *   () => checkDialect("claude", { dialect: "chat", limits }),
 *   /^Refusal: The key of "claude" was used for OpenAI chat and is good for Anthropic alone/,
 * );
 * ```
 */
export function checkDialect(
  caller: string,
  { dialect, limits }: { readonly dialect: Dialect; readonly limits: DialectLimits },
): void {
  // A key can be named "constructor".
  const own = Object.hasOwn(limits, caller) ? limits[caller] : undefined;
  if (own === undefined || own.includes(dialect)) return;
  const good = own.map((each) => SPOKEN[each]).join(", ");
  throw new Refusal(
    403,
    "forbidden",
    `The key of "${caller}" was used for ${SPOKEN[dialect]} and is good for ${good} alone: ` +
      "point the agent at an address of its own dialect, or give this program the key of the " +
      "agent that it is (`deno task keys list` shows them, ~/.config/keyturn/keys.json holds them)",
  );
}
