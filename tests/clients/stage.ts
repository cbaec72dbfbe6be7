/**
 * What a test of a client stands on: a simulated workspace, the real service in front of it as a
 * process of its own, and an empty home for the client.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startWorkspace, type Workspace } from "../../demo/workspace.ts";
import {
  type Home,
  makeHome,
  secretsSeenBy,
  ServeProcess,
  type Status,
} from "../support/serve_process.ts";
import { until } from "../support/until.ts";

/** A stage on which the service serves a token that it has minted. */
export class Stage implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly serve: ServeProcess;
  readonly #home: Home;
  readonly #clientHome: string;

  private constructor(workspace: Workspace, home: Home, serve: ServeProcess, clientHome: string) {
    this.workspace = workspace;
    this.#home = home;
    this.serve = serve;
    this.#clientHome = clientHome;
  }

  /** Sets it up; `env` is for the service. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const workspace = stack.use(startWorkspace());
    const home = stack.use(await makeHome(workspace));
    const serve = stack.use(await ServeProcess.start({ home: home.folder, env }));
    await until("the given token is replaced", async () => (await rotations(serve)) > 0);
    const clientHome = await Deno.makeTempDir({ prefix: "keyturn-client-" });
    stack.move();
    return new Stage(workspace, home, serve, clientHome);
  }

  /** How the service is. */
  status(): Promise<Status> {
    return this.serve.status();
  }

  /** `keyturn rotate`. */
  async rotate(): Promise<void> {
    const response = await fetch(`${this.serve.origin}/keyturn/rotate`, {
      method: "POST",
      headers: { authorization: `Bearer ${await this.serve.key("operator")}` },
    });
    assert.equal(response.status, 200, await response.text());
  }

  /** The environment of a client that knows the metadata URL and the workspace. */
  async envWithUrl(): Promise<Readonly<Record<string, string>>> {
    const { metadataUrl } = await this.status();
    return {
      ...this.#bareEnv(),
      DATABRICKS_HOST: this.workspace.origin,
      DATABRICKS_METADATA_SERVICE_URL: metadataUrl,
    };
  }

  /** The environment of a client that knows the profile file. */
  envWithFile(): Readonly<Record<string, string>> {
    return { ...this.#bareEnv(), DATABRICKS_CONFIG_FILE: this.#home.profileFile };
  }

  /**
   * Ids of the tokens that an SDK came with, each once and in order; none was refused. `agent` is
   * how the SDK calls itself.
   */
  tokensOf(agent: string): readonly string[] {
    const requests = this.workspace.requests().filter(({ path, headers }) =>
      // Open to all at a real workspace, and tried before any token is at hand.
      path !== "/.well-known/databricks-config" &&
      headers.some(([name, value]) => name === "user-agent" && value.includes(agent))
    );
    for (const { path, status } of requests) assert.equal(status, 200, path);
    return [...new Set(requests.map(({ tokenId }) => tokenId ?? "none"))];
  }

  /** Asserts that no token was given to a process but by the service. */
  checkSecrets(text: string): void {
    for (const secret of secretsSeenBy(this.workspace)) assert(!text.includes(secret));
    for (const secret of secretsSeenBy(this.workspace)) assert(!this.serve.stderr.includes(secret));
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.serve[Symbol.asyncDispose]();
    await this.workspace[Symbol.asyncDispose]();
    await this.#home[Symbol.asyncDispose]();
    await Deno.remove(this.#clientHome, { recursive: true });
  }

  #bareEnv(): Readonly<Record<string, string>> {
    return { PATH: "/usr/bin:/bin", HOME: this.#clientHome, LANG: "C.UTF-8" };
  }
}

async function rotations(serve: ServeProcess): Promise<number> {
  return (await serve.status()).credential.rotations;
}
