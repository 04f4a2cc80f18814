/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of requests, as /openapi.json has them and as the server takes them: each described
 * one is taken within its bounds and refused by name beyond them; no other is taken at all.
 */
#include "support/openapi_wholes.h"

/* ---- a body with one thing changed ---- */

struct change {
    const char *object; /* "", or "lines[0]." */
    const char *field;
    const char *raw; /* JSON; NULL: leave the field out */
};

static void put_changed(struct json_writer *w,
                        struct json value,
                        const char *where,
                        const struct change *change,
                        struct arena *arena)
{
    if (json_type(value) == JSON_ARRAY) {
        size_t n = 0;
        json_begin_array(w);
        for (struct json_iter i = json_iter(value); json_next(&i); n++) {
            char path[128];
            size_t size = strlen(where);
            (void)snprintf(path, sizeof(path), "%.*s[%zu].", (int)(size ? size - 1 : 0), where, n);
            put_changed(w, i.value, path, change, arena);
        }
        json_end_array(w);
        return;
    }
    if (json_type(value) != JSON_OBJECT) {
        json_put_raw(w, json_copy_text(value, arena));
        return;
    }
    bool is_here = strcmp(where, change->object) == 0;
    json_begin_object(w);
    for (struct json_iter i = json_iter(value); json_next(&i);) {
        char path[128];
        if (is_here && slice_is(i.key, change->field)) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s%.*s.", where, SLICE_ARG(i.key));
        json_key_slice(w, i.key);
        put_changed(w, i.value, path, change, arena);
    }
    if (is_here && change->raw) {
        json_field_raw(w, change->field, slice_of(change->raw));
    }
    json_end_object(w);
}

/* ---- one attempt ---- */

struct attempt {
    struct served *s;
    struct description *d;
    const struct operation *op;
    const struct whole *whole;
    struct json_doc *doc;
    struct json base;
    struct buf body;
    size_t count;
    const char *session; /* of a person, for what is their own */
    int64_t job;         /* the last import that was begun */
};

static bool is_job_over(struct served *s, int64_t job)
{
    GET(s, "/v1/jobs/%" PRId64, job);
    struct slice job_state = said_text(s->json, "state");
    return !slice_is(job_state, "queued") && !slice_is(job_state, "running");
}

static void put_fresh(struct attempt *a)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "N%06zu", a->count);
    for (char *at = a->body.p; (at = strstr(at, FRESH));) {
        memcpy(at, number, strlen(FRESH));
    }
}

static void send_changed(struct attempt *a, const struct change *change)
{
    char path[128];
    if (a->whole->make) {
        int cut = (int)strcspn(a->whole->path, "%");
        (void)snprintf(path,
                       sizeof(path),
                       "%.*s%lld%s",
                       cut,
                       a->whole->path,
                       a->whole->make(a->s),
                       a->whole->path + cut + strlen("%lld"));
    } else {
        (void)snprintf(path, sizeof(path), "%s", a->whole->path);
    }
    UNTIL(a->s, 20, a->job == 0 || is_job_over(a->s, a->job));
    struct arena arena;
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    buf_clear(&a->body);
    struct json_writer w = json_writer(&a->body);
    put_changed(&w, a->base, "", change, &arena);
    buf_char(&a->body, '\0');
    assert_false(a->body.overflow);
    arena_free(&arena);
    put_fresh(a);
    struct reply reply = call(a->s,
                              (struct call){.token = operation_token(a->op, a->session),
                                            .method = a->op->method,
                                            .path = path,
                                            .body = a->body.p});
    assert_described(a->d, a->s, a->op, reply.type);
    if (!slice_is(a->op->id, "takeOver")) { /* which waits for its hour */
        (void)json_int_loose(json_get(a->s->json, "job"), &a->job);
    }
    a->count++;
}

