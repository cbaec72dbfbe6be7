/**
 * Fuzzes everything that reads what others write.
 *
 *     deno task fuzz [--seconds N] [--seed S] [--target NAME] [--file FILE]
 *
 * Ends with 1 if a promise was broken. Each input that broke one is kept in tests/fuzz/corpus/, and
 * with it the line that tries it again.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { printOut } from "../../support/log.ts";
import { fuzz, reproduce } from "./fuzz.ts";
import { TARGETS } from "./targets/all.ts";

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    target: { type: "string" },
    file: { type: "string" },
  },
});
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const targets = TARGETS.filter(({ name }) => [undefined, name].includes(values.target));
if (targets.length === 0) {
  const names = TARGETS.map(({ name }) => name).join(", ");
  throw new RangeError(`there is no target "${values.target}"; wanted one of ${names}`);
}
const corpus = fileURLToPath(new URL("corpus", import.meta.url));

if (values.file !== undefined) {
  const [target] = targets;
  if (target === undefined || values.target === undefined) {
    throw new TypeError("--file needs --target");
  }
  await reproduce(target, values.file).finally(() => target.close?.());
  printOut(`${target.name}: ${values.file} breaks nothing\n`);
} else {
  printOut(`seed ${seed}\n`);
  let runs = 0;
  for (const target of targets) {
    const ms = Number(values.seconds) * 1_000 / targets.length;
    const result = await fuzz(target, { seed, ms, corpus }).finally(() => target.close?.());
    runs += result.runs;
    printOut(
      `${target.name}: ${result.runs} inputs, ${result.kinds} kinds, ` +
        `${result.failures.length} failures\n`,
    );
    for (const { file, error } of result.failures) {
      printOut(
        `${error.slice(0, 2_000)}\n  deno task fuzz --target ${target.name} --file ${file}\n`,
      );
      Deno.exitCode = 1;
    }
  }
  printOut(`${runs} inputs, ${Deno.exitCode === 1 ? "NOT clean" : "clean"}\n`);
}
