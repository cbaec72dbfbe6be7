/**
 * A value that cannot be printed by mistake.
 *
 * @module
 */

const REDACTED = "[redacted]";

/**
 * A token that prints `[redacted]` wherever it is shown: in a template string,
 * in JSON, in the console. {@link Secret.reveal} stands only where a header, a
 * file or a message between our own isolates is written.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Secret } from "./secret.ts";
 *
 * const secret = new Secret("dapi-1");
 * assert.equal(`${secret}`, "[redacted]");
 * assert.equal(JSON.stringify({ secret }), '{"secret":"[redacted]"}');
 * assert.equal(Deno.inspect(secret), "[redacted]");
 * assert.equal(secret.reveal(), "dapi-1");
 * ```
 */
export class Secret {
  readonly #value: string;

  /** Wraps `value`, which is not changed. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same value. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  /** Never the value. */
  toString(): string {
    return REDACTED;
  }

  /** Never the value. */
  toJSON(): string {
    return REDACTED;
  }

  /** Never the value. */
  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  /** Never the value. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