/* Does the answer refuse this very field? Where `field` is not said, the detail must say it. */
static bool names(const struct attempt *a, const struct change *change)
{
    char path[160];
    struct slice field = said_text(a->s->json, "field"), detail = said_text(a->s->json, "detail");
    (void)snprintf(path, sizeof(path), "%s%s", change->object, change->field);
    if (field.n) {
        return slice_is(field, path) ||
               (slice_starts(field, path) && field.p[strlen(path)] == '['); /* an item of it */
    }
    return detail.n && memmem(detail.p, detail.n, change->field, strlen(change->field));
}

static bool says_unknown(const struct attempt *a)
{
    struct slice type = said_text(a->s->json, "type"), detail = said_text(a->s->json, "detail");
    return slice_is(type, "urn:truecount:problem:unknown-field") ||
           (detail.n && memmem(detail.p, detail.n, "there is no such field", 22));
}

static void fail_attempt(const struct attempt *a, const struct change *change, const char *wanted)
{
    fail_msg("%.*s: %s%s = %.80s: %s; got %d: %.*s",
             SLICE_ARG(a->op->id),
             change->object,
             change->field,
             change->raw ? change->raw : "(left out)",
             wanted,
             a->s->status,
             SLICE_ARG(a->s->text));
}

/* 422 where the value is a name that the connector or the store would have to know. */
static void wants_refusal(struct attempt *a, const char *object, const char *field, const char *raw)
{
    const struct change change = {object, field, raw};
    send_changed(a, &change);
    if ((a->s->status != 400 && a->s->status != 422) || !names(a, &change) || says_unknown(a)) {
        fail_attempt(a, &change, "must be refused by its name");
    }
}

/* Other things may stand in the way of the whole, such as that it exists by now. */
static void wants_taken(struct attempt *a, const char *object, const char *field, const char *raw)
{
    const struct change change = {object, field, raw};
    send_changed(a, &change);
    if (a->s->status == 400 && (says_unknown(a) || names(a, &change))) {
        fail_attempt(a, &change, "must be taken");
    }
}

/* ---- what the description says of a field ---- */

static const char *
repeated(struct arena *arena, const char *open, const char *one, size_t count, const char *close)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)4 * 1024 * 1024);
    buf_text(&text, open);
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, one);
    }
    if (count && one[0] == ',') {
        text.p[strlen(open)] = ' ';
    }
    buf_text(&text, close);
    assert_false(text.overflow);
    return arena_printf(arena, "%.*s", SLICE_ARG(buf_view(&text))).p;
}

static void
check_bounds(struct attempt *a, const char *object, const char *field, struct json schema)
{
    int64_t bound;
    char raw[32];
    struct arena *arena = &a->d->arena;
    if (json_int(json_get(schema, "minimum"), &bound)) {
        (void)snprintf(raw, sizeof(raw), "%" PRId64, bound - 1);
        wants_refusal(a, object, field, raw);
    }
    if (json_int(json_get(schema, "maximum"), &bound)) {
        (void)snprintf(raw, sizeof(raw), "%" PRId64, bound + 1);
        wants_refusal(a, object, field, raw);
    }
    if (json_int(json_get(schema, "minLength"), &bound) && bound > 0) {
        wants_refusal(a, object, field, "\"\"");
    }
    if (json_int(json_get(schema, "maxLength"), &bound)) {
        wants_refusal(a, object, field, repeated(arena, "\"", "9", (size_t)bound + 1, "\""));
    }
    if (json_int(json_get(schema, "minItems"), &bound) && bound > 0) {
        wants_refusal(a, object, field, "[]");
    }
    if (json_int(json_get(schema, "maxItems"), &bound)) {
        wants_refusal(a, object, field, repeated(arena, "[", ",{}", (size_t)bound + 1, "]"));
    }
}

