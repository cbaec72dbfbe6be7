/**
 * What the tests need of an agent.
 *
 * @module
 */

/** A conversation with one process of an agent. */
export interface Agent extends AsyncDisposable {
  /** Unique in its test: questions begin with it, by which requests are told apart. */
  readonly name: string;
  /** The model that it asks. */
  readonly model: string;
  /** The end of the path and query on which its requests reach the workspace. */
  readonly wire: RegExp;
  /** Asks, and waits for the end of the answer. */
  ask(question: string): Promise<string>;
}
