import assert from "node:assert/strict";
import { ConfigError } from "../support/errors.ts";
import { type Screen, screenOn, watch } from "./watch.ts";

function recorded(kind: Parameters<typeof screenOn>[0]): { screen: Screen; told: string[] } {
  const told: string[] = [];
  const out = (text: string) => void told.push(`out ${text}`);
  const err = (text: string) => void told.push(`err ${text}`);
  return { screen: screenOn(kind, { out, err }), told };
}

Deno.test("watch() shows each look, goes on after one that fails, and ends when it is told to", async () => {
  const { screen, told } = recorded("stream");
  const ending = new AbortController();
  let looks = 0;
  const look = () => {
    looks++;
    if (looks === 2) return Promise.reject(new Error("nobody is there"));
    if (looks === 4) ending.abort();
    return Promise.resolve(`look ${looks}\n`);
  };
  await watch(look, { screen, everyMs: 1, signal: ending.signal });
  assert.deepEqual(told, ["out look 1\n", "out nobody is there\n", "out look 3\n"]);
});

Deno.test("watch() ends with what no further look can change", async () => {
  const { screen } = recorded("stream");
  const look = () => Promise.reject(new ConfigError([{ name: "keys.json", message: "is gone" }]));
  const { signal } = new AbortController();
  await assert.rejects(watch(look, { screen, everyMs: 1, signal }), ConfigError);
});

Deno.test("screenOn() draws over a terminal, and gives a program nothing but data", () => {
  const terminal = recorded("terminal");
  terminal.screen.show("a\n");
  terminal.screen.fail("why");
  assert.deepEqual(terminal.told, ["out \x1b[H\x1b[Ja\n", "out \x1b[H\x1b[Jwhy\n"]);
  const data = recorded("data");
  data.screen.show("{}\n");
  data.screen.fail("why");
  assert.deepEqual(data.told, ["out {}\n", "err why\n"]);
});
