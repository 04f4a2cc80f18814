/* SPDX-License-Identifier: Apache-2.0 */
/* /openapi.json and the server that serves it, held against each other: every operation, its
 * refusals, and what it answers. */
#include "support/openapi_steps.h"

#include "intake/api_inner.h"

/* ---- the document ---- */

static void check_refs(struct json document, struct json value)
{
    for (struct json_iter i = json_iter(value); json_next(&i);) {
        struct slice ref;
        if (slice_is(i.key, "$ref") && json_text(i.value, &ref) &&
            json_type(schema_ref(document, ref)) != JSON_OBJECT) {
            fail_msg("%.*s leads nowhere", SLICE_ARG(ref));
        }
        check_refs(document, i.value);
    }
}

/* Is it referred to anywhere in the value? */
static bool is_referred(struct json value, const char *ref)
{
    for (struct json_iter i = json_iter(value); json_next(&i);) {
        struct slice text;
        if ((slice_is(i.key, "$ref") && json_text(i.value, &text) && slice_is(text, ref)) ||
            is_referred(i.value, ref)) {
            return true;
        }
    }
    return false;
}

static struct json find_parameter(const struct operation *op, const char *where, const char *name)
{
    struct json found = {0};
    for (struct json_iter i = json_iter(json_get(op->said, "parameters")); json_next(&i);) {
        if (slice_is(said_text(i.value, "in"), where) &&
            slice_is(said_text(i.value, "name"), name)) {
            assert_int_equal(json_type(found), JSON_NONE); /* once */
            found = i.value;
        }
    }
    return found;
}

static void check_parameters(const struct operation *op)
{
    size_t in_path = 0;
    for (const char *c = op->path; *c; c++) {
        if (*c == '{') {
            char name[64];
            size_t n = strcspn(c, "}") - 1;
            (void)snprintf(name, sizeof(name), "%.*s", (int)n, c + 1);
            struct json parameter = find_parameter(op, "path", name);
            bool is_required = false;
            assert_true(json_bool(json_get(parameter, "required"), &is_required) && is_required);
            in_path++;
        }
    }
    for (struct json_iter i = json_iter(json_get(op->said, "parameters")); json_next(&i);) {
        in_path -= slice_is(said_text(i.value, "in"), "path");
        assert_true(said_text(i.value, "description").n > 0);
        assert_int_equal(json_type(json_get(i.value, "schema")), JSON_OBJECT);
    }
    assert_int_equal(in_path, 0);
}

static void check_responses(struct json document, const struct operation *op)
{
    bool any_good = false;
    for (struct json_iter i = json_iter(json_get(op->said, "responses")); json_next(&i);) {
        int64_t status = 0;
        struct json response = schema_at(document, i.value);
        assert_true(slice_int(i.key, &status) && status >= 200 && status < 600);
        assert_true(said_text(response, "description").n > 0);
        if (status >= 400) {
            struct json content = json_get(response, "content");
            assert_int_equal(json_type(json_get(content, "application/problem+json")), JSON_OBJECT);
        }
        any_good = any_good || status < 300;
    }
    assert_true(any_good);
}

/* The route table and the document say the same of who may what. */
static void check_routes(const struct operation *ops, size_t count)
{
    assert_int_equal(count, api_routes_count);
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        const struct operation *op = operation_find(ops, count, route->doc->id);
        assert_string_equal(op->method, route->method);
        assert_slice(op->scope, route->is_public ? "" : scope_text(route->scope));
        bool has_key = json_type(find_parameter(op, "header", "Idempotency-Key")) != JSON_NONE;
        assert_true(has_key == (route->write != NULL && !route->doc->is_question));
        bool is_patch = operation_is(op, "PATCH");
        assert_true(!is_patch || json_count(find_parameter(op, "header", "If-Match")) > 0);
        assert_true(!route->is_public || json_count(json_get(op->said, "security")) == 0);
    }
}

