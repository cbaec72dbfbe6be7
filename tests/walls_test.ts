/**
 * The walls between the rooms: which import is forbidden, and why. Walked transitively where the
 * reason is about what gets loaded, directly where it is about who knows whom.
 */

import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Wall {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly except?: RegExp;
  readonly reason: string;
}

const WALLS: readonly Wall[] = [
  {
    from: /^proxy\//,
    to: /^(rotator|setup|supervisor|demo|console)\//,
    reason: "the proxy handles what callers send; it meets the others in messages and on disk",
  },
  {
    from: /^rotator\//,
    to: /^(proxy|setup|supervisor|demo|console)\//,
    reason: "the rotator holds tokens that can mint; nothing of a caller's may come near",
  },
  {
    from: /^setup\//,
    to: /^(proxy|rotator|supervisor|demo|console)\//,
    reason: "setup writes other people's files and needs no credential code",
  },
  {
    from: /^supervisor\//,
    to: /^(proxy|rotator|setup|console)\//,
    reason: "isolates are started with narrow permissions, not loaded into the supervisor's",
  },
  {
    from: /^workspace\//,
    to: /^(formats|proxy|rotator|setup|supervisor|demo|console|settings)/,
    reason: "what is known of Databricks knows nothing of who uses it",
  },
  {
    from: /^formats\//,
    to: /^(?!formats\/|support\/|workspace\/credential\.ts$)/,
    reason: "what a text of a format holds knows nothing of who reads or changes it",
  },
  {
    from: /^support\//,
    to: /^(workspace|formats|proxy|rotator|setup|supervisor|demo|console|settings|protocol)/,
    reason: "support is leaves: anything may stand on it, so it stands on nothing",
  },
  {
    from: /^(?!demo\/|tests\/)/,
    to: /^demo\//,
    except: /^(main\.ts|supervisor\/demo(_\w+)?\.ts)$/,
    reason: "the simulator is for the demo command and for tests",
  },
];

/** What a pure file may not name, since its tests could not hold it still. */
const EFFECTS =
  /\bDeno\.[a-z]|\bfetch\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bset(Timeout|Interval)\(|\bMath\.random\(|\bconsole\./;

const PURE_FILES: readonly RegExp[] = [
  /^proxy\/(repairs|sse)\//,
  /^proxy\/(target|dialect_limit|challenge|error_response|headers)\.ts$/,
  /^proxy\/(hand_out|keep_alive|refusal|repair\w+|status\w*|stats|upstream_error)\.ts$/,
  /^rotator\/(schedule|sweep|bootstrap|rotate|quota|refresh_\w+)\.ts$/,
  /^rotator\/sources\/command_(output|failure)\.ts$/,
  /^rotator\/fanout\/(targets|token_form|our_tokens|plan_fanout)\.ts$/,
  /^setup\/(plan|agents\/|undo_plan|undo_record|undo_file|report|report_text|summary|shown_value|same_value|unified_diff)/,
  /^formats\//,
  /^settings(\/|\.ts$)/,
  /^workspace\/(profile_|endpoints|auth_failure|api_error|redact|profile_cut)/,
  /^workspace\/(model_list|credential|host)/,
  /^supervisor\/grants\.ts$/,
];

interface Source {
  readonly path: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = await readSources();

Deno.test("the rooms import only what their walls let through", () => {
  for (const { path, imports } of sources.values()) {
    if (path.endsWith("_test.ts") || path.startsWith("tests/") || path.startsWith("bench/")) {
      continue;
    }
    for (const wall of WALLS) {
      if (!wall.from.test(path) || wall.except?.test(path)) continue;
      const forbidden = imports.filter((target) => wall.to.test(target));
      assert.deepEqual(forbidden, [], `${path} must not import this: ${wall.reason}`);
    }
  }
});

Deno.test("what an isolate loads, however indirectly, stays inside its walls", () => {
  for (
    const [entry, forbidden] of [
      ["proxy/worker.ts", /^(rotator|setup|supervisor|demo|settings)/],
      ["rotator/worker.ts", /^(proxy|setup|supervisor|demo|settings)/],
      ["setup/command.ts", /^(proxy|rotator|supervisor|demo)\//],
    ] as const
  ) {
    assert(sources.has(entry), `${entry} is there`);
    const loaded = [...reachable(entry)].filter((path) => forbidden.test(path));
    assert.deepEqual(loaded, [], `${entry} loads it`);
  }
});

Deno.test("pure files name no clock, file, socket or chance", () => {
  const pure = [...sources.values()].filter(({ path }) =>
    PURE_FILES.some((pattern) => pattern.test(path)) && !path.endsWith("_test.ts")
  );
  assert(pure.length > 20, "the pattern finds the pure files");
  for (const { path, code } of pure) {
    assert.equal(EFFECTS.exec(code)?.[0], undefined, `${path} is pure`);
  }
});

Deno.test("only main.ts ends the process, and only log.ts prints", () => {
  for (const { path, code } of sources.values()) {
    if (path.startsWith("tests/") || path.endsWith("_test.ts")) continue;
    if (path !== "main.ts") assert.doesNotMatch(code, /\bDeno\.exit\(/, `${path} must not exit`);
    if (path !== "support/log.ts") {
      assert.doesNotMatch(code, /\bconsole\.|Deno\.std(out|err)\.write/, `${path} must not print`);
    }
  }
});

Deno.test("no import leads outside the project but to a pinned package", () => {
  const pinned = JSON.parse(Deno.readTextFileSync(join(root, "deno.json"))).imports;
  for (const { path, code } of sources.values()) {
    for (const specifier of specifiers(code)) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const name = specifier.startsWith("@")
        ? specifier.split("/").slice(0, 2).join("/")
        : specifier.split("/")[0] ?? "";
      assert.match(pinned[name] ?? "", /^npm:.*@\d+\.\d+\.\d+$/, `${path} imports ${specifier}`);
    }
  }
});

function* reachable(entry: string, seen = new Set<string>()): Generator<string> {
  if (seen.has(entry)) return;
  seen.add(entry);
  yield entry;
  for (const target of sources.get(entry)?.imports ?? []) yield* reachable(target, seen);
}

async function readSources(): Promise<ReadonlyMap<string, Source>> {
  const found = new Map<string, Source>();
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) {
        if (!name.startsWith(".") && name !== "node_modules" && name !== "fixtures") {
          await visit(path);
        }
      } else if (name.endsWith(".ts")) {
        const code = withoutComments(await Deno.readTextFile(path));
        const imports = specifiers(code)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => relative(root, normalize(join(dirname(path), specifier))));
        const name = relative(root, path);
        found.set(name, { path: name, code, imports });
      }
    }
  };
  await visit(root);
  return found;
}

/** The modules that a text imports, statically or not; type-only imports count as well. */
function specifiers(code: string): readonly string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)"([^"]+)"/g;
  return Array.from(code.matchAll(pattern), (match) => match[1] ?? "");
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "");
}
