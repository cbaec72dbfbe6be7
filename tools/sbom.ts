/**
 * Prints what Keyturn is made of as CycloneDX JSON, read off the lockfile.
 *
 *     deno task sbom
 *
 * The same lockfile gives the same text: there is no time and no number of chance in it.
 *
 * @module
 */

import { printOut } from "../support/log.ts";
import { VERSION } from "../support/version.ts";

/** The part of `deno.lock` (version 5) that is needed. */
export interface Lockfile {
  /** What the code imports, and the version that it gets. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages by `name@version`. */
  readonly npm?: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
  /** None so far; each would need a line of its own here. */
  readonly jsr?: Readonly<Record<string, unknown>>;
  /** The same. */
  readonly remote?: Readonly<Record<string, string>>;
}

/** One package of a bill of materials. */
export interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: "SHA-512"; readonly content: string }[];
}

/** A bill of materials, https://cyclonedx.org/docs/1.6/json/. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly component: Readonly<Record<string, string>> };
  readonly components: readonly Component[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn: readonly string[];
  }[];
}

/**
 * The bill of materials of a lockfile.
 *
 * @throws {Error} for a package that does not come from npm, which has no form here yet.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sbomOf } from "./sbom.ts";
 *
 * const lock = {
 *   specifiers: { "npm:@a/b@1.0.0": "1.0.0" },
 *   npm: { "@a/b@1.0.0": { integrity: "sha512-AAEC" } },
 * };
 * const { components } = sbomOf(lock, { version: "0.1.0" });
 * assert.equal(components[0]?.purl, "pkg:npm/%40a/b@1.0.0");
 * assert.deepEqual(components[0]?.hashes, [{ alg: "SHA-512", content: "000102" }]);
 * ```
 */
export function sbomOf(lock: Lockfile, { version }: { readonly version: string }): Sbom {
  const others = [...Object.keys(lock.jsr ?? {}), ...Object.keys(lock.remote ?? {})];
  if (others.length > 0) throw new Error(`Cannot list what is not from npm: ${others.join(", ")}`);
  const packages = Object.entries(lock.npm ?? {});
  const ids = packages.map(([id]) => id);
  const own = `pkg:generic/keyturn@${version}`;
  const direct = Object.entries(lock.specifiers).map(([specifier, found]) =>
    `${specifier.replace(/^npm:/, "").replace(/(.)@[^@]*$/, "$1")}@${found}`
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: "keyturn", version, "bom-ref": own } },
    components: packages.map(([id, { integrity }]) => componentOf(id, integrity)),
    dependencies: [
      { ref: own, dependsOn: direct.map(purlOf) },
      ...packages.map(([id, { dependencies = [] }]) => ({
        ref: purlOf(id),
        dependsOn: dependencies.map((name) => purlOf(resolved(name, ids))),
      })),
    ],
  };
}

function componentOf(id: string, integrity: string): Component {
  const { name, version } = split(id);
  const content = Array.from(
    atob(integrity.replace(/^sha512-/, "")),
    (char) => char.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
  const purl = purlOf(id);
  const hashes = [{ alg: "SHA-512" as const, content }];
  return { type: "library", "bom-ref": purl, name, version, purl, hashes };
}

function purlOf(id: string): string {
  const { name, version } = split(id);
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function split(id: string): { readonly name: string; readonly version: string } {
  const at = id.lastIndexOf("@");
  return { name: id.slice(0, at), version: id.slice(at + 1) };
}

/** The lockfile leaves the version out where there is only one. */
function resolved(name: string, ids: readonly string[]): string {
  const found = ids.includes(name) ? name : ids.find((id) => split(id).name === name);
  if (found === undefined) throw new Error(`Cannot find "${name}" in the lockfile`);
  return found;
}

if (import.meta.main) {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  printOut(`${JSON.stringify(sbomOf(lock, { version: VERSION }), null, 2)}\n`);
}
