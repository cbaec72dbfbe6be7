/**
 * Who rotates a profile: whoever holds the lock of a file beside it. A lock ends with the process
 * that holds it, however that ends.
 *
 * @module
 */

import { journalLockOf, profileLockOf } from "../support/lock_files.ts";
import { resolveTarget } from "../support/replace_file.ts";

/** How often somebody who was not elected stands again. */
export const CANDIDACY_PAUSE_MS = 1_000;
/** A rotator of this very process that died lets go of its locks within so many looks. */
const PREDECESSOR_LOOKS = 20;
const PREDECESSOR_PAUSE_MS = 50;

/** What is stood for. */
export interface CandidacyOptions {
  readonly profileFile: string;
  readonly profileName: string;
  readonly journalFile: string;
  /** For people who look into the file. */
  readonly pid: number;
}

/** How it went. */
export type Election =
  | { readonly outcome: "elected" }
  /**
   * `why` says who else has the lock of what, as a sentence without a final period. Only whoever
   * has the profile rotates it: where it is the journal, nobody may.
   */
  | { readonly outcome: "other"; readonly has: "profile" | "journal"; readonly why: string };

/** Stands for the rotation of one profile. */
export class Candidacy {
  readonly #options: CandidacyOptions;
  #held: Deno.FsFile[] = [];

  /** Holds nothing yet. */
  constructor(options: CandidacyOptions) {
    this.#options = options;
  }

  /** Takes both locks, or none. Never throws: where there can be no locks, everybody is elected. */
  async stand(): Promise<Election> {
    const { profileFile, profileName, journalFile } = this.#options;
    if (this.#held.length > 0) return { outcome: "elected" };
    const target = await resolveTarget(profileFile).catch(() => profileFile);
    const ofProfile = await this.#takePatiently(profileLockOf(target, profileName));
    if (ofProfile.state === "taken") {
      const who = nameOf(ofProfile.pid);
      return other(
        "profile",
        `Another Keyturn (${who}) rotates the profile "${profileName}" in ${profileFile}`,
      );
    }
    const ofJournal = await this.#takePatiently(journalLockOf(journalFile));
    if (ofJournal.state === "taken") {
      close(ofProfile);
      const who = nameOf(ofJournal.pid);
      return other(
        "journal",
        `Another Keyturn (${who}) keeps its journal in ${journalFile} for another profile; give ` +
          "this one a folder of its own by XDG_STATE_HOME",
      );
    }
    this.#held = [ofProfile, ofJournal].flatMap(({ file }) => file === null ? [] : [file]);
    return { outcome: "elected" };
  }

  /** Gives the locks back. The files stay: one that is removed could be locked twice. */
  withdraw(): void {
    for (const file of this.#held.splice(0)) file.close();
  }

  async #takePatiently(path: string): Promise<Lock> {
    for (let looks = 1;; looks++) {
      const lock = await this.#take(path);
      const isPredecessor = lock.state === "taken" && lock.pid === String(this.#options.pid);
      if (!isPredecessor || looks === PREDECESSOR_LOOKS) return lock;
      await new Promise((resolve) => setTimeout(resolve, PREDECESSOR_PAUSE_MS));
    }
  }

  async #take(path: string): Promise<Lock> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
    } catch {
      // A folder that cannot be written to: nobody else can lock there either.
      return { state: "free", file: null };
    }
    try {
      const exclusive = true;
      if (!await file.tryLock(exclusive)) {
        const pid = await readPid(file);
        file.close();
        return { state: "taken", file: null, pid };
      }
    } catch {
      // A file system without locks.
      return { state: "free", file };
    }
    await writePid(file, this.#options.pid);
    return { state: "free", file };
  }
}

type Lock =
  | { readonly state: "free"; readonly file: Deno.FsFile | null }
  | { readonly state: "taken"; readonly file: null; readonly pid: string };

function close({ file }: Lock): void {
  file?.close();
}

function other(has: "profile" | "journal", why: string): Election {
  return { outcome: "other", has, why };
}

function nameOf(pid: string): string {
  return pid === "" ? "of which no more is known" : `process ${pid}`;
}

async function readPid(file: Deno.FsFile): Promise<string> {
  const buffer = new Uint8Array(32);
  const length = await file.read(buffer).catch(() => null) ?? 0;
  return /^\d+/.exec(new TextDecoder().decode(buffer.subarray(0, length)))?.[0] ?? "";
}

async function writePid(file: Deno.FsFile, pid: number): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${pid}\n`));
  } catch {
    // Only for people: the lock is what counts.
  }
}
