/**
 * A home for lists of permissions: what is granted there, by the names of the table's claims.
 *
 * @module
 */

import { startWorkspace } from "../../../demo/workspace.ts";
import type { Grants } from "../../../supervisor/grants.ts";
import { type AuditedPlace, localise, makeAuditedHome } from "./audited_home.ts";
import { type Claims, claimsOf, least } from "./claims.ts";
import { rowOf, TABLE } from "./permission_table.ts";

/** Where the service would listen. */
export const PORT = 4000;

/** A home in which flags are made. */
export interface Stage extends AsyncDisposable {
  readonly place: AuditedPlace;
  readonly env: Readonly<Record<string, string>>;
}

/** Opens it; nothing of Keyturn runs on it. */
export async function openStage(): Promise<Stage> {
  const workspace = startWorkspace();
  const home = await makeAuditedHome(workspace);
  const { port } = new URL(workspace.origin);
  const place = placeOf(home.folder, workspace.origin);
  const env = {
    HOME: place.home,
    PATH: `${place.home}/bin`,
    PROXY_PORT: String(PORT),
    PROXY_SOCKET: `${place.home}/keyturn.sock`,
    DATABRICKS_GATEWAY_HOST: `http://localhost:${port}`,
    TMPDIR: place.temp ?? "",
  };
  const end = async () => {
    await home[Symbol.asyncDispose]();
    await workspace.shutdown();
  };
  return { place, env, [Symbol.asyncDispose]: end };
}

/** A home beside the workspace at `origin`. */
export function placeOf(home: string, origin: string): AuditedPlace {
  const port = Number(new URL(origin).port);
  return { home, ports: { [port]: "workspace", [PORT]: "service" }, temp: "/var/tmp/of-mine" };
}

/** What a process may by its row. All of them read the code itself. */
export function processClaims(row: string): Claims {
  const { net, read, write } = claimsOf(rowOf(TABLE, row));
  return { net, read: least([...read, "<code>"]), write };
}

/** What an isolate is given, by the names of the table's claims. */
export function listed(grants: Grants, place: AuditedPlace): Claims {
  const list = (kind: keyof Claims) => least(grants[kind].map((entry) => localise(entry, place)));
  return { net: list("net"), read: list("read"), write: list("write") };
}
