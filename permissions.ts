/**
 * Prints the list for one permission flag of `serve`, made of the same settings that `serve`
 * will read: the process gets exactly its own files and hosts, which `deno.json` cannot name.
 *
 *     deno run -P=grants permissions.ts net|read|write
 *
 * @module
 */

import { fromFileUrl } from "./support/paths.ts";
import { printOut } from "./support/log.ts";
import { SETTING_NAMES } from "./settings.ts";
import { grantsInputOf, readConfiguration } from "./supervisor/boot.ts";
import { grantsForServe } from "./supervisor/grants.ts";

const kind = Deno.args[0];
if (kind !== "net" && kind !== "read" && kind !== "write") {
  throw new TypeError(`Cannot print permissions: "${kind ?? ""}" is none of net, read, write`);
}
const env = Object.fromEntries(SETTING_NAMES.map((name) => [name, Deno.env.get(name)]));
const { settings, workspaceHost } = await readConfiguration(env);
const list = settings === null
  ? []
  : grantsForServe(await grantsInputOf(settings, workspaceHost)).supervisor[kind];
// The workers' own code is read by path, and an empty list would be no flag.
const code = kind === "read" ? [fromFileUrl(new URL(".", import.meta.url))] : [];
const nothing = kind === "net" ? "127.0.0.1:1" : "/nonexistent";
printOut([...list, ...code].join(",") || nothing);
