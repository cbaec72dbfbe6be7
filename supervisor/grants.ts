/**
 * What each isolate may touch, as data: the flags of the process, the permissions of the workers
 * and the table in the README are all made of this.
 *
 * @module
 */

/** Permissions of one isolate; what is not named is not granted. */
export interface Grants {
  /** `host:port`. */
  readonly net: readonly string[];
  /** Absolute paths; a folder stands for all that is in it. */
  readonly read: readonly string[];
  /** The same. */
  readonly write: readonly string[];
  /** Absolute paths of executables. */
  readonly run: readonly string[];
}

/** What the grants are made of. */
export interface GrantsInput {
  /** Where the proxy listens. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** The unix socket that it listens on as well. */
  readonly socketPath: string | null;
  /** Origin of the workspace, `null` while it is not known. */
  readonly workspaceHost: string | null;
  /** Further origins that requests may go to: a gateway, the base overrides. */
  readonly upstreams: readonly string[];
  /** What credentials rest on: a profile and a journal; the workspace alone; an executable. */
  readonly source:
    | { readonly kind: "pat" }
    | { readonly kind: "oauth" }
    | { readonly kind: "command"; readonly executable: string };
  /** Whether the profile says where the workspace is. */
  readonly hostFrom: "settings" | "profile";
  /** The profile file as it is called. */
  readonly profileFile: string;
  /** The file behind `profileFile` if that is a symbolic link, else the same. */
  readonly profileTarget: string;
  /** The lock files that say who rotates. */
  readonly lockFiles: readonly string[];
  /** The folder of `keys.json`. */
  readonly configFolder: string;
  /** The folder of `journal.json`. */
  readonly stateFolder: string;
  /** Each agent's file that can hold a token, and the file behind it if it is a symbolic link. */
  readonly agentFiles: readonly { readonly path: string; readonly target: string }[];
}

/** The isolates of `serve`. */
export interface ServeGrants {
  /** The process: the union, and its own two folders. */
  readonly supervisor: Grants;
  /** Each proxy isolate. */
  readonly proxy: Grants;
  /** The rotator isolate. */
  readonly rotator: Grants;
}

/**
 * The grants of `serve`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { grantsForServe } from "./grants.ts";
 *
 * const { proxy, rotator } = grantsForServe({
 *   listen: { hostname: "127.0.0.1", port: 4000 },
 *   socketPath: null,
 *   workspaceHost: "https://adb-1.azuredatabricks.net",
 *   upstreams: [],
 *   source: { kind: "pat" },
 *   hostFrom: "profile",
 *   profileFile: "/home/me/.databrickscfg",
 *   profileTarget: "/home/me/.databrickscfg",
 *   lockFiles: [],
 *   configFolder: "/home/me/.config/keyturn",
 *   stateFolder: "/home/me/.local/state/keyturn",
 *   agentFiles: [],
 * });
 * assert.deepEqual(proxy.write, []);
 * assert.deepEqual(rotator.net, ["adb-1.azuredatabricks.net:443"]);
 * ```
 */
export function grantsForServe(input: GrantsInput): ServeGrants {
  const { listen, source, configFolder, stateFolder } = input;
  const proxy = proxyGrants(input);
  const rotator = rotatorGrants(input);
  const own = source.kind === "pat" ? [configFolder, stateFolder] : [configFolder];
  // Of any free port nobody knows the number yet under which proxies will have to come back.
  const anyPort = listen.port === 0 ? [bracketed(listen.hostname)] : [];
  const profile = input.hostFrom === "profile" ? [input.profileFile] : [];
  return {
    proxy,
    rotator,
    supervisor: {
      net: unique([...proxy.net, ...anyPort, ...rotator.net]),
      // It looks whether the executable is there; nothing of it is read.
      read: unique([...proxy.read, ...rotator.read, ...profile, ...rotator.run, ...own]),
      write: unique([...proxy.write, ...rotator.write, ...own]),
      run: rotator.run,
    },
  };
}

function proxyGrants(input: GrantsInput): Grants {
  const { listen, socketPath, profileFile, configFolder } = input;
  const socket = socketPath === null ? [] : [socketPath];
  // Nothing of what comes from elsewhere is ever in the profile.
  const profile = input.source.kind === "pat" ? [profileFile] : [];
  return {
    net: unique([
      `${bracketed(listen.hostname)}:${listen.port}`,
      ...workspaceOf(input),
      ...input.upstreams.map(hostAndPort),
      ...socket.map((path) => `unix:${path}`),
    ]),
    read: unique([...profile, `${configFolder}/keys.json`, ...socket]),
    write: socket,
    run: [],
  };
}

