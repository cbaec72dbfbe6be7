import assert from "node:assert/strict";
import { ConfigError } from "../support/errors.ts";
import { configPathOf, type Environment, findPlaces, homeOf } from "./places.ts";

Deno.test("homeOf() takes KEYTURN_HOME before HOME when both are set", () => {
  assert.equal(homeOf({ HOME: "/home/me" }), "/home/me");
  assert.equal(homeOf({ HOME: " /home/me// " }), "/home/me");
  assert.equal(homeOf({ HOME: "/home/me", KEYTURN_HOME: "/srv/k" }), "/srv/k");
  assert.equal(homeOf({ HOME: "/home/me", KEYTURN_HOME: " " }), "/home/me");
  assert.equal(homeOf({ HOME: "/", KEYTURN_HOME: "/srv/k" }), "/srv/k");
});

Deno.test("homeOf() names KEYTURN_HOME when there is no home", () => {
  const homeless: ReadonlyArray<readonly [env: Environment, message: RegExp]> = [
    [{}, /^HOME: is not set; .*KEYTURN_HOME/],
    [{ HOME: "" }, /^HOME: is not set; .*KEYTURN_HOME/],
    [{ HOME: "/" }, /^HOME: "\/" is the root folder; .*KEYTURN_HOME/],
    [{ HOME: "//." }, /^HOME: "\/\/\." is the root folder; .*KEYTURN_HOME/],
    [{ HOME: "/a/.." }, /^HOME: .* is the root folder; .*KEYTURN_HOME/],
    [{ HOME: "home/me" }, /^HOME: "home\/me" is not absolute; .*KEYTURN_HOME/],
    [{ HOME: "/home/me", KEYTURN_HOME: "/" }, /^KEYTURN_HOME: "\/" is the root folder/],
    [{ HOME: "/home/me", KEYTURN_HOME: "~/k" }, /^KEYTURN_HOME: "~\/k" is not absolute/],
    [{ HOME: "/home/a,b" }, /^HOME: "\/home\/a,b" holds a comma/],
    [{ HOME: "/home/a\nb" }, /^HOME: "\/home\/a\\nb" holds a control character/],
  ];
  for (const [env, message] of homeless) {
    for (const find of [homeOf, configPathOf, findPlaces]) {
      assert.throws(() => find(env), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.problems.length, 1);
        assert.match(error.message, message);
        return true;
      });
    }
  }
});

Deno.test("configPathOf() follows XDG_CONFIG_HOME when it is absolute", () => {
  assert.equal(configPathOf({ HOME: "/h" }), "/h/.config/keyturn/config.yaml");
  assert.equal(configPathOf({ XDG_CONFIG_HOME: "/x/" }), "/x/keyturn/config.yaml");
  for (const ignored of ["", " ", "x", "./x", "~/x"]) {
    const env = { HOME: "/h", XDG_CONFIG_HOME: ignored };
    assert.equal(configPathOf(env), "/h/.config/keyturn/config.yaml", ignored);
  }
});

Deno.test("findPlaces() gives the folders below home when XDG says nothing else", () => {
  assert.deepEqual(findPlaces({ HOME: "/h", XDG_STATE_HOME: "relative" }), {
    home: "/h",
    configFolder: "/h/.config/keyturn",
    stateFolder: "/h/.local/state/keyturn",
  });
  assert.deepEqual(findPlaces({ HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" }), {
    home: "/h",
    configFolder: "/c/keyturn",
    stateFolder: "/s/keyturn",
  });
});

Deno.test("findPlaces() lists every problem when several variables are wrong", () => {
  const env = { HOME: "/", XDG_CONFIG_HOME: "/a,b", XDG_STATE_HOME: "/\u0007" };
  assert.throws(() => findPlaces(env), (error) => {
    assert.ok(error instanceof ConfigError);
    const names = error.problems.map(({ name }) => name);
    assert.deepEqual(names, ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"]);
    return true;
  });
});
