/**
 * The machines of one answer, one behind the other.
 *
 * @module
 */

import type { JsonObject } from "./json.ts";
import type { AnswerContext, AnswerMachine, AnswerRepair } from "./repair.ts";

interface Station {
  readonly name: string;
  readonly machine: AnswerMachine;
}

/** What one hands on, the next one gets. */
export class MachineRow {
  readonly #stations: readonly Station[];
  readonly #fired = new Set<string>();
  readonly #onRepaired: (name: string) => void;

  /** Begins on an answer. `onRepaired` is told once of each repair that changed something. */
  constructor(
    repairs: readonly AnswerRepair[],
    context: AnswerContext,
    options: { readonly onRepaired?: (name: string) => void } = {},
  ) {
    this.#stations = repairs.map((repair) => ({
      name: repair.name,
      machine: repair.begin(context),
    }));
    this.#onRepaired = options.onRepaired ?? (() => {});
  }

  /** The repairs that changed something so far, in the order in which they first did. */
  get fired(): readonly string[] {
    return [...this.#fired];
  }

  /** An answer that is not streamed; the same object if there was nothing to mend. */
  whole(body: JsonObject): JsonObject {
    return this.#stations.reduce((before, { name, machine }) => {
      const after = machine.whole(before);
      if (after !== before) this.#fire(name);
      return after;
    }, body);
  }

  /** What takes the place of an event's data: itself alone if there was nothing to mend. */
  push(event: JsonObject): readonly JsonObject[] {
    return this.#pass([event], 0);
  }

  /** What is still to be said before the stream's closing mark. */
  end(): readonly JsonObject[] {
    let said: readonly JsonObject[] = [];
    for (const [index, { name, machine }] of this.#stations.entries()) {
      const more = machine.end();
      if (more.length > 0) this.#fire(name);
      // What was said before this machine ended has passed it already.
      said = [...said, ...this.#pass(more, index + 1)];
    }
    return said;
  }

  #pass(events: readonly JsonObject[], from: number): readonly JsonObject[] {
    let passed = events;
    for (let index = from; index < this.#stations.length; index++) {
      const [only] = passed;
      const station = this.#stations[index] as Station;
      passed = only !== undefined && passed.length === 1
        ? this.#push(station, only)
        : passed.flatMap((event) => this.#push(station, event));
    }
    return passed;
  }

  #push({ name, machine }: Station, event: JsonObject): readonly JsonObject[] {
    const after = machine.push(event);
    if (after.length !== 1 || after[0] !== event) this.#fire(name);
    return after;
  }

  #fire(name: string): void {
    if (this.#fired.has(name)) return;
    this.#fired.add(name);
    this.#onRepaired(name);
  }
}
