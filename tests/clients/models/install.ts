/**
 * The SDKs that agents are made of, in pinned versions, installed once per checkout.
 *
 * @module
 */

import { join } from "node:path";
import {
  installFromNpm,
  installOnce,
  NODE_PACKAGE,
  NODE_VERSION,
} from "../../support/install_once.ts";

const PACKAGES: Readonly<Record<string, string>> = {
  openai: "7.57.0",
  "@anthropic-ai/sdk": "1.14.0",
  "@google/genai": "3.3.0",
  ai: "7.0.173",
  "@ai-sdk/openai-compatible": "3.0.92",
  // All of them want Node 22.
  [NODE_PACKAGE]: NODE_VERSION,
};

/** A Node.js that is new enough, and a file from which the packages are found. */
export async function installModelSdks(): Promise<
  { readonly node: string; readonly from: string }
> {
  const folder = await installOnce("clients-models", {
    pins: JSON.stringify(PACKAGES),
    install: (folder) => installFromNpm(folder, PACKAGES),
  });
  return {
    node: join(folder, "node_modules", NODE_PACKAGE, "bin/node"),
    from: join(folder, "package.json"),
  };
}
