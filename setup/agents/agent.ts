/**
 * What setup knows of an agent: where its config lies, what of it is ours, and in which format.
 *
 * @module
 */

import type { AgentName } from "../../settings.ts";
import type { Secret } from "../../workspace/credential.ts";
import type { TextFormat, ValuePath } from "../../formats/format.ts";

/** Environment variables, by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What an agent's config is to say. */
export interface Wanted {
  /** Where agents of this machine reach the proxy: `http://<host>:<port>`, no final slash. */
  readonly proxyOrigin: string;
  /** The agent's own local key. */
  readonly key: Secret;
  /** Model name, `null` for the agent's default. */
  readonly model: string | null;
  /** Name of the model after it, `null` for the agent's default. */
  readonly fallbackModel: string | null;
  /** Origin of the workspace, `null` if only the profile says it. */
  readonly databricksHost: string | null;
  /** The environment, for what would win over the config. */
  readonly env: Env;
}

/** One value of a config that is ours. */
export interface OwnedValue {
  /** Where it stands. */
  readonly path: ValuePath;
  /** What it is to be; a {@link Secret} is never shown. */
  readonly value: string | Secret;
  /** Why, for the person who reads the plan: a clause. */
  readonly reason: string;
}

/** What of one config is ours. */
export interface Ownership {
  /** The values, in the order in which they are written. */
  readonly values: readonly OwnedValue[];
  /** Sentences on what was left alone and what may surprise. */
  readonly notes: readonly string[];
  /** Lines of the closing summary: what it is about, and what it is now. */
  readonly facts: readonly (readonly [name: string, text: string])[];
}

/** An agent as data. */
export interface Agent {
  /** Its name in `keys.json`, in settings and on the command line. */
  readonly name: AgentName;
  /** Its name for people. */
  readonly title: string;
  /** What starts it. */
  readonly command: string;
  /** Environment variables that setup reads for it. */
  readonly environment: readonly string[];
  /** Format of its config. */
  readonly format: TextFormat;
  /** The config that setup makes where there is none, before its values. */
  readonly emptyConfig: string;
  /**
   * Absolute path of its config.
   *
   * @throws {ConfigError} if the environment names a place that cannot be meant.
   */
  readonly configPath: (home: string, env: Env) => string;
  /**
   * What is ours in a config with the data `current` (`null`: an empty one).
   *
   * @throws {FormatError} if the config says what it says in a form that has no place for ours.
   */
  readonly own: (current: unknown, wanted: Wanted) => Ownership;
}
