// SPDX-License-Identifier: Apache-2.0
// A vendor's OpenAPI files as validating mocks: what `prism mock` runs, one server per file on a free
// loopback port, started when the first request comes that is meant for it.
//
// Beyond what Prism judges, names are looked at: a query parameter or a field of a body that the vendor's
// file does not know is most likely misspelt, and nearly nothing in these files is required.
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** "/a/{id}/b" as a pattern; literal templates go before those with parameters. */
function templateMatches(template, given) {
  const wanted = template.split('/');
  const parts = given.split('/');
  return wanted.length === parts.length && wanted.every((w, i) => (w.startsWith('{') ? parts[i] !== '' : w === parts[i]));
}

const parametersIn = (template) => (template.match(/\{/g) ?? []).length;

/** Schemas that together describe a value: itself, what it refers to, and its alternatives. */
function alternatives(schema, root, depth = 0) {
  if (!schema || typeof schema !== 'object' || depth > 12) {
    return [];
  }
  if (schema.$ref) {
    const target = schema.$ref.split('/').slice(1).reduce((at, key) => at?.[decodeURIComponent(key).replace(/~1/g, '/').replace(/~0/g, '~')], root);
    return alternatives(target, root, depth + 1);
  }
  const inner = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [schema, ...inner.flatMap((s) => alternatives(s, root, depth + 1))];
}

/** Names in `value` that no schema for its place knows. An object without described members is open. */
export function unknownFields(schemas, value, root, where = 'body') {
  if (Array.isArray(value)) {
    const items = schemas.flatMap((s) => alternatives(s.items, root));
    return items.length ? value.flatMap((v, i) => unknownFields(items, v, root, `${where}[${i}]`)) : [];
  }
  if (value === null || typeof value !== 'object') {
    return [];
  }
  const described = schemas.filter((s) => s.properties && Object.keys(s.properties).length > 0);
  if (described.length === 0 || schemas.some((s) => s.additionalProperties)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, member]) => {
    const known = described.filter((s) => key in s.properties).flatMap((s) => alternatives(s.properties[key], root));
    const is = described.some((s) => key in s.properties);
    return is ? unknownFields(known, member, root, `${where}.${key}`) : [`${where}.${key}: the schema knows no such field`];
  });
}

function bodyValue(request, mediaType) {
  const text = request.body.toString('utf8');
  if (/\bjson\b/.test(mediaType)) {
    return JSON.parse(text);
  }
  return /x-www-form-urlencoded/.test(mediaType) ? Object.fromEntries(new URLSearchParams(text)) : undefined;
}

const header = (request, name) => request.headers.find(([n]) => n.toLowerCase() === name)?.[1];

function unknownNames(operation, request, search) {
  const known = new Set((operation.request?.query ?? []).map((q) => q.name));
  const problems = [...new Set(search.keys())]
    .filter((name) => !known.has(name) && !known.has(`${name}[]`))
    .map((name) => `query.${name}: the operation knows no such parameter`);
  const mediaType = header(request, 'content-type') ?? '';
  const contents = operation.request?.body?.contents ?? [];
  const content = contents.find((c) => mediaType.startsWith(c.mediaType)) ?? contents[0];
  if (request.body.length > 0 && contents.length === 0) {
    problems.push('body: the operation takes none');
  } else if (request.body.length > 0 && content.schema) {
    problems.push(...unknownFields(alternatives(content.schema, operation), bodyValue(request, mediaType), operation));
  }
  return problems;
}

/** What the mock refuses with an answer that holds no list of violations. */
const refusals = /errors#(UNAUTHORIZED|NO_PATH_MATCHED|NO_METHOD_MATCHED|NO_SERVER|UNPROCESSABLE_ENTITY|INVALID_CONTENT_TYPE|NO_RESOURCE)/;

function violationsIn(answer) {
  const stated = answer.headers['sl-violations'];
  if (stated) {
    let list;
    try {
      list = JSON.parse(stated);
    } catch {
      return [stated]; // cut off: too many
    }
    return list
      .filter((v) => v.location[0] === 'request')
      .map((v) => `${v.location.slice(1).join('.')}: ${v.message} (${v.code})`);
  }
  if (/problem\+json/.test(answer.headers['content-type'] ?? '')) {
    const problem = JSON.parse(answer.body);
    if (refusals.test(problem.type)) {
      const details = (problem.validation ?? []).map((v) => `${(v.location ?? []).join('.')}: ${v.message}`);
      return [`${problem.title}: ${details.join('; ') || problem.detail}`];
    }
  }
  return [];
}

function call(port, target, request) {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(request.headers);
    if (!header(request, 'accept')) {
      headers.accept = '*/*';
    }
    if (request.body.length > 0) {
      headers['content-length'] = request.body.length;
    }
    const sent = http.request({ host: '127.0.0.1', port, method: request.method, path: target, headers, agent: false }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    sent.on('error', reject);
    sent.end(request.body);
  });
}

export class OpenApi {
  /** places: [{prefix, files}]: what stands before a file's paths, and the files to look in. */
  constructor(folder, places) {
    this.folder = folder;
    this.places = places;
    this.loaded = new Map();
  }

  async #load(file) {
    if (!this.loaded.has(file)) {
      const { getHttpOperationsFromSpec } = require('@stoplight/prism-http');
      this.loaded.set(file, { operations: await getHttpOperationsFromSpec(path.join(this.folder, file)) });
    }
    return this.loaded.get(file);
  }

  async #start(spec) {
    if (!spec.server) {
      const { createServer } = require('@stoplight/prism-http-server');
      const { createLogger } = require('@stoplight/prism-core');
      // errors: false, since it concerns the vendor's own examples alone; bad requests are told either way.
      spec.server = createServer(spec.operations, {
        cors: false,
        config: { isProxy: false, validateRequest: true, validateResponse: false, checkSecurity: true, errors: false, mock: { dynamic: false } },
        components: { logger: createLogger('VENDOR', { level: 'silent' }) },
      });
      spec.port = Number(new URL(await spec.server.listen(0, '127.0.0.1')).port);
    }
  }

  /** Null when no place is meant by the address. */
  async judge(request) {
    const place = this.places.find((p) => request.url.startsWith(p.prefix));
    if (!place) {
      return null;
    }
    const target = request.url.slice(place.prefix.length);
    const { pathname, search } = new URL(target, 'http://vendor.invalid');
    const method = request.method.toLowerCase();
    const found = [];
    for (const file of place.files) {
      const spec = await this.#load(file);
      found.push(...spec.operations.filter((o) => o.method === method && templateMatches(o.path, pathname)).map((operation) => ({ file, spec, operation })));
    }
    found.sort((a, b) => parametersIn(a.operation.path) - parametersIn(b.operation.path));
    if (found.length === 0) {
      return { operation: null, problems: ['no operation of the vendor\'s files has this method and path'] };
    }
    const { file, spec, operation } = found[0];
    await this.#start(spec);
    const answer = await call(spec.port, target, request);
    return {
      operation: `${request.method} ${operation.path}`,
      source: path.basename(file),
      problems: [...violationsIn(answer), ...unknownNames(operation, request, new URLSearchParams(search))],
      answer,
    };
  }

  async stop() {
    await Promise.all([...this.loaded.values()].map((spec) => spec.server?.close()));
  }
}
