/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of /openapi.json: each schema in each of its forms, written from the tables. */
#include "intake/api_inner.h"

#define SCHEMAS_MAX 128

/* ---- types ---- */

void schema_put_ref(struct json_writer *w, const char *where, const char *name)
{
    char ref[128];
    (void)snprintf(ref, sizeof(ref), "#/components/%s/%s", where, name);
    json_begin_object(w);
    json_field_str(w, "$ref", ref);
    json_end_object(w);
}

const char *schema_name_in(const struct schema *schema, enum form form)
{
    const char *name = form == FORM_CHANGED && schema->changed ? schema->changed
                       : form != FORM_SHOWN && schema->asked   ? schema->asked
                                                               : schema->name;
    must(name);
    return name;
}

static void put_types(struct json_writer *w, const char *type, const char *other, bool or_null)
{
    json_key(w, "type");
    if (!other && !or_null) {
        json_put_text(w, slice_of(type));
        return;
    }
    json_begin_array(w);
    json_put_text(w, slice_of(type));
    if (other) {
        json_put_text(w, slice_of(other));
    }
    if (or_null) {
        json_put_text(w, SLICE("null"));
    }
    json_end_array(w);
}

static void put_values(struct json_writer *w, const char *values, bool or_null)
{
    struct slice rest = slice_of(values), one;
    json_key(w, "enum");
    json_begin_array(w);
    while (rest.n) {
        slice_cut(&rest, '|', &one);
        json_put_text(w, one);
    }
    if (or_null) {
        json_put_null(w);
    }
    json_end_array(w);
}

static void put_bounds(struct json_writer *w,
                       const struct schema_field *field,
                       const char *least,
                       const char *most)
{
    if (field->max || field->min) {
        json_field_int(w, least, field->min);
    }
    if (field->max) {
        json_field_int(w, most, field->max);
    }
}

static void put_map(struct json_writer *w, const char *member_type, bool or_null)
{
    put_types(w, "object", NULL, or_null);
    json_key(w, "additionalProperties");
    json_begin_object(w);
    if (member_type) {
        json_field_str(w, "type", member_type);
    }
    json_end_object(w);
}

void schema_put_type(struct json_writer *w,
                     const struct schema_field *field,
                     enum form form,
                     bool or_null)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_ID:
        put_types(w, "string", NULL, or_null);
        put_bounds(w, field, "minLength", "maxLength");
        if (field->values) {
            put_values(w, field->values, or_null);
        }
        return;
    case FIELD_ANY_ID:
        put_types(w, "string", "integer", or_null);
        put_bounds(w, field, "minLength", "maxLength");
        return;
    case FIELD_TIME:
        put_types(w, "string", NULL, or_null);
        json_field_str(w, "format", "date-time");
        return;
    case FIELD_INT:
        put_types(w, "integer", NULL, or_null);
        json_field_str(w, "format", "int64");
        put_bounds(w, field, "minimum", "maximum");
        return;
    case FIELD_NUMBER:
        put_types(w, "number", NULL, or_null);
        return;
    case FIELD_BOOL:
        put_types(w, "boolean", NULL, or_null);
        return;
    case FIELD_OBJECT:
        must(!or_null);
        json_key(w, "allOf");
        json_begin_array(w);
        schema_put_ref(w, "schemas", schema_name_in(field->of, form));
        json_end_array(w);
        return;
    case FIELD_LIST:
        put_types(w, "array", NULL, or_null);
        put_bounds(w, field, "minItems", "maxItems");
        json_key(w, "items");
        schema_put_ref(w, "schemas", schema_name_in(field->of, form));
        return;
    case FIELD_TEXTS:
        put_types(w, "array", NULL, or_null);
        put_bounds(w, field, "minItems", "maxItems");
        json_field_raw(w, "items", SLICE("{\"type\":\"string\"}"));
        return;
    case FIELD_FREE:
        put_map(w, NULL, or_null);
        return;
    case FIELD_TEXT_MAP:
        put_map(w, "string", or_null);
        return;
    case FIELD_INT_MAP:
        put_map(w, "integer", or_null);
        return;
    case FIELD_ANY:
        return;
    }
}

