/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that name the state they were made on, and lists page by page. */
#include "support/openapi_walk.h"

struct thing {
    const char *path, *change, *other; /* two PATCHes that change something; single quotes */
};

static const struct thing things[] = {
    {"/v1/skus/SPARE", "{'title':'One'}", "{'title':'Other'}"},
    {"/v1/locations/paris", "{'name':'One'}", "{'name':'Other'}"},
    {"/v1/channels/own", "{'cap':11}", "{'cap':12}"},
    {"/v1/listings/1", "{'cap':11}", "{'cap':12}"},
    {"/v1/users/ann", "{'role':'operate'}", "{'role':'admin'}"},
};

static struct reply patch(struct served *s, const char *path, const char *tag, const char *body)
{
    char text[1024];
    size_t n = 0;
    for (; body[n] && n + 1 < sizeof(text); n++) {
        text[n] = body[n] == '\'' ? '"' : body[n];
    }
    text[n] = '\0';
    return call(
        s,
        (struct call){
            .token = CHILD_TOKEN, .method = "PATCH", .path = path, .if_match = tag, .body = text});
}

static void get_tag(struct served *s, const char *path, char out[80])
{
    struct reply reply =
        call(s, (struct call){.token = CHILD_TOKEN, .method = "GET", .path = path});
    served_wanted(s, 200, __FILE__, __LINE__);
    assert_true(reply.etag.n > 20 && reply.etag.n < 80);
    assert_true(reply.etag.p[0] == '"' && slice_ends(reply.etag, "\""));
    (void)snprintf(out, 80, "%.*s", SLICE_ARG(reply.etag));
}

/* What stands in front of the figures: a sale leaves it as it is. */
static bool has_same_settings(const char *a, const char *b)
{
    return strncmp(a, b, 33) == 0;
}

static int get_if_none_match(struct served *s, const char *path, const char *tag)
{
    struct reply reply = call(
        s,
        (struct call){.token = CHILD_TOKEN, .method = "GET", .path = path, .if_none_match = tag});
    assert_true(s->status == 200 || (s->status == 304 && s->text.n == 0 && reply.etag.n > 0));
    return s->status;
}

static void small_shop(struct served *s)
{
    WRITE(s, 201, "POST", "/v1/locations", "{'items':[{'code':'berlin'},{'code':'paris'}]}");
    WRITE(s, 201, "POST", "/v1/skus", "{'items':[{'sku':'TEE'},{'sku':'SPARE'}]}");
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'own','connector':'api','mode':'live'}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'own','sku':'TEE'}");
    new_user(s, "ann", "read");
    new_user(s, "bob", "admin");
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin','quantity':100}]}");
}

static void test_a_change_of_what_was_changed_meanwhile_is_refused(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        const char *path = things[i].path;
        char first[80], second[80], third[80], many[256];
        get_tag(s, path, first);
        struct reply reply = patch(s, path, first, things[i].change);
        served_wanted(s, 200, __FILE__, __LINE__);
        (void)snprintf(second, sizeof(second), "%.*s", SLICE_ARG(reply.etag));
        assert_false(has_same_settings(first, second));
        get_tag(s, path, third);
        assert_string_equal(second, third); /* the answer's is the one that GET gives */

        reply = patch(s, path, first, things[i].other);
        assert_problem(s, &reply, 412);
        assert_slice(said_text(s->json, "type"), "urn:truecount:problem:changed-meanwhile");
        get_tag(s, path, third);
        assert_string_equal(second, third); /* nothing happened */

        (void)snprintf(many, sizeof(many), "\"nonsense\", %s", second);
        patch(s, path, many, things[i].other);
        served_wanted(s, 200, __FILE__, __LINE__);
        patch(s, path, "*", things[i].change);
        served_wanted(s, 200, __FILE__, __LINE__);
        get_tag(s, path, third);
        assert_string_equal(second, third); /* the same content, the same tag */
        (void)snprintf(many, sizeof(many), "W/%s", third);
        reply = patch(s, path, many, things[i].other);
        assert_problem(s, &reply, 412); /* a weak tag guards nothing */
        (void)snprintf(many, sizeof(many), "%.*s", (int)strlen(third) - 2, third + 1);
        reply = patch(s, path, many, things[i].other);
        assert_problem(s, &reply, 412); /* without its quotes it is no tag */
    }
    struct reply reply = patch(s, "/v1/skus/GONE", "*", "{'title':'x'}");
    assert_problem(s, &reply, 404);
    served_end(s);
}

static void test_a_tag_outlives_a_restart(void **state)
{
    struct served *s = *state;
    char before[COUNT_OF(things)][80], after[80];
    served_start(s);
    small_shop(s);
    WRITE(s,
          200,
          "PATCH",
          "/v1/channels/own",
          "{'secrets':{'webhook_secret':'" SHOP_SECRET "'},'route':[{'location':'berlin'}]}");
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        get_tag(s, things[i].path, before[i]);
    }
    served_stop(s);
    served_start(s);
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        get_tag(s, things[i].path, after);
        assert_string_equal(before[i], after);
    }
    served_end(s);
}

