/**
 * Plans of agents' configs over texts, without files.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Agent, Wanted } from "../../setup/agents/agent.ts";
import { type FilePlan, type Plan, planAgent } from "../../setup/plan.ts";
import { makeKey } from "../../support/keys_file.ts";

/** The home folder of all plans. */
export const HOME = "/home/me";

/** What is wanted if nothing else is said. */
export function wantedFor(agent: Agent): Wanted {
  return {
    proxyOrigin: "http://127.0.0.1:4000",
    key: makeKey(agent.name, new Uint8Array(32)),
    model: null,
    fallbackModel: null,
    served: null,
    databricksHost: "https://workspace.example",
    home: HOME,
    env: {},
    manners: "guest",
  };
}

/** The key that {@link wantedFor} gives. */
export function localKeyOf(agent: Agent): string {
  return wantedFor(agent).key.reveal();
}

/** A plan whose files are found by their ids. */
export interface TextPlan extends Plan {
  /** The text of a file afterwards; fails if there is none. */
  text(id: string): string;
  /** The data of a file afterwards; fails if there is none. */
  data(id: string): unknown;
  /** The plan of a file. */
  file(id: string): FilePlan;
}

/** The plan for files with these texts by id; the others are not there. */
export function planTexts(
  agent: Agent,
  texts: Readonly<Record<string, string>>,
  wanted: Partial<Wanted> = {},
): TextPlan {
  const places = agent.files(HOME, wanted.env ?? {});
  const ids = places.map(({ id }) => id);
  for (const id of Object.keys(texts)) assert.ok(ids.includes(id), `${agent.name} has a "${id}"`);
  const plan = planAgent(agent, {
    files: places.map((place) => ({ place, text: texts[place.id] ?? null })),
    wanted: { ...wantedFor(agent), ...wanted },
  });
  const file = (id: string): FilePlan => {
    const found = plan.files.find(({ place }) => place.id === id);
    assert.ok(found !== undefined, `${agent.name} plans "${id}"`);
    return found;
  };
  const text = (id: string): string => {
    const { after } = file(id);
    assert.ok(after !== null, `${agent.name} makes "${id}"`);
    return after;
  };
  return { ...plan, file, text, data: (id) => file(id).place.format.parse(text(id)) };
}

/** The texts that a plan leaves, by id. */
export function textsAfter({ files }: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(
    files.flatMap(({ place, after }) => after === null ? [] : [[place.id, after]]),
  );
}
