/**
 * A file that others rewrite, looked at before every use.
 *
 * @module
 */

import { refuseSpecial } from "./replace_file.ts";

/** What tells one state of a file from another without reading it. */
interface Identity {
  /** Epoch ms; a program can set it to whatever it likes. */
  readonly mtime: number;
  /** Epoch ms, of which Deno knows only whole seconds; no program can set it. */
  readonly ctime: number;
  readonly size: number;
  readonly ino: number | null;
  readonly dev: number;
}

/**
 * How long after its last change a file may change again without any of its times showing it:
 * `ctime` is in whole seconds, and some file systems know only every second one.
 */
const COARSE_CLOCK_MS = 2_100;
/** How long a text that may be the beginning of a longer one must have stayed as it is. */
const CUT_REST_MS = 250;
/** No file that is followed comes near it. */
const MAX_BYTES = 1_048_576;

/** How {@link FollowedFile} looks. */
export interface FollowOptions {
  /** Epoch ms. */
  readonly now?: () => number;
  /**
   * How long a value is taken without a look at the file.
   * @default {0}
   */
  readonly restMs?: number;
  /**
   * Whether a text may be the beginning of a longer one that is just being written, although it
   * can be parsed. Left out: none may.
   */
  readonly isCut?: (text: string) => boolean;
}

/**
 * Follows a small text file: {@link FollowedFile.read} costs one `stat` while the file stays as
 * it is. A file that cannot be read or parsed (it may be half written) leaves the last good value
 * in place and is read again at the next call.
 */
export class FollowedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  readonly #options: FollowOptions;
  readonly #now: () => number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #seen: Identity | null = null;
  #good: { readonly text: string; readonly value: T } | null = null;
  #cut: { readonly text: string; readonly since: number } | null = null;
  #problem: string | null = null;

  /** `parse` throws on a text that is not whole. */
  constructor(path: string, parse: (text: string) => T, options: FollowOptions = {}) {
    this.#path = path;
    this.#parse = parse;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Why the value is not that of the file as it was at the last look, `null` if it is. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The last good value, `null` if there never was one. */
  read(): T | null {
    const { restMs = 0 } = this.#options;
    const isResting = restMs > 0 && this.#good !== null &&
      Math.abs(this.#now() - this.#lookedAt) < restMs;
    return isResting ? this.#value : this.look();
  }

  /** The same, with a look at the file in any case. */
  look(): T | null {
    if (this.#options.restMs !== undefined) this.#lookedAt = this.#now();
    try {
      const identity = identify(Deno.statSync(this.#path));
      if (this.#seen !== null && isSame(this.#seen, identity)) return this.#value;
      this.#take(Deno.readTextFileSync(this.#path), identity);
      this.#problem = null;
      // A change in the same tick of the clocks would look like no change: read again next time.
      this.#seen = this.#ageOf(identity) > COARSE_CLOCK_MS ? identity : null;
    } catch (error) {
      this.#seen = null;
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    return this.#value;
  }

  get #value(): T | null {
    return this.#good === null ? null : this.#good.value;
  }

  #take(text: string, identity: Identity): void {
    if (text === this.#good?.text) return;
    if (this.#isBeingWritten(text, identity)) throw new TypeError("it may be half written");
    this.#good = { text, value: this.#parse(text) };
    this.#cut = null;
  }

  #isBeingWritten(text: string, identity: Identity): boolean {
    if (this.#options.isCut?.(text) !== true) return false;
    if (this.#ageOf(identity) > CUT_REST_MS) return false;
    // By our own clock as well: that of a file server may be ahead of it for ever.
    if (this.#cut?.text !== text) this.#cut = { text, since: this.#now() };
    return this.#now() - this.#cut.since <= CUT_REST_MS;
  }

  /** Ms since its last change; negative if one of the clocks is wrong. */
  #ageOf({ mtime, ctime }: Identity): number {
    return this.#now() - Math.max(mtime, ctime);
  }
}

function identify(info: Deno.FileInfo): Identity {
  // Opening a pipe would wait for a writer, and everything else in this isolate with it.
  refuseSpecial(info);
  if (info.size > MAX_BYTES) throw new TypeError(`it has more than ${MAX_BYTES} bytes`);
  const { mtime, ctime, size, ino, dev } = info;
  return { mtime: mtime?.getTime() ?? 0, ctime: ctime?.getTime() ?? 0, size, ino, dev };
}

function isSame(a: Identity, b: Identity): boolean {
  return a.mtime === b.mtime && a.ctime === b.ctime && a.size === b.size && a.ino === b.ino &&
    a.dev === b.dev;
}
