/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_graphql_values - values of arguments and variables, held against their types. */
#include "drill/sandbox_graphql_inner.h"

struct gql_type_ref gql_type_ref(struct slice text)
{
    struct gql_type_ref ref = {.name = text};
    if (slice_ends(text, "!")) {
        ref.is_required = true;
        text.n--;
    }
    if (slice_starts(text, "[")) {
        ref.is_list = true;
        ref.inner = (struct slice){text.p + 1, text.n - 2};
        text = ref.inner;
    }
    while (text.n > 0 &&
           (text.p[0] == '[' || text.p[text.n - 1] == ']' || text.p[text.n - 1] == '!')) {
        if (text.p[0] == '[') {
            text = slice_from(text, 1);
        } else {
            text.n--;
        }
    }
    ref.name = text;
    return ref;
}

bool gql_spec_next(struct slice *specs, struct slice *out_name, struct slice *out_type)
{
    struct slice spec;
    *specs = slice_trim(*specs);
    if (specs->n == 0) {
        return false;
    }
    slice_cut(specs, ' ', &spec);
    slice_cut(&spec, ':', out_name);
    *out_type = spec;
    return true;
}

static const struct gql_input *input_find(const struct gql_schema *schema, struct slice name)
{
    for (size_t i = 0; i < schema->inputs_count; i++) {
        if (slice_is(name, schema->inputs[i].name)) {
            return &schema->inputs[i];
        }
    }
    return NULL;
}

static const struct gql_enum *enum_find(const struct gql_schema *schema, struct slice name)
{
    for (size_t i = 0; i < schema->enums_count; i++) {
        if (slice_is(name, schema->enums[i].name)) {
            return &schema->enums[i];
        }
    }
    return NULL;
}

static const char *const scalar_names[] = {
    "Int", "Float", "String", "Boolean", "ID", "DateTime", "URL", "Money", "UnsignedInt64"};

bool gql_is_input_type(const struct gql_schema *schema, struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(scalar_names); i++) {
        if (slice_is(name, scalar_names[i])) {
            return true;
        }
    }
    return input_find(schema, name) || enum_find(schema, name);
}

/* ---- from JSON ---- */

struct gql_value gql_value_of_json(struct arena *arena, struct json v)
{
    struct gql_value value = {.kind = GQL_NULL};
    switch (json_type(v)) {
    case JSON_NONE:
        value.kind = GQL_ABSENT;
        break;
    case JSON_NULL:
        break;
    case JSON_BOOL:
        value.kind = json_bool(v, &value.flag) ? GQL_BOOL : GQL_NULL;
        break;
    case JSON_INT:
        value.kind = json_int(v, &value.number) ? GQL_INT : GQL_FLOAT;
        break;
    case JSON_REAL:
        value.kind = GQL_FLOAT;
        value.text = json_copy_text(v, arena);
        break;
    case JSON_TEXT:
        value.kind = json_text(v, &value.text) ? GQL_TEXT : GQL_NULL;
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        value.kind = json_type(v) == JSON_ARRAY ? GQL_LIST : GQL_OBJECT;
        value.members = ARENA_ARRAY(arena, json_count(v) + 1, struct gql_member);
        for (struct json_iter i = json_iter(v); value.members && json_next(&i);) {
            value.members[value.count++] =
                (struct gql_member){.name = i.key, .value = gql_value_of_json(arena, i.value)};
        }
        break;
    }
    return value;
}

/* ---- coercion ---- */

static bool problem(struct gql_coercion *c, const char *text, struct slice detail)
{
    if (c->explanation.n == 0) {
        c->explanation = arena_printf(c->run->arena, "%s%.*s", text, SLICE_ARG(detail));
        struct buf path;
        buf_init(&path, 4096);
        for (size_t i = 0; i < c->path_count; i++) {
            if (i > 0) {
                buf_char(&path, '.');
            }
            buf_slice(&path, c->path[i]);
        }
        c->where = arena_copy(c->run->arena, buf_view(&path));
        buf_free(&path);
    }
    return false;
}

