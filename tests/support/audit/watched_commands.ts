/**
 * Commands that Deno watches, in a home with a service that runs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startShell, taskLine } from "../run_task.ts";
import { type Access, readAuditLog } from "./audit_log.ts";
import type { AuditedPlace } from "./audited_home.ts";
import { claimsOf } from "./claims.ts";
import { othersIn, straysOf, touched, unusedOf } from "./compare.ts";
import { rowOf, TABLE } from "./permission_table.ts";
import { flagsOf } from "./task_flags.ts";

/** Runs and compares. */
export class WatchedCommands {
  readonly home: string;
  readonly place: AuditedPlace;
  readonly env: Readonly<Record<string, string>>;
  #runs = 0;

  /** In `home`, beside the service at the second origin. */
  constructor(home: string, parts: { readonly workspace: string; readonly service: string }) {
    const portOf = (origin: string) => Number(new URL(origin).port);
    const { workspace, service } = parts;
    this.home = home;
    this.place = {
      home,
      ports: { [portOf(workspace)]: "workspace", [portOf(service)]: "service" },
    };
    this.env = { PROXY_PORT: String(portOf(service)), PATH: `${home}/bin` };
  }

  /** What a task asked Deno for. */
  async watch(
    [task, ...args]: readonly [task: string, ...args: string[]],
    exit = 0,
  ): Promise<readonly Access[]> {
    return await this.watchLine([taskLine(task), ...args].join(" "), exit);
  }

  /** The same for a line of the shell that starts with `deno`. */
  async watchLine(line: string, exit = 0): Promise<readonly Access[]> {
    const file = `${this.home}/audit-${this.#runs++}.jsonl`;
    // The variables are for the command alone, not for what makes its flags.
    const audited = `exec env DENO_TRACE_PERMISSIONS=1 DENO_AUDIT_PERMISSIONS='${file}' ${line}`;
    const { code, stderr } = await startShell([audited], this).output();
    assert.equal(code, exit, `${line}: ${new TextDecoder().decode(stderr)}`);
    return readAuditLog(await Deno.readTextFile(file));
  }

  /** Holds all accesses of a task's runs against its row, and the other kinds against its flags. */
  async compare(
    task: string,
    { row, refused = [] }: {
      readonly row: string;
      /** What may be asked for, and is not granted. */
      readonly refused?: readonly string[];
    },
    runs: readonly (readonly Access[])[],
  ): Promise<void> {
    const claims = claimsOf(rowOf(TABLE, row));
    const seen = touched(runs.flat(), this.place);
    const strays = straysOf(seen, { ...claims, read: [...claims.read, "<code>"] });
    assert.deepEqual(strays.filter((stray) => !refused.includes(stray)), []);
    assert.deepEqual(unusedOf(claims, seen), []);
    const { env, sys } = await flagsOf(task, this);
    const others = { env, ...sys.length === 0 ? {} : { sys } };
    assert.deepEqual(othersIn(runs.flat()), others);
  }
}
