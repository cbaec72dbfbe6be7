/**
 * All that came out of a program, and the search for secrets in it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";

/** Of a secret, so much at its beginning or end is as good as the whole for a search. */
const FRAGMENT = 16;

/**
 * The shapes in which a secret can lie in a text: as it is, its ends alone, and what encodings
 * make of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { shapesOf } from "./evidence.ts";
 *
 * const shapes = shapesOf("dapi0123456789abcdef-0123456789");
 * const packed = btoa("Bearer dapi0123456789abcdef-0123456789");
 * assert(shapes.some((shape) => packed.includes(shape)));
 * assert(shapes.some((shape) => "token dapi0123456789ab…".includes(shape)));
 * ```
 */
export function shapesOf(secret: string): readonly string[] {
  const ends = [secret.slice(0, FRAGMENT), secret.slice(-FRAGMENT)];
  // Where it begins within a group of three bytes decides what base64 makes of it.
  const packed = [0, 1, 2].map((offset) =>
    Buffer.from("x".repeat(offset) + secret).toString("base64").slice(4, 4 + FRAGMENT)
  );
  const hex = Buffer.from(secret).toString("hex").slice(8, 8 + 2 * FRAGMENT);
  const codes = Array.from(Buffer.from(secret)).slice(4, 12).join(",");
  return [...ends, ...packed, hex, codes, encodeURIComponent(secret)];
}

/** Texts by where they were seen. */
export class Evidence {
  /** The place by the text: one that was seen twice is kept once. */
  readonly #texts = new Map<string, string>();

  /** Notes a text. */
  add(where: string, text: string): void {
    this.#texts.set(text, where);
  }

  /** Notes the head and the body of an answer, which is read to its end. */
  async addAnswer(where: string, answer: Response): Promise<void> {
    // One that is broken off says nothing more.
    const body = await answer.text().catch((error) => String(error));
    const head = Array.from(answer.headers, ([name, value]) => `${name}: ${value}`).join("\n");
    this.add(where, `${answer.status} ${answer.statusText}\n${head}\n\n${body}`);
  }

  /** How many texts there are. */
  get size(): number {
    return this.#texts.size;
  }

  /** Where a secret was seen, by the secret's name. Asserts that something could be found. */
  find(secrets: ReadonlyMap<string, string>): readonly string[] {
    assert(secrets.size > 0 && this.#texts.size > 0, "something is looked for in something");
    for (const [name, secret] of secrets) assert(secret.length >= FRAGMENT, `${name} is long`);
    return Array.from(secrets, ([name, secret]) => ({ name, shapes: shapesOf(secret) }))
      .flatMap(({ name, shapes }) =>
        Array.from(this.#texts).flatMap(([text, where]) => {
          const shape = shapes.find((shape) => text.includes(shape));
          if (shape === undefined) return [];
          const at = text.indexOf(shape);
          return [`${name} is in ${where}: ${text.slice(Math.max(0, at - 60), at + 40)}`];
        })
      );
  }
}

/** The command lines and environments of all processes of this machine that can be read. */
export async function addProcesses(evidence: Evidence, about: string): Promise<void> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    for (const file of ["cmdline", "environ"]) {
      // It may be gone by now, or another user's.
      const text = await Deno.readTextFile(`/proc/${name}/${file}`).catch(() => null);
      if (text !== null) evidence.add(`${file} of a process, ${about}`, text);
    }
  }
}

/** Looks at all processes over and over while `work` is done. */
export async function watchingProcesses<T>(
  evidence: Evidence,
  { about, work }: { readonly about: string; readonly work: () => Promise<T> },
): Promise<T> {
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      await addProcesses(evidence, about);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  const watching = watch();
  try {
    return await work();
  } finally {
    isOver = true;
    await watching;
  }
}

/** Every file below a folder, but those that `except` matches by their path in it. */
export async function addFolder(
  evidence: Evidence,
  { folder, except }: { readonly folder: string; readonly except: RegExp },
): Promise<void> {
  const visit = async (path: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      const file = `${path}/${name}`;
      if (isDirectory) await visit(file);
      if (!isFile || except.test(file.slice(folder.length + 1))) continue;
      evidence.add(`the file ${file.slice(folder.length + 1)}`, await Deno.readTextFile(file));
    }
  };
  await visit(folder);
}
