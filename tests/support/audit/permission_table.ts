/**
 * The permission table of the README: who may touch what, in words.
 *
 * @module
 */

import assert from "node:assert/strict";

/** What a part may touch, in the words of the table. */
export type TableRow = Readonly<Record<"network" | "reads" | "writes", readonly string[]>>;

/** The rows by the name of the part. */
export type PermissionTable = ReadonlyMap<string, TableRow>;

/** The table as it stands. */
export const TABLE: PermissionTable = readPermissionTable(
  await Deno.readTextFile(new URL("../../../README.md", import.meta.url)),
);

function readPermissionTable(readme: string): PermissionTable {
  const [, table = ""] = /\n\| part [^\n]+\n\|[-| ]+\n((?:\|[^\n]+\n)+)/.exec(readme) ?? [];
  const rows = table.trim().split("\n").map((line) => {
    const [name = "", network = "", reads = "", writes = ""] = line.split("|").slice(1)
      .map((cell) => cell.trim());
    const read = wordsOf(reads);
    const row = {
      network: wordsOf(network),
      reads: read,
      writes: wordsOf(writes).flatMap((word) => word === "the same" ? read : [word]),
    };
    return [name.replaceAll("`", ""), row] as const;
  });
  const plain = new Map(rows);
  return new Map(rows.map(([name, row]) => [name, name === "serve" ? united(row, plain) : row]));
}

/** The row of a part. */
export function rowOf(table: PermissionTable, name: string): TableRow {
  const row = table.get(name);
  assert(row !== undefined, `the table has a row for ${name}`);
  return row;
}

/** "the union" → what the two isolates of `serve` may. */
function united(row: TableRow, table: PermissionTable): TableRow {
  const isolates = ["proxy", "rotator"].map((name) => rowOf(table, name));
  const unfold = (column: keyof TableRow) => [
    ...new Set(
      row[column].flatMap((word) =>
        word === "the union" ? isolates.flatMap((isolate) => isolate[column]) : [word]
      ),
    ),
  ];
  return { network: unfold("network"), reads: unfold("reads"), writes: unfold("writes") };
}

/** "a, b (c)" → a, b; what stands in brackets says why. */
function wordsOf(cell: string): readonly string[] {
  return cell.replace(/[¹²³]/g, "").replaceAll(/\([^)]*\)/g, "").split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && word !== "–");
}
