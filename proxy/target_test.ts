import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTarget } from "./target.ts";

Deno.test("parseTarget() takes a URL apart without interpreting it", () => {
  const rows: readonly (readonly [string, string, string, string, string | null])[] = [
    ["http://h:1", "h:1", "/", "", null],
    ["http://h:1/", "h:1", "/", "", null],
    ["http://h:1//a/../%2f", "h:1", "//a/../%2f", "", null],
    ["http://h:1/a?", "h:1", "/a", "?", null],
    ["http://h:1/a?b?c", "h:1", "/a", "?b?c", null],
    ["http://u@h:1/a", "u@h:1", "/a", "", null],
    ["http+unix://%2Ftmp/a?b", "%2Ftmp", "/a", "?b", null],
    ["http://h/a?key", "h", "/a", "", ""],
    ["http://h/a?key=", "h", "/a", "", ""],
    ["http://h/a?key=a%2Bb", "h", "/a", "", "a+b"],
    ["http://h/a?%6b%65%79=1", "h", "/a", "", "1"],
    ["http://h/a?key=1&key=2", "h", "/a", "", "1"],
    ["http://h/a?%zz=1&key=%zz", "h", "/a", "?%zz=1", "%zz"],
    ["http://h/a?Key=1&keys=2&akey=3", "h", "/a", "?Key=1&keys=2&akey=3", null],
  ];
  for (const [url, authority, path, search, key] of rows) {
    const scheme = url.slice(0, url.indexOf(":"));
    assert.deepEqual(parseTarget(url), { scheme, authority, path, search, key }, url);
  }
});

Deno.test("parseTarget() keeps every query that has no key, byte for byte", () => {
  const part = fc.string({ unit: fc.constantFrom(..."abkey=%2f+;:@/?") })
    .filter((text) => !/^(k|%6b)(e|%65)(y|%79)(=|$)/i.test(text));
  fc.assert(fc.property(fc.array(part, { minLength: 1 }), (parts) => {
    const search = `?${parts.join("&")}`;
    assert.deepEqual(parseTarget(`http://h/p${search}`), {
      scheme: "http",
      authority: "h",
      path: "/p",
      search,
      key: null,
    });
  }));
});
