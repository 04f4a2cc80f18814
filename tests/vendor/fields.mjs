// SPDX-License-Identifier: Apache-2.0
// Vendors that publish no schema file: requests against lists of their operations and fields. A judge
// knows for each operation the names and types of its query and of its body.
import fs from 'node:fs';

const read = (file) => JSON.parse(fs.readFileSync(file));

/** Types as the lists spell them, TypeScript's and the vendors' own words alike; alternatives by "|". */
function isOfType(value, type) {
  const list = /^\[\](.+)$/.exec(type)?.[1] ?? /^\((.+)\)\[\]$/.exec(type)?.[1] ?? /^([^|]+)\[\]$/.exec(type)?.[1];
  if (list) {
    return Array.isArray(value) && value.every((v) => isOfType(v, list));
  }
  if (type.includes('|')) {
    return type.split('|').some((t) => isOfType(value, t.trim()));
  }
  if (/^".*"$/.test(type)) {
    return value === type.slice(1, -1);
  }
  switch (type) {
    case 'string': case 'date-time': return typeof value === 'string';
    case 'int': case 'integer': return Number.isInteger(value);
    case 'number': case 'float': return typeof value === 'number';
    case 'bool': case 'boolean': return typeof value === 'boolean';
    case 'object': return value !== null && typeof value === 'object' && !Array.isArray(value);
    case 'null': return value === null;
    case 'mixed': return true;
    default: return false;
  }
}

/** A query's value has no type of its own: it is read as what the list wants. */
function fromText(text, type) {
  if (/\[\]/.test(type)) {
    const of = type.replace(/\[\]/, '').replace(/^\((.*)\)$/, '$1');
    return text.split(',').map((t) => fromText(t, of));
  }
  if (/\b(number|int|integer|float)\b/.test(type) && text !== '' && !Number.isNaN(Number(text))) {
    return Number(text);
  }
  return /\b(bool|boolean)\b/.test(type) && /^(true|false)$/.test(text) ? text === 'true' : text;
}

function judgeQuery(search, fields, ignored) {
  const problems = [];
  const names = [...new Set(search.keys())].filter((name) => !ignored.includes(name));
  for (const name of names) {
    const field = fields.find((f) => f.name === name);
    const value = field && fromText(search.get(name), field.type);
    if (!field) {
      problems.push(`query.${name}: the operation knows no such parameter`);
    } else if (!isOfType(value, field.type)) {
      problems.push(`query.${name}: '${search.get(name)}' is no ${field.type}`);
    } else if ((field.min && value < Number(field.min)) || (field.max && value > Number(field.max))) {
      problems.push(`query.${name}: ${value} is not within ${field.min ?? ''}..${field.max ?? ''}`);
    }
  }
  const missing = fields.filter((f) => f.required && !search.has(f.name));
  return [...problems, ...missing.map((f) => `query.${f.name}: required`)];
}

/** shape: name -> {type, required} or {type, required, inner: shape} for objects and lists of them. */
function judgeBody(value, shape, where = 'body') {
  if (Array.isArray(value)) {
    return value.flatMap((v, i) => judgeBody(v, shape, `${where}[${i}]`));
  }
  if (value === null || typeof value !== 'object') {
    return [`${where}: not an object`];
  }
  const problems = Object.entries(value).flatMap(([key, member]) => {
    const field = Object.hasOwn(shape, key) ? shape[key] : null;
    if (!field) {
      return [`${where}.${key}: the operation knows no such field`];
    }
    if (!isOfType(member, field.type)) {
      return [`${where}.${key}: ${JSON.stringify(member)?.slice(0, 60)} is no ${field.type}`];
    }
    return field.inner && member !== null ? judgeBody(member, field.inner, `${where}.${key}`) : [];
  });
  const missing = Object.entries(shape).filter(([key, field]) => field.required && !(key in value));
  return [...problems, ...missing.map(([key]) => `${where}.${key}: required`)];
}

function bodyOf(request) {
  const type = request.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const text = request.body.toString('utf8');
  if (request.body.length === 0) {
    return { value: null, type };
  }
  return { type, value: /json/.test(type) ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text)) };
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const templatePattern = (template) => new RegExp(`^${template.split(/\{\w+\}/).map(escaped).join('[^/]+')}$`);

class Fields {
  /** operations: [{method, path (pattern), label, query: [field], body: shape or null}] */
  constructor(prefix, operations, ignored) {
    this.prefix = prefix;
    this.operations = operations;
    this.ignored = ignored;
  }

  async judge(request) {
    if (!request.url.startsWith(this.prefix)) {
      return null;
    }
    const { pathname, searchParams } = new URL(request.url.slice(this.prefix.length), 'http://vendor.invalid');
    const operation = this.operations.find((o) => o.method === request.method && o.path.test(pathname));
    if (!operation) {
      return { operation: null, problems: ['no operation of the vendor\'s list has this method and path'] };
    }
    const problems = judgeQuery(searchParams, operation.query, this.ignored);
    const { value, type } = bodyOf(request);
    if (value !== null && !operation.body) {
      problems.push('body: the operation takes none');
    } else if (operation.body && (value !== null || Object.values(operation.body).some((f) => f.required))) {
      const typed = operation.form ? fromForm(value ?? {}, operation.body) : value ?? {};
      problems.push(...judgeBody(typed, operation.body));
      if (operation.form !== /x-www-form-urlencoded/.test(type)) {
        problems.push(`content-type: '${type}' is not what the operation takes`);
      }
    }
    return { operation: `${request.method} ${operation.label}`, source: 'list of fields', problems };
  }

