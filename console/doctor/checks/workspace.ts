/**
 * The workspace: where it is, whether it can be reached, and what its clock says.
 *
 * @module
 */

import { inWords } from "../../../support/durations.ts";
import { adviseOnCertificate } from "../../../support/fetch_failure.ts";
import { type Check, fail, type Finding, ok, skip, warn } from "../check.ts";
import type { Contact } from "../contact.ts";
import { describeProblems, problemsOf } from "../problems.ts";
import type { Scene } from "../scene.ts";

/** Address, reach, TLS, clock. */
export const WORKSPACE_CHECKS: readonly Check[] = [
  { name: "host", run: judgeHost },
  { name: "workspace", run: async (scene) => judgeReach(await scene.contact(), scene) },
  { name: "tls", run: async (scene) => judgeTls(await scene.contact(), scene) },
  { name: "clock", run: async (scene) => judgeClock(await scene.contact()) },
];

/** From here on tokens may look alive when they are not; timers go wrong much later. */
const SKEW_WARN_MS = 10_000;
const SKEW_FAIL_MS = 60_000;

function judgeHost(scene: Scene): Finding {
  const { host: problems } = problemsOf(scene);
  if (problems.length > 0) {
    return fail(
      describeProblems(problems),
      "set DATABRICKS_HOST, or the profile's host, to the workspace's own address",
    );
  }
  const { workspaceHost, settings } = scene;
  if (workspaceHost === null) return skip("not known, since the settings are wrong");
  const from = settings.databricksHost === null ? "the profile" : "DATABRICKS_HOST";
  return ok(`${workspaceHost}, from ${from}`);
}

function judgeReach(contact: Contact | null, { workspaceHost }: Scene): Finding {
  if (contact === null) return skip("its address is not known");
  switch (contact.kind) {
    case "untrusted":
      return skip("it was reached, see tls");
    case "unreached":
      return fail(
        `${workspaceHost} cannot be reached: ${contact.reason}`,
        "check the network, a VPN, HTTPS_PROXY, and that the address is right",
      );
    case "answered":
      if (contact.speaks === "api") return ok(`${workspaceHost} answers (${contact.status})`);
      return fail(
        `${workspaceHost} answers with ${contact.status} and not as a workspace does`,
        "DATABRICKS_HOST must be the workspace itself, no account console, login page or proxy",
      );
  }
}

function judgeTls(contact: Contact | null, { workspaceHost }: Scene): Finding {
  if (contact === null) return skip("the workspace's address is not known");
  if (workspaceHost?.startsWith("http:")) return ok("none: the workspace is on this machine");
  if (contact.kind === "unreached") return skip("the workspace cannot be reached");
  if (contact.kind === "answered") return ok("its certificate is trusted");
  return fail(
    `the certificate of ${workspaceHost} is not trusted: ${contact.reason}`,
    adviseOnCertificate(contact.reason),
  );
}

function judgeClock(contact: Contact | null): Finding {
  if (contact?.kind !== "answered") return skip("the workspace did not answer");
  const { skewMs } = contact;
  if (skewMs === null) return skip("the workspace does not say what time it is");
  const size = Math.abs(skewMs);
  if (size <= SKEW_WARN_MS) return ok("this clock and the workspace's agree");
  const seen = `this clock is ${inWords(size / 1_000)} ${skewMs > 0 ? "behind" : "ahead of"} ` +
    "the workspace's";
  const fix = "set the clock (NTP): expiry is compared by it";
  return size > SKEW_FAIL_MS ? fail(seen, fix) : warn(seen, fix);
}
