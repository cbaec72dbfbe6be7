/**
 * A home in which all is well, with a service that runs: something for a doctor to look at, and
 * for a test to break.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DoctorReport, runDoctor } from "../../console/doctor/command.ts";
import { startWorkspace, type Workspace } from "../../demo/workspace.ts";
import { DENO_VERSION } from "../../support/version.ts";
import { parseProfile } from "../../workspace/profile_file.ts";
import { type Home, makeHome, ServeProcess } from "./serve_process.ts";
import { until } from "./until.ts";

/** What a run of the doctor is given beside the stage. */
export interface DoctorRun {
  readonly env?: Readonly<Record<string, string>>;
  readonly deno?: string;
  readonly mode?: "look" | "repair";
}

/** How the stage is set. */
export interface StageOptions {
  /** Environment of `serve`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Done before `serve` starts. */
  readonly prepare?: (home: Home, workspace: Workspace) => Promise<void> | void;
  /** What is waited for. @default that all is well */
  readonly ready?: (serve: ServeProcess) => Promise<boolean>;
}

/** The stage. */
export class DoctorStage implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly home: Home;
  readonly serve: ServeProcess;

  private constructor(parts: { workspace: Workspace; home: Home; serve: ServeProcess }) {
    this.workspace = parts.workspace;
    this.home = parts.home;
    this.serve = parts.serve;
  }

  /** Sets it; all is well when this returns. */
  static async open(options: StageOptions = {}): Promise<DoctorStage> {
    const workspace = startWorkspace();
    const home = await makeHome(workspace);
    await options.prepare?.(home, workspace);
    const serve = await ServeProcess.start({ home: home.folder, env: options.env ?? {} });
    const stage = new DoctorStage({ workspace, home, serve });
    const { ready = isWell } = options;
    await until("the service is as it is to be", () => ready(serve));
    return stage;
  }

  /** The environment of a person in this home. */
  get env(): Readonly<Record<string, string>> {
    return { HOME: this.home.folder, PROXY_PORT: new URL(this.serve.origin).port };
  }

  /** A path below the home. */
  path(name: string): string {
    return `${this.home.folder}/${name}`;
  }

  /** The token in the profile. */
  async token(): Promise<string> {
    const { token } = parseProfile(await Deno.readTextFile(this.home.profileFile), "DEFAULT");
    assert(token !== null);
    return token.reveal();
  }

  /** What the doctor finds. */
  async examine(run: DoctorRun = {}): Promise<DoctorReport> {
    let text = "";
    const code = await runDoctor({
      env: { ...this.env, ...run.env },
      fetch,
      now: () => Date.now(),
      uid: Deno.uid(),
      runtime: { deno: run.deno ?? DENO_VERSION, kind: "deno" },
      format: "json",
      mode: run.mode ?? "look",
      color: "plain",
      write: (piece) => text += piece,
    });
    const report: DoctorReport = JSON.parse(text);
    assert.equal(code, report.isWell ? 0 : 1);
    assert.doesNotMatch(text, /dapi[0-9a-f]{8}|kt_\w+_[A-Za-z0-9_-]{43}/, "no secret is told");
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.serve[Symbol.asyncDispose]();
    await this.home[Symbol.asyncDispose]();
    await this.workspace.shutdown();
  }
}

async function isWell(serve: ServeProcess): Promise<boolean> {
  const { credential } = await serve.status();
  const hasSpare = typeof credential.spare?.tokenId === "string";
  return credential.state === "live" && hasSpare && credential.pendingRevocations === 0;
}

/** The troubles of a report: what is neither well nor left out. */
export function troublesIn({ checks }: DoctorReport): DoctorReport["checks"] {
  return checks.filter(({ outcome }) => outcome === "fail" || outcome === "warn");
}
