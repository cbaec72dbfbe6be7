/**
 * Where a scenario takes place: a workspace with other people's tokens in it, a service in a folder
 * of its own, clocks that can be set, and a witness of what was at hand.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { startWorkspace, type Workspace } from "../../../demo/workspace.ts";
import { parseJournal } from "../../../rotator/journal.ts";
import { parseProfile } from "../../../workspace/profile_file.ts";
import { rejectMarginMs, type Secret, tokenIdOf } from "../../../workspace/credential.ts";
import { configOf, writeKeys } from "../proxy_fixture.ts";
import { Caller } from "./caller.ts";
import { PlayClocks } from "./clocks.ts";
import { rollDice } from "./dice.ts";
import { MortalService } from "./mortal_service.ts";
import { Relay } from "./relay.ts";
import type { Scenario } from "./scenario.ts";
import type { Moment } from "./supply.ts";

const INSTANCE = "chaos";
/** The comment of the service's own tokens. */
export const COMMENT = `coda-auto-rotated:${INSTANCE}`;
/** Lives, in ms, of tokens, their spares, and the age at which they are replaced. */
const LIVES = {
  short: { tokenLifetimeMs: 8_000, rotationIntervalMs: 4_000, spareLifetimeMs: 16_000 },
  long: { tokenLifetimeMs: 900_000, rotationIntervalMs: 600_000, spareLifetimeMs: 7_200_000 },
};
const LOOK_MS = 40;
const CALL_PAUSE_MS = 160;

/** All that a scenario is played on. */
export class Place implements AsyncDisposable {
  readonly clocks = new PlayClocks();
  readonly workspace: Workspace;
  readonly folder: string;
  readonly service: MortalService;
  readonly caller: Caller;
  /** What was at hand since the start. */
  readonly moments: Moment[] = [];
  /** Ids of tokens that the service has no business with. */
  readonly others: string[];
  /** Texts of the profile so far. */
  readonly profiles: string[] = [];
  readonly relay: Relay | null;
  /** How many things are wrong at this moment that keep a token from being made. */
  troubles = 0;
  /** The most own tokens that were alive at a time. */
  mostOwn = 0;
  #servingId: string | null = null;
  readonly #lostSpares = new Set<string>();
  readonly #marginMs: number;
  readonly #looking: ReturnType<typeof setInterval>;

  private constructor(folder: string, key: string, scenario: Scenario) {
    const { seed, lives, scoped, spare, proxies, deadTokenAnswer, strikes } = scenario;
    const { tokenLifetimeMs, rotationIntervalMs, spareLifetimeMs } = LIVES[lives];
    this.#marginMs = rejectMarginMs(tokenLifetimeMs, rotationIntervalMs);
    this.folder = folder;
    this.workspace = startWorkspace({
      now: this.clocks.workspace,
      deadTokenAnswer,
      rejectLastMs: this.#marginMs * 0.75,
    });
    const isCut = strikes.some(({ fault }) => fault.kind === "sleep and lose connections");
    this.relay = isCut ? new Relay(this.workspace.port) : null;
    const workspaceHost = this.relay?.origin ?? this.workspace.origin;
    this.others = [
      { owner: "somebody@else.example", comment: COMMENT },
      { comment: `${COMMENT}2` },
      { comment: "my notebook" },
    ].map((other) => this.workspace.issue({ lifetimeMs: null, ...other }).tokenId);
    const bootstrap = this.issue(30 * 24 * 3_600_000);
    this.others.push(bootstrap.tokenId);
    this.service = new MortalService({
      clocks: this.clocks,
      random: rollDice(seed + 1),
      log: getLogger(["chaos", String(seed)]),
      onServe: ({ secret }) => {
        this.#servingId = tokenIdOf(secret);
      },
      proxies: Array.from({ length: proxies }, (_, index) => ({
        ...configOf(folder, workspaceHost),
        index,
        marginMs: this.#marginMs,
      })),
      rotator: {
        workspaceHost,
        source: { kind: "pat" },
        profileFile: this.profileFile,
        profileName: "DEFAULT",
        journalFile: this.journalFile,
        agentFiles: [],
        // A token that may not mint cannot outlive its service by itself.
        bootstrapToken: scoped ? bootstrap.value : null,
        rotation: "auto",
        tokenLifetimeMs,
        rotationIntervalMs,
        spareLifetimeMs: spare === "spare" ? spareLifetimeMs : 0,
        scopes: scoped ? ["all-apis-but-tokens"] : null,
        drainTimeoutMs: 120_000,
        graceMs: 500,
        bootstrapRevoke: "auto",
        instanceName: INSTANCE,
        hostName: "host",
        probe: false,
        log: { level: "debug", format: "json", color: "plain" },
        version: "test",
      },
    });
    this.caller = new Caller({
      live: () => this.#isOpen ? this.service.live : [],
      key,
      pauseMs: CALL_PAUSE_MS,
      elapsed: this.clocks.elapsed,
    });
    this.#looking = setInterval(() => this.look(), LOOK_MS);
  }

