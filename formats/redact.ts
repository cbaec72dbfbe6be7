/**
 * What must not be shown of other programs' configs, and how it is replaced.
 *
 * @module
 */

import { isRecord, type ValuePath } from "./format.ts";

const REDACTED = "[redacted]";

const REFERENCE = /^(?:\$\{\w+\}|\{(?:env|file):[^{}]+\}|!\S*[\s/].*)$/;

/**
 * Whether a setting of this name holds a secret. `key_env`, `env_key`, `max_tokens` and the like
 * do not.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isSecretName } from "./redact.ts";
 *
 * assert.ok(isSecretName("api_key") && isSecretName("X-Api-Key") && isSecretName("Authorization"));
 * assert.ok(!isSecretName("key_env") && !isSecretName("env_key") && !isSecretName("max_tokens"));
 * ```
 */
export function isSecretName(name: string): boolean {
  // Codex' name for the name of a variable.
  if (/(?:^|[._-])env_key$/i.test(name)) return false;
  return /(?:key|token|secret|password|passwd|credentials?|authorization|cookie|_pat)$/i.test(name);
}

/**
 * Text with everything replaced that looks like a token. Of a key that Keyturn made the name
 * stays, so that a person sees whose it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactTokens } from "./redact.ts";
 *
 * assert.equal(redactTokens("was dapi0123456789abcdef"), "was [redacted]");
 * assert.equal(redactTokens(`kt_hermes_${"A".repeat(43)}`), "kt_hermes_[redacted]");
 * assert.equal(redactTokens("https://me:pw@host/v1"), "https://[redacted]@host/v1");
 * assert.equal(redactTokens("https://host/v1?key=pw&a=b"), "https://host/v1?key=[redacted]&a=b");
 * ```
 */
export function redactTokens(text: string): string {
  return text
    .replace(/\b(kt_[a-z][a-z0-9-]*_)[\w-]{16,}/g, `$1${REDACTED}`)
    .replace(
      /\b(?:dapi|dkea|dose|sk-|gh[pousr]_|github_pat_|xox[a-z]-|hf_|AIza|AKIA)[\w-]{6,}/g,
      REDACTED,
    )
    .replace(/\beyJ[\w-]{8,}\.[\w.-]+/g, REDACTED)
    .replace(/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`)
    .replace(/([?&][\w-]*(?:key|token|secret)=)[^&#\s"']+/gi, `$1${REDACTED}`)
    .replace(/(:\/\/)[^\s/@"']+@/g, `$1${REDACTED}@`);
}

/**
 * Whether what stands at `path` is a secret, by its name or by its looks. What only says where the
 * secret is to be had (`${MY_KEY}`, `{env:MY_KEY}`, `{file:~/key}`, `!command`) is none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isSecretValue } from "./redact.ts";
 *
 * assert.ok(isSecretValue(["model", "api_key"], "hunter2"));
 * assert.ok(!isSecretValue(["model", "api_key"], "${MY_KEY}"));
 * assert.ok(!isSecretValue(["apiKey"], "{env:MY_KEY}") && !isSecretValue(["apiKey"], "!pass show x"));
 * assert.ok(!isSecretValue(["model", "default"], "gpt-5"));
 * ```
 */
export function isSecretValue(path: ValuePath, value: string): boolean {
  if (value === "") return false;
  if (redactTokens(value) !== value) return true;
  return isSecretName(String(path.at(-1))) && !REFERENCE.test(value);
}

/**
 * Whether a secret stands at `path` or anywhere in the mapping or list that stands there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { holdsSecret } from "./redact.ts";
 *
 * assert.ok(holdsSecret(["options"], { list: [{ apiKey: "hunter2" }] }));
 * assert.ok(holdsSecret(["headers", "Cookie"], ["hunter2"]));
 * assert.ok(!holdsSecret(["options"], { timeout: 5, url: "http://127.0.0.1" }));
 * ```
 */
export function holdsSecret(path: ValuePath, value: unknown): boolean {
  if (typeof value === "string") return isSecretValue(path, value);
  if (Array.isArray(value)) return value.some((item) => holdsSecret(path, item));
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([key, child]) => holdsSecret(pathBelow(path, key), child));
}

/**
 * `value`, which stands at `path`, with each secret in it replaced: what {@link holdsSecret} finds.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactValue } from "./redact.ts";
 *
 * assert.deepEqual(redactValue(["headers", "Cookie"], ["hunter2"]), ["[redacted]"]);
 * assert.deepEqual(redactValue(["a"], { token: "hunter2", n: 1 }), { token: "[redacted]", n: 1 });
 * ```
 */
export function redactValue(path: ValuePath, value: unknown): unknown {
  if (typeof value === "string") return isSecretValue(path, value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map((item) => redactValue(path, item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, child]) => [key, redactValue(pathBelow(path, key), child)]),
  );
}

/** Whatever is called how below a secret's name is the secret, or a part of it. */
function pathBelow(path: ValuePath, key: string): ValuePath {
  return isSecretName(String(path.at(-1))) ? path : [...path, key];
}

/**
 * What is shown of a string in a text, `null` if its source may stand as it is. Tokens that show
 * in the source are left to {@link redactTokens} over the whole text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { redactString } from "./redact.ts";
 *
 * assert.equal(redactString("hunter2", { under: "secret", source: '"hunter2"' }), "[redacted]");
 * assert.equal(redactString("dapi01234567", { under: "open", source: '"dap\\u006901234567"' }), "[redacted]");
 * assert.equal(redactString("${KEY}", { under: "secret", source: '"${KEY}"' }), null);
 * ```
 */
export function redactString(
  value: string,
  { under, source }: { readonly under: "open" | "secret"; readonly source: string },
): string | null {
  const shown = redactTokens(value);
  if (under === "secret" && isSecretValue(["key"], value)) {
    return /^kt_[a-z][a-z0-9-]*_\[redacted\]$/.test(shown) ? shown : REDACTED;
  }
  // An escape in the source hides a token from the pattern.
  return shown !== value && redactTokens(source) === source ? shown : null;
}
