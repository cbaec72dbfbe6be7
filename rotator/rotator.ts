/**
 * The rotator: of several processes on one profile, one rotates and the others follow, until it
 * is gone.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { RotatorConfig } from "../protocol.ts";
import type { Generation } from "../workspace/credential.ts";
import type { Fetch } from "../workspace/workspace_request.ts";
import { describeError } from "../support/errors.ts";
import { Candidacy, CANDIDACY_PAUSE_MS, type Election } from "./election.ts";
import type { RotateCall } from "./inbox.ts";
import { type Role, startPatChain } from "./pat_chain.ts";
import type { Proxies } from "./proxies.ts";
import type { Clocks } from "../support/set_back.ts";
import { pause } from "./waits.ts";

/** What the rotator has of the world. */
export interface RotatorEffects extends Clocks {
  readonly proxies: Proxies;
  readonly fetch: Fetch;
  readonly random: () => number;
  readonly log: Logger;
  /** Written into the lock files, for people. */
  readonly pid: number;
  /** Told of each generation before the proxies are. */
  readonly onServe: (generation: Generation) => void;
}

/** What happens outside and concerns the chain. */
export interface ChainEvents {
  /** The workspace called a generation dead; `null`: one without a number. */
  onRejected(number: number | null): void;
  /** A request waits for a credential. */
  onNeeded(): void;
  /** Requests come in; epoch ms. */
  onActive(at: number): void;
  /** Somebody asks for a rotation now. */
  onRotate(answer: RotateCall): void;
}

/** A rotator that runs. */
export interface Rotator {
  readonly chain: ChainEvents;
  /** Ends what runs, and revokes what can be revoked at once. */
  readonly stop: () => Promise<void>;
}

/** Starts the chain: it rotates if nobody else does, else it follows and waits for its turn. */
export async function startRotator(
  config: RotatorConfig,
  effects: RotatorEffects,
): Promise<Rotator> {
  if (config.rotation === "off") {
    const why = "ROTATION=off: something else rotates the token";
    return await startPatChain(config, { kind: "follow", why }, effects);
  }
  const { profileFile, profileName, journalFile } = config;
  const candidacy = new Candidacy({ profileFile, profileName, journalFile, pid: effects.pid });
  const handover = new Handover(config, effects, candidacy);
  await handover.begin();
  return handover;
}

/** One chain after the other: a follower, then the rotating one. */
class Handover implements Rotator {
  readonly #config: RotatorConfig;
  readonly #effects: RotatorEffects;
  readonly #candidacy: Candidacy;
  readonly #stop = new AbortController();
  #current: Rotator | null = null;
  #waiting: Promise<void> = Promise.resolve();
  #lastNumber: number;

  constructor(config: RotatorConfig, effects: RotatorEffects, candidacy: Candidacy) {
    this.#config = config;
    this.#candidacy = candidacy;
    this.#lastNumber = config.lastNumber;
    this.#effects = {
      ...effects,
      onServe: (generation) => {
        this.#lastNumber = Math.floor(generation.number);
        effects.onServe(generation);
      },
    };
  }

  get chain(): ChainEvents {
    if (this.#current === null) throw new TypeError("Cannot reach a chain that has not begun");
    return this.#current.chain;
  }

  async begin(): Promise<void> {
    const election = await this.#candidacy.stand();
    await this.#take(roleOf(election));
    if (election.outcome === "other") this.#waiting = this.#waitForTurn(election);
  }

  readonly stop = async (): Promise<void> => {
    this.#stop.abort();
    await this.#waiting;
    await this.#current?.stop();
    // Only now: whoever takes over finds a journal that is done with.
    this.#candidacy.withdraw();
  };

  async #waitForTurn(lost: Election): Promise<void> {
    const { log } = this.#effects;
    // Whose journal is taken has a profile that nobody rotates, until a person sees to it.
    const isLeftAlone = lost.outcome === "other" && lost.has === "journal";
    log[isLeftAlone ? "warn" : "info"]("following", { why: whyOf(lost) });
    while (!this.#stop.signal.aborted) {
      await pause(CANDIDACY_PAUSE_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const election = await this.#candidacy.stand();
      if (election.outcome === "other") continue;
      log.info("taking-over");
      try {
        return await this.#take(roleOf(election));
      } catch (error) {
        log.error("takeover-failed", { error: describeError(error) });
      }
    }
  }

  async #take(role: Role): Promise<void> {
    await this.#current?.stop();
    const config = { ...this.#config, lastNumber: this.#lastNumber };
    this.#current = await startPatChain(config, role, this.#effects);
  }
}

function roleOf(election: Election): Role {
  return election.outcome === "elected"
    ? { kind: "rotate" }
    : { kind: "follow", why: whyOf(election) };
}

function whyOf(election: Election): string {
  return election.outcome === "elected" ? "" : election.why;
}
