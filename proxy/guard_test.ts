import assert from "node:assert/strict";
import { Secret } from "../workspace/credential.ts";
import {
  checkDoor,
  type Door,
  findCaller,
  isSameText,
  makeKeyRing,
  presentedKeys,
} from "./guard.ts";
import { Refusal } from "./refusal.ts";
import { parseTarget } from "./target.ts";

const LOOPBACK: Door = { kind: "port", hostname: "127.0.0.1", port: 4000, allowRemote: false };

function isLetIn(host: string, door: Door): boolean {
  try {
    checkDoor(new Headers({ host }), parseTarget(`http://${host}/v1/messages`), door);
    return true;
  } catch (error) {
    assert(error instanceof Refusal);
    assert.equal(error.status, 403);
    return false;
  }
}

Deno.test("checkDoor() knows the service by loopback names and by the address it listens on", () => {
  const rows:
    readonly (readonly [Partial<typeof LOOPBACK>, readonly string[], readonly string[]])[] = [
      [{}, ["127.0.0.1:4000", "localhost:4000", "[::1]:4000"], [
        "127.0.0.1",
        "10.0.0.1:4000",
        "a:4000",
      ]],
      [{ hostname: "127.0.0.5" }, ["127.0.0.5:4000"], ["127.0.0.6:4000"]],
      [{ hostname: "fd00::1" }, ["[fd00::1]:4000", "[FD00::1]:4000"], ["fd00::1:4000"]],
      [{ port: 80 }, ["127.0.0.1", "localhost", "127.0.0.1:80", "[::1]"], [
        "evil.example",
        "127.0.0.1:4000",
      ]],
      [
        { hostname: "0.0.0.0", allowRemote: true },
        ["127.0.0.1:4000", "192.168.0.9:4000", "192.168.0.9", "[fd00::2]:4000", "keyturn:4000"],
        ["evil.example:4000", "evil.example", "a.b:4000", "192.168.0.9:4000@evil.example", ""],
      ],
    ];
  for (const [change, own, foreign] of rows) {
    const door = { ...LOOPBACK, ...change };
    for (const host of own) assert(isLetIn(host, door), `${host} at ${JSON.stringify(door)}`);
    for (const host of foreign) assert(!isLetIn(host, door), `${host} at ${JSON.stringify(door)}`);
  }
});

Deno.test("checkDoor() wants the right name in the target as well as in Host", () => {
  const target = parseTarget("http://evil.example/health");
  assert.throws(
    () => checkDoor(new Headers({ host: "127.0.0.1:4000" }), target, LOOPBACK),
    Refusal,
  );
  const own = parseTarget("http://localhost:4000/health");
  assert.throws(() => checkDoor(new Headers({ host: "evil.example" }), own, LOOPBACK), Refusal);
  checkDoor(new Headers({ host: "127.0.0.1:4000" }), own, LOOPBACK);
});

Deno.test("checkDoor() at a socket asks for no name, but refuses pages all the same", () => {
  const target = parseTarget("http://anything/health");
  const socket: Door = { kind: "socket" };
  checkDoor(new Headers(), target, socket);
  for (const header of [{ origin: "null" }, { "sec-fetch-site": "cross-site" }]) {
    assert.throws(() => checkDoor(new Headers(header), target, socket), Refusal);
  }
});

Deno.test("presentedKeys() finds a key in each of its places", () => {
  const headers = new Headers({
    "authorization": "bearer  one ",
    "x-api-key": "two",
    "x-goog-api-key": "three",
  });
  const target = parseTarget("http://h/a?key=four");
  assert.deepEqual(presentedKeys(headers, target), ["one", "two", "three", "four"]);
  assert.deepEqual(presentedKeys(new Headers({ authorization: "Basic one" }), parseTarget("")), []);
});

Deno.test("findCaller() takes the first key that is somebody's, and the operator before all", () => {
  const ring = makeKeyRing({
    operator: new Secret("kt_operator"),
    agents: new Map([["pi", new Secret("kt_pi")], ["codex", new Secret("kt_codex")]]),
  });
  const rows: readonly (readonly [readonly string[], string | null])[] = [
    [[], null],
    [[""], null],
    [["kt_p", "kt_pi_", "KT_PI"], null],
    [["kt_codex"], "codex"],
    [["dummy", "kt_pi", "kt_codex"], "pi"],
    [["kt_pi", "kt_operator"], "operator"],
  ];
  for (const [shown, caller] of rows) assert.equal(findCaller(shown, ring), caller);
  assert.equal(findCaller(["kt_pi"], null), null, "no keys, no caller");
});

Deno.test("isSameText() compares whole texts of any length", () => {
  assert(isSameText("abc", "abc"));
  for (const other of ["", "ab", "abcd", "abC", "abc\0"]) assert(!isSameText(other, "abc"));
});
