/**
 * The real proxy and the real rotator on one line, without isolates between them, so that a test
 * can set the clock by which hand-outs last.
 *
 * @module
 */

import { CAPABILITY, type ProxyFixture, startProxy } from "./proxy_fixture.ts";
import { COMMENT, RotationScene, type SceneOptions } from "./rotation_scene.ts";
import { until } from "./until.ts";

/** How the scene differs from an ordinary one. */
export interface WholeSceneOptions extends SceneOptions {
  /**
   * The token of the rotator's own that is in the profile at first.
   * @default {"live"}
   */
  readonly token?: "live" | "expired" | "none";
}

/** What a test of hand-outs looks at. */
export class HandOutScene implements AsyncDisposable {
  readonly rotation: RotationScene;
  readonly proxy: ProxyFixture;
  readonly #looks: () => number;
  readonly #advance: (ms: number) => void;

  private constructor(
    rotation: RotationScene,
    proxy: ProxyFixture,
    clock: { looks: () => number; advance: (ms: number) => void },
  ) {
    this.rotation = rotation;
    this.proxy = proxy;
    this.#looks = clock.looks;
    this.#advance = clock.advance;
  }

  /** A scene in which a token of the rotator's own serves, or in which there is none that could. */
  static async open({ token = "live", ...options }: WholeSceneOptions = {}): Promise<HandOutScene> {
    const rotation = await RotationScene.open(options);
    const own = rotation.workspace.issue({ lifetimeMs: 900_000, comment: COMMENT });
    await rotation.writeProfile(token === "none" ? null : own.value);
    if (token === "expired") rotation.idle(900_001);
    const clock = { now: 0, looks: 0 };
    const proxy = await startProxy({
      upstream: rotation.workspace.origin,
      token: null,
      config: { profileFile: rotation.profileFile },
      elapsed: () => {
        clock.looks++;
        return clock.now;
      },
    });
    proxy.proxy.link.connect(rotation.line());
    await rotation.start();
    const state = token === "live" ? "live" : "lost";
    await until("it serves, or says why not", () => proxy.proxy.link.chain.state === state);
    return new HandOutScene(rotation, proxy, {
      looks: () => clock.looks,
      advance: (ms) => clock.now += ms,
    });
  }

  /** The token that an SDK is given. */
  async give(): Promise<string> {
    const response = await this.proxy.call(`/metadata/${CAPABILITY}`, {
      headers: {
        "x-databricks-metadata-version": "1",
        "x-databricks-host": this.rotation.workspace.origin,
      },
    });
    const { access_token: token } = await response.json();
    return token;
  }

  /** A call of the operator, which has to succeed; its answer. */
  async operate(path: "/keyturn/rotate" | "/keyturn/token"): Promise<string> {
    const headers = { authorization: `Bearer ${this.proxy.keys.operator}` };
    const response = await this.proxy.call(path, { method: "POST", headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} failed: ${text}`);
    return text;
  }

  /** How the workspace answers a token that somebody kept. */
  async statusFor(token: string): Promise<number> {
    const response = await fetch(`${this.rotation.workspace.origin}/api/2.0/preview/scim/v2/Me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.body?.cancel();
    return response.status;
  }

  /** Sets the clock of hand-outs forward. */
  advance(ms: number): void {
    this.#advance(ms);
  }

  /** Waits until the proxy, which holds something yet, has looked at the clock again. */
  async isLookedAt(): Promise<void> {
    const looks = this.#looks();
    await until("the clock was looked at", () => this.#looks() > looks + 2);
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.rotation[Symbol.asyncDispose]();
  }
}
