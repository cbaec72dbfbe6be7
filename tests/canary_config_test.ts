/** A wrong configuration is told without the secret that stands in it. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Evidence } from "./support/canary/evidence.ts";
import { type ManyCall, MARK } from "./support/canary/many_calls.ts";
import { MARKED, spoil, WRONG_INPUTS } from "./support/canary/wrong_inputs.ts";

const COMMANDS = [
  ["serve"],
  ["serve:command"],
  ["status"],
  ["rotate"],
  ["token"],
  ["doctor"],
  ["doctor", "--json"],
  ["setup", "--all", "--dry-run"],
  ["keys", "list"],
];
const SCRIPT = fileURLToPath(new URL("support/canary/many_calls.ts", import.meta.url));

Deno.test("no command repeats a secret of a configuration that is wrong", async () => {
  const folder = await Deno.makeTempDir({ prefix: "keyturn-canary-" });
  // A port that is taken ends a `serve` that finds nothing else wrong.
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const calls: ManyCall[] = [];
    for (const [index, input] of WRONG_INPUTS.entries()) {
      const home = `${folder}/${index}`;
      await spoil(home, input);
      const env = { HOME: home, PROXY_PORT: String(taken.addr.port), ...input.env };
      for (const args of COMMANDS) {
        calls.push({ about: `${args.join(" ")}, ${input.what}`, args, env });
      }
    }
    const evidence = await callAll(calls, folder);
    assert(evidence.size > calls.length, "each call said something");
    assert.deepEqual(evidence.find(new Map(Object.entries(MARKED))), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What was printed, by call. */
async function callAll(calls: readonly ManyCall[], folder: string): Promise<Evidence> {
  await Deno.writeTextFile(`${folder}/calls.json`, JSON.stringify(calls));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-prompt", SCRIPT, `${folder}/calls.json`],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const evidence = new Evidence();
  const streams = { stdout, stderr };
  for (const [stream, bytes] of Object.entries(streams)) {
    const parts = new TextDecoder().decode(bytes).split(MARK).slice(1);
    assert.equal(parts.length, calls.length, `${code} ${parts.at(-1)}`);
    for (const part of parts) evidence.add(`${stream} of ${part.split("\n")[0]}`, part);
    if (stream === "stderr") {
      // Whoever starts with a wrong configuration is told so, and nothing crashes.
      const served = parts.filter((part) => part.startsWith("serve"));
      for (const part of served) assert.match(part, /configuration is wrong[^]*exit code 2\n$/);
    }
  }
  return evidence;
}