static void test_a_secret_is_a_setting_too(void **state)
{
    struct served *s = *state;
    char before[80], after[80];
    served_start(s);
    small_shop(s);
    get_tag(s, "/v1/channels/own", before);
    patch(s, "/v1/channels/own", before, "{'secrets':{'webhook_secret':'" SHOP_SECRET "'}}");
    served_wanted(s, 200, __FILE__, __LINE__);
    get_tag(s, "/v1/channels/own", before);
    patch(s, "/v1/channels/own", before, "{'secrets':{'webhook_secret':'whsec_b3RoZXI='}}");
    served_wanted(s, 200, __FILE__, __LINE__);
    get_tag(s, "/v1/channels/own", after);
    assert_false(has_same_settings(before, after));
    served_end(s);
}

/* A sale is no reason to refuse an operator's change, and must never be hidden from a reader. */
static void test_a_sale_changes_what_a_reader_knows_and_no_settings(void **state)
{
    struct served *s = *state;
    char before[80], after[80];
    served_start(s);
    small_shop(s);
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        get_tag(s, things[i].path, before);
        assert_int_equal(get_if_none_match(s, things[i].path, before), 304);
        assert_int_equal(get_if_none_match(s, things[i].path, "\"else\""), 200);
        assert_int_equal(get_if_none_match(s, things[i].path, "*"), 304);
    }
    get_tag(s, "/v1/listings/1", before);
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'1','version':'1','lines':[{'id':'1','sku':'TEE','ordered':3}]}");
    assert_int_equal(get_if_none_match(s, "/v1/listings/1", before), 200);
    assert_int_equal(said_int(s->json, "sellable"), 97);
    get_tag(s, "/v1/listings/1", after);
    assert_string_not_equal(before, after);
    assert_true(has_same_settings(before, after));
    patch(s, "/v1/listings/1", before, "{'buffer':1}");
    served_wanted(s, 200, __FILE__, __LINE__);
    served_end(s);
}

static void test_what_was_refused_for_anothers_change_may_be_asked_again(void **state)
{
    struct served *s = *state;
    char tag[80];
    served_start(s);
    small_shop(s);
    struct call c = {.token = CHILD_TOKEN,
                     .method = "PATCH",
                     .path = "/v1/skus/TEE",
                     .key = "one",
                     .if_match = "\"stale\"",
                     .body = "{\"title\":\"x\"}"};
    struct reply reply = call(s, c);
    assert_problem(s, &reply, 412);
    get_tag(s, "/v1/skus/TEE", tag);
    c.if_match = tag;
    call(s, c);
    served_wanted(s, 200, __FILE__, __LINE__);
    call(s, c); /* its answer was lost: it is done already, and not refused now */
    served_wanted(s, 200, __FILE__, __LINE__);
    served_end(s);
}

static void test_a_listing_is_not_deleted_over_anothers_change(void **state)
{
    struct served *s = *state;
    char tag[80];
    served_start(s);
    small_shop(s);
    get_tag(s, "/v1/listings/1", tag);
    WRITE(s, 200, "PATCH", "/v1/listings/1", "{'cap':3}");
    struct call c = {
        .token = CHILD_TOKEN, .method = "DELETE", .path = "/v1/listings/1", .if_match = tag};
    struct reply reply = call(s, c);
    assert_problem(s, &reply, 412);
    get_tag(s, "/v1/listings/1", tag);
    call(s, c);
    served_wanted(s, 204, __FILE__, __LINE__);
    served_end(s);
}

/* ---- two at once ---- */

struct racer {
    struct served *s;
    int status;
    bool is_answered;
};

static void on_raced(void *arg, const struct env_reply *reply)
{
    struct racer *racer = arg;
    racer->status = reply->err ? 0 : reply->response.status;
    racer->is_answered = true;
    env_uv_stop(racer->s->uv);
}

static void race(struct served *s, struct racer *racer, const struct thing *thing, const char *tag)
{
    char url[256], body[128];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", s->port, thing->path);
    const struct http_header headers[] = {{SLICE("Authorization"), SLICE("Bearer " CHILD_TOKEN)},
                                          {SLICE("If-Match"), slice_of(tag)}};
    size_t n = 0;
    for (const char *c = thing->change; *c; c++) {
        body[n++] = *c == '\'' ? '"' : *c;
    }
    const struct env_call env_call = {.request = {.method = SLICE("PATCH"),
                                                  .url = slice_of(url),
                                                  .headers = headers,
                                                  .headers_count = COUNT_OF(headers),
                                                  .body = {body, n}},
                                      .private_ok = true};
    *racer = (struct racer){.s = s};
    s->env->ops->http(s->env, &env_call, on_raced, racer);
}

