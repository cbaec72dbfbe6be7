/**
 * A validator of tool schemas as strict as Google's, written from its error texts and not from
 * the repair that it judges.
 *
 * @module
 */

/** What Gemini would say to `parameters`; empty if it takes them. */
export function geminiComplaints(parameters: unknown, detail: "full" | "plain"): readonly string[] {
  const said: string[] = [];
  const root = parameters as Record<string, unknown>;
  if (String(root?.["type"]).toUpperCase() !== "OBJECT") said.push("parameters: must be an object");
  judge(parameters, "parameters", { detail, said });
  return said;
}

const BASE =
  "type format title description nullable enum properties required items minimum maximum " +
  "default example propertyOrdering anyOf";
const MORE = " minItems maxItems minProperties maxProperties minLength maxLength pattern";
const TYPES = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"];

function judge(
  schema: unknown,
  at: string,
  { detail, said }: { readonly detail: "full" | "plain"; readonly said: string[] },
): void {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    said.push(`Invalid value at '${at}' (Schema)`);
    return;
  }
  const own = schema as Record<string, unknown>;
  const names = new Set((detail === "full" ? BASE + MORE : BASE).split(" "));
  for (const key of Object.keys(own)) {
    if (!names.has(key)) said.push(`Unknown name "${key}" at '${at}': Cannot find field.`);
  }
  const { type, anyOf, properties, required, items } = own;
  if (anyOf !== undefined) {
    if (Object.keys(own).length > 1) said.push(`${at}: any_of must be the only field set`);
    if (!Array.isArray(anyOf)) said.push(`${at}.any_of: no list`);
    else anyOf.forEach((one, index) => judge(one, `${at}.any_of[${index}]`, { detail, said }));
    return;
  }
  const kind = typeof type === "string" ? type.toUpperCase() : "";
  if (!TYPES.includes(kind)) said.push(`${at}: schema didn't specify the schema type field`);
  for (const key of ["minimum", "maximum"]) {
    const isFree = kind === "NUMBER" || kind === "INTEGER" && detail === "full";
    if (key in own && (!isFree || typeof own[key] !== "number")) {
      said.push(`${at}.${key}: not taken`);
    }
  }
  for (const key of ["title", "description"]) {
    if (key in own && typeof own[key] !== "string") said.push(`${at}.${key}: no string`);
  }
  if ("nullable" in own && typeof own["nullable"] !== "boolean") {
    said.push(`${at}.nullable: no bool`);
  }
  if ("format" in own) {
    const formats = {
      STRING: ["enum", "date-time"],
      NUMBER: ["float", "double"],
      INTEGER: ["int32", "int64"],
    } as Readonly<Record<string, readonly unknown[]>>;
    if (!formats[kind]?.includes(own["format"])) said.push(`${at}.format: not supported`);
  }
  if ("enum" in own) {
    const values = own["enum"];
    if (kind !== "STRING") said.push(`${at}.enum: only allowed for STRING type`);
    if (!Array.isArray(values) || values.length === 0) said.push(`${at}.enum: no list`);
    else if (values.some((value) => typeof value !== "string" || value === "")) {
      said.push(`${at}.enum: cannot be empty or anything but a string`);
    }
  }
  if (properties !== undefined) {
    if (typeof properties !== "object" || properties === null) {
      said.push(`${at}.properties: no map`);
    }
    for (const [name, part] of Object.entries(properties ?? {})) {
      judge(part, `${at}.properties[${name}]`, { detail, said });
    }
  }
  for (const name of Array.isArray(required) ? required : []) {
    if (typeof name !== "string" || !Object.hasOwn((properties ?? {}) as object, name)) {
      said.push(`${at}.required: property ${JSON.stringify(name)} is not defined`);
    }
  }
  if (required !== undefined && !Array.isArray(required)) said.push(`${at}.required: no list`);
  if (kind === "ARRAY" && items === undefined) said.push(`${at}.items: missing field`);
  if (items !== undefined) judge(items, `${at}.items`, { detail, said });
}
