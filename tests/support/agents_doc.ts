/**
 * docs/agents.md, made of what setup writes and what the tests with real agents have seen.
 *
 * @module
 */

import type { Agent, OwnedChange } from "../../setup/agents/agent.ts";
import { AGENTS } from "../../setup/agents/all.ts";
import { pathText } from "../../formats/format.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { NOTES } from "../agents/notes.ts";
import { COLUMNS, type Seen } from "../agents/seen.ts";
import { VERSIONS } from "../agents/versions.ts";
import { HOME, planTexts, wantedFor } from "./agent_plan.ts";

/** Where it is. */
export const AGENTS_DOC: string = fromFileUrl(new URL("../../docs/agents.md", import.meta.url));

/** The whole text. */
export function agentsDoc(seen: Seen): string {
  return `${[HEAD, table(seen), TABLE_WORDS, ...AGENTS.map(section)].join("\n\n")}\n`;
}

const WIDTH = 100;

const HEAD = `# Agents

What is known of each agent. The table is what \`UPDATE_DOCS=1 deno task test:agents\` saw with the
real programs of these versions, each in a home that only \`setup\` has configured, through a real
\`serve\`, against the simulated workspace. The run writes it (to \`tests/agents/seen.json\`, and from
there to this page); without \`UPDATE_DOCS\` a run that sees something else fails. The rest of the
page is made of the data that setup works with: \`tests/agents_docs_test.ts\` compares it, and writes
it with \`UPDATE_GOLDEN=1\`.`;

const TABLE_WORDS = `What the columns mean:

- **tool call**: the model calls the agent's shell tool, the token is replaced and the old one
  revoked while the tool runs, and the tool's output goes back with the next token;
- **in a terminal**: an agent that stays open answers before, between and after so many rotations;
- **dead token (403)**: the token was revoked by somebody else;
- **revoked key (401)**: the agent's own key was revoked (\`keys revoke\`); once it was refused,
  \`setup\` makes another;
- **limit (429)**: with \`Retry-After: 1\`;
- **broken stream**: the connection ends after the first events of an answer;
- **error in a stream**: after the first events comes an error event of the dialect that says that
  the model is overloaded, and the stream ends.

What an agent does: **unseen**: it notices nothing, Keyturn deals with it; **asks again**: by
itself, and answers; **asks in vain**: it asks again, and gives up in the end; **gives up**: at
once, and says what the error said. **hides why**: it says something else.`;

function table(seen: Seen): string {
  const head = ["agent", ...COLUMNS.map((column) => column === "version" ? "tested" : column)];
  const rows = AGENTS.map(({ name, title }) => {
    const row = seen[name] ?? {};
    const version = row.version === undefined ? "–" : `${row.version} (${VERSIONS[name].registry})`;
    const cells = { ...row, version };
    return [title, ...COLUMNS.map((column) => cells[column] ?? "–")];
  });
  return markdownTable([head, ...rows]);
}

function section(agent: Agent): string {
  const { name, title, environment } = agent;
  const { package: published, registry } = VERSIONS[name];
  const { start, facts } = agent.own({}, wantedFor(agent));
  const endpoint = facts.find(([key]) => key === "endpoint")?.[1] ?? "";
  const lines = [
    `- published: \`${published}\` on ${registry}`,
    `- set up with: \`deno task setup:${name}\``,
    `- start: \`${start}\``,
    `- endpoint: \`${endpoint}\``,
    ...writtenBy(agent),
    `- read from the environment by setup: ${environment.map((each) => `\`${each}\``).join(", ")}`,
    ...NOTES[name].map((note) => `- ${note}`),
  ];
  return `## ${title}\n\n${lines.map((line) => wrap(line.replaceAll(HOME, "~"))).join("\n")}`;
}

/** What setup writes in a home where there is nothing. */
function writtenBy(agent: Agent): readonly string[] {
  const { values } = agent.own({}, wantedFor(agent));
  return planTexts(agent, {}).files.filter(({ after }) => after !== null).map(({ place }) => {
    const names = values.filter(({ file, to }) => file === place.id && to === "value").map(nameOf);
    return `- \`${place.path}\`: ${[...new Set(names)].map((each) => `\`${each}\``).join(", ")}`;
  });
}

function nameOf({ path }: OwnedChange): string {
  return pathText(path);
}

/** An item of a list in lines as `deno fmt` breaks them; what stands in backticks stays whole. */
function wrap(item: string): string {
  const lines = [""];
  for (const word of item.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines.join("\n");
}

/** A table as \`deno fmt\` lays it out. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