static void test_the_description_is_whole_and_agrees_with_itself(void **state)
{
    struct served *s = *state;
    struct description d;
    size_t count;
    served_start(s);
    description_read(s, &d);
    assert_slice(said_text(d.root, "openapi"), "3.1.0");
    assert_true(said_text(json_get(d.root, "info"), "title").n > 0);
    assert_true(said_text(json_get(d.root, "info"), "version").n > 0);
    check_refs(d.root, d.root);
    const struct operation *ops = description_operations(&d, &count);
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        assert_true(ops[i].id.n > 0 && said_text(ops[i].said, "summary").n > 0);
        for (size_t k = 0; k < i; k++) {
            assert_false(slice_equal(ops[i].id, ops[k].id));
        }
        check_parameters(&ops[i]);
        check_responses(d.root, &ops[i]);
        for (struct json_iter k = json_iter(json_get(ops[i].said, "security")); json_next(&k);) {
            struct json schemes = json_path(d.root, "components", "securitySchemes", NULL);
            assert_int_equal(json_type(json_get(schemes, "token")), JSON_OBJECT);
            assert_int_equal(json_type(json_get(k.value, "token")), JSON_ARRAY);
        }
    }
    check_routes(ops, count);
    struct json schemas = json_path(d.root, "components", "schemas", NULL);
    for (struct json_iter i = json_iter(schemas); json_next(&i);) {
        char ref[128];
        (void)snprintf(ref, sizeof(ref), "#/components/schemas/%.*s", SLICE_ARG(i.key));
        if (!is_referred(d.root, ref)) {
            fail_msg("%s: nothing refers to it", ref);
        }
    }
    description_free(&d);
    served_end(s);
}

/* ---- one good call of each, and some refusals worth seeing ---- */

static const char *with_quotes(const char *body, char out[2048])
{
    size_t n = 0;
    for (; body && body[n] && n + 1 < 2048; n++) {
        out[n] = body[n] == '\'' ? '"' : body[n];
    }
    out[n] = '\0';
    return out;
}

/* Does the path, without its query, fit the template? */
static bool path_fits(const char *template, const char *path)
{
    while (*template) {
        if (*template == '{') {
            template += strcspn(template, "}") + 1;
            path += strcspn(path, "/?");
        } else if (*template ++ != *path++) {
            return false;
        }
    }
    return *path == '\0' || *path == '?';
}

/* What only this run knows: a code of the log, or of the last second factor that was begun. */
static void fill_code(struct served *s, const struct operation *op, char body[2048])
{
    static char secret[64];
    char code[80] = "", text[2048];
    char *at = strstr(body, "%s");
    if (said_text(s->json, "uri").n) { /* the answer before begins one */
        (void)snprintf(secret, sizeof(secret), "%.*s", SLICE_ARG(said_text(s->json, "secret")));
    }
    if (slice_is(op->id, "setUp") && at) {
        setup_code(s, code);
    } else if (slice_is(op->id, "confirmTotp") && at) {
        totp_now(s, secret, code);
    }
    if (at) {
        (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - body), body, code, at + 2);
        memcpy(body, text, sizeof(text));
    }
}

static struct reply step_call(struct served *s,
                              const struct operation *op,
                              const struct good_call *step,
                              const char *session)
{
    char body[2048];
    (void)with_quotes(step->body, body);
    fill_code(s, op, body);
    return call(s,
                (struct call){.token = operation_token(op, session),
                              .method = op->method,
                              .path = step->path,
                              .body = body});
}

static bool is_job_done(struct served *s)
{
    GET(s, "/v1/jobs/1");
    return slice_is(said_text(s->json, "state"), "done");
}

static void test_every_operation_answers_as_it_is_described(void **state)
{
    struct served *s = *state;
    struct description d;
    bool seen[256] = {0};
    char session[160] = "";
    size_t count;
    served_start(s);
    description_read(s, &d);
    const struct operation *ops = description_operations(&d, &count);
    small_business(s);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const struct operation *op = operation_find(ops, count, steps[i].id);
        if (!path_fits(op->path, steps[i].path)) {
            fail_msg("%s does not fit %s", steps[i].path, op->path);
        }
        if (strcmp(steps[i].id, "getJob") == 0) {
            UNTIL(s, 20, is_job_done(s));
            assert_true(json_count(json_get(s->json, "review")) > 0);
        }
        struct reply reply = step_call(s, op, &steps[i], session);
        if (s->status != steps[i].status) {
            fail_msg("%s %s: %d: %.*s", op->method, steps[i].path, s->status, SLICE_ARG(s->text));
        }
        assert_described(&d, s, op, reply.type);
        if (slice_is(op->id, "logIn") && s->status == 200) {
            session_of(&reply, session);
        }
        bool is_list = json_type(json_get(s->json, "next")) != JSON_NONE;
        /* A difference takes its channel's event delay to be one: test_scenarios_evidence has it. */
        bool may_be_empty = strcmp(steps[i].id, "listDrift") == 0;
        if (is_list && !may_be_empty && json_count(json_get(s->json, "items")) == 0) {
            fail_msg("%s: an empty list shows nothing", steps[i].path);
        }
        seen[op - ops] = seen[op - ops] || steps[i].status < 300;
    }
    for (size_t i = 0; i < count; i++) {
        if (!seen[i]) {
            fail_msg("no good call of %.*s", SLICE_ARG(ops[i].id));
        }
    }
    description_free(&d);
    served_end(s);
}

