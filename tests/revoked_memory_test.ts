/** A token that was revoked is nowhere in the memory of the isolates that used it. */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { boot } from "../supervisor/boot.ts";
import { startService } from "../supervisor/serve.ts";
import { readKeys } from "../support/keys_file.ts";
import { tokenIdOf } from "../workspace/credential.ts";
import { Secret } from "../support/secret.ts";
import { ScannedWorkers } from "./support/scanned_workers.ts";
import { makeHome, secretsSeenBy } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

const LOG = { level: "error", format: "json", color: "plain" } as const;
const ROTATIONS = 5;

Deno.test("no isolate holds a token that is revoked", async () => {
  await using workspace = startWorkspace();
  await using home = await makeHome(workspace);
  await using workers = await ScannedWorkers.open();
  const env = { HOME: home.folder, PROXY_PORT: "0", PAT_DRAIN_TIMEOUT: "1" };
  const options = { log: LOG, hostName: "host", spawn: workers.spawn };
  const service = await startService(await boot(env), options);
  try {
    const keys = await readKeys(`${home.folder}/.config/keyturn/keys.json`);
    const post = async (path: string, key: Secret | undefined, body?: string) => {
      const headers = { authorization: `Bearer ${key?.reveal()}`, connection: "close" };
      const init = { method: "POST", headers, ...body === undefined ? {} : { body } };
      const answer = await fetch(`http://127.0.0.1:${service.port}${path}`, init);
      await answer.text();
      return answer.status;
    };
    const messages = [{ role: "user", content: "hi" }];
    const chat = JSON.stringify({ model: "m", messages, stream: true });
    for (let turn = 0; turn < ROTATIONS; turn++) {
      assert.equal(await post("/v1/chat/completions", keys?.agents.get("pi"), chat), 200);
      await until("it rotates", async () => await post("/keyturn/rotate", keys?.operator) === 200);
    }
    await until("the old ones are revoked", () => revokedOf(workspace).size >= ROTATIONS);
    assert.equal(await post("/v1/chat/completions", keys?.agents.get("pi"), chat), 200);

    const revoked = revokedOf(workspace);
    assert(revoked.size >= ROTATIONS, `${revoked.size} tokens are revoked`);
    for (const name of ["proxy 0", "rotator"]) {
      // What the last request left behind goes with the next one.
      await until(`${name} holds none of them`, async () => {
        const held = await workers.tokensIn(name);
        assert(held.size > 0, "the one that serves is found");
        return held.isDisjointFrom(revoked);
      });
    }
  } finally {
    await service.stop();
  }
});

function liveOf(workspace: Workspace) {
  return workspace.tokens().filter(({ state }) => state === "live");
}

/** Values of tokens that are dead, of all that the workspace was ever shown. */
function revokedOf(workspace: Workspace): ReadonlySet<string> {
  const live = new Set(liveOf(workspace).map(({ id }) => id));
  const seen = Array.from(secretsSeenBy(workspace));
  return new Set(seen.filter((value) => !live.has(tokenIdOf(new Secret(value)))));
}