static void
check_values(struct attempt *a, const char *object, const char *field, struct json schema)
{
    struct json values = json_get(schema, "enum");
    struct slice one;
    for (struct json_iter i = json_iter(values); json_next(&i);) {
        if (json_text(i.value, &one)) {
            wants_taken(a, object, field, arena_printf(&a->d->arena, "\"%.*s\"", SLICE_ARG(one)).p);
        }
    }
    if (json_count(values)) {
        wants_refusal(a, object, field, "\"no such value\"");
    }
    if (slice_is(said_text(schema, "format"), "date-time")) {
        wants_taken(a, object, field, "\"2026-01-01T02:00:00.5+02:00\"");
        wants_refusal(a, object, field, "\"yesterday\"");
    }
}

static void check_field(
    struct attempt *a, const char *object, const char *field, struct json schema, bool is_required)
{
    if (schema_allows(schema, "null")) {
        wants_taken(a, object, field, "null");
    } else {
        wants_refusal(a, object, field, "null");
    }
    wants_refusal(a, object, field, schema_allows(schema, "boolean") ? "\"yes\"" : "true");
    if (schema_allows(schema, "integer")) {
        wants_refusal(a, object, field, "1.5");
    }
    if (is_required) {
        wants_refusal(a, object, field, NULL);
    } else {
        wants_taken(a, object, field, NULL);
    }
    check_bounds(a, object, field, schema);
    check_values(a, object, field, schema);
}

static bool is_listed(struct json list, struct slice name)
{
    struct slice one;
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (json_text(i.value, &one) && slice_equal(one, name)) {
            return true;
        }
    }
    return false;
}

#define NAMES_MAX 512

/* The names that members of objects of the API have, each once. */
static size_t all_names(struct json document, struct slice *out)
{
    size_t count = 0;
    struct json schemas = json_path(document, "components", "schemas", NULL);
    for (struct json_iter i = json_iter(schemas); json_next(&i);) {
        for (struct json_iter k = json_iter(json_get(i.value, "properties")); json_next(&k);) {
            bool is_new = !slice_is(k.key, "items"); /* that is many at once */
            for (size_t n = 0; n < count && is_new; n++) {
                is_new = !slice_equal(out[n], k.key);
            }
            must(count < NAMES_MAX);
            out[count] = k.key;
            count += is_new;
        }
    }
    return count;
}

static size_t add_name(struct slice *out, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(out[i], name)) {
            return count;
        }
    }
    must(count < NAMES_MAX);
    out[count] = name;
    return count + 1;
}

/* The names that the server's forms know: what stands in `...fields[] = {"a", "b"}` there. */
static size_t
names_in_source(const char *file, struct arena *arena, struct slice *out, size_t count)
{
    char path[512];
    (void)snprintf(path, sizeof(path), TC_TEST_DATA "/../../src/engine/%s", file);
    char *text = file_text(path);
    for (char *at = text; (at = strstr(at, "fields[] = {"));) {
        char *end = strchr(at, ';');
        assert_non_null(end);
        for (char *from = strchr(at, '"'); from && from < end;) {
            char *to = strchr(from + 1, '"');
            assert_true(to && to < end);
            struct slice name = {from + 1, (size_t)(to - from - 1)};
            if (!slice_is(name, "items")) { /* that is many at once */
                count = add_name(out, count, arena_copy(arena, name));
            }
            from = strchr(to + 1, '"');
        }
        at = end;
    }
    free(text);
    return count;
}

static size_t names_in_sources(struct arena *arena, struct slice *out, size_t count)
{
    DIR *directory = opendir(TC_TEST_DATA "/../../src/engine");
    size_t files = 0;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (slice_ends(slice_of(entry->d_name), ".c")) {
            count = names_in_source(entry->d_name, arena, out, count);
            files++;
        }
    }
    closedir(directory);
    assert_true(files > 10);
    return count;
}

/* What other objects have, and this one has not. */
static void check_others(struct attempt *a, const char *object, struct json properties)
{
    struct slice list[NAMES_MAX];
    size_t count = all_names(a->d->root, list);
    count = names_in_sources(&a->d->arena, list, count);
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(list[i]));
        const struct change change = {object, name, "1"};
        if (json_type(json_get(properties, name)) == JSON_NONE) {
            send_changed(a, &change);
            if (a->s->status != 400 || !says_unknown(a) || !names(a, &change)) {
                fail_attempt(a, &change, "is not described, and must be refused");
            }
        }
    }
}

