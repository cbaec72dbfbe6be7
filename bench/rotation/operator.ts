/**
 * What the operator of the service asks of it.
 *
 * @module
 */

import type { KeyturnServer } from "../servers.ts";
import type { AskedRotation } from "./rotations.ts";

/** Between a rotation and the next one, on average; a rotation takes a tenth of it. */
const GAP_MS = 150;
const POLL_MS = 20;

/** Rotates so many times, and gives each rotation time to be over. */
export async function rotateInTurn(
  keyturn: KeyturnServer,
  count: number,
): Promise<readonly AskedRotation[]> {
  const asked: AskedRotation[] = [];
  for (let turn = 0; turn < count; turn++) {
    // Uneven, or the rotations would fall into step with the streams.
    await sleep(GAP_MS * (0.75 + Math.random() / 2));
    const askedAt = performance.timeOrigin + performance.now();
    asked.push({ askedAt, ...await callOperator(keyturn, { method: "POST", name: "rotate" }) });
  }
  return asked;
}

/** Waits until so many rotations are done and their old tokens are gone. */
export async function untilRest(
  keyturn: KeyturnServer,
  { rotations }: { rotations: number },
): Promise<{ readonly rescues: number }> {
  for (;;) {
    const { credential, requests } = await callOperator(keyturn, { method: "GET", name: "status" });
    if (credential.rotations >= rotations && credential.pendingRevocations === 0) return requests;
    await sleep(POLL_MS);
  }
}

async function callOperator(
  { origin, operatorKey }: KeyturnServer,
  { method, name }: { method: "GET" | "POST"; name: string },
) {
  const headers = { authorization: `Bearer ${operatorKey}` };
  const response = await fetch(`${origin}/keyturn/${name}`, { method, headers });
  if (response.ok) return await response.json();
  throw new Error(`${name} was answered with ${response.status}: ${await response.text()}`);
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
