/**
 * The table of docs/repairs.md, made from the tables of the proxy.
 *
 * @module
 */

import { ANSWER_REPAIRS } from "../../proxy/repairs/answer_table.ts";
import { familyOf } from "../../proxy/repairs/families.ts";
import type { RepairLabel, Subject } from "../../proxy/repairs/repair.ts";
import { REQUEST_REPAIRS } from "../../proxy/repairs/table.ts";
import type { Dialect, UpstreamMode } from "../../workspace/endpoints.ts";

/** One model for each kind that differs, by its name on the page. */
const MODELS: readonly (readonly [label: string, model: string])[] = [
  ["Opus from 4.7 on", "databricks-claude-opus-4-8"],
  ["other Claude from 5 on", "databricks-claude-sonnet-5"],
  ["Claude 4.1 to 4.6", "databricks-claude-sonnet-4-5"],
  ["Claude before", "databricks-claude-3-7-sonnet"],
  ["GPT", "databricks-gpt-5-5"],
  ["Gemini", "databricks-gemini-3-pro"],
  ["gpt-oss", "databricks-gpt-oss-120b"],
  ["Llama 3.3", "databricks-meta-llama-3-3-70b-instruct"],
  ["GLM", "databricks-glm-4-6"],
  ["names of your own", "my-endpoint"],
];

/** Several kinds in a word. */
const TOGETHER: readonly (readonly [word: string, labels: string])[] = [
  ["Claude", "Opus from 4.7 on, other Claude from 5 on, Claude 4.1 to 4.6, Claude before"],
  ["open models", "gpt-oss, Llama 3.3, GLM"],
];

const MODES: readonly UpstreamMode[] = ["ai-gateway", "gateway-host", "serving-endpoints"];

/** What one row says. */
export interface PageRow {
  readonly name: string;
  readonly direction: "request" | "answer" | "both";
  readonly dialects: string;
  readonly models: string;
  readonly summary: string;
  readonly evidence: string;
}

interface Served extends RepairLabel {
  readonly dialects: readonly Dialect[];
  serves(subject: Subject): boolean;
}

/** All rows, in the order of their names. */
export function pageRows(): readonly PageRow[] {
  const rows = [
    ...REQUEST_REPAIRS.map((repair) => rowOf(repair, "request")),
    ...ANSWER_REPAIRS.map((repair) => rowOf(repair, "answer")),
  ];
  const byName = Map.groupBy(rows, ({ name }) => name);
  return [...byName.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [others.length === 0 ? first : { ...first, direction: "both" as const }]
  ).toSorted((one, other) => one.name < other.name ? -1 : 1);
}

function rowOf(repair: Served, direction: "request" | "answer"): PageRow {
  const { name, dialects, summary, evidence } = repair;
  return {
    name,
    direction,
    dialects: dialects.length === 4 ? "all" : dialects.join(", "),
    models: modelsOf(repair),
    summary: summary.replace(/\.$/, ""),
    evidence,
  };
}

/** For which models, and under which mode if not under all. */
function modelsOf(repair: Served): string {
  const asked = MODELS.filter(([, model]) => repair.dialects.some((each) => speaks(model, each)));
  const served = asked.filter(([, model]) => MODES.some((mode) => doesServe(repair, model, mode)));
  const modes = MODES.filter((mode) => served.some(([, model]) => doesServe(repair, model, mode)));
  const labels = served.map(([label]) => label).join(", ");
  const models = served.length === asked.length
    ? "all"
    : TOGETHER.reduce((text, [word, kinds]) => text.replace(kinds, word), labels);
  return modes.length === MODES.length ? models : `${models}; under ${modes.join(" and ")}`;
}

function doesServe(repair: Served, model: string, mode: UpstreamMode): boolean {
  const family = familyOf(model);
  return repair.dialects.filter((dialect) => speaks(model, dialect)).some((dialect) =>
    [true, false].some((isStream) => repair.serves({ dialect, mode, model, family, isStream }))
  );
}

/** Chat is for all models; the other dialects are for those of whose maker they are. */
function speaks(model: string, dialect: Dialect): boolean {
  const makers = { chat: null, anthropic: "claude", responses: "gpt", gemini: "gemini" } as const;
  const maker = makers[dialect];
  return maker === null || [maker, "unknown"].includes(familyOf(model));
}

/** A row as Markdown. */
export function rowText(row: PageRow): string {
  const what = `${row.summary.replaceAll("|", "\\|")} ([seen](${row.evidence}))`;
  return `| \`${row.name}\` | ${row.direction} | ${row.dialects} | ${row.models} | ${what} |`;
}

/** A row without the spaces that line columns up. */
export function squeezed(line: string): string {
  return line.replaceAll(/ +/g, " ").trim();
}