  /** Requests come in from now on. */
  open(): void {
    this.moments.splice(0);
    this.look();
    this.#isOpen = true;
  }
  #isOpen = false;

  /** A place at which nothing runs yet but the workspace; the profile holds a pasted token. */
  static async make(scenario: Scenario): Promise<Place> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "keyturn-chaos-" }));
    const { pi } = await writeKeys(`${folder}/keys.json`);
    const place = new Place(folder, pi, scenario);
    await place.writeProfile(place.issue(3_600_000).value);
    return place;
  }

  /** Where the profile is. */
  get profileFile(): string {
    return `${this.folder}/databrickscfg`;
  }

  /** Where the journal is. */
  get journalFile(): string {
    return `${this.folder}/journal.json`;
  }

  /** The id of the generation that was published last, dead or alive. */
  get servingId(): string | null {
    return this.#servingId;
  }

  /** The id of the spare as last told. */
  get spareId(): string | null {
    const told = this.service.live[0]?.proxy.link.chain.spare?.tokenId ?? null;
    return told !== null && this.#lostSpares.has(told) ? null : told;
  }

  /** Ids of live tokens of the service's own. */
  get own(): readonly string[] {
    return this.workspace.tokens()
      .filter(({ state, comment, owner }) =>
        state === "live" && comment === COMMENT && owner === "demo@example.com"
      )
      .map(({ id }) => id);
  }

  /** A token as a person makes one in the workspace. */
  issue(lifetimeMs: number): { readonly value: string; readonly tokenId: string } {
    return this.workspace.issue({ lifetimeMs, comment: "pasted" });
  }

  /** Writes a profile as a person or another program would. */
  async writeProfile(token: string | null): Promise<void> {
    const line = token === null ? "" : `token = ${token}\n`;
    const text = `; mine\n[DEFAULT]\nhost = ${this.workspace.origin}\n${line}`;
    await Deno.writeTextFile(this.profileFile, text);
  }

  /** The token in the profile now, `null` if none can be read. */
  readProfile(): Secret | null {
    try {
      const text = Deno.readTextFileSync(this.profileFile);
      const { token } = parseProfile(text, "DEFAULT");
      if (token !== null && !this.profiles.includes(text)) this.profiles.push(text);
      return token;
    } catch {
      return null;
    }
  }

  /** The journal now. */
  async journal(): ReturnType<typeof readJournal> {
    return await readJournal(this.journalFile);
  }

  /** What is in the memory of a rotator, or of everything, is lost. */
  forget(what: "spare" | "all"): void {
    if (this.spareId !== null) this.#lostSpares.add(this.spareId);
    if (what === "all") this.#servingId = null;
  }

  /** The witness looks. */
  look(): void {
    const at = this.clocks.elapsed();
    const supply = this.supply();
    this.mostOwn = Math.max(this.mostOwn, this.own.length);
    if (this.moments.at(-1)?.supply !== supply) this.moments.push({ at, supply });
  }

  /** What is at hand now. */
  supply(): Moment["supply"] {
    const now = this.clocks.workspace();
    const inProfile = this.readProfile();
    const profileId = inProfile === null ? null : tokenIdOf(inProfile);
    const known = this.workspace.tokens().filter(({ id, state }) =>
      state === "live" && [profileId, this.#servingId, this.spareId].includes(id)
    );
    const isLive = known.some(({ id, expiresAt }) =>
      id !== this.spareId && (expiresAt === null || now < expiresAt - this.#marginMs)
    );
    if (isLive) return "live";
    const canMint = known.some(({ expiresAt, scopes }) =>
      scopes === null && (expiresAt === null || now < expiresAt - this.#marginMs)
    );
    return canMint && this.troubles === 0 && this.service.hasRotator ? "mintable" : "none";
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking);
    await this.caller.stop();
    await this.service.stop();
    await this.relay?.[Symbol.asyncDispose]();
    await this.workspace.shutdown();
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function readJournal(path: string) {
  return parseJournal(await Deno.readTextFile(path));
}
