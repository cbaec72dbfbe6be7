import assert from "node:assert/strict";
import { logFor, type LogOptions, startLog } from "./log.ts";
import { Secret } from "./secret.ts";

function logInto(options: Partial<LogOptions>): string[] {
  const lines: string[] = [];
  startLog(
    { level: "info", format: "json", color: "plain", ...options },
    { write: (line) => lines.push(line) },
  );
  return lines;
}

Deno.test("a JSON line has time, level, room and event, then its fields", () => {
  const lines = logInto({ format: "json" });
  logFor("rotator").warn("rotated", { tokenId: "f00d", stepsMs: { mint: 5 } });
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: "warn",
    room: "rotator",
    event: "rotated",
    tokenId: "f00d",
    stepsMs: { mint: 5 },
  });
});

Deno.test("a level logs itself and what is worse", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  for (const [index, level] of levels.entries()) {
    const lines = logInto({ level });
    const log = logFor("proxy");
    for (const each of levels) log[each]("event");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), levels.slice(index));
  }
});

Deno.test("a secret in a field is not shown, in either format", () => {
  for (const format of ["json", "text"] as const) {
    const lines = logInto({ format });
    logFor("proxy").info("event", {
      secret: new Secret("dapi-canary"),
      deep: [new Secret("dapi-canary")],
    });
    assert.match(lines.join(), /\[redacted\]/);
    assert.doesNotMatch(lines.join(), /canary/);
  }
});

Deno.test("an event is one line, whatever its fields hold", () => {
  const evil = 'a\nb\r\nc\u2028d\u2029e\u0085f\x1b[31mg"}';
  for (const format of ["json", "text"] as const) {
    const lines = logInto({ format });
    logFor("proxy").error("event", { evil });
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? "", /[\p{Cc}\u2028\u2029]/u);
    if (format === "json") assert.equal(JSON.parse(lines[0] ?? "").evil, evil);
  }
});

Deno.test("a text line has the event and its fields, coloured only where that is wanted", () => {
  const yellow = "\x1b[33m";
  for (const color of ["color", "plain"] as const) {
    const lines = logInto({ format: "text", color });
    logFor("proxy").warn("listen-failed", { port: 4000, reason: "in use" });
    assert.equal(lines[0]?.startsWith(yellow), color === "color");
    assert.match(lines[0] ?? "", /listen-failed port=4000 reason="in use"/);
  }
});

Deno.test("a later startLog() replaces an earlier one", () => {
  const before = logInto({});
  const after = logInto({});
  logFor("demo").info("event");
  assert.deepEqual([before.length, after.length], [0, 1]);
});

Deno.test("printLine() writes all of a long line, and nothing breaks when nobody reads it", async () => {
  const script = `
    import { printLine } from ${JSON.stringify(new URL("./log.ts", import.meta.url).href)};
    for (let line = 0; line < 20; line++) printLine("x".repeat(300_000));
    Deno.stdout.writeSync(new TextEncoder().encode("served on"));
  `;
  const run = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      stdout: "piped",
      stderr: "piped",
    }).spawn();

  await using whole = run();
  const [text, { success }] = await Promise.all([
    new Response(whole.stderr).text(),
    whole.status,
    new Response(whole.stdout).text(),
  ]);
  assert(success);
  assert.equal(text, `${"x".repeat(300_000)}\n`.repeat(20));

  await using deaf = run();
  await deaf.stderr.cancel();
  assert.equal(await new Response(deaf.stdout).text(), "served on");
  assert((await deaf.status).success);
});

Deno.test("printOut() goes on quietly when nobody reads it, and outputUnread says so", async () => {
  const script = `
    import { outputUnread, printLine, printOut } from ${
    JSON.stringify(new URL("./log.ts", import.meta.url).href)
  };
    printLine(String(outputUnread.aborted));
    for (let line = 0; line < 20; line++) printOut("x".repeat(300_000));
    printLine(String(outputUnread.aborted));
  `;
  const run = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      stdout: "piped",
      stderr: "piped",
    }).spawn();

  await using read = run();
  const [said, text, { success }] = await Promise.all([
    new Response(read.stderr).text(),
    new Response(read.stdout).text(),
    read.status,
  ]);
  assert(success);
  assert.equal(said, "false\nfalse\n");
  assert.equal(text, "x".repeat(6_000_000));

  await using deaf = run();
  await deaf.stdout.cancel();
  assert.equal(await new Response(deaf.stderr).text(), "false\ntrue\n");
  assert((await deaf.status).success);
});

Deno.test("printOut() throws where what it prints has no room", async () => {
  const { href } = new URL("./log.ts", import.meta.url);
  const script = `import { printOut } from ${JSON.stringify(href)}; printOut("x");`;
  const { success, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$0" eval --ext=ts "$1" > /dev/full', Deno.execPath(), script],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(!success);
  assert.match(new TextDecoder().decode(stderr), /No space left on device/);
});
