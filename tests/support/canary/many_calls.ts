/**
 * Many calls of the command line in one process, since a process for each would take minutes. What
 * `main` prints goes where it always goes.
 *
 *     deno run -A many_calls.ts <file with a list of {args, env}>
 *
 * @module
 */

import { main } from "../../../main.ts";

/** One call. */
export interface ManyCall {
  readonly about: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What each call begins with, on both streams. */
export const MARK = "\u0001call ";

if (import.meta.main) {
  const calls: readonly ManyCall[] = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
  const before = Deno.env.toObject();
  for (const { about, args, env } of calls) {
    const mark = new TextEncoder().encode(`${MARK}${about}\n`);
    Deno.stdout.writeSync(mark);
    Deno.stderr.writeSync(mark);
    for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
    const code = await main(args);
    Deno.stderr.writeSync(new TextEncoder().encode(`exit code ${code}\n`));
    for (const name of Object.keys(env)) Deno.env.delete(name);
    for (const [name, value] of Object.entries(before)) Deno.env.set(name, value);
  }
  Deno.exit(0);
}
