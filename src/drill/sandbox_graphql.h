/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_graphql - a small, strict GraphQL reader, checker and executor (GraphQL, October 2021).
 *
 * gql_parse reads a document, gql_check holds it against a schema (fields, arguments, variables,
 * input objects, fragments, leaf or not) and reckons its cost, gql_run writes exactly the selected
 * fields. Errors have the wording and codes that Shopify's own server gives them. All memory is the
 * arena's.
 */
#pragma once
#include "base/arena.h"
#include "base/json_read.h"
#include "base/json_write.h"

#define GQL_DEPTH_MAX 24
#define GQL_ERRORS_MAX 16
#define GQL_FIELDS_MAX 64 /* in one selection set, fragments included */

struct gql_spot {
    int line, column;
};

enum gql_value_kind {
    GQL_ABSENT,
    GQL_NULL,
    GQL_INT,
    GQL_FLOAT,
    GQL_TEXT,
    GQL_BOOL,
    GQL_ENUM,
    GQL_LIST,
    GQL_OBJECT,
    GQL_VARIABLE,
};

struct gql_value {
    enum gql_value_kind kind;
    struct slice text;          /* TEXT; name of ENUM or VARIABLE; digits of FLOAT */
    int64_t number;             /* INT */
    bool flag;                  /* BOOL */
    struct gql_member *members; /* LIST (no names), OBJECT */
    size_t count;
};

struct gql_member { /* also an argument */
    struct slice name;
    struct gql_value value;
    struct gql_spot spot;
};

struct gql_directive { /* include, skip, idempotent */
    struct slice name;
    struct gql_member *args;
    size_t args_count;
    struct gql_spot spot;
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };

struct gql_selection {
    enum gql_selection_kind kind;
    struct slice name;       /* of the field or fragment; INLINE: the type, may be empty */
    struct slice alias;      /* the key in the answer */
    struct gql_member *args; /* after gql_check: variables replaced, coerced */
    size_t args_count;
    struct gql_directive *directives;
    size_t directives_count;
    struct gql_selection *set;
    size_t set_count;
    struct gql_spot spot;
    const struct gql_field *field; /* set by gql_check */
};

struct gql_variable {
    struct slice name, type; /* type without blanks: "[ID!]!" */
    struct gql_value fallback;
    struct gql_spot spot;
    struct gql_value value; /* set by gql_check */
    bool is_used;
};

struct gql_operation {
    bool is_mutation;
    struct slice name;
    struct gql_variable *variables;
    size_t variables_count;
    struct gql_selection *set;
    size_t set_count;
    struct gql_spot spot;
};

struct gql_fragment {
    struct slice name, type;
    struct gql_selection *set;
    size_t set_count;
    struct gql_spot spot;
    bool is_used, is_open; /* open: being checked, to find circles */
};

struct gql_document {
    struct gql_operation *operations;
    size_t operations_count;
    struct gql_fragment *fragments;
    size_t fragments_count;
};

/* ERR_PARSE: note and spot say what and where; ERR_LIMIT: too deep or too large. */
MUST_USE enum err gql_parse(struct slice text,
                            struct arena *arena,
                            struct gql_document *out,
                            struct err_note *note,
                            struct gql_spot *out_spot);

/* ---- the schema ---- */

struct gql_field {
    const char *name;
    const char *type; /* "[InventoryQuantity!]!" */
    const char *args; /* "first:Int after:String"; "" = none */
    int id;           /* the resolver's */
};

struct gql_type {
    const char *name;
    const struct gql_field *fields;
    size_t fields_count;
    bool is_interface; /* may become any type that inline fragments name */
};

struct gql_input {
    const char *name;
    const char *fields; /* "name:String! quantities:[InventoryQuantityInput!]!" */
};

struct gql_enum {
    const char *name;
    const char *values; /* "DENY CONTINUE" */
};

struct gql_schema {
    const struct gql_type *types; /* the first is the query's root, the second the mutation's */
    size_t types_count;
    const struct gql_input *inputs;
    size_t inputs_count;
    const struct gql_enum *enums;
    size_t enums_count;
};

struct gql_type_ref { /* "[ID!]!" taken apart */
    struct slice name;
    bool is_list, is_required;
    struct slice inner; /* of a list */
};
struct gql_type_ref gql_type_ref(struct slice text);

/* ---- one request ---- */

struct gql_error {
    struct slice message, extensions; /* extensions: JSON object text or empty */
    struct gql_spot spot;
    struct slice path; /* JSON array text or empty */
};

struct gql_run {
    const struct gql_schema *schema;
    struct arena *arena;
    struct gql_document *document;
    struct gql_operation *operation;
    struct json variables;
    struct gql_error errors[GQL_ERRORS_MAX];
    size_t errors_count;
    int64_t cost; /* requested, reckoned by gql_check */
    int64_t used; /* reckoned by gql_put_object */
    struct json_writer w;
    void *user;
    /* Writes one value for the field: a scalar, null, gql_put_object, or an array of them. */
    void (*resolve)(struct gql_run *run,
                    const struct gql_type *type,
                    const void *self,
                    const struct gql_selection *field);
    int depth;
    struct slice path[GQL_DEPTH_MAX * 2];
    size_t path_count;
};

/* Checks the operation of that name (empty: the only one). False: see errors. */
bool gql_check(struct gql_run *run, struct slice operation_name);
/* Writes the value of "data". */
void gql_execute(struct gql_run *run);
void gql_write_errors(struct gql_run *run, struct json_writer *w);
void gql_error(struct gql_run *run, struct gql_spot spot, const char *code, struct slice message);

const struct gql_type *gql_type_find(const struct gql_schema *schema, struct slice name);
/* For resolvers: an object of that type as the field's value. */
void gql_put_object(struct gql_run *run,
                    const struct gql_selection *field,
                    const char *type,
                    const void *self);
const struct gql_value *gql_arg(const struct gql_selection *field,
                                const char *name); /* or ABSENT */
const struct gql_value *gql_member(const struct gql_value *object,
                                   const char *name); /* or ABSENT */
bool gql_arg_int(const struct gql_selection *field, const char *name, int64_t *out);
bool gql_arg_text(const struct gql_selection *field, const char *name, struct slice *out);
const struct gql_directive *gql_directive(const struct gql_selection *field, const char *name);
