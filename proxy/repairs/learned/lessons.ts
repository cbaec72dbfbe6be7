/**
 * What was learned so far, per route and model. A value in memory: who restarts learns anew.
 *
 * @module
 */

import type { Dialect } from "../../../workspace/endpoints.ts";
import type { JsonObject } from "../json.ts";
import type { Subject } from "../repair.ts";
import { applyLesson } from "./apply_lesson.ts";
import { withoutFlags } from "./beta_flags.ts";
import { type Lesson, lessonText } from "./lesson.ts";
import { readLessons } from "./read_lessons.ts";
import type { Rejection } from "./refused.ts";

/** What lessons are kept by: what one model refuses on a route, another may take. */
export type LessonKey = Pick<Subject, "dialect" | "mode" | "model">;

/** A request as lessons see it. */
export interface Lessoned {
  /** Its body. */
  readonly body: JsonObject;
  /** Its `anthropic-beta`; `null` for none. */
  readonly beta: string | null;
}

/** A lesson as `status` tells of it. */
export interface LessonSeen {
  /** Wire language of the route. */
  readonly dialect: Dialect;
  /** Which of the workspace's routes. */
  readonly mode: string;
  /** The model. */
  readonly model: string;
  /** The lesson in words. */
  readonly lesson: string;
  /** How many requests it changed, not counting the one that taught it. */
  readonly applied: number;
}

interface Kept {
  readonly lesson: Lesson;
  applied: number;
}

interface Shelf {
  readonly key: LessonKey;
  readonly lessons: Map<string, Kept>;
}

/** What a rejection teaches. */
export interface Teaching {
  /** What to send instead. */
  readonly request: Lessoned;
  /** What to remember if that helps. */
  readonly lessons: readonly Lesson[];
}

/**
 * What to send instead of a request that was rejected; `null` if the rejection teaches nothing
 * that would change it.
 */
export function teach(rejection: Rejection): Teaching | null {
  const { dialect, sent, beta } = rejection;
  let request: Lessoned = { body: sent, beta };
  const lessons = readLessons(rejection).filter((lesson) => {
    const next = applyTo(request, lesson, dialect);
    const isUseful = next.body !== request.body || next.beta !== request.beta;
    request = next;
    return isUseful;
  });
  return lessons.length === 0 ? null : { request, lessons };
}

/** The lessons of an isolate. */
export class Lessons {
  readonly #shelves = new Map<string, Shelf>();
  readonly #mostKeys: number;
  readonly #mostPerKey: number;

  /**
   * An empty store.
   *
   * @param options Bounds: the key that was used least recently makes room; a full shelf learns
   * nothing more.
   */
  constructor(options: { readonly mostKeys?: number; readonly mostPerKey?: number } = {}) {
    this.#mostKeys = options.mostKeys ?? 256;
    this.#mostPerKey = options.mostPerKey ?? 64;
  }

  /** Keeps a lesson. Whether it is new. */
  learn(key: LessonKey, lesson: Lesson): boolean {
    const shelf = this.#shelf(key) ?? { key, lessons: new Map<string, Kept>() };
    const text = lessonText(lesson);
    if (shelf.lessons.has(text) || shelf.lessons.size >= this.#mostPerKey) return false;
    shelf.lessons.set(text, { lesson, applied: 0 });
    this.#shelves.set(keyText(key), shelf);
    for (const oldest of this.#shelves.keys()) {
      if (this.#shelves.size <= this.#mostKeys) break;
      this.#shelves.delete(oldest);
    }
    return true;
  }

  /** Whether nothing is known: then no body need be parsed for lessons. */
  get isEmpty(): boolean {
    return this.#shelves.size === 0;
  }

  /** The request as the lessons of `key` want it; the same body and header if none fires. */
  apply(key: LessonKey, request: Lessoned): Lessoned {
    const shelf = this.#shelf(key);
    if (shelf === undefined) return request;
    let next = request;
    for (const kept of shelf.lessons.values()) {
      const changed = applyTo(next, kept.lesson, key.dialect);
      if (changed.body !== next.body || changed.beta !== next.beta) kept.applied++;
      next = changed;
    }
    return next;
  }

  /** All lessons, those last used last. */
  snapshot(): readonly LessonSeen[] {
    return [...this.#shelves.values()].flatMap(({ key, lessons }) =>
      [...lessons].map(([lesson, { applied }]) => ({
        dialect: key.dialect,
        mode: key.mode,
        model: key.model,
        lesson,
        applied,
      }))
    );
  }

  /** The shelf of a key, as the one last used. */
  #shelf(key: LessonKey): Shelf | undefined {
    const text = keyText(key);
    const shelf = this.#shelves.get(text);
    if (shelf === undefined) return undefined;
    this.#shelves.delete(text);
    this.#shelves.set(text, shelf);
    return shelf;
  }
}

function keyText({ dialect, mode, model }: LessonKey): string {
  return `${dialect} ${mode} ${model}`;
}

function applyTo(request: Lessoned, lesson: Lesson, dialect: Dialect): Lessoned {
  if (lesson.kind === "beta") {
    const beta = withoutFlags(request.beta, lesson.flags);
    return beta === request.beta ? request : { ...request, beta };
  }
  const body = applyLesson(request.body, lesson, dialect);
  return body === request.body ? request : { ...request, body };
}
