/**
 * What setup knows of an agent: where its files lie, what of them is ours, what would keep it
 * from reaching Keyturn, and how a person starts it.
 *
 * @module
 */

import type { ConfigValue, TextFormat, ValuePath } from "../../formats/format.ts";
import type { AgentName } from "../../settings.ts";
import type { Secret } from "../../workspace/credential.ts";

/** Environment variables, by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** One file of an agent. */
export interface ConfigPlace {
  /** What {@link Agent.own} calls it. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  /** Its format. */
  readonly format: TextFormat;
  /** The text that setup makes where there is none, before its values. */
  readonly emptyText: string;
  /** `look`: only read, for what in it would win over our values. */
  readonly use: "own" | "look";
}

/** What an agent's config is to say. */
export interface Wanted {
  /** Where agents of this machine reach the proxy: `http://<host>:<port>`, no final slash. */
  readonly proxyOrigin: string;
  /** The agent's own local key. */
  readonly key: Secret;
  /** Model name that the settings give, `null` if none. */
  readonly model: string | null;
  /** Name of the model after it, `null` if the settings give none. */
  readonly fallbackModel: string | null;
  /** Models that the workspace serves, by the running service; `null` if it could not be asked. */
  readonly served: readonly string[] | null;
  /** Origin of the workspace, `null` if only the profile says it. */
  readonly databricksHost: string | null;
  /** The person's home folder. */
  readonly home: string;
  /** The environment, for what would win over the config. */
  readonly env: Env;
  /** `take-over`: choices of the person's that are in the way are changed as well. */
  readonly manners: "guest" | "take-over";
}

/** One change of a file: a value of ours, or something that is to go. */
export type OwnedChange =
  & {
    /** {@link ConfigPlace.id}. */
    readonly file: string;
    /** Where it stands. */
    readonly path: ValuePath;
    /** Why, for the person who reads the plan: a clause. */
    readonly reason: string;
  }
  & (
    /** A {@link Secret} is never shown. */
    | { readonly to: "value"; readonly value: ConfigValue | Secret }
    | { readonly to: "nothing" }
  );

/** A choice of the person's that is in our way. */
export interface Conflict {
  /** Where it was made: a value's path, or a variable of the environment. */
  readonly where: string;
  /** What it does: a clause. */
  readonly what: string;
  /** What to do about it: a clause, imperative. */
  readonly fix: string;
  /**
   * `blocks`: our values would contradict it, so nothing is written. `overrules`: with it the agent
   * does not reach Keyturn, whatever is written. `warns`: the agent may do without, or otherwise.
   */
  readonly weight: "blocks" | "overrules" | "warns";
  /** What `--take-over` does about it; nothing if setup cannot. */
  readonly takeOver: readonly OwnedChange[];
}

/** What of an agent's files is ours. */
export interface Ownership {
  /** The changes, in the order in which they are written. */
  readonly values: readonly OwnedChange[];
  /** What is in the way. */
  readonly conflicts: readonly Conflict[];
  /** Sentences on what was left alone and what may surprise. */
  readonly notes: readonly string[];
  /** Lines of the closing summary: what it is about, and what it is now. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  /** What a person types to start the agent. */
  readonly start: string;
}

/** The data of an agent's files by {@link ConfigPlace.id}; `undefined` where there is no file. */
export type Current = Readonly<Record<string, unknown>>;

/** An agent as data. */
export interface Agent {
  /** Its name in `keys.json`, in settings and on the command line. */
  readonly name: AgentName;
  /** Its name for people. */
  readonly title: string;
  /** Environment variables that setup reads for it. */
  readonly environment: readonly string[];
  /**
   * Its files, in the order in which they are written.
   *
   * @throws {ConfigError} if the environment names a place that cannot be meant.
   */
  readonly files: (home: string, env: Env) => readonly ConfigPlace[];
  /**
   * What is ours in files with the data `current`.
   *
   * @throws {FormatError} if a file says what it says in a form that has no place for ours.
   */
  readonly own: (current: Current, wanted: Wanted) => Ownership;
}