static void
check_object(struct attempt *a, const char *object, struct json schema, struct json base)
{
    struct json properties = json_get(schema, "properties");
    for (struct json_iter i = json_iter(properties); json_next(&i);) {
        char name[64], path[128];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(i.key));
        struct json field = schema_at(a->d->root, i.value), here = json_get(base, name);
        if (json_type(here) == JSON_NONE && a->whole->without &&
            strcmp(a->whole->without, name) == 0) {
            continue;
        }
        if (json_type(here) == JSON_NONE) {
            fail_msg("%.*s: the whole lacks %s%s", SLICE_ARG(a->op->id), object, name);
        }
        check_field(a, object, name, field, is_listed(json_get(schema, "required"), i.key));
        struct json items = schema_at(a->d->root, json_get(field, "items"));
        if (json_type(json_get(items, "properties")) != JSON_NONE) {
            (void)snprintf(path, sizeof(path), "%s%s[0].", object, name);
            check_object(a, path, items, said_at(here, 0));
        }
    }
    check_others(a, object, properties);
}

/* ---- all of it ---- */

static void check_operation(struct served *s,
                            struct description *d,
                            const struct operation *op,
                            const struct whole *whole,
                            const char *session)
{
    struct attempt a = {
        .s = s, .d = d, .op = op, .whole = whole, .session = session, .doc = json_doc_new()};
    struct err_note note;
    char text[2048];
    size_t n = 0;
    assert_non_null(a.doc);
    buf_init(&a.body, (size_t)4 * 1024 * 1024);
    for (; whole->body[n]; n++) {
        text[n] = whole->body[n] == '\'' ? '"' : whole->body[n];
    }
    assert_int_equal(json_parse(a.doc, (struct slice){text, n}, &a.base, &note), ERR_OK);
    const struct change none = {"nowhere", "", NULL};
    send_changed(&a, &none);
    if (s->status >= 300) {
        fail_attempt(&a, &none, "the whole must be taken");
    }
    check_object(&a, "", operation_asks(d, op), a.base);
    assert_true(a.count > 10);
    buf_free(&a.body);
    json_doc_free(a.doc);
}

/* How many wholes the operation has. */
static size_t check_wholes(struct served *s,
                           struct description *d,
                           const struct operation *op,
                           const char *session)
{
    const char *without = NULL;
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(wholes); i++) {
        if (slice_is(op->id, wholes[i].id)) {
            check_operation(s, d, op, &wholes[i], session);
            /* What one leaves out, another one has. */
            assert_true(count == 0 || (without && strcmp(without, wholes[i].without) != 0));
            without = wholes[i].without;
            count++;
        }
    }
    if (count == 0 || (count == 1 && without)) {
        fail_msg("no whole request of %.*s", SLICE_ARG(op->id));
    }
    return count;
}

/* Each takes a code that is good once: test_access has their fields. */
static bool is_asked_once(const struct operation *op)
{
    return slice_is(op->id, "setUp") || slice_is(op->id, "confirmTotp");
}

static void test_the_fields_of_requests_are_those_that_are_described(void **state)
{
    struct served *s = *state;
    struct description d;
    char session[160];
    size_t count, asking = 0;
    served_start(s);
    description_read(s, &d);
    const struct operation *ops = description_operations(&d, &count);
    small_business(s);
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'second','connector':'api'}");
    new_user(s, "ann", "admin");
    log_in(s, "ann", session);
    for (size_t i = 0; i < count; i++) {
        if (json_type(operation_asks(&d, &ops[i])) != JSON_NONE && !is_asked_once(&ops[i])) {
            asking += check_wholes(s, &d, &ops[i], session);
        }
    }
    assert_int_equal(asking, COUNT_OF(wholes));
    description_free(&d);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_the_fields_of_requests_are_those_that_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
