/**
 * The signatures of an isolate: what a model signed its calls with, for when a caller plays them
 * back without.
 *
 * @module
 */

/** How much is kept. */
export interface SignatureBounds {
  /** How many calls. @default {4096} */
  readonly mostCalls?: number;
  /** How many characters, of keys and signatures. @default {16777216} */
  readonly mostChars?: number;
}

/** The calls of one model in one dialect: what one has signed, another may refuse. */
export interface SignatureShelf {
  /** Whether nothing is known at all. */
  readonly isEmpty: boolean;
  /** Keeps the signature of a call, behind those that it had before. */
  add(call: string, signature: string): void;
  /** Keeps the signature of a call that is made only once. */
  set(call: string, signature: string): void;
  /** The signatures of a call, those first that came first. */
  of(call: string): readonly string[];
}

/** Signatures of one call that was made again and again. */
const PER_CALL = 64;

/** Forgets the calls that were used least recently. */
export class SignatureStore {
  readonly #calls = new Map<string, readonly string[]>();
  readonly #mostCalls: number;
  readonly #mostChars: number;
  #chars = 0;

  /** An empty store. */
  constructor({ mostCalls = 4096, mostChars = 16_777_216 }: SignatureBounds = {}) {
    this.#mostCalls = mostCalls;
    this.#mostChars = mostChars;
  }

  /** How many calls are known. */
  get size(): number {
    return this.#calls.size;
  }

  /** How many characters are kept. */
  get chars(): number {
    return this.#chars;
  }

  /** The part of it that belongs to a model. */
  shelf(model: string): SignatureShelf {
    const keyOf = (call: string): string => `${model} ${call}`;
    return {
      isEmpty: this.#calls.size === 0,
      add: (call, signature) => {
        const before = this.#calls.get(keyOf(call)) ?? [];
        this.#put(keyOf(call), [...before, signature].slice(-PER_CALL));
      },
      set: (call, signature) => this.#put(keyOf(call), [signature]),
      of: (call) => this.#take(keyOf(call)),
    };
  }

  #take(key: string): readonly string[] {
    const known = this.#calls.get(key);
    if (known === undefined) return [];
    this.#calls.delete(key);
    this.#calls.set(key, known);
    return known;
  }

  #put(call: string, signatures: readonly string[]): void {
    this.#drop(call);
    const chars = charsOf(call, signatures);
    if (chars > this.#mostChars) return;
    this.#calls.set(call, signatures);
    this.#chars += chars;
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= this.#mostCalls && this.#chars <= this.#mostChars) break;
      this.#drop(oldest);
    }
  }

  #drop(call: string): void {
    const known = this.#calls.get(call);
    if (known === undefined) return;
    this.#calls.delete(call);
    this.#chars -= charsOf(call, known);
  }
}

function charsOf(call: string, signatures: readonly string[]): number {
  return signatures.reduce((sum, signature) => sum + signature.length, call.length);
}
