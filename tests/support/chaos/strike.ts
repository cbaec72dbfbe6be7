/**
 * What a fault does to a place, and how it ends.
 *
 * @module
 */

import type { FaultAction, FaultRule } from "../../../demo/workspace.ts";
import { answer } from "../serving_scene.ts";
import type { Place } from "./place.ts";
import type { API_FAILURES, Fault, PROFILE_EDITS } from "./scenario.ts";

/** Ends a fault that lasts. */
type Undo = () => void | Promise<void>;

const NOTHING: Undo = () => {};
/** What an answer says that calls a living token dead. */
export const LIE = "Invalid access token.";
const DEAD = { "error_code": "PERMISSION_DENIED", message: LIE };
const HOUR_MS = 3_600_000;
const API_ANSWERS: Readonly<Record<(typeof API_FAILURES)[number], FaultAction>> = {
  "500": answer(500, { message: "oops" }),
  "503": answer(503, { error_code: "TEMPORARILY_UNAVAILABLE", message: "later" }),
  "429 for a second": answer(429, { message: "slow" }, { "retry-after": "1" }),
  "429 for an hour": answer(429, { message: "slow" }, { "retry-after": "3600" }),
  "403": answer(403, { error_code: "PERMISSION_DENIED", message: "No." }),
  "404 disabled": answer(404, { error_code: "FEATURE_DISABLED", message: "off" }),
  quota: answer(400, { error_code: "QUOTA_EXCEEDED", message: "600 tokens" }),
  "login page": { kind: "malformed" },
  hang: { kind: "hang" },
  reset: { kind: "reset" },
  slow: { kind: "delay", ms: 700 },
};

/** Lets a fault happen. @returns what ends it. */
export async function strike(place: Place, fault: Fault): Promise<Undo> {
  switch (fault.kind) {
    case "api": {
      const { call, how, when } = fault;
      const path = `/api/2.0/token/${call === "any" ? "" : call}`;
      return arm(place, { match: { path }, when, action: API_ANSWERS[how] });
    }
    case "lie": {
      const match = { path: "/serving-endpoints/" };
      place.workspace.fault({ match, times: 1, action: answer(fault.status, DEAD) });
      return NOTHING;
    }
    case "revoke":
      revoke(place, fault.what);
      return NOTHING;
    case "profile":
      return await editProfile(place, fault.edit);
    case "clock":
      place.clocks.set(fault.byMs);
      return NOTHING;
    case "sleep":
      place.clocks.sleep(fault.forMs);
      return NOTHING;
    case "sleep and lose connections":
      place.clocks.sleep(fault.forMs);
      place.relay?.lose();
      place.caller.lose();
      return NOTHING;
    case "crash":
      if (fault.what !== "proxy") place.forget(fault.what === "all" ? "all" : "spare");
      await place.service.crash(fault.what);
      return NOTHING;
    case "disk": {
      const path = fault.file === "profile" ? place.profileFile : place.journalFile;
      return await troubled(place, fault.how === "full" ? await fill(path) : await slow(path));
    }
  }
}

function arm(place: Place, rule: FaultRule): Promise<Undo> {
  const handle = place.workspace.fault(rule);
  return troubled(place, () => handle.remove());
}

/** Until it is undone, no token can be made. */
function troubled(place: Place, undo: Undo): Promise<Undo> {
  place.troubles++;
  place.look();
  return Promise.resolve(async () => {
    await undo();
    place.troubles--;
    place.look();
  });
}

function revoke(place: Place, what: "serving" | "spare" | "both"): void {
  for (const id of [place.servingId, place.spareId]) {
    const isMeant = what === "both" || (what === "spare") === (id === place.spareId);
    // Tokens of others in the profile are theirs to revoke, too.
    if (id !== null && isMeant && !place.others.includes(id)) place.workspace.revoke(id);
  }
  place.look();
}

async function editProfile(
  place: Place,
  edit: (typeof PROFILE_EDITS)[number],
): Promise<Undo> {
  const { profileFile } = place;
  place.readProfile();
  const text = await Deno.readTextFile(profileFile).catch(() => "");
  const put = async (what: string) => {
    await Deno.writeTextFile(profileFile, what);
    place.look();
  };
  switch (edit) {
    case "pasted":
      await place.writeProfile(place.issue(HOUR_MS).value);
      break;
    case "pasted for a week": {
      const { value, tokenId } = place.issue(7 * 24 * HOUR_MS);
      // Other things may use it.
      place.others.push(tokenId);
      await place.writeProfile(value);
      break;
    }
    case "pasted dead":
      await place.writeProfile("dapi0123456789abcdef0123456789abcdef");
      break;
    case "half-written":
      await put(text.slice(0, -10));
      return () => put(text);
    case "token removed":
      await place.writeProfile(null);
      break;
    case "file removed":
      await Deno.remove(profileFile).catch(() => {});
      return () => put(text);
    case "garbage":
      await put("[DEFAULT\ntoken");
      return () => put(text);
    case "old copy":
      await put(place.profiles[0] ?? text);
      break;
    case "touched":
      await put(text);
      break;
  }
  place.look();
  return NOTHING;
}

/** The sibling that is written first cannot be made. */
async function fill(path: string): Promise<Undo> {
  const sibling = `${path}.tmp`;
  for (;;) {
    try {
      await Deno.mkdir(`${sibling}/full`, { recursive: true });
      // Another fault of the kind may have ended it.
      return () => Deno.remove(sibling, { recursive: true }).catch(() => {});
    } catch {
      // It is being written at this very moment.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The sibling that is written first is in somebody's hands. */
async function slow(path: string): Promise<Undo> {
  const sibling = `${path}.tmp`;
  for (;;) {
    try {
      const file = await Deno.open(sibling, { write: true, createNew: true });
      const exclusive = true;
      await file.lock(exclusive);
      return () => file.close();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
