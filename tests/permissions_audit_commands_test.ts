/**
 * The permission table of the README against all that Deno saw of the commands beside a running
 * service: nothing beside it, and nothing in it that is not used.
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { startWorkspace } from "../demo/workspace.ts";
import { CODE, makeAuditedHome, SETUP_AGENTS } from "./support/audit/audited_home.ts";
import { claimsOf } from "./support/audit/claims.ts";
import { othersIn, touched } from "./support/audit/compare.ts";
import { rowOf, TABLE } from "./support/audit/permission_table.ts";
import { WatchedCommands } from "./support/audit/watched_commands.ts";
import { denoFolder } from "./support/run_task.ts";
import { ServeProcess } from "./support/serve_process.ts";
import { until } from "./support/until.ts";

Deno.test("commands touch what the table names, and all of it", async (t) => {
  await using workspace = startWorkspace();
  await using home = await makeAuditedHome(workspace);
  const env = { PAT_DRAIN_TIMEOUT: "1" };
  await using serve = await ServeProcess.start({ home: home.folder, env });
  await until("it has come to rest", async () => {
    const { credential } = await serve.status();
    const { rotations, pendingRevocations, spare } = credential;
    return rotations > 0 && pendingRevocations === 0 && spare?.tokenId;
  });
  const scene = new WatchedCommands(home.folder, {
    workspace: workspace.origin,
    service: serve.origin,
  });
  const { place } = scene;

  await t.step("status, rotate, token", async () => {
    for (const task of ["status", "rotate", "token"]) {
      await scene.compare(task, { row: "status rotate token" }, [await scene.watch([task])]);
    }
  });

  await t.step("keys", async () => {
    const list = await scene.watch(["keys", "list"]);
    assert.deepEqual(touched(list, place).write, []);
    // What was revoked is for setup to make.
    const change = [
      await scene.watch(["keys", "rotate", "claude"]),
      await scene.watch(["keys", "revoke", "qwen"]),
    ];
    await scene.compare("keys", { row: "keys" }, [list, ...change]);
  });

  await t.step("setup", async () => {
    const shown = [await scene.watch(["setup", "--all", "--dry-run"])];
    const done = [await scene.watch(["setup", "--all"])];
    shown.push(await scene.watch(["setup", "--all", "--undo", "--dry-run"]));
    done.push(await scene.watch(["setup", "--all", "--undo"]));
    for (const each of shown) assert.deepEqual(touched(each, place).write, []);
    const { write } = claimsOf(rowOf(TABLE, "setup"));
    // Whether the folder of a file has to be made. It is not told: only missing ones are granted.
    const refused = write.map((path) => `read ${dirname(path)}`);
    await scene.compare("setup", { row: "setup", refused }, [...shown, ...done]);
  });

  await t.step("doctor", async () => {
    await scene.watch(["setup", "--all"]);
    const { write } = claimsOf(rowOf(TABLE, "doctor"));
    const secrets = write.map((path) => path.replace("~", scene.home));
    for (const path of secrets) await Deno.chmod(path, 0o644);
    const look = await scene.watch(["doctor"], 1);
    assert.deepEqual(touched(look, place).write, []);
    const fix = await scene.watch(["doctor", "--fix"]);
    for (const path of secrets) {
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600, path);
    }
    // Deno puts a folder of its own into PATH, in which no program is.
    const refused = SETUP_AGENTS.map((agent) => `read ${denoFolder()}/node_compat_bin/${agent}`);
    await scene.compare("doctor", { row: "doctor", refused }, [look, fix]);
  });

  await t.step("explain", async () => {
    const file = `${scene.home}/captured.json`;
    await Deno.writeTextFile(file, JSON.stringify({ model: "m", messages: [] }));
    const accesses = await scene.watch(["explain", file]);
    const read = ["~/.config/keyturn/config.yaml", "~/.databrickscfg", "~/captured.json"];
    assert.deepEqual(touched(accesses, place), { net: [], read, write: [] });
    await scene.compare("explain", { row: "explain" }, [accesses]);
  });

  await t.step("permissions.ts", async () => {
    const runs = [];
    for (const command of ["serve", "setup", "ask", "keys", "doctor", "demo"]) {
      runs.push(
        await scene.watchLine(`deno run -q --no-prompt -P=grants permissions.ts read ${command}`),
      );
    }
    const { net, read, write } = touched(runs.flat(), place);
    assert.deepEqual({ net, write }, { net: [], write: [] });
    assert(read.length > 0);
    const { permissions } = JSON.parse(await Deno.readTextFile(`${CODE}/deno.json`));
    assert.deepEqual(othersIn(runs.flat()), { env: permissions.grants.env.allow });
  });
});
