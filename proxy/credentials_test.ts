import assert from "node:assert/strict";
import { type Generation, Secret, tokenIdOf } from "../workspace/credential.ts";
import { Credentials, type Lease, type Outlook } from "./credentials.ts";

/** Credentials whose surroundings the test speaks for. */
function makeScene(profileRule: "newer" | "any" = "newer") {
  const scene = { now: 1_000_000, elapsed: 0, file: null as string | null, asked: 0 };
  const credentials = new Credentials({
    now: () => scene.now,
    elapsed: () => scene.elapsed,
    marginMs: 10,
    readProfile: () => scene.file === null ? null : new Secret(scene.file),
    profileRule,
    ask: () => {
      scene.asked++;
    },
  });
  return { scene, credentials };
}

function generation(number: number, value: string, expiresAt: number | null = null): Generation {
  const secret = new Secret(value);
  return { number, secret, tokenId: tokenIdOf(secret), issuedAt: null, expiresAt, source: "pat" };
}

function taken(credentials: Credentials): Lease {
  const lease = credentials.take();
  assert(lease, "there is a live credential");
  return lease;
}

function valueOf(answer: Lease | Outlook | null): string | null {
  return answer !== null && "generation" in answer ? answer.generation.secret.reveal() : null;
}

const forever = { deadlineMs: 60_000, signal: new AbortController().signal };

