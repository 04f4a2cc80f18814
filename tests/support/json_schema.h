/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_schema - does a value keep a JSON schema? The part of JSON Schema 2020-12 that our API's
 * description uses: $ref, allOf, oneOf, type, enum, required, properties, additionalProperties,
 * items, bounds, and times. An unknown keyword fails, so that nothing is believed unchecked.
 *
 * Stricter than the standard in one thing: with `is_closed` a member that `properties` does not
 * name is wrong unless additionalProperties says otherwise. What is shown must be described.
 */
#pragma once
#include "testing.h"

#include <stdio.h>

#include "base/json_read.h"
#include "base/times.h"

struct schema_check {
    struct json document; /* what $ref is looked up in */
    bool is_closed;
    char wrong[512]; /* the first fault, with where it is */
};

static inline bool PRINTF_LIKE(3, 4)
    schema_wrong(struct schema_check *c, const char *where, const char *format, ...)
{
    char what[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    (void)snprintf(c->wrong, sizeof(c->wrong), "%s: %s", where[0] ? where : "(all)", what);
    return false;
}

/* "#/components/schemas/Sku" */
static inline struct json schema_ref(struct json document, struct slice ref)
{
    struct json at = document;
    struct slice part;
    bool more = slice_cut(&ref, '/', &part) && slice_is(part, "#");
    if (!more) {
        return (struct json){0};
    }
    while (more) {
        char name[128];
        more = slice_cut(&ref, '/', &part);
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(part));
        at = json_get(at, name);
    }
    return at;
}

/* The schema itself, not a reference to it. */
static inline struct json schema_at(struct json document, struct json schema)
{
    struct slice ref;
    struct json all = json_get(schema, "allOf");
    if (json_count(all) == 1) {
        struct json_iter i = json_iter(all);
        must(json_next(&i));
        schema = i.value;
    }
    return json_text(json_get(schema, "$ref"), &ref) ? schema_ref(document, ref) : schema;
}

static inline bool schema_is_type(struct json value, struct slice type)
{
    switch (json_type(value)) {
    case JSON_NULL:
        return slice_is(type, "null");
    case JSON_BOOL:
        return slice_is(type, "boolean");
    case JSON_INT:
        return slice_is(type, "integer") || slice_is(type, "number");
    case JSON_REAL:
        return slice_is(type, "number");
    case JSON_TEXT:
        return slice_is(type, "string");
    case JSON_ARRAY:
        return slice_is(type, "array");
    case JSON_OBJECT:
        return slice_is(type, "object");
    case JSON_NONE:
        break;
    }
    return false;
}

/* Does the schema allow that type: "type" is a text or a list of them. */
static inline bool schema_allows(struct json schema, const char *type)
{
    struct json types = json_get(schema, "type");
    struct slice one;
    if (json_text(types, &one)) {
        return slice_is(one, type);
    }
    for (struct json_iter i = json_iter(types); json_next(&i);) {
        if (json_text(i.value, &one) && slice_is(one, type)) {
            return true;
        }
    }
    return false;
}

static inline bool schema_type_holds(struct json types, struct json value)
{
    struct slice one;
    if (json_text(types, &one)) {
        return schema_is_type(value, one);
    }
    for (struct json_iter i = json_iter(types); json_next(&i);) {
        if (json_text(i.value, &one) && schema_is_type(value, one)) {
            return true;
        }
    }
    return false;
}

static inline bool schema_enum_holds(struct json values, struct json value)
{
    struct slice have, one;
    bool is_text = json_text(value, &have);
    for (struct json_iter i = json_iter(values); json_next(&i);) {
        if (json_type(value) == JSON_NULL
                ? json_type(i.value) == JSON_NULL
                : is_text && json_text(i.value, &one) && slice_equal(one, have)) {
            return true;
        }
    }
    return false;
}

/* keyword: of texts minLength, of lists minItems, of numbers minimum, and so on. */
static inline bool schema_bound_holds(
    const char *keyword, const char *least, const char *most, int64_t bound, int64_t n)
{
    return strcmp(keyword, least) == 0  ? n >= bound
           : strcmp(keyword, most) == 0 ? n <= bound
                                        : true;
}

static inline bool
schema_holds(struct schema_check *c, struct json schema, struct json value, const char *where);

