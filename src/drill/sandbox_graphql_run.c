/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_graphql_run - a document held against the schema, its cost, and its execution. */
#include "drill/sandbox_graphql_inner.h"

#define MUTATION_COST 10

static struct slice path_json(struct gql_run *run)
{
    struct buf out;
    buf_init(&out, 4096);
    struct json_writer w = json_writer(&out);
    json_begin_array(&w);
    for (size_t i = 0; i < run->path_count; i++) {
        json_put_text(&w, run->path[i]);
    }
    json_end_array(&w);
    struct slice text = arena_copy(run->arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void
error_add(struct gql_run *run, struct gql_spot spot, struct slice message, struct slice extensions)
{
    if (run->errors_count < GQL_ERRORS_MAX) {
        run->errors[run->errors_count++] = (struct gql_error){
            .message = message,
            .extensions = extensions,
            .spot = spot,
            .path = path_json(run),
        };
    }
}

void gql_error(struct gql_run *run, struct gql_spot spot, const char *code, struct slice message)
{
    error_add(run, spot, message, arena_printf(run->arena, "{\"code\":\"%s\"}", code));
}

#define TYPED_ERROR(run, spot, code, format, ...)                                                  \
    gql_error((run), (spot), (code), arena_printf((run)->arena, (format), __VA_ARGS__))

const struct gql_type *gql_type_find(const struct gql_schema *schema, struct slice name)
{
    for (size_t i = 0; i < schema->types_count; i++) {
        if (slice_is(name, schema->types[i].name)) {
            return &schema->types[i];
        }
    }
    return NULL;
}

static const struct gql_field *field_find(const struct gql_type *type, struct slice name)
{
    for (size_t i = 0; i < type->fields_count; i++) {
        if (slice_is(name, type->fields[i].name)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static const struct gql_field field_typename = {
    .name = "__typename", .type = "String!", .args = "", .id = -1};

static struct gql_fragment *fragment_find(struct gql_document *document, struct slice name)
{
    for (size_t i = 0; i < document->fragments_count; i++) {
        if (slice_equal(document->fragments[i].name, name)) {
            return &document->fragments[i];
        }
    }
    return NULL;
}

/* ---- arguments ---- */

static void coercion_error(struct gql_run *run,
                           const struct gql_coercion *c,
                           const struct gql_selection *field,
                           const struct gql_member *arg,
                           struct slice type)
{
    if (c->undeclared.n > 0) {
        TYPED_ERROR(run,
                    arg->spot,
                    "variableNotDefined",
                    "Variable $%.*s is used by %.*s but not declared",
                    SLICE_ARG(c->undeclared),
                    run->operation->name.n ? (int)run->operation->name.n : 15,
                    run->operation->name.n ? run->operation->name.p : "anonymous query");
    } else if (c->mismatch) {
        TYPED_ERROR(run,
                    arg->spot,
                    "variableMismatch",
                    "Type mismatch on variable $%.*s and argument %.*s (%.*s / %.*s)",
                    SLICE_ARG(c->mismatch->name),
                    SLICE_ARG(arg->name),
                    SLICE_ARG(c->mismatch->type),
                    SLICE_ARG(type));
    } else {
        TYPED_ERROR(run,
                    arg->spot,
                    "argumentLiteralsIncompatible",
                    "Argument '%.*s' on Field '%.*s' has an invalid value. Expected type '%.*s'.",
                    SLICE_ARG(arg->name),
                    SLICE_ARG(field->name),
                    SLICE_ARG(type));
    }
}

static struct gql_member *arg_find(struct gql_member *args, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(args[i].name, name)) {
            return &args[i];
        }
    }
    return NULL;
}

static void args_check(struct gql_run *run,
                       const struct gql_selection *field,
                       struct gql_member *args,
                       size_t count,
                       struct gql_spot spot,
                       struct slice specs,
                       const char *kind,
                       struct slice owner)
{
    struct slice all = specs;
    struct slice name;
    struct slice type;
    while (gql_spec_next(&specs, &name, &type)) {
        struct gql_member *arg = arg_find(args, count, name);
        struct gql_coercion c = {.run = run};
        if (arg && !gql_coerce(&c, &arg->value, type)) {
            coercion_error(run, &c, field, arg, type);
        }
        if (slice_ends(type, "!") && (!arg || arg->value.kind == GQL_ABSENT)) {
            TYPED_ERROR(run,
                        spot,
                        "missingRequiredArguments",
                        "%s '%.*s' is missing required arguments: %.*s",
                        kind,
                        SLICE_ARG(owner),
                        SLICE_ARG(name));
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        struct slice rest = all;
        while (gql_spec_next(&rest, &name, &type)) {
            is_known |= slice_equal(name, args[i].name);
        }
        if (!is_known) {
            TYPED_ERROR(run,
                        args[i].spot,
                        "argumentNotAccepted",
                        "%s '%.*s' doesn't accept argument '%.*s'",
                        kind,
                        SLICE_ARG(owner),
                        SLICE_ARG(args[i].name));
        }
    }
}

static void directives_check(struct gql_run *run, const struct gql_selection *field)
{
    for (size_t i = 0; i < field->directives_count; i++) {
        struct gql_directive *d = &field->directives[i];
        const char *specs = NULL;
        if (slice_is(d->name, "include") || slice_is(d->name, "skip")) {
            specs = "if:Boolean!";
        } else if (slice_is(d->name, "idempotent") && field->kind == GQL_FIELD) {
            specs = "key:String!";
        }
        if (!specs) {
            TYPED_ERROR(run,
                        d->spot,
                        "undefinedDirective",
                        "Directive @%.*s is not defined",
                        SLICE_ARG(d->name));
            continue;
        }
        args_check(
            run, field, d->args, d->args_count, d->spot, slice_of(specs), "Directive", d->name);
    }
}

/* ---- selections and their cost ---- */

static int64_t set_check(struct gql_run *run,
                         const struct gql_type *type,
                         struct gql_selection *set,
                         size_t count);

/* How many objects a field may bring. */
static int64_t field_count_max(const struct gql_selection *field)
{
    int64_t n;
    if (gql_arg_int(field, "first", &n) || gql_arg_int(field, "last", &n)) {
        return n > 0 ? n : 0;
    }
    const struct gql_value *ids = gql_arg(field, "ids");
    return ids->kind == GQL_LIST ? (int64_t)ids->count : 1;
}

static int64_t composite_cost(struct gql_run *run,
                              const struct gql_type *parent,
                              const struct gql_selection *field,
                              struct slice type_name,
                              int64_t children)
{
    bool is_in_connection = slice_ends(slice_of(parent->name), "Connection");
    if (parent == &run->schema->types[1]) {
        return MUTATION_COST;
    }
    if (slice_is(type_name, "PageInfo")) {
        return 0;
    }
    if (slice_ends(type_name, "Connection")) {
        return field_count_max(field) * children;
    }
    if (slice_ends(type_name, "Edge")) {
        return children;
    }
    return is_in_connection ? 1 + children : field_count_max(field) * (1 + children);
}

static int64_t
field_check(struct gql_run *run, const struct gql_type *type, struct gql_selection *field)
{
    if (slice_is(field->name, "__typename")) {
        field->field = &field_typename;
        return 0;
    }
    field->field = field_find(type, field->name);
    if (!field->field) {
        error_add(run,
                  field->spot,
                  arena_printf(run->arena,
                               "Field '%.*s' doesn't exist on type '%s'",
                               SLICE_ARG(field->name),
                               type->name),
                  arena_printf(run->arena,
                               "{\"code\":\"undefinedField\",\"typeName\":\"%s\","
                               "\"fieldName\":\"%.*s\"}",
                               type->name,
                               SLICE_ARG(field->name)));
        return 0;
    }
    args_check(run,
               field,
               field->args,
               field->args_count,
               field->spot,
               slice_of(field->field->args),
               "Field",
               field->name);
    struct gql_type_ref ref = gql_type_ref(slice_of(field->field->type));
    const struct gql_type *result = gql_type_find(run->schema, ref.name);
    if (!result && field->set_count > 0) {
        TYPED_ERROR(run,
                    field->spot,
                    "selectionMismatch",
                    "Selections can't be made on scalars (field '%.*s' returns %.*s but has "
                    "selections)",
                    SLICE_ARG(field->name),
                    SLICE_ARG(ref.name));
    }
    if (!result) {
        return 0;
    }
    if (field->set_count == 0) {
        TYPED_ERROR(run,
                    field->spot,
                    "selectionMismatch",
                    "Field must have selections (field '%.*s' returns %.*s but has no selections. "
                    "Did you mean '%.*s { ... }'?)",
                    SLICE_ARG(field->name),
                    SLICE_ARG(ref.name),
                    SLICE_ARG(field->name));
        return 0;
    }
    bool is_sized = slice_ends(ref.name, "Connection") &&
                    gql_arg(field, "first")->kind != GQL_INT &&
                    gql_arg(field, "last")->kind != GQL_INT;
    if (is_sized) {
        gql_error(run, field->spot, "BAD_REQUEST", SLICE("you must provide one of first or last"));
    } else if (field_count_max(field) > 250) {
        TYPED_ERROR(run,
                    field->spot,
                    "ARGUMENT_ERROR",
                    "The maximum is 250 for '%.*s'",
                    SLICE_ARG(field->name));
    }
    int64_t children = set_check(run, result, field->set, field->set_count);
    return composite_cost(run, type, field, ref.name, children);
}

static int64_t fragment_check(struct gql_run *run,
                              const struct gql_type *type,
                              struct slice type_name,
                              struct gql_selection *set,
                              size_t count,
                              struct gql_spot spot)
{
    const struct gql_type *on = type_name.n ? gql_type_find(run->schema, type_name) : type;
    if (!on) {
        TYPED_ERROR(run,
                    spot,
                    "undefinedType",
                    "No such type %.*s, so it can't be a fragment condition",
                    SLICE_ARG(type_name));
        return 0;
    }
    if (on != type && !type->is_interface && !on->is_interface) {
        TYPED_ERROR(run,
                    spot,
                    "cannotSpreadFragment",
                    "Fragment on %s can't be spread inside %s",
                    on->name,
                    type->name);
        return 0;
    }
    return set_check(run, on, set, count);
}

static int64_t
spread_check(struct gql_run *run, const struct gql_type *type, const struct gql_selection *spread)
{
    struct gql_fragment *fragment = fragment_find(run->document, spread->name);
    if (!fragment) {
        TYPED_ERROR(run,
                    spread->spot,
                    "useAndDefineFragment",
                    "Fragment %.*s was used, but not defined",
                    SLICE_ARG(spread->name));
        return 0;
    }
    if (fragment->is_open) {
        TYPED_ERROR(run,
                    spread->spot,
                    "infiniteLoop",
                    "Fragment %.*s contains an infinite loop",
                    SLICE_ARG(spread->name));
        return 0;
    }
    fragment->is_used = true;
    fragment->is_open = true;
    int64_t cost = fragment_check(
        run, type, fragment->type, fragment->set, fragment->set_count, fragment->spot);
    fragment->is_open = false;
    return cost;
}

static int64_t
set_check(struct gql_run *run, const struct gql_type *type, struct gql_selection *set, size_t count)
{
    int64_t cost = 0;
    if (++run->depth > GQL_DEPTH_MAX || run->errors_count == GQL_ERRORS_MAX) {
        run->depth--;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        run->path[run->path_count++] = set[i].kind == GQL_FIELD ? set[i].alias : SLICE("...");
        directives_check(run, &set[i]);
        switch (set[i].kind) {
        case GQL_FIELD:
            cost += field_check(run, type, &set[i]);
            break;
        case GQL_SPREAD:
            cost += spread_check(run, type, &set[i]);
            break;
        case GQL_INLINE:
            cost +=
                fragment_check(run, type, set[i].name, set[i].set, set[i].set_count, set[i].spot);
            break;
        }
        run->path_count--;
    }
    run->depth--;
    return cost;
}

/* ---- variables ---- */

static void variable_problem(struct gql_run *run,
                             const struct gql_variable *variable,
                             struct json given,
                             const struct gql_coercion *c)
{
    struct buf out;
    buf_init(&out, (size_t)1 << 20);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_raw(&w, "value", json_copy_text(given, run->arena));
    json_key(&w, "problems");
    json_begin_array(&w);
    json_begin_object(&w);
    json_key(&w, "path");
    json_begin_array(&w);
    for (size_t i = 0; i < c->path_count; i++) {
        int64_t n;
        if (slice_int(c->path[i], &n)) {
            json_put_int(&w, n);
        } else {
            json_put_text(&w, c->path[i]);
        }
    }
    json_end_array(&w);
    json_field_text(&w, "explanation", c->explanation);
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
    run->path_count = 0;
    error_add(run,
              variable->spot,
              arena_printf(run->arena,
                           "Variable $%.*s of type %.*s was provided invalid value%s%.*s (%.*s)",
                           SLICE_ARG(variable->name),
                           SLICE_ARG(variable->type),
                           c->where.n ? " for " : "",
                           SLICE_ARG(c->where),
                           SLICE_ARG(c->explanation)),
              arena_copy(run->arena, buf_view(&out)));
    buf_free(&out);
}

static void variable_check(struct gql_run *run, struct gql_variable *variable)
{
    struct gql_type_ref ref = gql_type_ref(variable->type);
    if (!gql_is_input_type(run->schema, ref.name)) {
        TYPED_ERROR(run,
                    variable->spot,
                    "variableRequiresValidType",
                    "%.*s isn't a defined input type (on $%.*s)",
                    SLICE_ARG(ref.name),
                    SLICE_ARG(variable->name));
        return;
    }
    char key[128];
    snprintf(key, sizeof(key), "%.*s", SLICE_ARG(variable->name));
    struct json given = json_get(run->variables, key);
    struct gql_coercion c = {.run = run, .is_json = json_type(given) != JSON_NONE};
    variable->value = c.is_json ? gql_value_of_json(run->arena, given) : variable->fallback;
    if (variable->value.kind == GQL_ABSENT && ref.is_required) {
        c.explanation = SLICE("Expected value to not be null");
        variable_problem(run, variable, given, &c);
    } else if (!gql_coerce(&c, &variable->value, variable->type)) {
        variable_problem(run, variable, given, &c);
    }
}

static bool operation_choose(struct gql_run *run, struct slice name)
{
    struct gql_document *document = run->document;
    run->operation = NULL;
    for (size_t i = 0; i < document->operations_count; i++) {
        if (name.n == 0 || slice_equal(document->operations[i].name, name)) {
            run->operation = &document->operations[i];
            break;
        }
    }
    if (!run->operation || (name.n == 0 && document->operations_count > 1)) {
        gql_error(run,
                  (struct gql_spot){1, 1},
                  "noSuchOperation",
                  SLICE("An operation name is required, and one of that name"));
        return false;
    }
    return true;
}

bool gql_check(struct gql_run *run, struct slice operation_name)
{
    if (!operation_choose(run, operation_name)) {
        return false;
    }
    struct gql_operation *operation = run->operation;
    for (size_t i = 0; i < operation->variables_count; i++) {
        variable_check(run, &operation->variables[i]);
    }
    if (run->errors_count > 0) {
        return false;
    }
    run->path[run->path_count++] = arena_printf(run->arena,
                                                "%s%s%.*s",
                                                operation->is_mutation ? "mutation" : "query",
                                                operation->name.n ? " " : "",
                                                SLICE_ARG(operation->name));
    run->cost = set_check(run,
                          &run->schema->types[operation->is_mutation ? 1 : 0],
                          operation->set,
                          operation->set_count);
    for (size_t i = 0; i < operation->variables_count; i++) {
        const struct gql_variable *variable = &operation->variables[i];
        if (!variable->is_used) {
            TYPED_ERROR(run,
                        operation->spot,
                        "variableNotUsed",
                        "Variable $%.*s is declared by %.*s but not used",
                        SLICE_ARG(variable->name),
                        SLICE_ARG(operation->name));
        }
    }
    for (size_t i = 0; i < run->document->fragments_count; i++) {
        if (!run->document->fragments[i].is_used) {
            TYPED_ERROR(run,
                        run->document->fragments[i].spot,
                        "useAndDefineFragment",
                        "Fragment %.*s was defined, but not used",
                        SLICE_ARG(run->document->fragments[i].name));
        }
    }
    return run->errors_count == 0;
}

/* ---- execution ---- */

struct gathered {
    const struct gql_selection *fields[GQL_FIELDS_MAX];
    size_t count;
};

static bool is_left_out(const struct gql_selection *selection)
{
    for (size_t i = 0; i < selection->directives_count; i++) {
        const struct gql_directive *d = &selection->directives[i];
        bool flag = d->args_count == 1 && d->args[0].value.flag;
        if ((slice_is(d->name, "include") && !flag) || (slice_is(d->name, "skip") && flag)) {
            return true;
        }
    }
    return false;
}

/* Two selections under one key become one whose set holds both sets. */
static const struct gql_selection *
merged(struct gql_run *run, const struct gql_selection *a, const struct gql_selection *b)
{
    struct gql_selection *both = ARENA_NEW(run->arena, struct gql_selection);
    struct gql_selection *set =
        ARENA_ARRAY(run->arena, a->set_count + b->set_count + 1, struct gql_selection);
    if (!both || !set || b->set_count == 0) {
        return a;
    }
    memcpy(set, a->set, a->set_count * sizeof(*set));
    memcpy(set + a->set_count, b->set, b->set_count * sizeof(*set));
    *both = *a;
    both->set = set;
    both->set_count = a->set_count + b->set_count;
    return both;
}

static void gather(struct gql_run *run,
                   const struct gql_type *type,
                   const struct gql_selection *set,
                   size_t count,
                   struct gathered *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct gql_selection *s = &set[i];
        if (is_left_out(s)) {
            continue;
        }
        if (s->kind != GQL_FIELD) {
            const struct gql_fragment *fragment =
                s->kind == GQL_SPREAD ? fragment_find(run->document, s->name) : NULL;
            struct slice on = fragment ? fragment->type : s->name;
            const struct gql_type *on_type = gql_type_find(run->schema, on);
            if (on.n == 0 || slice_is(on, type->name) || (on_type && on_type->is_interface)) {
                gather(run,
                       type,
                       fragment ? fragment->set : s->set,
                       fragment ? fragment->set_count : s->set_count,
                       out);
            }
            continue;
        }
        size_t at = 0;
        while (at < out->count && !slice_equal(out->fields[at]->alias, s->alias)) {
            at++;
        }
        if (at < out->count) {
            out->fields[at] = merged(run, out->fields[at], s);
        } else if (out->count < GQL_FIELDS_MAX) {
            out->fields[out->count++] = s;
        }
    }
}

static void set_execute(struct gql_run *run,
                        const struct gql_type *type,
                        const void *self,
                        const struct gql_selection *set,
                        size_t count)
{
    struct gathered g = {.count = 0};
    gather(run, type, set, count, &g);
    json_begin_object(&run->w);
    for (size_t i = 0; i < g.count; i++) {
        char key[128];
        snprintf(key, sizeof(key), "%.*s", SLICE_ARG(g.fields[i]->alias));
        json_key(&run->w, key);
        if (g.fields[i]->field == &field_typename) {
            json_put_text(&run->w, slice_of(type->name));
        } else {
            run->resolve(run, type, self, g.fields[i]);
        }
    }
    json_end_object(&run->w);
}

void gql_put_object(struct gql_run *run,
                    const struct gql_selection *field,
                    const char *type_name,
                    const void *self)
{
    struct slice name = slice_of(type_name);
    const struct gql_type *type = gql_type_find(run->schema, name);
    must(type != NULL);
    if (!slice_ends(name, "Connection") && !slice_ends(name, "Edge") &&
        !slice_is(name, "PageInfo")) {
        run->used++;
    }
    set_execute(run, type, self, field->set, field->set_count);
}

void gql_execute(struct gql_run *run)
{
    bool is_mutation = run->operation->is_mutation;
    set_execute(run,
                &run->schema->types[is_mutation ? 1 : 0],
                NULL,
                run->operation->set,
                run->operation->set_count);
    if (is_mutation) {
        run->used = run->cost;
    }
}

void gql_write_errors(struct gql_run *run, struct json_writer *w)
{
    json_begin_array(w);
    for (size_t i = 0; i < run->errors_count; i++) {
        const struct gql_error *error = &run->errors[i];
        json_begin_object(w);
        json_field_text(w, "message", error->message);
        json_key(w, "locations");
        json_begin_array(w);
        json_begin_object(w);
        json_field_int(w, "line", error->spot.line);
        json_field_int(w, "column", error->spot.column);
        json_end_object(w);
        json_end_array(w);
        if (error->path.n > 2) {
            json_field_raw(w, "path", error->path);
        }
        if (error->extensions.n > 0) {
            json_field_raw(w, "extensions", error->extensions);
        }
        json_end_object(w);
    }
    json_end_array(w);
}
