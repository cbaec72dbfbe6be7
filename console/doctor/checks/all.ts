/**
 * All checks, in the order in which they are told: what rests on nothing comes first.
 *
 * @module
 */

import type { Check } from "../check.ts";
import { AGENT_CHECKS } from "./agents.ts";
import { CREDENTIAL_CHECKS } from "./credential.ts";
import { LEFTOVER_CHECKS } from "./leftovers.ts";
import { MODE_CHECKS } from "./modes.ts";
import { PROFILE_CHECKS } from "./profile.ts";
import { RUNTIME_CHECKS } from "./runtime.ts";
import { SERVICE_CHECKS } from "./service.ts";
import { WORKSPACE_CHECKS } from "./workspace.ts";

/** The table. Another group is one more line. */
export const CHECKS: readonly Check[] = [
  ...RUNTIME_CHECKS,
  ...PROFILE_CHECKS,
  ...MODE_CHECKS,
  ...WORKSPACE_CHECKS,
  ...CREDENTIAL_CHECKS,
  ...SERVICE_CHECKS,
  ...LEFTOVER_CHECKS,
  ...AGENT_CHECKS,
];
