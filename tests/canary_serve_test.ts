/**
 * No secret leaves a running service, whatever goes wrong: tokens, local keys, the metadata URL.
 * Looked at is all that comes out of it.
 */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../demo/workspace.ts";
import { parseProfile } from "../workspace/profile_file.ts";
import { ABUSE_ENV, failRotations, failUpstream, knock, misuse } from "./support/canary/abuse.ts";
import { addFolder, addProcesses, Evidence } from "./support/canary/evidence.ts";
import { type Home, makeHome, secretsSeenBy, ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

for (const format of ["json", "text"] as const) {
  Deno.test(`nothing that a service says holds a secret, the log as ${format}`, async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const evidence = new Evidence();
    const env = { ...ABUSE_ENV, LOG_LEVEL: "debug", LOG_FORMAT: format, PAT_DRAIN_TIMEOUT: "1" };
    await using serve = await ServeProcess.start({ home: home.folder, env });
    await until("it rotates", async () => (await serve.status()).credential.rotations > 0);
    const scene = { serve, workspace, evidence, bearer: () => readBearer(home) };
    const { metadataUrl } = await serve.status();
    await knock(scene);
    await misuse(scene);
    await failUpstream(scene);
    await failRotations(scene);
    await addProcesses(evidence, "while it serves");
    serve.kill("SIGTERM");
    await serve.ended();
    evidence.add("stdout", serve.stdout);
    evidence.add("stderr", serve.stderr);
    await addFolder(evidence, { folder: home.folder, except: /^(\.databrickscfg|.*keys\.json)$/ });

    assert(evidence.size > 150, `${evidence.size} texts were looked at`);
    assert(serve.stderr.split("\n").length > 100, "there is a log");
    const secrets = await secretsOf({ workspace, home });
    assert(secrets.size > 12, `${secrets.size} secrets are looked for`);
    assert.deepEqual(evidence.find(secrets), []);
    const capability = new URL(metadataUrl).pathname.split("/").at(-1) ?? "";
    const log = new Evidence();
    log.add("stdout", serve.stdout);
    log.add("stderr", serve.stderr);
    assert.deepEqual(log.find(new Map([["the metadata URL", capability]])), []);
    await assertOnlyTheLast(home);
  });
}

/** The tokens that the workspace was ever shown, and the local keys. */
async function secretsOf(
  { workspace, home }: { readonly workspace: Workspace; readonly home: Home },
): Promise<ReadonlyMap<string, string>> {
  const keys = JSON.parse(await Deno.readTextFile(`${home.folder}/.config/keyturn/keys.json`));
  return new Map([
    ["the key of the operator", keys.operator],
    ...Object.entries<string>(keys.agents).map(([name, key]) =>
      [`the key of ${name}`, key] as const
    ),
    ...Array.from(secretsSeenBy(workspace), (token, index) => [`token ${index}`, token] as const)
      // What an attacker makes up is no secret.
      .filter(([, token]) => token.startsWith("dapi")),
    ["the token that was given", home.given.value],
  ]);
}

async function readBearer(home: Home): Promise<string> {
  const { token } = parseProfile(await Deno.readTextFile(home.profileFile), "DEFAULT");
  assert(token !== null);
  return token.reveal();
}

/** In the profile is one token and no trace of another. */
async function assertOnlyTheLast(home: Home): Promise<void> {
  const text = await Deno.readTextFile(home.profileFile);
  assert.equal(text.match(/dapi\w+/g)?.length, 1);
  assert(!text.includes(home.given.value));
}