static bool push(struct gql_coercion *c, struct slice step)
{
    if (c->path_count >= COUNT_OF(c->path)) {
        return problem(c, "Too deep", SLICE(""));
    }
    c->path[c->path_count++] = step;
    return true;
}

static struct gql_variable *variable_find(struct gql_operation *operation, struct slice name)
{
    for (size_t i = 0; i < operation->variables_count; i++) {
        if (slice_equal(operation->variables[i].name, name)) {
            return &operation->variables[i];
        }
    }
    return NULL;
}

/* May a variable of type `given` stand where `wanted` is asked for? */
static bool type_fits(struct slice given, struct slice wanted)
{
    if (slice_ends(wanted, "!")) {
        if (!slice_ends(given, "!")) {
            return false;
        }
        wanted.n--;
    }
    if (slice_ends(given, "!")) {
        given.n--;
    }
    bool is_list = slice_starts(wanted, "[");
    if (is_list != slice_starts(given, "[")) {
        return false;
    }
    if (!is_list) {
        return slice_equal(given, wanted);
    }
    return type_fits((struct slice){given.p + 1, given.n - 2},
                     (struct slice){wanted.p + 1, wanted.n - 2});
}

static bool variable_coerce(struct gql_coercion *c, struct gql_value *value, struct slice type)
{
    struct gql_run *run = c->run;
    struct gql_variable *variable = variable_find(run->operation, value->text);
    if (!variable) {
        c->undeclared = value->text;
        return problem(c, "Undeclared variable $", value->text);
    }
    variable->is_used = true;
    struct slice given = variable->type;
    if (variable->fallback.kind != GQL_ABSENT && variable->fallback.kind != GQL_NULL &&
        !slice_ends(given, "!")) {
        given = arena_printf(run->arena, "%.*s!", SLICE_ARG(given));
    }
    if (!type_fits(given, type)) {
        c->mismatch = variable;
        return problem(c, "Type mismatch on variable $", value->text);
    }
    *value = variable->value;
    return true;
}

static bool list_coerce(struct gql_coercion *c, struct gql_value *value, struct slice inner)
{
    if (value->kind != GQL_LIST) { /* one value stands for a list of one */
        struct gql_member *one = ARENA_NEW(c->run->arena, struct gql_member);
        if (!one) {
            return problem(c, "Too large", SLICE(""));
        }
        one->value = *value;
        *value = (struct gql_value){.kind = GQL_LIST, .members = one, .count = 1};
    }
    for (size_t i = 0; i < value->count; i++) {
        struct slice step = arena_printf(c->run->arena, "%zu", i);
        if (!push(c, step) || !gql_coerce(c, &value->members[i].value, inner)) {
            return false;
        }
        c->path_count--;
    }
    return true;
}

static struct gql_member *member_find(const struct gql_value *object, struct slice name)
{
    for (size_t i = 0; i < object->count; i++) {
        if (slice_equal(object->members[i].name, name)) {
            return &object->members[i];
        }
    }
    return NULL;
}

static bool
input_coerce(struct gql_coercion *c, struct gql_value *value, const struct gql_input *input)
{
    if (value->kind != GQL_OBJECT) {
        return problem(
            c,
            "Expected value to be a key-value object responding to `to_h` or `to_unsafe_h`.",
            SLICE(""));
    }
    size_t known = 0;
    struct slice specs = slice_of(input->fields);
    struct slice name;
    struct slice type;
    while (gql_spec_next(&specs, &name, &type)) {
        struct gql_member *member = member_find(value, name);
        known += member != NULL;
        if (!push(c, name)) {
            return false;
        }
        if (member && !gql_coerce(c, &member->value, type)) {
            return false;
        }
        bool is_missing = !member || member->value.kind == GQL_ABSENT;
        if (is_missing && slice_ends(type, "!")) {
            return problem(c, "Expected value to not be null", SLICE(""));
        }
        c->path_count--;
    }
    if (known == value->count) {
        return true;
    }
    for (size_t i = 0; i < value->count; i++) {
        bool is_known = false;
        specs = slice_of(input->fields);
        while (gql_spec_next(&specs, &name, &type)) {
            is_known |= slice_equal(name, value->members[i].name);
        }
        if (!is_known) {
            return push(c, value->members[i].name) &&
                   problem(c, "Field is not defined on ", slice_of(input->name));
        }
    }
    return problem(c, "A field is given twice", SLICE(""));
}

