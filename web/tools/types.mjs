// SPDX-License-Identifier: Apache-2.0
// Turns the server's /openapi.json into TypeScript, so that the page cannot believe in a field that
// the server does not have. A browser test compares its output with the running server.
//
//   curl -s http://127.0.0.1:8080/openapi.json | node tools/types.mjs > src/api/types.ts
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.allOf) return schema.allOf.map(typeOf).join(" & ");
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => plainType(type, schema)).join(" | ");
}

function plainType(type, schema) {
  switch (type) {
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return type;
    case "array": {
      const item = typeOf(schema.items ?? {});
      return item.includes("|") ? `(${item})[]` : `${item}[]`;
    }
    case "object": {
      if (schema.properties) return objectOf(schema, " ");
      const value = schema.additionalProperties;
      return `Record<string, ${value && value !== true ? typeOf(value) : "unknown"}>`;
    }
    default:
      return "unknown";
  }
}

function objectOf(schema, gap) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => `${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(field)};`,
  );
  return gap === " " ? `{ ${fields.join(" ")} }` : `{\n${packed(fields)}}`;
}

// As many to a line as fit: a table to look things up in, not a text to read.
function packed(fields) {
  const lines = [""];
  for (const field of fields) {
    const last = lines[lines.length - 1];
    if (last && last.length + field.length > 105) lines.push(field);
    else lines[lines.length - 1] = last ? `${last} ${field}` : field;
  }
  return lines.map((line) => `  ${line}\n`).join("");
}

export function typesOf(openapi) {
  const parts = [
    "// SPDX-License-Identifier: Apache-2.0",
    "// Made by tools/types.mjs from the server's /openapi.json: do not edit.",
  ];
  for (const [name, schema] of Object.entries(openapi.components.schemas)) {
    const nullable = Array.isArray(schema.type) && schema.type.includes("null");
    parts.push(
      schema.properties && !nullable
        ? `export interface ${name} ${objectOf(schema, "\n")}`
        : `export type ${name} = ${typeOf(schema)};`,
    );
  }
  return `${parts.join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(typesOf(JSON.parse(readFileSync(0, "utf8"))));
}
