/**
 * The requests that reached the simulated workspace, newest last, in bounded memory.
 *
 * @module
 */

/** One request and what became of it. The record goes on changing until the answer is sent. */
export interface RequestRecord {
  /** HTTP method. */
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  /** Names in lower case. `Headers` sorts them and joins those that were sent twice with `, `. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body; empty until it has arrived, and once {@link RequestRecord.isBodyDropped}. */
  readonly body: Uint8Array;
  /** Whether the body was thrown away to save memory. */
  readonly isBodyDropped: boolean;
  /** Id of the token whose value was the bearer, also of a dead one; `null` if there is none. */
  readonly tokenId: string | null;
  /** Status of the answer, `null` as long as there is none. */
  readonly status: number | null;
  /** When it arrived, in epoch ms. */
  readonly at: number;
  /** Whether the client went away before the end. */
  readonly aborted: boolean;
  /** Whether the answer was handed over to its end. */
  readonly finished: boolean;
}

/** The side of a record that the server writes to. */
export type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] };

const MAX_RECORDS = 5000;
const MAX_LARGE_BODIES = 50;
const LARGE_BODY_BYTES = 64 * 1024;

/** Keeps the last 5,000 records; bodies above 64 KiB only of the last 50. */
export class RequestLog {
  #records: OpenRecord[] = [];

  /** Starts a record. */
  open(start: Pick<RequestRecord, "method" | "path" | "headers" | "tokenId" | "at">): OpenRecord {
    const rest = { isBodyDropped: false, status: null, aborted: false, finished: false };
    const record: OpenRecord = { ...start, body: new Uint8Array(), ...rest };
    this.#records.push(record);
    if (this.#records.length > MAX_RECORDS) this.#records.shift();
    dropLargeBody(this.#records.at(-MAX_LARGE_BODIES - 1));
    return record;
  }

  /** The body of a record has arrived. */
  keepBody(record: OpenRecord, body: Uint8Array): void {
    record.body = body;
    if (!this.#records.slice(-MAX_LARGE_BODIES).includes(record)) dropLargeBody(record);
  }

  /** The records at this moment, oldest first. */
  list(): readonly RequestRecord[] {
    return [...this.#records];
  }

  /** Forgets all records. */
  clear(): void {
    this.#records = [];
  }
}

function dropLargeBody(record: OpenRecord | undefined): void {
  if (record === undefined || record.body.length <= LARGE_BODY_BYTES) return;
  record.body = new Uint8Array();
  record.isBodyDropped = true;
}
