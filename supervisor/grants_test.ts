import assert from "node:assert/strict";
import { grantsForServe } from "./grants.ts";

const input = {
  socketPath: null,
  workspaceHost: "https://one.example",
  upstreams: [],
  source: { kind: "pat" },
  hostFrom: "profile",
  profileFile: "/home/me/.databrickscfg",
  lockFiles: [],
  profileTarget: "/home/me/.databrickscfg",
  configFolder: "/home/me/.config/keyturn",
  stateFolder: "/home/me/.local/state/keyturn",
  agentFiles: [],
} as const;

Deno.test("grantsForServe() lets the process listen on the port that any free port turns out to be", () => {
  const { supervisor, proxy } = grantsForServe({
    ...input,
    listen: { hostname: "::1", port: 0 },
  });
  assert.deepEqual(supervisor.net, ["[::1]:0", "one.example:443", "[::1]"]);
  assert.deepEqual(proxy.net, ["[::1]:0", "one.example:443"]);
});