/** Whether a promise has been settled, after all that was due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  promise.then(() => isDone = true);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return isDone;
}

Deno.test("take() gives the newest generation, whatever the order of their coming", () => {
  const { credentials } = makeScene();
  assert.equal(credentials.take(), null);
  credentials.publish(generation(2, "b"));
  credentials.publish(generation(1, "a"));
  assert.equal(valueOf(credentials.take()), "b");
  credentials.publish(generation(3, "c"));
  assert.equal(valueOf(credentials.take()), "c");
});

Deno.test("take() gives nothing that is within the margin of its expiry", () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a", scene.now + 100));
  assert.equal(valueOf(credentials.take()), "a");
  scene.now += 89;
  assert(credentials.isReady());
  scene.now += 1;
  assert(!credentials.isReady());
  assert.equal(credentials.take(), null);
});

Deno.test("release() ends a lease once, however often it is called", () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const [first, second] = [taken(credentials), taken(credentials)];
  assert.equal(credentials.inFlight, 2);
  first.release();
  first.release();
  assert.equal(credentials.inFlight, 1);
  second.release();
  assert.equal(credentials.inFlight, 0);
});

Deno.test("isReady() holds nothing", () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  assert(credentials.isReady());
  assert.equal(credentials.inFlight, 0);
});

Deno.test("publish() of the same secret under a new number keeps its leases and lifts a fence", async () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const lease = taken(credentials);
  assert.equal(credentials.fence(lease.generation)?.number, 1);
  assert.equal(credentials.take(), null);
  credentials.publish(generation(2, "a"));
  assert.equal(valueOf(credentials.take()), "a");
  assert.equal(credentials.inFlight, 2);
  const drained = credentials.drained(2);
  assert(!await isSettled(drained), "both leases are of what is now generation 2");
});

Deno.test("publish() of the number in use does not lift its fence", () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  credentials.fence(generation(1, "a"));
  // A line that is made anew begins with what was published last.
  credentials.publish(generation(1, "a"));
  assert(!credentials.isReady());
});

Deno.test("fence() takes the token in use out of use, once, and no newer one", () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const old = taken(credentials).generation;
  credentials.publish(generation(2, "b"));
  assert.equal(credentials.fence(old), null);
  assert(credentials.isReady());
  assert.equal(credentials.fence(generation(2, "b"))?.number, 2);
  assert.equal(credentials.fence(generation(2, "b")), null);
  assert(!credentials.isReady());
});

Deno.test("fence() knows a token under a number that it had when it was sent", () => {
  const { credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const { generation: sent } = taken(credentials);
  // Another rotator took it up, or somebody else asked about it, before it was revoked.
  credentials.publish(generation(2, "a"));
  assert.equal(credentials.fence(sent)?.number, 2);
  assert(!credentials.isReady());
});

Deno.test("fence() of a token of the profile brings back what the rotator published, if that may live", () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const early = taken(credentials);
  scene.file = "b";
  const { generation: pasted } = taken(credentials);
  assert.notEqual(credentials.fence(pasted), null);
  assert.equal(valueOf(credentials.take()), "a", "and what is in the profile does not come back");
  assert.equal(credentials.fence(pasted), null, "another late word on it");
  assert.equal(credentials.inFlight, 3);
  early.release();
  credentials.fence(generation(1, "a"));
  assert.equal(credentials.take(), null);
  scene.file = "c";
  const { generation: another } = taken(credentials);
  credentials.fence(another);
  assert.equal(credentials.take(), null, "both are dead");
});

Deno.test("takeElder() gives the token before one that was refused as soon as it came", async () => {
  const { scene, credentials } = makeScene();
  const [first, second, third] = [1, 2, 3].map((number) => generation(number, `t${number}`));
  assert(first && second && third);
  credentials.publish(first);
  assert.equal(credentials.takeElder(first), null, "nothing was before it");
  credentials.publish(second);
  assert.equal(credentials.takeElder(first), null, "not in use any more");
  credentials.fence(second);
  const lease = credentials.takeElder(second);
  assert.equal(valueOf(lease), "t1");
  const drained = credentials.drained(1);
  lease?.release();
  scene.elapsed += 2_999;
  credentials.takeElder(second)?.release();
  scene.elapsed += 2_999;
  assert(!await isSettled(drained), "the next request may need it as well");
  scene.elapsed += 1;
  credentials.publish(generation(4, "t2"));
  credentials.take()?.release();
  credentials.publish(generation(5, "t3"));
  assert(await isSettled(drained));
  scene.elapsed += 10_000;
  assert.equal(credentials.takeElder(third), null, "by now all of the workspace knows it");
  credentials.close();
});

Deno.test("takeElder() gives nothing that is dead or has expired", () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  credentials.fence(generation(1, "a"));
  credentials.publish(generation(2, "b", scene.now + 100));
  assert.equal(credentials.takeElder(generation(2, "b")), null, "dead");
  credentials.publish(generation(3, "c"));
  assert.equal(valueOf(credentials.takeElder(generation(3, "c"))), "b");
  scene.now += 95;
  assert.equal(credentials.takeElder(generation(3, "c")), null, "expired");
});

Deno.test("a token in the profile serves at once, and the rotator is told", () => {
  const { scene, credentials } = makeScene();
  scene.file = "file";
  const lease = taken(credentials);
  assert.equal(valueOf(lease), "file");
  assert.equal(lease.generation.tokenId, tokenIdOf(new Secret("file")));
  assert.equal(scene.asked, 1);
  credentials.take();
  assert.equal(scene.asked, 1, "told once");
});

Deno.test("what the rotator publishes comes after a token in the profile", () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  scene.file = "b";
  const early = taken(credentials);
  assert(early.generation.number > 1 && early.generation.number < 2);
  // The rotator wrote it itself and only now says so: the same token, the same leases.
  credentials.publish(generation(2, "b"));
  assert.equal(credentials.inFlight, 1);
  assert.equal(credentials.current?.number, 2);
  assert.equal(credentials.fence(early.generation)?.number, 2, "it is the same token");
});

Deno.test("a token that was superseded does not come back by the profile, but by the rotator", () => {
  const { scene, credentials } = makeScene();
  for (let number = 1; number <= 30; number++) {
    credentials.publish(generation(number, `token-${number}`));
  }
  for (const stale of ["token-1", "token-29"]) {
    scene.file = stale;
    assert.equal(valueOf(credentials.take()), "token-30", stale);
  }
  credentials.publish(generation(31, "token-29"));
  assert.equal(valueOf(credentials.take()), "token-29");
});

Deno.test("a stale token in the profile does not hide the next one", () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  credentials.publish(generation(2, "b"));
  scene.file = "a";
  assert.equal(valueOf(credentials.take()), "b");
  scene.file = "c";
  assert.equal(valueOf(credentials.take()), "c");
});

Deno.test("drained() waits for this generation and all before it, and for no later one", async () => {
  const { credentials } = makeScene();
  await credentials.drained(0);
  const leases = [1, 2, 3].map((number) => {
    credentials.publish(generation(number, `token-${number}`));
    return taken(credentials);
  });
  const [first, second] = leases;
  assert(first && second);
  const drained = credentials.drained(2);
  const again = credentials.drained(2);
  second.release();
  assert(!await isSettled(drained));
  first.release();
  await drained;
  await again;
  assert.equal(credentials.inFlight, 1);
  await credentials.drained(2);
});

Deno.test("handOut() ends the request, and keeps the generation in use as long as it said", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  const lease = taken(credentials);
  lease.handOut(70_000);
  lease.release();
  assert.equal(credentials.inFlight, 0, "it is no request in flight");
  const drained = credentials.drained(1);
  credentials.publish(generation(2, "b"));
  scene.elapsed += 69_999;
  // Whatever else ends looks at the uses as well.
  taken(credentials).release();
  assert(!await isSettled(drained));
  scene.elapsed += 1;
  taken(credentials).release();
  await drained;
  await credentials.drained(1);
  credentials.close();
});

Deno.test("handOut() counts to the last of all hand-outs, beside the requests in flight", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  taken(credentials).handOut(5_000);
  taken(credentials).handOut(70_000);
  taken(credentials).handOut(1_000);
  credentials.publish(generation(2, "b"));
  const lease = taken(credentials);
  await credentials.drained(0);
  const [first, second] = [credentials.drained(1), credentials.drained(2)];
  scene.elapsed += 69_999;
  taken(credentials).release();
  assert(!await isSettled(first));
  scene.elapsed += 1;
  taken(credentials).release();
  await first;
  assert(!await isSettled(second), "a request is in flight yet");
  lease.release();
  await second;
  credentials.close();
});

Deno.test("handOut() lasts as long when the wall clock is set", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a"));
  taken(credentials).handOut(1_000);
  credentials.publish(generation(2, "b"));
  const drained = credentials.drained(1);
  for (const jump of [3_600_000, -7_200_000]) {
    scene.now += jump;
    taken(credentials).release();
    assert(!await isSettled(drained));
  }
  scene.elapsed += 1_000;
  taken(credentials).release();
  await drained;
  credentials.close();
});

Deno.test("handOut() belongs to the token, also when its number rises", async () => {
  const { scene, credentials } = makeScene();
  scene.file = "file";
  taken(credentials).handOut(1_000);
  credentials.publish(generation(5, "file"));
  credentials.publish(generation(6, "b"));
  scene.file = "b";
  const drained = credentials.drained(5);
  assert(!await isSettled(drained));
  scene.elapsed += 1_000;
  taken(credentials).release();
  await drained;
  credentials.close();
});

Deno.test("obtain() waits for a publication, and asks once for all who wait", async () => {
  const { scene, credentials } = makeScene();
  const waiting = Array.from({ length: 50 }, () => credentials.obtain(forever));
  assert.equal(scene.asked, 1);
  assert(!await isSettled(Promise.race(waiting)));
  credentials.publish(generation(1, "a"));
  const values = (await Promise.all(waiting)).map(valueOf);
  assert.deepEqual(values, Array(50).fill("a"));
  assert.equal(credentials.inFlight, 50);
});

Deno.test("obtainProved() waits for the rotator's word on a token of the profile", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a", 2_000_000));
  scene.file = "b";
  assert.equal(valueOf(credentials.take()), "b");
  const waiting = credentials.obtainProved(forever);
  assert(!await isSettled(waiting));
  credentials.publish(generation(2, "b", 3_000_000));
  assert.equal((await waiting)?.generation.expiresAt, 3_000_000);
  assert.equal(valueOf(await credentials.obtainProved(forever)), "b", "known now");
});

Deno.test("obtainProved() gives nothing where the rotator cannot vouch, and leaves no lease", async () => {
  const { scene, credentials } = makeScene();
  scene.file = "b";
  const waiting = credentials.obtainProved(forever);
  credentials.expect({ mayCome: "soon", message: "unreachable", nextAttemptAt: null });
  assert.equal(await waiting, null);
  assert.equal(await credentials.obtainProved({ ...forever, deadlineMs: 1 }), null);
  assert.equal(credentials.inFlight, 0);
  assert.equal(valueOf(await credentials.obtain(forever)), "b", "it may serve");
});

Deno.test("obtain() asks again for one who joins a wait that is long in coming", async () => {
  const { scene, credentials } = makeScene();
  const first = credentials.obtain(forever);
  scene.now += 999;
  const second = credentials.obtain(forever);
  assert.equal(scene.asked, 1);
  scene.now += 1;
  const third = credentials.obtain(forever);
  assert.equal(scene.asked, 2, "the rotator that was asked may have died");
  credentials.publish(generation(1, "a"));
  await Promise.all([first, second, third]);
});

Deno.test("obtain() ends with what the rotator says, and the next one waits anew", async () => {
  const { scene, credentials } = makeScene();
  const outlook = { mayCome: "never", message: "no token", nextAttemptAt: null } as const;
  const waiting = [credentials.obtain(forever), credentials.obtain(forever)];
  credentials.expect(outlook);
  assert.deepEqual(await Promise.all(waiting), [outlook, outlook]);
  const next = credentials.obtain(forever);
  assert.equal(scene.asked, 2);
  assert(!await isSettled(next), "an answer of before is no answer to this question");
  credentials.expect(null);
  assert(!await isSettled(next), "no news is no answer");
  credentials.publish(generation(1, "a"));
  assert.equal(valueOf(await next), "a");
});

Deno.test("obtain() is not ended by a publication that is of no use", async () => {
  const { scene, credentials } = makeScene();
  const waiting = credentials.obtain(forever);
  credentials.publish(generation(1, "a", scene.now - 1));
  assert(!await isSettled(waiting));
  credentials.publish(generation(2, "b"));
  assert.equal(valueOf(await waiting), "b");
});

Deno.test("obtain() wakes when somebody else's request finds a token in the profile", async () => {
  const { scene, credentials } = makeScene();
  const waiting = credentials.obtain(forever);
  scene.file = "file";
  assert.equal(valueOf(credentials.take()), "file");
  assert.equal(valueOf(await waiting), "file");
  assert.equal(credentials.inFlight, 2);
});

Deno.test("obtain() gives up when the time is over, and leaves no lease behind", async () => {
  const { credentials } = makeScene();
  const { signal } = forever;
  const answer = await credentials.obtain({ deadlineMs: 1, signal });
  assert("mayCome" in answer);
  assert.equal(answer.mayCome, "soon");
  credentials.publish(generation(1, "a"));
  assert.equal(credentials.inFlight, 0);
});

Deno.test("obtain() gives up when the caller leaves, and leaves no lease behind", async () => {
  const { credentials } = makeScene();
  const caller = new AbortController();
  const waiting = credentials.obtain({ deadlineMs: 60_000, signal: caller.signal });
  caller.abort();
  // In the same turn, before whoever waited has run again.
  credentials.publish(generation(1, "a"));
  assert("mayCome" in await waiting);
  assert.equal(credentials.inFlight, 0);
  credentials.fence(generation(1, "a"));
  assert("mayCome" in await credentials.obtain({ deadlineMs: 60_000, signal: caller.signal }));
});

Deno.test("obtain() waits on while the next try comes in time, and tells the last reason", async () => {
  const { scene, credentials } = makeScene();
  const waiting = credentials.obtain(forever);
  const soon = { mayCome: "soon", message: "oops" } as const;
  credentials.expect({ ...soon, nextAttemptAt: scene.now + 59_999 });
  assert(!await isSettled(waiting), "it comes while the caller is held");
  credentials.expect({ ...soon, message: "again", nextAttemptAt: scene.now + 60_000 });
  const answer = await waiting;
  assert("mayCome" in answer);
  assert.equal(answer.message, "again");
  const next = credentials.obtain(forever);
  credentials.expect({ ...soon, nextAttemptAt: null });
  assert("mayCome" in await next, "nobody knows when another one comes");
  const last = credentials.obtain(forever);
  credentials.expect({ ...soon, nextAttemptAt: scene.now + 100 });
  credentials.publish(generation(1, "a"));
  assert.equal(valueOf(await last), "a");
});

Deno.test("a clock that is set back has what is in use confirmed before it is sent", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a", scene.now + 900_000));
  scene.now += 3_600_000 * 5; // A sleep, or a clock that is set forward.
  assert.equal(credentials.take(), null, "it has expired");
  credentials.publish(generation(2, "b", scene.now + 900_000));
  scene.now -= 3_600_000;
  assert.equal(credentials.take(), null, "when it really ends is not known");
  const asked = scene.asked;
  const waiting = credentials.obtain(forever);
  assert.equal(scene.asked, asked + 1);
  assert(!await isSettled(waiting));
  credentials.publish(generation(3, "c", scene.now + 900_000));
  assert.equal(valueOf(await waiting), "c");
  assert.equal(valueOf(credentials.take()), "c");
  scene.now -= 500;
  assert.equal(valueOf(credentials.take()), "c", "clocks are adjusted all the time");
});

Deno.test("a clock that is set back does not stop what cannot be confirmed", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a", scene.now + 900_000));
  scene.now -= 3_600_000;
  const waiting = credentials.obtain(forever);
  assert(!await isSettled(waiting));
  credentials.expect({ mayCome: "soon", message: "down", nextAttemptAt: scene.now + 1_000 });
  assert.equal(valueOf(await waiting), "a", "better one that may be dead than none");
  assert.equal(valueOf(credentials.take()), "a");
});

Deno.test("a clock that is set back holds a request no longer than it may be held", async () => {
  const { scene, credentials } = makeScene();
  credentials.publish(generation(1, "a", scene.now + 900_000));
  scene.now -= 3_600_000;
  const signal = new AbortController().signal;
  assert.equal(valueOf(await credentials.obtain({ deadlineMs: 1, signal })), "a");
});

Deno.test("take() goes back to an earlier token only where the profile is all that is followed", () => {
  for (const [rule, expected] of [["any", "a"], ["newer", "b"]] as const) {
    const { scene, credentials } = makeScene(rule);
    for (scene.file of ["a", "b"]) assert.equal(valueOf(credentials.take()), scene.file);
    scene.file = "a";
    assert.equal(valueOf(credentials.take()), expected, rule);
  }
});

Deno.test("take() does not go back to a dead token of the profile until the rotator says it lives", () => {
  const { scene, credentials } = makeScene("any");
  credentials.publish(generation(1, "a"));
  scene.file = "b";
  const lease = taken(credentials);
  assert.equal(valueOf(lease), "b");
  credentials.fence(lease.generation);
  assert.equal(valueOf(credentials.take()), "a", "which nobody called dead");
  credentials.publish(generation(2, "a"));
  assert.equal(valueOf(credentials.take()), "a");
  credentials.publish(generation(3, "b"));
  assert.equal(valueOf(credentials.take()), "b");
  credentials.publish(generation(4, "a"));
  assert.equal(valueOf(credentials.take()), "b", "it stands in the profile, and lives");
});

Deno.test("obtain() sees a token that somebody writes into the profile meanwhile", async () => {
  const { scene, credentials } = makeScene();
  const waiting = credentials.obtain(forever);
  scene.file = "a";
  assert.equal(valueOf(await waiting), "a");
});

Deno.test("take() gives a token of a short life for most of that life", () => {
  const { scene, credentials } = makeScene();
  const times = { issuedAt: scene.now, expiresAt: scene.now + 20 };
  credentials.publish({ ...generation(1, "a"), ...times });
  scene.now += 14;
  assert.equal(valueOf(credentials.take()), "a");
  scene.now += 1;
  assert.equal(credentials.take(), null);
});