static bool enum_coerce(struct gql_coercion *c, struct gql_value *value, const struct gql_enum *e)
{
    bool is_name = value->kind == GQL_ENUM || (value->kind == GQL_TEXT && c->is_json);
    struct slice names = slice_of(e->values);
    struct slice name;
    while (is_name && names.n > 0) {
        slice_cut(&names, ' ', &name);
        if (slice_equal(name, value->text)) {
            value->kind = GQL_ENUM;
            return true;
        }
    }
    return problem(
        c, "Expected one of the enum's values, not ", is_name ? value->text : SLICE("value"));
}

static bool scalar_coerce(struct gql_coercion *c, struct gql_value *value, struct slice type)
{
    bool is_good = false;
    if (slice_is(type, "Int")) {
        is_good =
            value->kind == GQL_INT && value->number <= INT32_MAX && value->number >= INT32_MIN;
    } else if (slice_is(type, "Float")) {
        is_good = value->kind == GQL_INT || value->kind == GQL_FLOAT;
    } else if (slice_is(type, "Boolean")) {
        is_good = value->kind == GQL_BOOL;
    } else if (slice_is(type, "ID") || slice_is(type, "UnsignedInt64")) {
        is_good = value->kind == GQL_TEXT || value->kind == GQL_INT;
    } else {
        is_good = value->kind == GQL_TEXT;
    }
    return is_good || problem(c, "Could not coerce value to ", type);
}

bool gql_coerce(struct gql_coercion *c, struct gql_value *value, struct slice type)
{
    struct gql_type_ref ref = gql_type_ref(type);
    if (value->kind == GQL_VARIABLE) {
        return variable_coerce(c, value, type);
    }
    if (value->kind == GQL_ABSENT) {
        return true; /* the caller knows whether it may be */
    }
    if (value->kind == GQL_NULL) {
        return !ref.is_required || problem(c, "Expected value to not be null", SLICE(""));
    }
    if (ref.is_list) {
        return list_coerce(c, value, ref.inner);
    }
    const struct gql_input *input = input_find(c->run->schema, ref.name);
    if (input) {
        return input_coerce(c, value, input);
    }
    const struct gql_enum *e = enum_find(c->run->schema, ref.name);
    return e ? enum_coerce(c, value, e) : scalar_coerce(c, value, ref.name);
}

/* ---- for resolvers ---- */

static const struct gql_value absent = {.kind = GQL_ABSENT};

const struct gql_value *gql_arg(const struct gql_selection *field, const char *name)
{
    for (size_t i = 0; i < field->args_count; i++) {
        if (slice_is(field->args[i].name, name)) {
            return &field->args[i].value;
        }
    }
    return &absent;
}

const struct gql_value *gql_member(const struct gql_value *object, const char *name)
{
    const struct gql_member *member = member_find(object, slice_of(name));
    return member ? &member->value : &absent;
}

bool gql_arg_int(const struct gql_selection *field, const char *name, int64_t *out)
{
    const struct gql_value *value = gql_arg(field, name);
    if (value->kind != GQL_INT) {
        return false;
    }
    *out = value->number;
    return true;
}

bool gql_arg_text(const struct gql_selection *field, const char *name, struct slice *out)
{
    const struct gql_value *value = gql_arg(field, name);
    if (value->kind != GQL_TEXT && value->kind != GQL_ENUM) {
        return false;
    }
    *out = value->text;
    return true;
}

const struct gql_directive *gql_directive(const struct gql_selection *field, const char *name)
{
    for (size_t i = 0; i < field->directives_count; i++) {
        if (slice_is(field->directives[i].name, name)) {
            return &field->directives[i];
        }
    }
    return NULL;
}
