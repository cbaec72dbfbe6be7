/**
 * All that checks look at: settings, files, the workspace, the service. What costs a request is
 * asked once, and only if a check wants to know.
 *
 * @module
 */

import type { Status } from "../../proxy/status.ts";
import type { Environment, Settings } from "../../settings.ts";
import { ConfigError, type Problem } from "../../support/errors.ts";
import { type Keys, readKeys } from "../../support/keys_file.ts";
import { readIfThere } from "../../support/replace_file.ts";
import { VERSION } from "../../support/version.ts";
import { readConfiguration } from "../../supervisor/boot.ts";
import { keysFileOf, sourceKindOf } from "../../supervisor/isolate_config.ts";
import { Secret } from "../../workspace/credential.ts";
import { parseProfile } from "../../workspace/profile_file.ts";
import { createTokenApi, type TokenApi } from "../../workspace/token_api.ts";
import type { Fetch } from "../../workspace/workspace_request.ts";
import { findOccupant, type Occupant, placeOf, type ServicePlace } from "../../support/occupant.ts";
import { callService } from "../service.ts";
import { type Contact, knock } from "./contact.ts";
import { examine, type Examined } from "./examined.ts";
import { once } from "./once.ts";

/** What a scene is made of. */
export interface SceneInput {
  readonly env: Environment;
  readonly fetch: Fetch;
  /** Epoch ms. */
  readonly now: () => number;
  readonly runtime: Runtime;
  /** User id of this process, `null` where users have no numbers. */
  readonly uid: number | null;
}

/** What runs this. */
export interface Runtime {
  /** Version of Deno. */
  readonly deno: string;
  readonly kind: "deno" | "binary";
}

/** The service as it is found. */
export interface ServiceView {
  readonly place: ServicePlace;
  readonly occupant: Occupant | { readonly kind: "unknown"; readonly reason: string };
  /** `null`: it did not say. */
  readonly status: Status | null;
  readonly keys: Keys | null;
}

/** A machine with a Keyturn on it. */
export interface Scene {
  readonly env: Environment;
  readonly now: () => number;
  readonly runtime: Runtime;
  /** User id of this process, `null` where users have no numbers. */
  readonly uid: number | null;
  /** Without the values that are wrong. */
  readonly settings: Settings;
  readonly workspaceHost: string | null;
  /** All that is wrong with environment, config file and profile. */
  readonly problems: readonly Problem[];
  /** `null`: there is no address to knock at. */
  readonly contact: () => Promise<Contact | null>;
  /** The token in the profile, `null` if there is none that can be read. */
  readonly profileToken: () => Promise<Secret | null>;
  /** The credential in use, `null` if there is none at hand. */
  readonly credential: () => Promise<Examined | null>;
  readonly service: () => Promise<ServiceView>;
  /** What the service says at this moment. */
  readonly statusNow: () => Promise<Status | null>;
}

/**
 * Opens the scene.
 *
 * @throws {ConfigError} if not even the places of files are known.
 */
export async function openScene(input: SceneInput): Promise<Scene> {
  const { env, fetch, now, runtime, uid } = input;
  const { settings, workspaceHost, problems } = await readConfiguration(env);
  if (settings === null) throw new ConfigError(problems);
  const contact = once(async () =>
    workspaceHost === null ? null : await knock(workspaceHost, { fetch, now })
  );
  const service = once(() => lookAtService(settings));
  const profileToken = () => readProfileToken(settings);
  const credential = once(async () => {
    // Who cannot be reached would keep each question waiting for its whole time.
    if (workspaceHost === null || (await contact())?.kind !== "answered") return null;
    const api = createTokenApi({ host: workspaceHost, fetch, now, version: VERSION });
    if (sourceKindOf(settings) !== "pat") return await examineServed(await service(), api);
    return await examineProfile(profileToken, api);
  });
  const statusNow = async () => {
    const { place, occupant, keys } = await service();
    return occupant.kind === "ours" && keys !== null ? await askStatus(place, keys.operator) : null;
  };
  const facts = { env, now, runtime, uid, settings, workspaceHost, problems };
  return { ...facts, contact, profileToken, credential, service, statusNow };
}

async function readProfileToken(settings: Settings): Promise<Secret | null> {
  try {
    const text = await readIfThere(settings.profileFile);
    return text === null ? null : parseProfile(text, settings.profileName).token;
  } catch {
    // What is wrong with the file stands among the problems.
    return null;
  }
}

async function examineProfile(
  read: () => Promise<Secret | null>,
  api: TokenApi,
): Promise<Examined | null> {
  const secret = await read();
  if (secret === null) return null;
  const examined = await examine(secret, api);
  if (examined.verdict !== "dead") return examined;
  // It may have been replaced between the two.
  const now = await read();
  return now === null || now.equals(secret) ? examined : await examine(now, api);
}

/** Nothing of what comes from elsewhere is on disk: the service has to say. */
async function examineServed(view: ServiceView, api: TokenApi): Promise<Examined | null> {
  const { keys, place, occupant } = view;
  if (keys === null || occupant.kind !== "ours") return null;
  const path = "/keyturn/token";
  const response = await callService(place, { method: "POST", path, operator: keys.operator });
  const text = await response.text();
  return response.ok ? await examine(new Secret(text.trim()), api) : null;
}

async function lookAtService(settings: Settings): Promise<ServiceView> {
  const place = placeOf(settings);
  const nothing = { place, status: null, keys: null } as const;
  const unknown = (reason: string): ServiceView => ({
    ...nothing,
    occupant: { kind: "unknown", reason },
  });
  const keys = await readKeys(keysFileOf(settings)).catch((error) => {
    if (error instanceof ConfigError) return null;
    throw error;
  });
  if (keys === null) return unknown("the local keys cannot be read");
  if (place.port === 0) return unknown("PROXY_PORT is 0");
  const occupant = await findOccupant(place, keys.operator);
  if (occupant.kind !== "ours") return { ...nothing, occupant, keys };
  return { place, occupant, keys, status: await askStatus(place, keys.operator) };
}

async function askStatus(place: ServicePlace, operator: Secret): Promise<Status | null> {
  const path = "/keyturn/status";
  const response = await callService(place, { method: "GET", path, operator });
  const text = await response.text();
  return response.ok ? JSON.parse(text) : null;
}
