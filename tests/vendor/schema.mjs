// SPDX-License-Identifier: Apache-2.0
// A body against a JSON Schema of the vendor's.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What is wrong with the request's body. */
export function jsonSchema(file, request) {
  const { default: Ajv } = require('ajv'); // what the mock servers validate with
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  const validate = ajv.compile(JSON.parse(fs.readFileSync(file)));
  return validate(JSON.parse(request.body.toString('utf8'))) ? [] : validate.errors.map((e) => `body${e.instancePath}: ${e.message}`);
}
