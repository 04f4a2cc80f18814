/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_graphql_inner - what the reader's values and the checker share. */
#pragma once
#include "drill/sandbox_graphql.h"

/* One value on its way into its type. Filled in when it does not fit. */
struct gql_coercion {
    struct gql_run *run;
    bool is_json; /* of a variable: enums are texts there */
    struct slice path[GQL_DEPTH_MAX];
    size_t path_count;
    struct slice explanation, where;
    struct slice undeclared;       /* a variable that nobody declares */
    struct gql_variable *mismatch; /* a variable of another type */
};

/* In place; variables are replaced by their values. */
bool gql_coerce(struct gql_coercion *c, struct gql_value *value, struct slice type);
struct gql_value gql_value_of_json(struct arena *arena, struct json v);
bool gql_is_input_type(const struct gql_schema *schema, struct slice name);
/* Next of "name:Type name:Type". */
bool gql_spec_next(struct slice *specs, struct slice *out_name, struct slice *out_type);
