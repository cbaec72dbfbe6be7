/**
 * A rotator whose own token serves already, and answers for the workspace to fail with.
 *
 * @module
 */

import type { FaultAction } from "../../demo/workspace.ts";
import type { FakeProxy } from "./fake_proxy.ts";
import { COMMENT, RotationScene, type SceneOptions } from "./rotation_scene.ts";
import { until } from "./until.ts";

/** A scene in which an own token serves, `old` by its id. */
export async function openServing(options: SceneOptions = {}): Promise<{
  readonly scene: RotationScene;
  readonly proxy: FakeProxy;
  readonly old: string;
}> {
  const scene = await RotationScene.open(options);
  const lifetimeMs = options.config?.tokenLifetimeMs ?? 900_000;
  const own = scene.workspace.issue({ lifetimeMs, comment: COMMENT });
  await scene.writeProfile(own.value);
  const proxy = scene.proxy();
  await scene.start();
  await until("it serves", () => proxy.chain?.state === "live");
  return { scene, proxy, old: own.tokenId };
}

/** A step of the chain has taken place that began after this call. */
export async function aStep(proxy: FakeProxy): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const told = proxy.chains.length;
    proxy.send({ type: "needed" });
    await until("a step is over", () => proxy.chains.length > told);
  }
}

/** One call that made or ended a token, `by` the id of the token that it was made with. */
export interface TokenCall {
  readonly call: "create" | "delete";
  readonly by: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every such call so far, in order. */
export function tokenCalls({ workspace }: RotationScene): readonly TokenCall[] {
  return workspace.requests().flatMap(({ method, path, tokenId: by, body }) => {
    const call = /^\/api\/2\.0\/token\/(create|delete)$/.exec(path)?.[1];
    if (method !== "POST" || (call !== "create" && call !== "delete")) return [];
    return [{ call, by, body: JSON.parse(new TextDecoder().decode(body)) }];
  });
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