static void test_of_two_changes_on_the_same_state_exactly_one_wins(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < COUNT_OF(things); i++) {
            struct racer racers[2];
            char tag[80];
            patch(s, things[i].path, NULL, things[i].other);
            get_tag(s, things[i].path, tag);
            race(s, &racers[0], &things[i], tag);
            race(s, &racers[1], &things[i], tag);
            UNTIL(s, 20, racers[0].is_answered && racers[1].is_answered);
            assert_int_equal(racers[0].status + racers[1].status, 200 + 412);
        }
    }
    served_end(s);
}

/* ---- pages ---- */

/* What an item is: its id, or the code it is known by. */
static void identity(struct json item, char out[128])
{
    static const char *const keys[] = {"id", "code", "sku", "name", "channel"};
    out[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(keys) && !out[0]; i++) {
        struct slice text = said_text(item, keys[i]);
        (void)snprintf(out, 128, "%.*s", SLICE_ARG(text));
    }
    assert_true(out[0] != '\0');
}

/* As many as the list gives at once. */
static int64_t most_of(const struct operation *op)
{
    int64_t most = 0;
    for (struct json_iter i = json_iter(json_get(op->said, "parameters")); json_next(&i);) {
        if (slice_is(said_text(i.value, "name"), "limit")) {
            most = said_int(json_get(i.value, "schema"), "maximum");
        }
    }
    assert_true(most > 0);
    return most;
}

static void check_pages(struct served *s, const struct operation *op)
{
    static char all[1000][128];
    char path[256], one[128];
    size_t count = 0, seen = 0;
    GET(s, "%s?limit=%" PRId64, op->path, most_of(op));
    if (json_type(json_get(s->json, "next")) != JSON_NULL) {
        fail_msg("%s has more than %" PRId64 ": %.*s", op->path, most_of(op), SLICE_ARG(s->text));
    }
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        identity(i.value, all[count++]);
    }
    assert_true(count > 1);
    (void)snprintf(path, sizeof(path), "%s?limit=1", op->path);
    for (bool more = true; more;) {
        GET(s, "%s", path);
        struct json items = json_get(s->json, "items");
        assert_true(json_count(items) <= 1 && seen + json_count(items) <= count);
        if (json_count(items) == 1) {
            identity(said_at(items, 0), one);
            assert_string_equal(one, all[seen]);
            seen++;
        }
        struct slice next = said_text(s->json, "next");
        more = next.n > 0;
        (void)snprintf(path, sizeof(path), "%s?limit=1&cursor=%.*s", op->path, SLICE_ARG(next));
    }
    assert_int_equal(seen, count);
}

/* Lists that no small business fills at once: by imports, by time, or for a location that must be
 * named. Their own scenarios page through them. */
static bool is_made_otherwise(const struct operation *op)
{
    static const char *const ids[] = {"listDrift", "listFindings", "listOpening", "listExposure"};
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        found |= slice_is(op->id, ids[i]);
    }
    return found;
}

static bool is_list(const struct operation *op)
{
    bool found = false;
    for (struct json_iter i = json_iter(json_get(op->said, "parameters")); json_next(&i);) {
        found |= slice_is(said_text(i.value, "name"), "cursor");
    }
    return found && !is_made_otherwise(op);
}

static size_t items_of(struct served *s, const struct operation *op)
{
    GET(s, "%s?limit=%" PRId64, op->path, most_of(op));
    return json_count(json_get(s->json, "items"));
}

static void test_every_list_is_the_same_in_pages_of_one(void **state)
{
    struct served *s = *state;
    struct description d;
    size_t count, lists = 0;
    char token[64];
    served_start(s);
    description_read(s, &d);
    const struct operation *ops = description_operations(&d, &count);
    small_business(s);
    new_token(s, "read", token);
    new_token(s, "operate", token);
    new_user(s, "ann", "admin");
    new_user(s, "bob", "read");
    for (int i = 0; i < 2; i++) {
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
        WRITE(s, 201, "POST", "/v1/webhooks", "{'url':'http://127.0.0.1:1/%d'}", i);
    }
    for (size_t i = 0; i < count;
         i++) { /* of deliveries, pushes and incidents some are still to come */
        if (is_list(&ops[i])) {
            UNTIL(s, 60, items_of(s, &ops[i]) > 1);
        }
    }
    WRITE(s, 200, "PATCH", "/v1/channels/woo", "{'mode':'off'}"); /* nothing moves any more */
    for (size_t i = 0; i < count; i++) {
        if (is_list(&ops[i])) {
            check_pages(s, &ops[i]);
            lists++;
        }
    }
    assert_true(lists >= 12);
    description_free(&d);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_change_of_what_was_changed_meanwhile_is_refused),
        SCENARIO(test_a_tag_outlives_a_restart),
        SCENARIO(test_a_secret_is_a_setting_too),
        SCENARIO(test_a_sale_changes_what_a_reader_knows_and_no_settings),
        SCENARIO(test_what_was_refused_for_anothers_change_may_be_asked_again),
        SCENARIO(test_a_listing_is_not_deleted_over_anothers_change),
        SCENARIO(test_of_two_changes_on_the_same_state_exactly_one_wins),
        SCENARIO(test_every_list_is_the_same_in_pages_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
