/**
 * The permission table of the README, and what its words mean in a home.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A home, and what runs in it. */
export interface AuditedPlace {
  readonly home: string;
  /** `host:port`. */
  readonly workspace: string;
  /** The port of the service; `0`: any. */
  readonly port: number;
  /** The folder of the code. */
  readonly code: string;
}

/** What an isolate may touch, in the words of the table. */
export type TableRow = Readonly<Record<"network" | "reads" | "writes", readonly string[]>>;

/** The rows by isolate. */
export function readPermissionTable(readme: string): ReadonlyMap<string, TableRow> {
  const [, table = ""] = /\n\| isolate [^\n]+\n\|[-| ]+\n((?:\|[^\n]+\n)+)/.exec(readme) ?? [];
  const rows = table.trim().split("\n").map((line) => {
    const [name = "", network = "", reads = "", writes = ""] = line.split("|").slice(1)
      .map((cell) => cell.trim());
    const row = { network: wordsOf(network), reads: wordsOf(reads), writes: wordsOf(writes) };
    return [name, row] as const;
  });
  return new Map(rows);
}

/** "a, b (c)" → a, b, c; footnotes and reasons left out. */
function wordsOf(cell: string): readonly string[] {
  return cell.replace(/[¹²³]/g, "").replaceAll("(", ", ").replaceAll(")", "").split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && word !== "–" && !/^(for|to) /.test(word));
}

const AGENT_FILES =
  /\.(claude|codex|gemini|hermes|opencode|pi|qwen|config|local\/(share|bin\/gemini))(\/|\.json|$)/
    .source;

/** What a word of the table covers. Throws for a word that it does not know. */
export function meaningOf(word: string, place: AuditedPlace): RegExp {
  const { workspace, port, home, code } = place;
  const file = (name: string) => `${RegExp.escape(home)}/${name}(\\.tmp)?`;
  const address = `(http://)?127\\.0\\.0\\.1:(${port}|0)(/.*)?`;
  const KEYS = file("\\.config/keyturn/keys\\.json(\\.lock)?");
  const meanings: Readonly<Record<string, string>> = {
    "its own address": address,
    "the running service": address,
    "that its address is free": address,
    "the workspace": `(http://)?${RegExp.escape(workspace)}(/.*)?`,
    "a gateway": `(http://)?${RegExp.escape(workspace)}(/.*)?`,
    "its unix socket": `(unix:)?${RegExp.escape(home)}/keyturn\\.sock`,
    profile: file("\\.databrickscfg"),
    journal: file("\\.local/state/keyturn/journal\\.json"),
    "two lock files": file(
      "(\\.databrickscfg\\.DEFAULT\\.keyturn|\\.local/state/keyturn/journal\\.json)\\.lock",
    ),
    "agents' files": file(
      "(\\.claude/settings\\.json|\\.(codex|gemini)/\\.env|\\.local/share/opencode/auth\\.json|" +
        "\\.config/opencode/opencode\\.json|\\.hermes/config\\.yaml|\\.pi/agent/models\\.json)",
    ),
    // Which of them, docs/setup.md says; a folder is looked at before it is made.
    "agents' configs": `${RegExp.escape(home)}(/${AGENT_FILES}.*)?`,
    "`keys.json`": `${KEYS}|${RegExp.escape(home)}/\\.config/keyturn`,
    "`config.yaml`": file("\\.config/keyturn/config\\.yaml"),
    "the code itself": `${RegExp.escape(code)}.*`,
    "its own two folders": `${RegExp.escape(home)}/\\.(config|local/state)/keyturn(/.*)?`,
    "what `--undo` needs": `${RegExp.escape(home)}/\\.local/state/keyturn(/setup(/.*)?)?`,
  };
  const meaning = meanings[word];
  assert(meaning !== undefined, `the table says "${word}", which is not known here`);
  return new RegExp(`^(${meaning})$`);
}
