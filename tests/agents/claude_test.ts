import { startClaude } from "./claude.ts";
import { installAgents } from "./install.ts";
import { startRig } from "./rig.ts";
import { checkAllRequests, talkAcrossRotations } from "./talk.ts";

Deno.test("Claude Code answers across rotations with the key of its start", async () => {
  const programs = await installAgents();
  await using rig = await startRig();
  await using claude = await startClaude({ programs, rig });
  await talkAcrossRotations(claude, rig);
  await checkAllRequests(rig, { claude: 2 });
});
