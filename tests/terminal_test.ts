/** What a person sees who runs a command in a terminal, and not in a pipe as other tests do. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { startWorkspace } from "../demo/workspace.ts";
import { startShell, taskLine } from "./support/run_task.ts";
import { makeHome } from "./support/serve_process.ts";

/** Of util-linux; it runs a line of the shell in a terminal of its own. */
const SCRIPT = "/usr/bin/script";
const HAS_TERMINAL = Deno.build.os === "linux" &&
  await Deno.stat(SCRIPT).then(() => true, () => false);

Deno.test({
  name: "setup and doctor are refused what they may not have, and ask nobody for it",
  ignore: !HAS_TERMINAL,
  fn: async () => {
    await using workspace = startWorkspace();
    await using home = await makeHome(workspace);
    const bin = join(home.folder, "bin");
    await Deno.mkdir(bin);
    await Deno.writeTextFile(join(bin, "pi"), "#!/bin/sh\n");
    // In the folders before it there is none.
    const path = [dirname(Deno.execPath()), "/usr/bin", "/bin", bin].join(":");
    const env = { PATH: path, PROXY_PORT: "65535" };
    const seen = async (task: string, args = "") => {
      // A question would wait for ever.
      const line = `exec timeout 30 ${SCRIPT} -qec "$1" /dev/null`;
      const call = startShell([line, task, `${taskLine(task)} ${args}`], {
        home: home.folder,
        env,
      });
      return new TextDecoder().decode((await call.output()).stdout);
    };
    const setUp = await seen("setup", "pi");
    assert.match(setUp, /^pi: set up, 2 files/);
    const said = await seen("doctor");
    assert.match(said, /^(ok|WARN|FAIL) +pi /m);
    assert.doesNotMatch(said, /`pi` is not on PATH/);
    assert.doesNotMatch(setUp + said, /Deno requests|Allow\?/);
  },
});
