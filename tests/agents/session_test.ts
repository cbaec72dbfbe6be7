/**
 * The promise that the project was founded on: an agent that a person has opened in a terminal
 * goes on answering, however often the token is replaced meanwhile.
 */

import assert from "node:assert/strict";
import type { AgentName } from "../../settings.ts";
import type { FileTree } from "../support/file_tree.ts";
import { HEADLESS } from "./headless.ts";
import { holdSeen } from "./hold_seen.ts";
import { type BareHome, type HomeStage, openHomeStage } from "./home_stage.ts";
import { type InstalledPrograms, installPrograms } from "./install.ts";
import { hasTmux, Screen } from "./screen.ts";
import { checkRequest } from "./check_request.ts";
import { bodyOf, describeRequests, withTranscript } from "./transcript.ts";
import { VERSIONS } from "./versions.ts";

/** How an agent is opened in a terminal. */
interface Session {
  readonly name: AgentName;
  readonly words: (programs: InstalledPrograms) => readonly string[];
  /** Gets it to where it takes questions. */
  readonly open: (screen: Screen) => Promise<void>;
  /** What is there before setup. */
  readonly files?: (home: BareHome) => FileTree;
}

const SESSIONS: readonly Session[] = [
  {
    name: "hermes",
    words: ({ hermes }) => hermes,
    open: (screen) => screen.shows("Type your message"),
  },
  {
    name: "claude",
    words: ({ claude }) => claude,
    open: (screen) => screen.shows(/Claude Code v[\d.]+/),
    // Its user has said before that the folder can be trusted.
    files: ({ work }) => ({
      ".claude.json": JSON.stringify({ projects: { [work]: { hasTrustDialogAccepted: true } } }),
    }),
  },
];

const { programs, missing } = await installPrograms();
const noTmux = await hasTmux() ? undefined : "there is no tmux";

for (const session of SESSIONS) {
  const { name } = session;
  const reason = missing[name] ?? noTmux;
  Deno.test({
    name: `${name} ${VERSIONS[name].version}, open in a terminal, answers after four rotations` +
      (reason === undefined ? "" : ` (cannot run here: ${reason})`),
    ignore: reason !== undefined,
    fn: async () => {
      await using stage = await openHomeStage({
        agents: [name],
        path: [programs.nodeFolder],
        ...(session.files === undefined ? {} : { files: session.files }),
      });
      const quiet = HEADLESS.find((agent) => agent.name === name)?.quiet ?? {};
      await using screen = await Screen.open({
        words: session.words(programs),
        env: { ...stage.env, ...quiet },
        cwd: stage.work,
        folder: stage.home,
      });
      let shown = "";
      await withTranscript(`${name}-session`, {
        transcript: () => ({
          "the screen": shown,
          "requests at the workspace": describeRequests(stage.modelRequests()),
        }),
        work: async () => {
          await session.open(screen);
          try {
            const rotations = await talk(screen, stage);
            await holdSeen(name, { "in a terminal": `${rotations} rotations` });
          } finally {
            shown = await screen.text();
          }
        },
      });
    },
  });
}

/** Talks across rotations, and gives the number of them. */
async function talk(screen: Screen, stage: HomeStage): Promise<number> {
  const first = await ask("What comes before the rotations?", { screen, stage });
  const before = (await stage.serve.status()).credential.rotations;
  for (let rotation = 1; rotation <= 3; rotation++) await stage.rotate();
  const second = await ask("What comes after three of them?", { screen, stage });
  await stage.rotate();
  const third = await ask("And what after the fourth?", { screen, stage });
  assert.equal(new Set([first, second, third]).size, 3, "each answer had a token of its own");
  for (const request of stage.modelRequests()) checkRequest(request, stage.keys);
  const { requests: { rescues, upstreamFailures }, credential } = await stage.serve.status();
  assert.deepEqual({ rescues, upstreamFailures }, { rescues: 0, upstreamFailures: 0 });
  assert.doesNotMatch(await screen.text(), /\b40[13]\b|Invalid access token/);
  return credential.rotations - before;
}

/** Asks, waits for the answer on the screen, and gives the id of the token that it came with. */
async function ask(
  question: string,
  { screen, stage }: { readonly screen: Screen; readonly stage: HomeStage },
): Promise<string> {
  await screen.send(question);
  await screen.shows(`You said: "${question}".`);
  const request = stage.modelRequests().find((each) =>
    JSON.stringify(bodyOf(each)).includes(question)
  );
  assert(request !== undefined && request.tokenId !== null);
  return request.tokenId;
}
