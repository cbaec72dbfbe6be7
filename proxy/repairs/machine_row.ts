/**
 * The machines of one answer, one behind the other.
 *
 * @module
 */

import type { JsonObject } from "./json.ts";
import type { AnswerContext, AnswerMachine, AnswerRepair } from "./repair.ts";

interface Station {
  readonly name: string;
  machine: AnswerMachine;
}

/** What stands where a machine has failed. */
const PASS: AnswerMachine = { whole: (body) => body, push: (event) => [event], end: () => [] };

/** Who is told. */
export interface RowEvents {
  /** Of each repair that changed something, once. */
  readonly onRepaired?: (name: string) => void;
  /** Of a repair that failed: a mistake of ours, for which no answer is given up. */
  readonly onBug?: (error: unknown) => void;
}

/** The repairs that this answer needs. */
export function concerned(
  repairs: readonly AnswerRepair[],
  context: AnswerContext,
): readonly AnswerRepair[] {
  return repairs.filter((repair) => repair.concerns?.(context) ?? true);
}

/** What one hands on, the next one gets. */
export class MachineRow {
  readonly #stations: readonly Station[];
  readonly #fired = new Set<string>();
  readonly #events: RowEvents;

  /** Begins on an answer. */
  constructor(repairs: readonly AnswerRepair[], context: AnswerContext, events: RowEvents = {}) {
    this.#stations = repairs.map((repair) => ({
      name: repair.name,
      machine: repair.begin(context),
    }));
    this.#events = events;
  }

  /** The repairs that changed something so far, in the order in which they first did. */
  get fired(): readonly string[] {
    return [...this.#fired];
  }

  /** An answer that is not streamed; the same object if there was nothing to mend. */
  whole(body: JsonObject): JsonObject {
    return this.#stations.reduce((before, station) => {
      const after = this.#try(station, () => station.machine.whole(before), before);
      if (after !== before) this.#fire(station.name);
      return after;
    }, body);
  }

  /** What takes the place of an event's data: itself alone if there was nothing to mend. */
  push(event: JsonObject): readonly JsonObject[] {
    return this.#pass(event, 0);
  }

  /** What is still to be said before the stream's closing mark. */
  end(): readonly JsonObject[] {
    let said: readonly JsonObject[] = [];
    for (const [index, station] of this.#stations.entries()) {
      const more = this.#try(station, () => station.machine.end(), []);
      if (more.length > 0) this.#fire(station.name);
      // What was said before this machine ended has passed it already.
      said = [...said, ...more.flatMap((event) => this.#pass(event, index + 1))];
    }
    return said;
  }

  /** Hands an event on from one to the next, as long as it stays one. */
  #pass(event: JsonObject, from: number): readonly JsonObject[] {
    let passed = event;
    for (let index = from; index < this.#stations.length; index++) {
      const after = this.#push(this.#stations[index] as Station, passed);
      const [only] = after;
      if (only === undefined || after.length > 1) {
        return after.flatMap((each) => this.#pass(each, index + 1));
      }
      passed = only;
    }
    return [passed];
  }

  #push(station: Station, event: JsonObject): readonly JsonObject[] {
    try {
      const after = station.machine.push(event);
      if (after.length !== 1 || after[0] !== event) this.#fire(station.name);
      return after;
    } catch (error) {
      return this.#leaveOut(station, error, [event]);
    }
  }

  #try<T>(station: Station, work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      return this.#leaveOut(station, error, otherwise);
    }
  }

  #leaveOut<T>(station: Station, error: unknown, otherwise: T): T {
    station.machine = PASS;
    this.#events.onBug?.(error);
    return otherwise;
  }

  #fire(name: string): void {
    if (this.#fired.has(name)) return;
    this.#fired.add(name);
    this.#events.onRepaired?.(name);
  }
}
