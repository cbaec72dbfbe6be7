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
  /** When a mint was begun whose id is not known yet, `null` if there is none. */
  readonly mintingSince: number | null;
  readonly tokens: readonly JournalToken[];
}

const shape = v.object({
  version: v.literal(1),
  installation: v.pipe(v.string(), v.regex(/^[a-z0-9]{8,32}$/)),
  mintingSince: v.nullable(v.number()),
  tokens: v.array(v.object({
    id: v.pipe(v.string(), v.nonEmpty()),
    mintedAt: v.number(),
    expiresAt: v.nullable(v.number()),
  })),
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
    throw new TypeError(
      "Cannot read the journal: it is not what Keyturn writes. It holds only ids of tokens: " +
        "delete it, and the next start finds its tokens by their comment",
      { cause },
    );
  }
}

/** The journal of an installation that has none yet. */
export function emptyJournal(installation: string): Journal {
  return { version: 1, installation, mintingSince: null, tokens: [] };
}

/** The journal with one more token. */
export function withToken(journal: Journal, token: JournalToken): Journal {
  const others = journal.tokens.filter(({ id }) => id !== token.id);
  return { ...journal, mintingSince: null, tokens: [...others, token] };
}

/** The journal without those ids. */
export function withoutTokens(journal: Journal, ids: readonly string[]): Journal {
  return { ...journal, tokens: journal.tokens.filter(({ id }) => !ids.includes(id)) };
}

/** The journal on disk: every change is written before the next step is taken. */
export class JournalFile {
  readonly #path: string;
  #journal: Journal;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, journal: Journal) {
    this.#path = path;
    this.#journal = journal;
  }

  /** Reads the journal, or begins one with the name that `makeName` gives. */
  static async open(path: string, makeName: () => string): Promise<JournalFile> {
    const text = await readIfThere(path);
    if (text !== null) return new JournalFile(path, parseJournal(text));
    const file = new JournalFile(path, emptyJournal(makeName()));
    await file.change((journal) => journal);
    return file;
  }

  /** What it holds now. */
  get journal(): Journal {
    return this.#journal;
  }

  /** Changes it on disk first, then here; one change after the other. */
  async change(edit: (journal: Journal) => Journal): Promise<void> {
    const work = this.#last.then(async () => {
      const next = edit(this.#journal);
      await replaceFile(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      this.#journal = next;
    });
    this.#last = work.catch(() => {});
    await work;
  }
}
