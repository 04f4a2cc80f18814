// SPDX-License-Identifier: Apache-2.0
// Checks every GraphQL text that the Shopify connector sends, and the variables it sends along, against a
// saved schema of the Admin API. The texts are those of tests/data/shopify/requests, which
// test_shopify_requests holds byte for byte against what the connector builds.
//
//     npm ci --ignore-scripts && node check_queries.mjs admin_2026-10.json[.gz]
//
// Without a schema nothing is checked, and that is said: the schema is Shopify's and not ours to ship.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const schemaPath = process.argv[2] ?? process.env.TRUECOUNT_SHOPIFY_SCHEMA;
if (!schemaPath) {
  console.log('skipped: no schema given (an introspection result of the Admin API, .json or .json.gz)');
  process.exit(0);
}
const { buildClientSchema, getVariableValues, parse, validate } = await import('graphql');

const bytes = fs.readFileSync(schemaPath);
const introspection = JSON.parse(schemaPath.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes);
const schema = buildClientSchema(introspection.data ?? introspection);
const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, '../../tests/data/shopify/requests');
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
let wrong = files.length === 0 ? 1 : 0;

for (const name of files) {
  const { query, variables } = JSON.parse(fs.readFileSync(path.join(folder, name)));
  const document = parse(query);
  const errors = [...validate(schema, document)];
  const definitions = document.definitions[0].variableDefinitions ?? [];
  const declared = new Set(definitions.map((d) => d.variable.name.value));
  for (const key of Object.keys(variables)) {
    if (!declared.has(key)) {
      errors.push(new Error(`variable ${key} is sent but not declared`));
    }
  }
  errors.push(...(getVariableValues(schema, definitions, variables).errors ?? []));
  console.log(`${errors.length ? 'WRONG' : 'ok'}  ${name}`);
  for (const error of errors) {
    console.log(`       ${error.message}`);
  }
  wrong += errors.length;
}
process.exit(wrong ? 1 : 0);
