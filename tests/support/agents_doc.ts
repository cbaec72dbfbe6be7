/**
 * docs/agents.md, made of what setup writes and what the tests with real agents have seen.
 *
 * @module
 */

import type { Agent, OwnedChange } from "../../setup/agents/agent.ts";
import { AGENTS } from "../../setup/agents/all.ts";
import { pathText } from "../../formats/format.ts";
import { KNOWN } from "../agents/known.ts";
import { VERSIONS } from "../agents/versions.ts";
import { HOME, planTexts, wantedFor } from "./agent_plan.ts";

/** The whole text. */
export function agentsDoc(): string {
  return `${[HEAD, table(), ...AGENTS.map(section)].join("\n\n")}\n`;
}

const WIDTH = 100;

const HEAD = `# Agents

What is known of each agent. This file is made of the data that setup and the tests work with:
\`tests/agents_docs_test.ts\` compares it, and writes it with \`UPDATE_GOLDEN=1\`. What the table says
is what \`deno task test:agents\` sees with the real programs of these versions, each in a home that
only \`setup\` has configured, through a real \`serve\`, against the simulated workspace:

- **tool call**: the model calls the agent's shell tool, the token is replaced and the old one
  revoked while the tool runs, and the tool's output goes back with the next token;
- **dead token**: the token was revoked by somebody else; **limit**: 429 with \`Retry-After: 1\`;
  **broken stream**: the connection ends after the first events of an answer.`;

function table(): string {
  const head = [
    "agent",
    "version tested",
    "dialect",
    "tool call",
    "in a terminal",
    "dead token",
    "limit",
    "broken stream",
  ];
  const rows = AGENTS.map(({ name, title }) => {
    const { dialect, session, reactions: { deadToken, limit, cut } } = KNOWN[name];
    const { version, registry } = VERSIONS[name];
    const sat = session === "tested" ? "4 rotations" : "–";
    return [title, `${version} (${registry})`, dialect, "yes", sat, deadToken, limit, cut];
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
    ...KNOWN[name].notes.map((note) => `- ${note}`),
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