  async stop() {}
}

const fromForm = (values, shape) =>
  Object.fromEntries(Object.entries(values).map(([key, text]) => [key, shape[key] ? fromText(text, shape[key].type) : text]));

/* ---- Etsy ---- */

const byName = (fields) => Object.fromEntries(fields.map((f) => [f.name, f]));

/** The list is flat; the vendor's sample body says which field stands where. */
function etsyInventory(fields, sample) {
  const flat = byName(fields);
  const shape = (value) =>
    Object.fromEntries(Object.keys(value).map((key) => {
      const first = Array.isArray(value[key]) && typeof value[key][0] === 'object' ? value[key][0] : null;
      return [key, first ? { type: '[]object', required: true, inner: shape(first) } : flat[key]];
    }));
  const body = shape(sample);
  const loose = Object.keys(flat).filter((name) => !JSON.stringify(sample).includes(`"${name}"`));
  return { ...body, ...Object.fromEntries(loose.map((name) => [name, flat[name]])) };
}

export function etsy(folder) {
  const list = read(`${folder}/etsy-v3-fields.json`);
  const sample = read(`${folder}/inventory-sample.json`).updateListingInventory_request_setting_S_to_4;
  const operations = Object.entries(list.operations).map(([name, { method, path }]) => {
    const params = list.schemas[`${name}Params`] ?? [];
    const payload = list.schemas[`${name}Payload`];
    const isInventory = name === 'UpdateListingInventory';
    return {
      method,
      path: templatePattern(path),
      label: path,
      query: params.filter((f) => !/^[a-z]+Id$/.test(f.name)),
      body: isInventory ? etsyInventory(payload, sample) : payload ? byName(payload) : name === 'TokenScopes' ? { token: { type: 'string', required: true } } : null,
      form: !isInventory,
    };
  });
  operations.sort((a, b) => (a.label.match(/\{/g) ?? []).length - (b.label.match(/\{/g) ?? []).length);
  return new Fields('https://openapi.etsy.com', operations, []);
}

/* ---- TikTok Shop ---- */

/** "skus[].inventory[].quantity" and the like into nested shapes. */
function nested(fields) {
  const top = {};
  for (const { path, type, required } of fields) {
    const steps = path.replace(/\[\]/g, '').split('.');
    const last = steps.pop();
    const shape = steps.reduce((at, step) => ((at[step] ??= { type: 'mixed' }).inner ??= {}), top);
    shape[last] = { ...shape[last], type, required };
  }
  return top;
}

export function tiktok(folder) {
  const { endpoints } = read(`${folder}/endpoints.json`);
  const operations = Object.values(endpoints).map(({ method, path, body, query_or_path: query }) => ({
    method,
    // A later version of the same operation: the list is of January 2025, and says so.
    path: new RegExp(templatePattern(path).source.replace(/\/20\d{4}/, '/20\\d{4}')),
    label: path,
    query: query.map(({ path: name, type, required }) => ({ name: name.replace('[]', ''), type, required })),
    body: body.length ? nested(body) : null,
    form: false,
  }));
  // Of every call; the signature itself is checked by vectors elsewhere.
  return new Fields('https://open-api.tiktokglobalshop.com', operations, ['app_key', 'timestamp', 'sign']);
}

/* ---- WooCommerce: the index of routes that the shop itself hands out, of an older version ---- */

const argument = (name, a) => ({ name, required: a.required, type: [a.type ?? 'mixed'].flat().map((t) => (t === 'array' ? `${a.items?.type ?? 'mixed'}[]` : t)).join(' | ') });

export function woocommerce(folder, site) {
  const { routes } = read(`${folder}/samples-wp-api-v3/index.index.json`);
  const operations = Object.entries(routes).flatMap(([route, { endpoints }]) =>
    endpoints.flatMap(({ methods, args }) =>
      methods.map((method) => {
        const list = Object.entries(Array.isArray(args) ? {} : args).map(([name, a]) => argument(name, a));
        const inPath = [...route.matchAll(/\(\?P<(\w+)>/g)].map((m) => m[1]);
        const own = list.filter((f) => !inPath.includes(f.name));
        const isRead = method === 'GET' || method === 'DELETE';
        const isBatch = route.endsWith('/batch');
        const item = Object.fromEntries(own.map((f) => [f.name, { ...f, required: false }]));
        return {
          method,
          path: new RegExp(`^${route.replace(/\(\?P</g, '(?<')}$`),
          label: route.replace(/\(\?P<(\w+)>[^)]*\)/g, '{$1}'),
          query: isRead ? own : [],
          body: isRead ? null : isBatch ? { update: { type: '[]object', inner: { id: { type: 'integer', required: true }, ...item } } } : byName(own),
          form: false,
        };
      }),
    ),
  );
  operations.sort((a, b) => (a.label.match(/\{/g) ?? []).length - (b.label.match(/\{/g) ?? []).length);
  // WordPress knows _fields everywhere; _tc only keeps caches from answering.
  return new Fields(`${site}/wp-json`, operations, ['_fields', '_tc']);
}
