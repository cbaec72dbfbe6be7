/**
 * A file that others rewrite, looked at before every use.
 *
 * @module
 */

/** What tells one state of a file from another without reading it. */
interface Identity {
  /** The later of both times: a copy with its old time kept changes only the second one. */
  readonly changedAt: number;
  readonly size: number;
  readonly ino: number | null;
}

/** How long after its last change a file may change again without its times showing it. */
const COARSE_CLOCK_MS = 50;

/** How {@link FollowedFile} looks. */
export interface FollowOptions {
  /** Epoch ms. */
  readonly now?: () => number;
  /**
   * How long a value is taken without a look at the file.
   * @default {0}
   */
  readonly restMs?: number;
}

/**
 * Follows a small text file: {@link FollowedFile.read} costs one `stat` while the file stays as
 * it is. A file that cannot be read or parsed (it may be half written) leaves the last good value
 * in place and is read again at the next call.
 */
export class FollowedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  readonly #now: () => number;
  readonly #restMs: number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #seen: Identity | null = null;
  #value: T | null = null;
  #problem: string | null = null;

  /** `parse` throws on a text that is not whole. */
  constructor(path: string, parse: (text: string) => T, options: FollowOptions = {}) {
    this.#path = path;
    this.#parse = parse;
    this.#now = options.now ?? Date.now;
    this.#restMs = options.restMs ?? 0;
  }

  /** Why the file could not be read at the last call, `null` if it could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The last good value, `null` if there never was one. */
  read(): T | null {
    const isResting = this.#restMs > 0 && this.#value !== null &&
      Math.abs(this.#now() - this.#lookedAt) < this.#restMs;
    return isResting ? this.#value : this.look();
  }

  /** The same, with a look at the file in any case. */
  look(): T | null {
    if (this.#restMs > 0) this.#lookedAt = this.#now();
    try {
      const identity = identify(Deno.statSync(this.#path));
      if (this.#seen !== null && isSame(this.#seen, identity)) return this.#value;
      this.#value = this.#parse(Deno.readTextFileSync(this.#path));
      this.#problem = null;
      // A change in the same tick of the clock would look like no change: look again next time.
      const isSettled = this.#now() - identity.changedAt > COARSE_CLOCK_MS;
      this.#seen = isSettled ? identity : null;
    } catch (error) {
      this.#seen = null;
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    return this.#value;
  }
}

function identify({ mtime, ctime, size, ino }: Deno.FileInfo): Identity {
  return { changedAt: Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0), size, ino };
}

function isSame(a: Identity, b: Identity): boolean {
  return a.changedAt === b.changedAt && a.size === b.size && a.ino === b.ino;
}