/* ---- objects ---- */

static bool occurs(const struct schema_field *field, enum form form)
{
    static const unsigned in[] = {SHOWN, ASKED, CHANGED};
    return (field->in & in[form]) != 0;
}

static bool is_required(const struct schema_field *field, enum form form)
{
    return form == FORM_SHOWN   ? !(field->in & MAYBE)
           : form == FORM_ASKED ? (field->in & MUST) != 0
                                : false;
}

static void put_field(struct json_writer *w,
                      const struct schema *schema,
                      const struct schema_field *field,
                      enum form form)
{
    json_key(w, field->name);
    json_begin_object(w);
    schema_put_type(w, field, form, (field->in & (form == FORM_SHOWN ? NULL_OUT : NULL_IN)) != 0);
    json_field_str(w, "description", field->about);
    bool is_said_elsewhere = false;
    for (size_t i = 0; i < schema->fields_count; i++) {
        is_said_elsewhere =
            is_said_elsewhere || (strcmp(schema->fields[i].name, field->name) == 0 &&
                                  (schema->fields[i].in & (ASKED | CHANGED)));
    }
    if (form == FORM_SHOWN && (schema->asked || schema->changed) && !is_said_elsewhere) {
        json_field_bool(w, "readOnly", true);
    }
    json_end_object(w);
}

/* Requests are taken literally: an unknown member is refused. Answers may grow. */
static void put_object(struct json_writer *w, const struct schema *schema, enum form form)
{
    bool any = false;
    json_key(w, schema_name_in(schema, form));
    json_begin_object(w);
    json_field_str(w, "type", "object");
    json_field_str(w, "description", schema->about);
    for (size_t i = 0; i < schema->fields_count; i++) {
        any = any || (occurs(&schema->fields[i], form) && is_required(&schema->fields[i], form));
    }
    if (any) {
        json_key(w, "required");
        json_begin_array(w);
        for (size_t i = 0; i < schema->fields_count; i++) {
            if (occurs(&schema->fields[i], form) && is_required(&schema->fields[i], form)) {
                json_put_text(w, slice_of(schema->fields[i].name));
            }
        }
        json_end_array(w);
    }
    json_key(w, "properties");
    json_begin_object(w);
    for (size_t i = 0; i < schema->fields_count; i++) {
        if (occurs(&schema->fields[i], form)) {
            put_field(w, schema, &schema->fields[i], form);
        }
    }
    json_end_object(w);
    if (form != FORM_SHOWN) {
        json_field_bool(w, "additionalProperties", false);
    }
    json_end_object(w);
}

struct schemas {
    const struct schema *list[SCHEMAS_MAX];
    size_t count;
};

/* The schema and all that it is made of, each once. */
static void collect(struct schemas *known, const struct schema *schema)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->list[i] == schema) {
            return;
        }
    }
    must(known->count < SCHEMAS_MAX);
    known->list[known->count++] = schema;
    for (size_t i = 0; i < schema->fields_count; i++) {
        if (schema->fields[i].of) {
            collect(known, schema->fields[i].of);
        }
    }
}

void schema_put_all(struct json_writer *w)
{
    struct schemas known = {.count = 0};
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route_doc *doc = api_routes[i].doc;
        if (doc->gives) {
            collect(&known, doc->gives);
        }
        if (doc->asks) {
            collect(&known, doc->asks);
        }
    }
    collect(&known, &schema_problem);
    json_key(w, "schemas");
    json_begin_object(w);
    for (size_t i = 0; i < known.count; i++) {
        const struct schema *schema = known.list[i];
        if (schema->name) {
            put_object(w, schema, FORM_SHOWN);
        }
        if (schema->asked) {
            put_object(w, schema, FORM_ASKED);
        }
        if (schema->changed) {
            put_object(w, schema, FORM_CHANGED);
        }
    }
    json_end_object(w);
}
