/**
 * The journal: ids of tokens minted and not yet revoked, so that a crash leaves nothing behind
 * that is not found again. Never a token value.
 *
 * @module
 */

import * as v from "valibot";
import { readIfThere, replaceFile } from "../support/replace_file.ts";

/** A token of our own. Times are epoch ms. */
export interface JournalToken {
  readonly id: string;
  readonly mintedAt: number;
  readonly expiresAt: number | null;
}

/** What the file holds. */
export interface Journal {
  readonly version: 1;
  /** Random name of this installation, made once. */
  readonly installation: string;
  readonly tokens: readonly JournalToken[];
  /** Ids of tokens that were given to us and may be revoked, once they are replaced. */
  readonly condemned: readonly string[];
  /** Mints that were begun and whose end is not known, by the epoch ms of their beginning. */
  readonly intents: readonly number[];
}

const id = v.pipe(v.string(), v.nonEmpty());
const shape = v.object({
  version: v.literal(1),
  installation: v.pipe(v.string(), v.regex(/^[a-z0-9]{8,32}$/)),
  tokens: v.array(v.object({ id, mintedAt: v.number(), expiresAt: v.nullable(v.number()) })),
  condemned: v.optional(v.array(id), []),
  intents: v.optional(v.array(v.number()), []),
});

/**
 * The journal of a text.
 *
 * @throws {TypeError} if it is none.
 */
export function parseJournal(text: string): Journal {
  try {
    return v.parse(shape, JSON.parse(text));
  } catch (cause) {
    throw new TypeError("Cannot read the journal: it is not what Keyturn writes", { cause });
  }
}

/** The journal of an installation that has none yet. */
export function emptyJournal(installation: string): Journal {
  return { version: 1, installation, tokens: [], condemned: [], intents: [] };
}

/** The journal before a mint that begins at `at`: if its end is never known, this one is. */
export function withIntent(journal: Journal, at: number): Journal {
  return { ...journal, intents: [...journal.intents, at] };
}

/** The journal without those mints: their ends are known. */
export function withoutIntents(journal: Journal, ats: readonly number[]): Journal {
  return { ...journal, intents: journal.intents.filter((at) => !ats.includes(at)) };
}

/** The journal with one more token, which was minted as it was noted at `mintedAt`. */
export function withToken(journal: Journal, token: JournalToken): Journal {
  const others = journal.tokens.filter(({ id }) => id !== token.id);
  return withoutIntents({ ...journal, tokens: [...others, token] }, [token.mintedAt]);
}

/**
 * How many tokens of ours may be alive at `now` (epoch ms): those that have not lapsed, and one
 * for each mint whose end is not known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countAlive, emptyJournal, withIntent, withToken } from "./journal.ts";
 *
 * const one = withToken(emptyJournal("laptop01"), { id: "a", mintedAt: 0, expiresAt: 900_000 });
 * assert.equal(countAlive(withIntent(one, 600_000), 600_000), 2);
 * assert.equal(countAlive(one, 900_000), 0);
 * ```
 */
export function countAlive({ tokens, intents }: Journal, now: number): number {
  const alive = tokens.filter(({ expiresAt }) => expiresAt === null || now < expiresAt);
  return alive.length + intents.length;
}

/** Whether the journal knows one of those ids. */
export function knowsAny(journal: Journal, ids: readonly string[]): boolean {
  return [...journal.tokens.map(({ id }) => id), ...journal.condemned]
    .some((id) => ids.includes(id));
}

/** The journal that knows nothing of those ids. */
export function withoutTokens(journal: Journal, ids: readonly string[]): Journal {
  return {
    ...journal,
    tokens: journal.tokens.filter(({ id }) => !ids.includes(id)),
    condemned: journal.condemned.filter((id) => !ids.includes(id)),
  };
}

/** The journal with a given token condemned, or pardoned. */
export function withVerdict(
  journal: Journal,
  verdict: { readonly id: string; readonly to: "revoke" | "leave" },
): Journal {
  const others = journal.condemned.filter((id) => id !== verdict.id);
  return { ...journal, condemned: verdict.to === "leave" ? others : [...others, verdict.id] };
}

/** The journal on disk: every change is written before the next step is taken. */
export class JournalFile {
  readonly #path: string;
  #journal: Journal;
  #isOnDisk: boolean;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, journal: Journal, origin: "found" | "begun") {
    this.#path = path;
    this.#journal = journal;
    this.#isOnDisk = origin === "found";
  }

  /**
   * Reads the journal. Where there is none, or one that cannot be understood, it begins another
   * with the name that `makeName` gives; nothing is written yet.
   */
  static async open(
    path: string,
    options: { makeName: () => string; onUnreadable: (error: TypeError) => void },
  ): Promise<JournalFile> {
    const text = await readIfThere(path);
    try {
      if (text !== null) return new JournalFile(path, parseJournal(text), "found");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      options.onUnreadable(error);
    }
    // The name is in the comment of our tokens: with it, the sweep finds all that was forgotten.
    const name = /"installation"\s*:\s*"([a-z0-9]{8,32})"/.exec(text ?? "")?.[1];
    return new JournalFile(path, emptyJournal(name ?? options.makeName()), "begun");
  }

  /** What it holds now. */
  get journal(): Journal {
    return this.#journal;
  }

  /** Writes it if it was never written: the name must be known before a token bears it. */
  async establish(): Promise<void> {
    if (!this.#isOnDisk) await this.change((journal) => journal);
  }

  /** Changes it on disk first, then here; one change after the other. */
  async change(edit: (journal: Journal) => Journal): Promise<void> {
    const work = this.#last.then(async () => {
      const next = edit(this.#journal);
      await replaceFile(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      this.#journal = next;
      this.#isOnDisk = true;
    });
    this.#last = work.catch(() => {});
    await work;
  }
}
