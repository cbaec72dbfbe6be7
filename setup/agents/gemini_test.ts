import assert from "node:assert/strict";
import { HOME, localKeyOf, planTexts } from "../../tests/support/agent_plan.ts";
import { gemini } from "./gemini.ts";

const KEY = localKeyOf(gemini);

Deno.test("gemini gets its environment, its way to log in, and a home that it trusts", () => {
  const plan = planTexts(gemini, {});
  assert.deepEqual(plan.data("env"), {
    GOOGLE_GEMINI_BASE_URL: "http://127.0.0.1:4000/gemini",
    GEMINI_API_KEY_AUTH_MECHANISM: "bearer",
    GEMINI_API_KEY: KEY,
    GEMINI_MODEL: "databricks-gemini-2-5-pro",
  });
  // Gemini CLI takes quotes for a part of this one.
  assert.match(plan.text("env"), /^GEMINI_API_KEY_AUTH_MECHANISM=bearer$/m);
  assert.deepEqual(plan.data("settings"), {
    security: { auth: { selectedType: "gemini-api-key" } },
  });
  assert.deepEqual(plan.data("trust"), { [HOME]: "TRUST_FOLDER" });
  assert.match(plan.notes.join(), /trusts all folders below \/home\/me/);
});

Deno.test("gemini trusts nothing more where folders need no trust, or are trusted", () => {
  const off = JSON.stringify({ security: { folderTrust: { enabled: false } } });
  assert.equal(planTexts(gemini, { settings: off }).file("trust").after, null);
  const trusted = JSON.stringify({ [HOME]: "TRUST_FOLDER" });
  assert.equal(planTexts(gemini, { trust: trusted }).text("trust"), trusted);
  const not = planTexts(gemini, { trust: JSON.stringify({ [HOME]: "DO_NOT_TRUST" }) });
  assert.deepEqual(not.conflicts.map(({ weight }) => weight), ["warns"]);
  assert.match(not.text("trust"), /DO_NOT_TRUST/);
});

Deno.test("gemini keeps another way to log in, another address and another key, unless taken over", () => {
  const rows = [
    [{ settings: '{"security":{"auth":{"selectedType":"oauth-personal"}}}' }, /selectedType$/],
    [{ settings: '{"selectedAuthType":"vertex-ai"}' }, /selectedType$/],
    [{ env: "GOOGLE_GEMINI_BASE_URL=https://lab.example\n" }, /^GOOGLE_GEMINI_BASE_URL$/],
    [{ env: "GEMINI_API_KEY=AIzaSy0123456789\n" }, /^GEMINI_API_KEY$/],
  ] as const;
  for (const [texts, where] of rows) {
    const plan = planTexts(gemini, texts);
    assert.equal(plan.outcome, "blocked");
    assert.match(plan.conflicts[0]?.where ?? "", where);
    assert.ok(plan.files.every(({ changes }) => changes.length === 0));
    const taken = planTexts(gemini, texts, { manners: "take-over" });
    assert.equal(taken.outcome, "change");
    assert.match(taken.text("env"), new RegExp(`GEMINI_API_KEY=${KEY}`));
  }
});

Deno.test("gemini is left alone where its settings enforce another login", () => {
  const settings = '{"security":{"auth":{"enforcedType":"oauth-personal"}}}';
  for (const manners of ["guest", "take-over"] as const) {
    const plan = planTexts(gemini, { settings }, { manners });
    assert.equal(plan.outcome, "blocked");
    assert.equal(plan.conflicts[0]?.where, "security.auth.enforcedType");
  }
});

Deno.test("gemini moves over an earlier setup, whose model and old settings stay", () => {
  const env = "GEMINI_MODEL=system.ai.gemini-3-flash\nGEMINI_API_KEY_AUTH_MECHANISM=bearer\n" +
    "GOOGLE_GEMINI_BASE_URL=https://adb-1.2.azuredatabricks.net/serving-endpoints/google\n" +
    "GEMINI_API_KEY=dapi0123456789\n";
  const plan = planTexts(gemini, { env, settings: '{"selectedAuthType":"gemini-api-key"}' });
  assert.deepEqual(plan.conflicts, []);
  assert.match(plan.text("env"), /^GEMINI_MODEL=system.ai.gemini-3-flash$/m);
  assert.doesNotMatch(plan.text("env"), /dapi|azuredatabricks/);
});

Deno.test("gemini says what wins over its files", () => {
  const plan = planTexts(gemini, { settings: '{"model":{"name":"gemini-2.5-pro"}}' }, {
    env: { GEMINI_API_KEY: "x", GOOGLE_GEMINI_BASE_URL: "y" },
  });
  assert.deepEqual(plan.conflicts.map(({ where }) => where), [
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
  ]);
  assert.match(plan.notes.join(), /model.name in settings.json is "gemini-2.5-pro"/);
});

Deno.test("gemini finds the wrapper of an earlier setup, says how to get rid of it, and leaves it", () => {
  const program = "#!/usr/bin/python3\nos.execv('/home/me/.local/bin/gemini.coda-real', argv)\n";
  for (const manners of ["guest", "take-over"] as const) {
    const plan = planTexts(gemini, { program }, { manners });
    assert.equal(plan.outcome, "change", "all else is set up");
    const [conflict, ...more] = plan.conflicts;
    assert.deepEqual([conflict?.where, conflict?.weight, more], [
      `${HOME}/.local/bin/gemini`,
      "overrules",
      [],
    ]);
    assert.match(conflict?.what ?? "", /GEMINI_API_KEY, which wins over the key/);
    assert.match(conflict?.fix ?? "", /: mv \S+\/gemini\.coda-real \S+\/gemini$/);
    assert.ok(plan.files.every(({ place }) => place.id !== "program"));
  }
  assert.deepEqual(planTexts(gemini, { program: "#!/usr/bin/env node\n" }).conflicts, []);
});

Deno.test("gemini's three files move with GEMINI_CLI_HOME, which stands for the home", () => {
  const [env] = gemini.files(HOME, { GEMINI_CLI_HOME: "/g" });
  assert.equal(env?.path, "/g/.gemini/.env");
});
