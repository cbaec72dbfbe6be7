import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json, JsonObject } from "./json.ts";
import { writeBack } from "./write_back.ts";

/** Source, what it is to become, and the text of that; `~` is where `before` is `after`. */
const CASES: readonly (readonly [source: string, after: (before: JsonObject) => Json, string])[] = [
  ['{"a":1,"b":2}', ({ a }) => ({ a: a ?? null }), '{"a":1}'],
  ['{ "a" : 1 , "b" : 2 }', ({ b }) => ({ b: b ?? null }), '{ "b" : 2 }'],
  ['{ "a" : 1 , "b" : 2 }', () => ({}), "{  }"],
  ['{"a":1,"b":2,"c":3}', ({ a }) => ({ a: a ?? null }), '{"a":1}'],
  ['{"a":1,"b":2,"c":3}', ({ a }) => ({ a: a ?? null, d: 4 }), '{"a":1,"d":4}'],
  ["{}", () => ({ a: 1 }), '{"a":1}'],
  ["{ }", () => ({ a: [] }), '{ "a":[]}'],
  ['{"a":1}', () => ({ b: 1 }), '{"b":1}'],
  ['{"a":1.0,"b":1}', (before) => ({ ...before, b: 2 }), '{"a":1.0,"b":2}'],
  ['{"a":[1.0, 2,3]}', () => ({ a: [1, 3] }), '{"a":[1.0, 3]}'],
  ['{"a":[1.0, 2,3]}', () => ({ a: [3, 2] }), '{"a":[3,2]}'],
  ['{"a":[1, 2]}', () => ({ a: [] }), '{"a":[]}'],
  ['{"a":[1, 2]}', () => ({ a: [7, 1, 8, 2, 9] }), '{"a":[7,1, 8,2,9]}'],
  ['{"a":[1, 1]}', () => ({ a: [1, 5] }), '{"a":[1, 5]}'],
  ['{"a":"\\u0041\\"]","b":1}', ({ a }) => ({ a: a ?? null }), '{"a":"\\u0041\\"]"}'],
  ['{"\\u0061":"\\\\","b":1}', ({ a }) => ({ a: a ?? null }), '{"\\u0061":"\\\\"}'],
  ['{"a":1.0,"a":2.0,"b":1}', ({ a }) => ({ a: a ?? null }), '{"a":2}'],
  ['{"x":{"a":1,"a":2},"b":1}', ({ x }) => ({ x: x ?? null }), '{"x":{"a":1,"a":2}}'],
  [' {"a":null}\n', () => ({ a: "" }), ' {"a":""}\n'],
];

for (const [source, change, expected] of CASES) {
  Deno.test(`writeBack() of ${source} gives ${expected}`, () => {
    const before = JSON.parse(source);
    assert.equal(writeBack(source, { before, after: change(before) }), expected);
  });
}

Deno.test("writeBack() keeps the text of all that is the same object", () => {
  const source = '{ "deep": [ {"n": 1e3, "t": "\\u00e9"} , 5.0 ], "gone": {} }';
  const before = JSON.parse(source);
  const after = { deep: before.deep };
  assert.equal(
    writeBack(source, { before, after }),
    '{ "deep": [ {"n": 1e3, "t": "\\u00e9"} , 5.0 ] }',
  );
});

Deno.test("writeBack() takes nesting of any depth", () => {
  const source = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)},"b":1}`;
  const before = JSON.parse(source);
  assert.equal(writeBack(source, { before, after: { a: before.a } }).length, source.length - 6);
});

Deno.test("writeBack() does not take `__proto__` for anything but a key", () => {
  const source = '{"__proto__":{"x":1.0},"b":1}';
  const before = JSON.parse(source);
  const { b: _, ...after } = before;
  assert.equal(writeBack(source, { before, after }), '{"__proto__":{"x":1.0}}');
});

/** Any change of a value that keeps some of its objects: what a repair can do. */
function mutate(value: Json, random: (below: number) => number): Json {
  const dice = random(6);
  if (dice === 0) return ["new", 0.5, null, { k: 1 }][random(4)] as Json;
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => {
      const kind = random(8);
      if (kind === 0) return [];
      if (kind === 1) return [{ new: kind }, item];
      return kind === 2 ? [mutate(item, random)] : [item];
    });
    return random(10) === 0 ? items.reverse() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    const kind = random(5);
    if (kind === 0) return [];
    return [[key, kind === 1 ? mutate(item, random) : item]];
  });
  if (random(4) === 0) entries.push([`n${random(3)}`, "added"]);
  return Object.fromEntries(entries);
}

/** JSON texts as other programs write them. */
const texts = fc.tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, "\t"))
  .map(([value, space]) => JSON.stringify(value, null, space));

Deno.test("writeBack() gives a text of exactly the new value, whatever changed", () => {
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.nat()), (source, numbers) => {
      const before: Json = JSON.parse(source);
      const after = mutate(before, (below) => (numbers.next().value ?? 0) % below);
      const written = writeBack(source, { before, after });
      assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(after)), written);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("writeBack() of what did not change is the source", () => {
  fc.assert(fc.property(texts, (source) => {
    const before: Json = JSON.parse(source);
    assert.equal(writeBack(source, { before, after: before }), source);
  }));
});