/* ---- what every operation refuses ---- */

/* Things that only the steps make: the same ids, and nothing of it used up. */
static void make_what_steps_make(struct served *s, char read[64], char operate[64])
{
    new_token(s, "read", read);
    new_token(s, "operate", operate);
    new_user(s, "ann", "admin");
    new_user(s, "cleo", "read");
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'CAP'}");
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'till','connector':'api'}");
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'spare','connector':'api'}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'own','sku':'MUG'}");
    WRITE(s, 201, "POST", "/v1/webhooks", "{'url':'http://127.0.0.1:1/hook'}");
    for (int i = 1; i <= 2; i++) {
        WRITE(s,
              201,
              "POST",
              "/v1/holds",
              "{'owner':'cart %d','channel':'own','lines':[{'sku':'FREE','quantity':1}]}",
              i);
        WRITE(s,
              201,
              "POST",
              "/v1/transfers",
              "{'from':'berlin','to':'paris','lines':[{'sku':'FREE','quantity':1}]}");
        WRITE(s, 201, "POST", "/v1/counts", "{'location':'berlin'}");
    }
}

static const struct good_call *good_step(const struct operation *op)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (slice_is(op->id, steps[i].id) && steps[i].status < 300) {
            return &steps[i];
        }
    }
    fail_msg("no good call of %.*s", SLICE_ARG(op->id));
    return NULL;
}

/* A refusal, and what it names. */
static void assert_refuses(struct description *d,
                           struct served *s,
                           const struct operation *op,
                           struct call c,
                           int status,
                           const char *field)
{
    c.method = c.method ? c.method : op->method;
    struct reply reply = call(s, c);
    if (s->status != status || (field && !slice_is(said_text(s->json, "field"), field))) {
        fail_msg("%s %s '%s': wanted %d for %s, got %d: %.*s",
                 c.method,
                 c.path,
                 c.body ? c.body : "",
                 status,
                 field ? field : "it",
                 s->status,
                 SLICE_ARG(s->text));
    }
    assert_problem(s, &reply, status);
    if (status != 405) {
        assert_described(d, s, op, reply.type);
    }
}

static char refused_session[160]; /* of the person who asks for their own */

static void refuse_strangers(struct description *d,
                             struct served *s,
                             const struct operation *op,
                             const char *path,
                             const char *const tokens[2])
{
    assert_refuses(d, s, op, (struct call){.path = path}, 401, NULL);
    if (operation_token(op, refused_session) == refused_session) {
        assert_refuses(d, s, op, (struct call){.path = path, .token = CHILD_TOKEN}, 403, NULL);
    }
    if (!slice_is(op->scope, "read")) {
        const char *token = tokens[slice_is(op->scope, "admin")];
        assert_refuses(d, s, op, (struct call){.path = path, .token = token}, 403, NULL);
    }
}

static void refuse_parameter(struct description *d,
                             struct served *s,
                             const struct operation *op,
                             const char *path,
                             const char *name,
                             const char *value)
{
    char with[512];
    (void)snprintf(with, sizeof(with), "%s?%s%s", path, name, value);
    struct call c = {.path = with, .token = operation_token(op, refused_session)};
    assert_refuses(d, s, op, c, 400, name);
}

static void refuse_parameters(struct description *d,
                              struct served *s,
                              const struct operation *op,
                              const char *path)
{
    refuse_parameter(d, s, op, path, "no_such_parameter", "=1");
    refuse_parameter(d, s, op, path, "no_such_parameter", "");
    for (struct json_iter i = json_iter(json_get(op->said, "parameters")); json_next(&i);) {
        char name[64], twice[128];
        struct json schema = json_get(i.value, "schema");
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(said_text(i.value, "name")));
        if (!slice_is(said_text(i.value, "in"), "query")) {
            continue;
        }
        if (strcmp(name, "q") != 0) { /* the empty text is part of every text */
            refuse_parameter(d, s, op, path, name, "=");
            refuse_parameter(d, s, op, path, name, "");
        }
        refuse_parameter(d, s, op, path, name, "=%zz");
        bool is_one_of = json_type(json_get(schema, "enum")) != JSON_NONE;
        bool is_number = json_type(json_get(schema, "maximum")) != JSON_NONE;
        bool is_time = slice_is(said_text(schema, "format"), "date-time");
        bool is_bool = slice_is(said_text(schema, "type"), "boolean");
        bool is_id = strcmp(name, "cursor") == 0 || strcmp(name, "cause") == 0 ||
                     strcmp(name, "listing") == 0;
        if (is_one_of || is_number || is_time || is_id || is_bool) {
            refuse_parameter(d, s, op, path, name, "=bad");
        }
        int64_t least = 1;
        (void)json_int(json_get(schema, "minimum"), &least);
        if ((is_number && least > 0) || is_id) {
            refuse_parameter(d, s, op, path, name, "=0");
        }
        if (is_number || is_id) {
            refuse_parameter(d, s, op, path, name, "=-1");
        }
        if (is_number) {
            refuse_parameter(d, s, op, path, name, "=1001");
        }
        if (!is_one_of && !is_number && !is_time && !is_id && !is_bool) {
            (void)snprintf(twice, sizeof(twice), "=TEE&%s=TEE", name);
            refuse_parameter(d, s, op, path, name, twice);
        }
    }
}

