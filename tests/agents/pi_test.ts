import { installAgents } from "./install.ts";
import { type PiWire, startPi } from "./pi.ts";
import { startRig } from "./rig.ts";
import { checkAllRequests, talkAcrossRotations } from "./talk.ts";

const WIRES: readonly PiWire[] = [
  {
    name: "pi-chat",
    api: "openai-completions",
    basePath: "/v1",
    model: "databricks-gpt-oss-120b",
    wire: /\/chat\/completions$/,
  },
  {
    name: "pi-responses",
    api: "openai-responses",
    basePath: "/openai/v1",
    model: "databricks-gpt-5",
    wire: /\/responses$/,
  },
  {
    name: "pi-anthropic",
    api: "anthropic-messages",
    basePath: "/anthropic",
    model: "databricks-claude-sonnet-4-5",
    wire: /\/anthropic\/v1\/messages\?beta=true$/,
  },
  {
    name: "pi-gemini",
    api: "google-generative-ai",
    basePath: "/gemini/v1beta",
    model: "databricks-gemini-2-5-flash",
    wire: /\/gemini\/v1beta\/models\/[^/]+:streamGenerateContent\?alt=sse$/,
  },
  {
    // Only the host of the workspace's own address was replaced.
    name: "pi-dropin",
    api: "openai-completions",
    basePath: "/serving-endpoints",
    model: "databricks-gpt-oss-120b",
    wire: /\/chat\/completions$/,
  },
];

Deno.test("Pi answers across rotations with the key of its start, on every dialect", async (t) => {
  const programs = await installAgents();
  await using rig = await startRig();
  await Promise.all(WIRES.map((wire) =>
    t.step({
      name: `${wire.api} below ${wire.basePath}`,
      // Steps that run side by side cannot tell whose leak it is. The test around them can.
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
      fn: async () => {
        await using pi = await startPi(wire, { programs, rig });
        await talkAcrossRotations(pi, rig);
      },
    })
  ));
  await checkAllRequests(rig, { pi: 2 * WIRES.length });
});
