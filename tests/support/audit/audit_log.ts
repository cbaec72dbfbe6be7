/**
 * What Deno wrote down of a process: each access that needs a permission, and where it came from.
 *
 * @module
 */

/** One access. */
export interface Access {
  readonly permission: "net" | "read" | "write" | "env" | "run" | "sys" | "ffi" | "import";
  readonly value: string;
  /** The isolate whose code asked. */
  readonly isolate: "proxy" | "rotator" | "demo" | "main";
}

const ROOT = new URL("../../..", import.meta.url).href;

/** Which of the runtime's own functions stand at the top of a stack of such an access. */
const OPS: Readonly<Record<string, RegExp>> = {
  net: /net|fetch|serve|connect|listen|http/i,
  read: /fs|read|stat|open|chmod|rename|remove|realpath|worker|mkdir|File/i,
  write: /fs|write|open|chmod|rename|remove|mkdir|File|lock|sync/i,
};

/** A line of the log. */
interface Line {
  readonly permission: Access["permission"];
  readonly value: string | null;
  readonly stack?: readonly string[];
}

/**
 * Reads the log (`DENO_AUDIT_PERMISSIONS` with `DENO_TRACE_PERMISSIONS`), without what asks for
 * whole kinds, as the start of a worker does. A stack that the runtime took from another thread is
 * told by functions that have no part in such an access, and such lines count as the process's.
 */
export function readAuditLog(text: string): readonly Access[] {
  const lines = text.split("\n").filter((line) => line !== "").map((line): Line =>
    JSON.parse(line)
  );
  return lines.flatMap((line, index) => {
    const { permission, value, stack: frames = [] } = line;
    if (value === null || isEcho(line, lines[index - 1])) return [];
    const isTrue = OPS[permission]?.test(frames[0] ?? "") ?? true;
    return [{ permission, value, isolate: isTrue ? isolateOf(frames) : "main" }];
  });
}

/** Where a process may read anything, Deno asks about writing before each read as well. */
function isEcho(line: Line, before: Line | undefined): boolean {
  const [op = ""] = line.stack ?? [];
  return line.permission === "write" && /^op_fs_(l?stat|read|real_?path)/.test(op) &&
    before?.permission === "read" && before.value === line.value && before.stack?.[0] === op;
}

function isolateOf(frames: readonly string[]): Access["isolate"] {
  const files = frames.map((frame) => frame.slice(frame.indexOf(ROOT) + ROOT.length));
  const rooms = (["proxy", "rotator", "demo"] as const)
    .filter((room) => files.some((file) => file.startsWith(`${room}/`)));
  return rooms.length === 1 && rooms[0] !== undefined ? rooms[0] : "main";
}