static void refuse_method(struct description *d,
                          struct served *s,
                          const struct operation *op,
                          const char *path,
                          const struct operation *ops,
                          size_t count)
{
    char allow[64] = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ops[i].path, op->path) == 0) {
            size_t n = strlen(allow);
            (void)snprintf(allow + n, sizeof(allow) - n, "%s%s", n ? ", " : "", ops[i].method);
        }
    }
    struct call c = {.path = path, .method = "PUT", .token = operation_token(op, refused_session)};
    assert_refuses(d, s, op, c, 405, NULL);
    struct reply reply = call(s, c);
    assert_slice(reply.allow, allow);
}

static void
refuse_bodies(struct description *d, struct served *s, const struct operation *op, const char *path)
{
    static const char *const no_objects[] = {
        "{", "nothing", "{\"a\":1,\"a\":2}", "[]", "7", "\"{}\""};
    struct call c = {.path = path, .token = operation_token(op, refused_session)};
    for (size_t i = 0; i < COUNT_OF(no_objects); i++) {
        c.body = no_objects[i];
        assert_refuses(d, s, op, c, 400, NULL);
    }
    if (json_type(operation_asks(d, op)) == JSON_NONE) {
        c.body = "{\"no_such_field\":1}";
        assert_refuses(d, s, op, c, 400, "no_such_field");
    }
    if (json_type(find_parameter(op, "header", "If-Match")) == JSON_NONE) {
        c.body = "";
        c.if_match = "\"0123456789abcdef0123456789abcdef\"";
        assert_refuses(d, s, op, c, 400, "If-Match");
    }
}

static void test_every_operation_refuses_what_it_does_not_know(void **state)
{
    struct served *s = *state;
    struct description d;
    char read[64], operate[64], path[256], nothing[256];
    size_t count;
    served_start(s);
    description_read(s, &d);
    const struct operation *ops = description_operations(&d, &count);
    small_business(s);
    make_what_steps_make(s, read, operate);
    log_in(s, "ann", refused_session);
    for (size_t i = 0; i < count; i++) {
        const struct operation *op = &ops[i];
        const struct good_call *step = good_step(op);
        (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(step->path, "?"), step->path);
        refuse_method(&d, s, op, path, ops, count);
        if (op->scope.n == 0) {
            continue;
        }
        refuse_strangers(&d, s, op, path, (const char *const[]){read, operate});
        refuse_parameters(&d, s, op, path);
        struct json takes = json_path(op->said, "requestBody", "content", NULL);
        if (!operation_is(op, "GET") &&
            (json_type(takes) == JSON_NONE || json_count(json_get(takes, "application/json")))) {
            refuse_bodies(&d, s, op, path);
        }
        if (operation_path_to_nothing(op, nothing)) {
            struct call c = {.path = nothing, .token = operation_token(op, refused_session)};
            c.body = json_type(operation_asks(&d, op)) == JSON_NONE ? NULL : "{}";
            assert_refuses(&d, s, op, c, 404, NULL);
        }
    }
    GET(s, "/v1/tokens?limit=1"); /* none of it has done anything */
    bool is_revoked = true;
    assert_true(
        json_bool(json_get(said_at(json_get(s->json, "items"), 0), "revoked"), &is_revoked));
    assert_false(is_revoked);
    GET(s, "/v1/users/cleo");
    GET(s, "/v1/holds/2");
    assert_slice(said_text(s->json, "state"), "open");
    GET(s, "/v1/listings/4");
    GET(s, "/v1/transfers?state=draft");
    assert_int_equal(json_count(json_get(s->json, "items")), 2);
    GET(s, "/v1/counts?state=open");
    assert_int_equal(json_count(json_get(s->json, "items")), 2);
    description_free(&d);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_the_description_is_whole_and_agrees_with_itself),
        SCENARIO(test_every_operation_answers_as_it_is_described),
        SCENARIO(test_every_operation_refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
