/** All targets. */

import type { FuzzTarget } from "../target.ts";
import { TOKEN_API } from "./answers.ts";
import { doorTarget } from "./door.ts";
import { FORMATS } from "./formats.ts";
import { KEYS, SETTINGS } from "./own_files.ts";
import { PROFILE } from "./profile.ts";
import { EXPLAIN, LESSONS, REPAIRS, TARGET } from "./requests.ts";
import { MENDED, SSE } from "./streams.ts";

/** In the order in which they are fuzzed. */
export const TARGETS: readonly FuzzTarget[] = [
  TARGET,
  doorTarget(),
  SSE,
  MENDED,
  PROFILE,
  ...FORMATS,
  TOKEN_API,
  SETTINGS,
  KEYS,
  EXPLAIN,
  REPAIRS,
  LESSONS,
];
