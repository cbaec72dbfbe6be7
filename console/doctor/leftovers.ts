/**
 * Workspace tokens in files where nobody renews them.
 *
 * @module
 */

import { readIfThere } from "../../support/replace_file.ts";
import { tokenIdOf } from "../../workspace/credential.ts";
import { fail, type Finding, ok, warn } from "./check.ts";
import type { Scene } from "./scene.ts";
import { findSightings, type Sighting } from "./sightings.ts";

/** A token in a file. */
export interface Place extends Sighting {
  readonly path: string;
}

/** More is a matter of configs, and of no interest here. */
const MAX_BYTES = 4_194_304;
/** How many places are named. */
const NAMED = 5;

/** The tokens in those of `paths` that are there and can be read. */
export async function lookInto(paths: readonly string[]): Promise<readonly Place[]> {
  const found: Place[] = [];
  for (const path of paths) {
    const text = await readSmall(path);
    if (text !== null) found.push(...findSightings(text).map((each) => ({ ...each, path })));
  }
  return found;
}

async function readSmall(path: string): Promise<string | null> {
  try {
    if ((await Deno.stat(path)).size > MAX_BYTES) return null;
    return await readIfThere(path);
  } catch (error) {
    // A folder of that name, or a file of somebody else's: no token of ours lies in it.
    const { NotFound, PermissionDenied } = Deno.errors;
    if (error instanceof NotFound || error instanceof PermissionDenied) return null;
    if (error instanceof TypeError || error instanceof Deno.errors.IsADirectory) return null;
    throw error;
  }
}

/** How tokens that lie somewhere are judged. */
export interface Judgement {
  readonly scene: Scene;
  /** What to do about any of them. */
  readonly fix: string;
  /** Whether the serving token may lie there: only where each rotation writes the new one. */
  readonly serving: "allowed" | "a fault";
}

/**
 * One that lives is a fault: who reads the file has the workspace. Of one that the workspace does
 * not list nothing is known but that it is of no use here.
 */
export async function judgeSightings(
  places: readonly Place[],
  { scene, fix, serving }: Judgement,
): Promise<Finding> {
  const token = await scene.profileToken();
  const servingId = token === null ? null : tokenIdOf(token);
  const bad = serving === "allowed"
    ? places.filter(({ tokenId }) => tokenId !== servingId)
    : places;
  if (bad.length === 0) return ok("no token but the serving one, which each rotation renews");
  const listed = (await scene.credential())?.listed ?? [];
  const alive = bad.filter(({ tokenId }) =>
    tokenId === servingId || listed.some((info) => info.tokenId === tokenId)
  );
  if (alive.length > 0) {
    return fail(`${describe(alive)}: a live workspace token that nothing renews there`, fix);
  }
  return warn(`${describe(bad)}: an old workspace token, or another workspace's`, fix);
}

function describe(places: readonly Place[]): string {
  const names = [...new Set(places.map(({ path, line }) => `${path}:${line}`))];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.slice(0, NAMED).join(", ") + more;
}
