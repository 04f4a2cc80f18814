// SPDX-License-Identifier: Apache-2.0
// A vendor's GraphQL schema: documents are validated, variables coerced, and then the document is
// executed over made-up values of the schema's types, so that an answer is always one that it allows.
import fs from 'node:fs';
import zlib from 'node:zlib';
import * as gql from 'graphql';

const scalars = {
  Int: () => 1,
  Float: () => 1,
  Boolean: () => true,
  DateTime: () => '2026-11-20T10:00:00Z',
  Date: () => '2026-11-20',
  UnsignedInt64: () => '1',
  Decimal: () => '1.00',
  URL: () => 'https://stock.example/hooks/shop-a',
};

const pathLength = (path) => (path ? 1 + pathLength(path.prev) : 0);

/** Values for a field, by its type. `known` are values by "Type.field" where any text will not do. */
function resolver(known) {
  return (source, args, context, info) => {
    const field = `${info.parentType.name}.${info.fieldName}`;
    if (field in known) {
      return known[field];
    }
    if (source && Object.hasOwn(source, info.fieldName)) {
      return source[info.fieldName];
    }
    const make = (type, nth) => {
      if (gql.isNonNullType(type)) {
        return make(type.ofType, nth);
      }
      if (gql.isListType(type)) {
        if (/errors$/i.test(info.fieldName)) {
          return [];
        }
        return Array.isArray(args.ids) ? args.ids.map((id) => ({ id })) : [make(type.ofType, 1), make(type.ofType, 2)];
      }
      if (gql.isEnumType(type)) {
        return type.getValues()[0].value;
      }
      if (gql.isScalarType(type)) {
        if (type.name === 'ID') {
          return `gid://shopify/${info.parentType.name}/${nth}`;
        }
        if (info.fieldName === 'hasNextPage') {
          return context.hasMore && pathLength(info.path) === 3; // of the document's own list only
        }
        return (scalars[type.name] ?? (() => 'text'))();
      }
      return args.id ? { id: args.id } : {};
    };
    return make(info.returnType, 1);
  };
}

function concreteType(value, context, info, abstract) {
  const named = /^gid:\/\/[a-z]+\/(\w+)\//.exec(value.id ?? '')?.[1];
  const possible = info.schema.getPossibleTypes(abstract);
  return (possible.find((type) => type.name === named) ?? possible[0]).name;
}

export class GraphQl {
  /** matches: of the address of documents; known: see resolver. */
  constructor(file, matches, known) {
    const bytes = fs.readFileSync(file);
    const introspection = JSON.parse(file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes);
    this.schema = gql.buildClientSchema(introspection.data ?? introspection);
    this.matches = matches;
    this.fieldResolver = resolver(known);
  }

  async judge(request) {
    if (!this.matches.test(`${request.method} ${request.url}`)) {
      return null;
    }
    const problems = [];
    const { query, variables = {}, ...rest } = JSON.parse(request.body.toString('utf8'));
    problems.push(...Object.keys(rest).filter((key) => key !== 'operationName').map((key) => `body.${key}: no member of a GraphQL request`));
    const document = gql.parse(query);
    const main = document.definitions.find((d) => d.kind === gql.Kind.OPERATION_DEFINITION);
    const definitions = main.variableDefinitions ?? [];
    const declared = new Set(definitions.map((d) => d.variable.name.value));
    problems.push(...gql.validate(this.schema, document).map((e) => e.message));
    problems.push(...Object.keys(variables).filter((name) => !declared.has(name)).map((name) => `variables.${name}: sent, but not declared`));
    const coerced = gql.getVariableValues(this.schema, definitions, variables);
    problems.push(...(coerced.errors ?? []).map((e) => e.message));
    let answer;
    if (problems.length === 0) {
      const hasMore = declared.has('cursor') && !variables.cursor;
      const made = await gql.execute({
        schema: this.schema,
        document,
        variableValues: variables,
        rootValue: {},
        contextValue: { hasMore },
        fieldResolver: this.fieldResolver,
        typeResolver: concreteType,
      });
      const throttleStatus = { maximumAvailable: 2000, currentlyAvailable: 1990, restoreRate: 100 };
      const extensions = { cost: { requestedQueryCost: 10, actualQueryCost: 10, throttleStatus } };
      answer = { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...made, extensions }) };
    }
    const fields = main.selectionSet.selections.map((s) => s.name?.value).join(', ');
    return { operation: `${main.operation} ${fields}`, source: 'GraphQL', problems, answer };
  }

  async stop() {}
}