function rotatorGrants(input: GrantsInput): Grants {
  const { source, profileFile, profileTarget, stateFolder } = input;
  const journal = `${stateFolder}/journal.json`;
  const files = source.kind === "pat"
    ? unique([
      ...[profileFile, profileTarget, `${profileTarget}.tmp`, journal, `${journal}.tmp`],
      ...input.lockFiles,
      ...input.agentFiles.flatMap(({ path, target }) => [path, target, `${target}.tmp`]),
    ])
    : [];
  const run = source.kind === "command" ? [source.executable] : [];
  return { net: workspaceOf(input), read: files, write: files, run };
}

function workspaceOf({ workspaceHost }: GrantsInput): readonly string[] {
  return workspaceHost === null ? [] : [hostAndPort(workspaceHost)];
}

/** The grants of the commands that ask the running service. */
export function grantsForAsking({ listen, profileFile, configFolder }: GrantsInput): Grants {
  const isAny = listen.hostname === "0.0.0.0" || listen.hostname === "::";
  const name = isAny ? "127.0.0.1" : bracketed(listen.hostname);
  const read = [profileFile, ...configFiles(configFolder)];
  return { net: [`${name}:${listen.port}`], read, write: [], run: [] };
}

function configFiles(folder: string): readonly string[] {
  return [`${folder}/config.yaml`, `${folder}/keys.json`];
}

/**
 * The grants of `keys`, which writes the one file and needs no network. `folders` are those that
 * are still to be made for it.
 */
export function grantsForKeys(input: GrantsInput, folders: readonly string[]): Grants {
  const { profileFile, configFolder } = input;
  const { read, write } = keysWritten(configFolder);
  return {
    net: [],
    read: unique([profileFile, ...configFiles(configFolder), ...read, ...folders]),
    write: [...write, ...folders],
    run: [],
  };
}

function keysWritten(folder: string): Pick<Grants, "read" | "write"> {
  const file = `${folder}/keys.json`;
  const read = [file, `${file}.tmp`];
  return { read, write: [...read, `${file}.lock`] };
}

/**
 * The grants of `doctor`, which asks the service and the workspace, reads where tokens can lie, and
 * writes nothing but the modes of the files that hold secrets.
 */
export function grantsForDoctor(input: GrantsInput, places: readonly string[]): Grants {
  const { profileFile, profileTarget, configFolder, stateFolder } = input;
  const { net, read } = grantsForAsking(input);
  const own = [`${configFolder}/keys.json`, `${stateFolder}/journal.json`];
  const secret = [profileFile, profileTarget, `${profileFile}.bak`, ...own];
  return {
    net: unique([...net, ...workspaceOf(input)]),
    read: unique([...read, ...secret, ...places]),
    write: unique(secret),
    run: [],
  };
}

/** What the grants of `setup` are made of. */
export interface SetupGrantsInput {
  /** Each agent's config, and the file behind it if that is a symbolic link. */
  readonly configs: readonly { readonly path: string; readonly target: string }[];
  /** Files that are only read. */
  readonly looked: readonly string[];
  /** Folders that are still to be made, and those that setup made and may remove again. */
  readonly folders: readonly string[];
  /** The folder of `keys.json`. */
  readonly configFolder: string;
  /** The folder of the folder of what undo needs. */
  readonly stateFolder: string;
  /** The profile file, which is only read. */
  readonly profileFile: string;
  /** Where the running service can be asked for its models. */
  readonly proxy: URL;
}

/** The grants of `setup`, which reaches nothing but the service on this machine. */
export function grantsForSetup(input: SetupGrantsInput): Grants {
  const files = unique([
    ...input.configs.flatMap(({ path, target }) => [path, target, `${target}.tmp`]),
    ...input.folders,
    `${input.stateFolder}/setup`,
  ]);
  const keys = keysWritten(input.configFolder);
  const looked = [...input.looked, ...configFiles(input.configFolder), input.profileFile];
  return {
    net: [hostAndPort(input.proxy.origin)],
    read: unique([...files, ...keys.read, ...looked]),
    write: [...files, ...keys.write],
    run: [],
  };
}

/**
 * The grants of the demo's isolate: the simulated workspace listens on a port of its own, and the
 * sample client asks the proxy.
 */
export function grantsForDemo(proxyPort: number): Grants {
  return { net: ["127.0.0.1:0", `127.0.0.1:${proxyPort}`], read: [], write: [], run: [] };
}

/** The permissions of a worker, in the form in which Deno takes them. */
export function workerPermissions(grants: Grants): Deno.PermissionOptionsObject {
  return {
    net: [...grants.net],
    read: [...grants.read],
    write: [...grants.write],
    env: false,
    run: grants.run.length === 0 ? false : [...grants.run],
    ffi: false,
    sys: false,
    import: false,
  };
}

function hostAndPort(origin: string): string {
  const { hostname, port, protocol } = new URL(origin);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
