/**
 * Installs every program that the tests of agents and clients run, so that this need not be waited
 * for where there is something else to do meanwhile.
 *
 *     deno run -A tests/install_all.ts
 *
 * @module
 */

import { installPrograms } from "./agents/install.ts";
import { installJavaScript, installPython } from "./clients/install.ts";
import { installModelSdks } from "./clients/models/install.ts";

await Promise.all([installPrograms(), installJavaScript(), installPython(), installModelSdks()]);