static inline bool schema_object_holds(struct schema_check *c,
                                       struct json schema,
                                       struct json value,
                                       const char *where)
{
    struct json properties = json_get(schema, "properties"), more;
    bool is_closed = c->is_closed && json_type(properties) == JSON_OBJECT;
    more = json_get(schema, "additionalProperties");
    bool allowed = true;
    if (json_type(more) == JSON_NONE ? is_closed : json_bool(more, &allowed) && !allowed) {
        allowed = false;
    }
    for (struct json_iter i = json_iter(value); json_next(&i);) {
        char name[128], path[256];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(i.key));
        (void)snprintf(path, sizeof(path), "%.200s%s%s", where, where[0] ? "." : "", name);
        struct json member = json_get(properties, name);
        if (json_type(member) == JSON_NONE && !allowed) {
            return schema_wrong(c, path, "is not described");
        }
        member = json_type(member) == JSON_NONE ? more : member;
        if (json_type(member) == JSON_OBJECT && !schema_holds(c, member, i.value, path)) {
            return false;
        }
    }
    for (struct json_iter i = json_iter(json_get(schema, "required")); json_next(&i);) {
        char name[128];
        struct slice text = {0};
        must(json_text(i.value, &text));
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(text));
        if (json_type(json_get(value, name)) == JSON_NONE) {
            return schema_wrong(c, where, "'%s' is missing", name);
        }
    }
    return true;
}

static inline bool
schema_items_hold(struct schema_check *c, struct json items, struct json value, const char *where)
{
    size_t n = 0;
    for (struct json_iter i = json_iter(value); json_next(&i); n++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%.200s[%zu]", where, n);
        if (!schema_holds(c, items, i.value, path)) {
            return false;
        }
    }
    return true;
}

static inline bool
schema_one_holds(struct schema_check *c, struct json choices, struct json value, const char *where)
{
    size_t fit = 0;
    char first[sizeof(c->wrong)] = "";
    for (struct json_iter i = json_iter(choices); json_next(&i);) {
        if (schema_holds(c, i.value, value, where)) {
            fit++;
        } else if (!first[0]) {
            memcpy(first, c->wrong, sizeof(first));
        }
    }
    return fit == 1 || schema_wrong(c, where, "fits %zu of the choices: %.200s", fit, first);
}

static inline bool schema_keyword_holds(struct schema_check *c,
                                        const char *keyword,
                                        struct json said,
                                        struct json value,
                                        const char *where)
{
    int64_t bound = 0, n = 0;
    struct slice text = {0};
    bool is_text = json_text(value, &text), is_list = json_type(value) == JSON_ARRAY;
    if (strcmp(keyword, "type") == 0) {
        return schema_type_holds(said, value) ||
               schema_wrong(c, where, "is of type %s", json_type_name(json_type(value)));
    }
    if (strcmp(keyword, "enum") == 0) {
        return schema_enum_holds(said, value) ||
               schema_wrong(c, where, "'%.*s' is none of its values", SLICE_ARG(text));
    }
    if (strcmp(keyword, "items") == 0) {
        return !is_list || schema_items_hold(c, said, value, where);
    }
    if (strcmp(keyword, "oneOf") == 0) {
        return schema_one_holds(c, said, value, where);
    }
    if (strcmp(keyword, "format") == 0 && json_text(said, &text) && slice_is(text, "date-time")) {
        struct slice time = {0};
        return !json_text(value, &time) ||
               (time_parse_rfc3339(time, &n) && slice_ends(time, "Z") && time.n == 24) ||
               schema_wrong(c, where, "'%.*s' is no time with milliseconds", SLICE_ARG(time));
    }
    if (json_int(said, &bound)) {
        bool holds = true;
        if (is_text) {
            holds = schema_bound_holds(keyword, "minLength", "maxLength", bound, (int64_t)text.n);
        } else if (is_list) {
            holds = schema_bound_holds(
                keyword, "minItems", "maxItems", bound, (int64_t)json_count(value));
        } else if (json_int(value, &n)) {
            holds = schema_bound_holds(keyword, "minimum", "maximum", bound, n);
        }
        return holds || schema_wrong(c, where, "is beyond its %s", keyword);
    }
    return true;
}

/* False: c->wrong says why. */
static inline bool
schema_holds(struct schema_check *c, struct json schema, struct json value, const char *where)
{
    static const char *const keywords[] = {"type",
                                           "enum",
                                           "items",
                                           "oneOf",
                                           "format",
                                           "minLength",
                                           "maxLength",
                                           "minItems",
                                           "maxItems",
                                           "minimum",
                                           "maximum",
                                           "required",
                                           "properties",
                                           "additionalProperties",
                                           "description",
                                           "readOnly"};
    schema = schema_at(c->document, schema);
    if (json_type(schema) != JSON_OBJECT) {
        return schema_wrong(c, where, "its schema is not there");
    }
    for (struct json_iter i = json_iter(schema); json_next(&i);) {
        const char *keyword = NULL;
        for (size_t k = 0; k < COUNT_OF(keywords); k++) {
            keyword = slice_is(i.key, keywords[k]) ? keywords[k] : keyword;
        }
        if (!keyword) {
            return schema_wrong(c, where, "its schema says '%.*s'", SLICE_ARG(i.key));
        }
        if (!schema_keyword_holds(c, keyword, i.value, value, where)) {
            return false;
        }
    }
    return json_type(value) != JSON_OBJECT || schema_object_holds(c, schema, value, where);
}
