/**
 * A rotator whose own token serves already, and answers for the workspace to fail with.
 *
 * @module
 */

import type { FaultAction } from "../../demo/workspace.ts";
import type { FakeProxy } from "./fake_proxy.ts";
import { COMMENT, RotationScene } from "./rotation_scene.ts";
import { until } from "./until.ts";

/** A scene in which an own token serves, `old` by its id. */
export async function openServing(): Promise<{
  readonly scene: RotationScene;
  readonly proxy: FakeProxy;
  readonly old: string;
}> {
  const scene = await RotationScene.open();
  const own = scene.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
  await scene.writeProfile(own.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it serves", () => proxy.chain?.state === "live");
  return { scene, proxy, old: own.tokenId };
}

/** This answer instead, as JSON. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): FaultAction {
  return {
    kind: "status",
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
