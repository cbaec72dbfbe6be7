/**
 * A request that is refused for something that it can do without, sent again without it: the
 * caller sees success, and the next request needs no refusal.
 *
 * @module
 */

import { forward, type Forwarded, type ForwardSteps } from "./forward.ts";
import {
  type AskedRequest,
  LEARNED,
  prepareAgain,
  type PreparedRequest,
  prepareRequest,
  type RepairSteps,
  sentOf,
} from "./repaired_request.ts";
import { type Lesson, lessonText } from "./repairs/learned/lesson.ts";
import { type Lessons, teach, type Teaching } from "./repairs/learned/lessons.ts";
import type { Subject } from "./repairs/repair.ts";

/** A lesson that helped. */
export interface Learned {
  readonly lesson: string;
  readonly subject: Subject;
}

/** What repairing, forwarding and learning need. */
export interface LearnSteps extends ForwardSteps {
  readonly repairs: RepairSteps & {
    /** Told of each lesson when it is kept. */
    readonly onLearned: (learned: Learned) => void;
  };
}

/** An answer, and the request that it answers. */
export interface Answered {
  readonly forwarded: Forwarded;
  readonly prepared: PreparedRequest;
}

/** A strict decoder names one field at a time; an endpoint that goes on refusing is right. */
const MOST_REPLAYS = 4;
/** An error that is longer has other things to say. */
const MAX_ERROR_BYTES = 65_536;

/**
 * Forwards a request with its repairs, and once more for each thing that a refusal teaches.
 *
 * @throws {Refusal} as {@link forward} does.
 */
export async function forwardRepaired(
  request: AskedRequest & { readonly url: string; readonly signal: AbortSignal },
  steps: LearnSteps,
): Promise<Answered> {
  const { url, signal } = request;
  const send = ({ body, headers: callerHeaders }: PreparedRequest) =>
    forward({ method: "POST", url, callerHeaders, body, signal }, steps);
  let prepared = prepareRequest(request, steps.repairs);
  let forwarded = await send(prepared);
  const { lessons } = steps.repairs;
  if (lessons === null || !isRefusal(forwarded)) return { forwarded, prepared };
  const learned: Lesson[] = [];
  for (let replays = 0; replays < MOST_REPLAYS && isRefusal(forwarded); replays++) {
    prepared = sentOf(request, prepared);
    const teaching = await teachingOf(forwarded, prepared);
    if (teaching === null) break;
    forwarded.answer.drop();
    learned.push(...teaching.lessons);
    prepared = prepareAgain(request, { before: prepared, sent: teaching.request });
    forwarded = await send(prepared);
  }
  if (!isRefusal(forwarded)) keep(learned, { lessons, prepared, steps });
  return { forwarded, prepared };
}

function isRefusal({ answer: { status } }: Forwarded): boolean {
  return status === 400 || status === 422;
}

async function teachingOf(
  { answer }: Forwarded,
  { read, sent }: PreparedRequest,
): Promise<Teaching | null> {
  if (read === null || sent === null) return null;
  try {
    const body = await answer.peek(MAX_ERROR_BYTES);
    if (body === null) return null;
    const { status } = answer;
    const text = new TextDecoder().decode(body);
    return teach({ dialect: read.subject.dialect, status, text, sent: sent.body, beta: sent.beta });
  } catch {
    // An error that broke off teaches nothing; the caller sees it break off too.
    return null;
  }
}

/** What did not help is not kept: the next request may need what this one went without. */
function keep(
  learned: readonly Lesson[],
  { lessons, prepared: { read }, steps }: {
    readonly lessons: Lessons;
    readonly prepared: PreparedRequest;
    readonly steps: LearnSteps;
  },
): void {
  if (read === null || learned.length === 0) return;
  const { subject } = read;
  steps.repairs.onRepaired(LEARNED, subject);
  for (const lesson of learned) {
    if (!lessons.learn(subject, lesson)) continue;
    steps.repairs.onLearned({ lesson: lessonText(lesson), subject });
  }
}
