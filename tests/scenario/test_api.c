/* SPDX-License-Identifier: Apache-2.0 */
/* The API over real sockets: who may do what, problems, kept answers, pages, filters. */
#include "support/api_call.h"

#include "intake/api_inner.h"

/* "/v1/skus/{}" with something that is not there. */
static void path_of(const struct route *route, char out[128])
{
    size_t n = 0;
    for (const char *c = route->pattern; *c && n + 8 < 128; c++) {
        if (*c == '{') {
            memcpy(out + n, "987654", 6);
            n += 6;
            c++;
        } else {
            out[n++] = *c;
        }
    }
    out[n] = '\0';
    if (route->doc->media && strcmp(route->doc->media, "text/event-stream") == 0) {
        (void)snprintf(out + n, 128 - n, "?seconds=1"); /* else it has no end */
    }
}

/* ---- who may ---- */

static void test_every_route_asks_for_its_scope_and_no_less(void **state)
{
    struct served *s = *state;
    char tokens[3][64], path[128];
    served_start(s);
    for (int scope = SCOPE_READ; scope <= SCOPE_ADMIN; scope++) {
        new_token(s, scope_text((enum token_scope)scope), tokens[scope]);
    }
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        struct call c = {.method = route->method, .path = path, .body = ""};
        path_of(route, path);
        struct reply reply = call(s, c);
        if (route->is_public) {
            bool is_write = strcmp(route->method, "GET") != 0; /* which looks at its body alone */
            assert_int_equal(s->status, is_write ? 400 : 200);
            continue;
        }
        assert_problem(s, &reply, 401);
        assert_slice(reply.authenticate, "Bearer");
        c.token = "tc_nobody-ever-made-this-token-it-is-not-there";
        reply = call(s, c);
        assert_problem(s, &reply, 401);
        for (int scope = SCOPE_READ; scope <= SCOPE_ADMIN; scope++) {
            c.token = tokens[scope];
            reply = call(s, c);
            if (scope < (int)route->scope || route->doc->is_personal) {
                assert_problem(s, &reply, 403);
            } else if (s->status == 401 || s->status == 403 || s->status == 405 ||
                       s->status >= 500 || s->status == 0) {
                fail_msg("%s %s as %s: %d",
                         route->method,
                         route->pattern,
                         scope_text((enum token_scope)scope),
                         s->status);
            }
        }
    }
    served_end(s);
}

static void test_every_write_needs_more_than_the_scope_to_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        bool opens =
            strcmp(route->pattern, "/v1/session") == 0 || strcmp(route->pattern, "/v1/setup") == 0;
        if (strcmp(route->method, "GET") != 0) {
            assert_true(!route->is_public || (opens && strcmp(route->method, "POST") == 0));
            assert_true(route->is_public || route->scope >= SCOPE_OPERATE ||
                        route->doc->is_question || route->doc->is_personal);
        }
    }
}

static void test_a_revoked_token_is_no_token(void **state)
{
    struct served *s = *state;
    char token[64];
    served_start(s);
    new_token(s, "read", token);
    call(s, (struct call){.token = token, .method = "GET", .path = "/v1/skus", .body = ""});
    assert_int_equal(s->status, 200);
    WRITE(s, 204, "DELETE", "/v1/tokens/1", "%s", "");
    struct reply reply =
        call(s, (struct call){.token = token, .method = "GET", .path = "/v1/skus", .body = ""});
    assert_problem(s, &reply, 401);
    GET(s, "/v1/tokens");
    struct json row = said_at(json_get(s->json, "items"), 0);
    assert_int_equal(said_text(row, "token").n, 0); /* shown once */
    served_end(s);
}

/* ---- what is not there ---- */

static void test_what_is_not_there_is_said_so(void **state)
{
    struct served *s = *state;
    served_start(s);
    static const struct {
        const char *method, *path;
        int status;
        const char *allow;
    } cases[] = {
        {"GET", "/v1/nothing", 404, ""},
        {"GET", "/nothing", 404, ""},
        {"GET", "/v1/skus/", 404, ""},
        {"GET", "/v1/skus/a/b", 404, ""},
        {"GET", "/v1/skus/GONE", 404, ""},
        {"GET", "/v1/stock/GONE", 404, ""},
        {"GET", "/v1/channels/gone", 404, ""},
        {"GET", "/v1/orders/gone/1", 404, ""},
        {"GET", "/v1/holds/1", 404, ""},
        {"GET", "/v1/holds/one", 404, ""},
        {"GET", "/v1/deliveries/1", 404, ""},
        {"POST", "/v1/deliveries/1/replay", 404, ""},
        {"DELETE", "/v1/skus", 405, "GET, POST"},
        {"PUT", "/v1/skus/A", 405, "GET, PATCH"},
        {"OPTIONS", "/v1/movements", 405, "GET, POST"},
        {"GET", "/v1/skus?limit=0", 400, ""},
        {"GET", "/v1/skus?limit=1001", 400, ""},
        {"GET", "/v1/skus?limit=ten", 400, ""},
        {"GET", "/v1/skus?cursor=x", 400, ""},
        {"GET", "/v1/movements?from=yesterday", 400, ""},
        {"GET", "/v1/deliveries?state=lost", 400, ""},
        {"GET", "/v1/incidents?state=maybe", 400, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply reply = call(s,
                                  (struct call){.token = CHILD_TOKEN,
                                                .method = cases[i].method,
                                                .path = cases[i].path,
                                                .body = ""});
        assert_problem(s, &reply, cases[i].status);
        assert_slice(reply.allow, cases[i].allow);
    }
    served_end(s);
}

static void test_a_code_with_odd_letters_is_found_by_its_path(void **state)
{
    struct served *s = *state;
    served_start(s);
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'A/B #1 ü'}");
    GET(s, "/v1/skus/A%%2FB%%20%%231%%20%%C3%%BC");
    assert_slice(said_text(s->json, "sku"), "A/B #1 ü");
    served_end(s);
}

/* ---- kept answers ---- */

static void test_a_key_is_the_tokens_own_and_the_paths(void **state)
{
    struct served *s = *state;
    char token[64], key[300];
    served_start(s);
    new_token(s, "admin", token);
    struct call c = {.token = CHILD_TOKEN,
                     .method = "POST",
                     .path = "/v1/locations",
                     .key = "one",
                     .body = "{\"code\":\"berlin\"}"};
    call(s, c);
    assert_int_equal(s->status, 201);
    call(s, c);
    assert_int_equal(s->status, 201); /* the same answer, not a conflict */
    c.body = "{\"code\":\"rome\"}";
    struct reply reply = call(s, c);
    assert_problem(s, &reply, 422);
    c.token = token; /* another token's key is another key */
    call(s, c);
    assert_int_equal(s->status, 201);
    c.path = "/v1/skus";
    c.body = "{\"sku\":\"A\"}";
    call(s, c);
    assert_int_equal(s->status, 201);
    memset(key, 'k', sizeof(key));
    key[256] = '\0';
    c.key = key;
    reply = call(s, c);
    assert_problem(s, &reply, 400);
    GET(s, "/v1/locations");
    assert_int_equal(json_count(json_get(s->json, "items")), 2);
    served_end(s);
}

static void test_a_kept_answer_survives_a_power_cut(void **state)
{
    struct served *s = *state;
    served_start(s);
    struct call c = {.token = CHILD_TOKEN,
                     .method = "POST",
                     .path = "/v1/skus",
                     .key = "one",
                     .body = "{\"sku\":\"A\"}"};
    call(s, c);
    assert_int_equal(s->status, 201);
    served_kill(s);
    served_start(s);
    call(s, c);
    assert_int_equal(s->status, 201);
    served_end(s);
}

/* ---- lists ---- */

static void test_a_list_is_read_page_by_page_without_gap_or_repeat(void **state)
{
    struct served *s = *state;
    char path[64] = "/v1/skus?limit=10";
    int seen = 0;
    served_start(s);
    for (int i = 0; i < 25; i++) {
        WRITE(s, 201, "POST", "/v1/skus", "{'sku':'S%02d'}", i);
    }
    for (int page = 0; path[0]; page++) {
        assert_true(page < 4);
        GET(s, "%s", path);
        struct json items = json_get(s->json, "items");
        for (size_t i = 0; i < json_count(items); i++) {
            char wanted[8];
            (void)snprintf(wanted, sizeof(wanted), "S%02d", seen++);
            assert_slice(said_text(said_at(items, i), "sku"), wanted);
        }
        struct slice next = said_text(s->json, "next");
        (void)snprintf(path,
                       sizeof(path),
                       "%s%.*s",
                       next.n ? "/v1/skus?limit=10&cursor=" : "",
                       SLICE_ARG(next));
    }
    assert_int_equal(seen, 25);
    served_end(s);
}

static void small_shop(struct served *s)
{
    WRITE(s, 201, "POST", "/v1/locations", "{'items':[{'code':'berlin'},{'code':'paris'}]}");
    WRITE(s, 201, "POST", "/v1/skus", "{'items':[{'sku':'TEE'},{'sku':'MUG'}]}");
    WRITE(s, 201, "POST", "/v1/channels", "{'code':'own','connector':'api','mode':'live'}");
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'own','sku':'TEE','buffer':1}");
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin','quantity':10},"
          "{'kind':'receive','sku':'MUG','location':'paris','quantity':5}]}");
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'#1','version':'1','lines':[{'id':'1','sku':'TEE','ordered':3},"
          "{'id':'2','sku':'MUG','ordered':6},{'id':'3','sku':'GONE','ordered':1}]}");
}

static void test_the_ledger_is_read_by_what_moved_where_and_why(void **state)
{
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"", 5}, /* of the six mugs five are in Paris: the missing one is owed in Berlin */
        {"?sku=tee", 2},
        {"?sku=TEE&location=paris", 0},
        {"?location=paris", 2},
        {"?order=%231", 3},
        {"?channel=own", 3},
        {"?channel=own&sku=MUG", 2},
        {"?kind=receive", 2},
        {"?kind=reserve&sku=TEE", 1},
        {"?to=2020-01-01T00:00:00Z", 0},
        {"?from=2020-01-01T00:00:00Z", 5},
    };
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        GET(s, "/v1/movements%s", cases[i].query);
        assert_int_equal(json_count(json_get(s->json, "items")), cases[i].count);
    }
    served_end(s);
}

static void test_filters_find_few_among_many_page_by_page(void **state)
{
    struct served *s = *state;
    char path[128] = "/v1/events?kind=location&limit=2";
    int seen = 0;
    served_start(s);
    for (int i = 0; i < 30; i++) {
        WRITE(s, 201, "POST", "/v1/skus", "{'sku':'S%02d'}", i);
        if (i % 6 == 0) {
            WRITE(s, 201, "POST", "/v1/locations", "{'code':'l%d'}", i);
        }
    }
    for (int page = 0; path[0]; page++) {
        assert_true(page < 5);
        GET(s, "%s", path);
        struct json items = json_get(s->json, "items");
        for (size_t i = 0; i < json_count(items); i++, seen++) {
            assert_slice(said_text(said_at(items, i), "kind"), "location");
        }
        struct slice next = said_text(s->json, "next");
        (void)snprintf(path,
                       sizeof(path),
                       "%s%.*s",
                       next.n ? "/v1/events?kind=location&limit=2&cursor=" : "",
                       SLICE_ARG(next));
    }
    assert_int_equal(seen, 5);
    served_end(s);
}

static void test_incidents_are_found_by_what_they_are_about(void **state)
{
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"?sku=mug", 1},
        {"?sku=TEE", 0},
        {"?channel=own", 2},
        {"?order=%231", 2},
        {"?order=none", 0},
        {"?channel=own&code=PARKED", 1},
        {"?to=2020-01-01T00:00:00Z", 0},
    };
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        GET(s, "/v1/incidents%s", cases[i].query);
        assert_int_equal(json_count(json_get(s->json, "items")), cases[i].count);
    }
    GET(s, "/v1/orders?sku=TEE");
    assert_int_equal(json_count(json_get(s->json, "items")), 1);
    served_end(s);
}

static void test_what_is_shown_agrees_with_what_was_done(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    GET(s, "/v1/stock/TEE");
    assert_int_equal(said_int(s->json, "on_hand"), 10);
    assert_int_equal(said_int(s->json, "reserved"), 3);
    assert_int_equal(said_int(s->json, "available"), 7);
    assert_int_equal(json_count(json_get(s->json, "locations")), 1);
    GET(s, "/v1/stock/TEE?at=2020-01-01T00:00:00Z");
    assert_int_equal(said_int(s->json, "on_hand"), 0);
    GET(s, "/v1/stock/TEE?at=2100-01-01T00:00:00Z");
    assert_int_equal(said_int(s->json, "reserved"), 3);
    GET(s, "/v1/stock");
    assert_int_equal(json_count(json_get(s->json, "items")), 2);

    GET(s, "/v1/availability/TEE");
    struct json listing = said_at(json_get(s->json, "listings"), 0);
    struct json why = json_get(listing, "why");
    assert_int_equal(said_int(listing, "sellable"), 6);
    assert_int_equal(said_int(said_at(why, json_count(why) - 1), "value"), 6);
    assert_slice(said_text(said_at(why, json_count(why) - 1), "step"), "buffer");
    GET(s, "/v1/listings?channel=own");
    assert_int_equal(said_int(said_at(json_get(s->json, "items"), 0), "sellable"), 6);

    GET(s, "/v1/orders/own/%%231");
    struct json lines = json_get(s->json, "lines");
    assert_int_equal(said_int(said_at(json_get(said_at(lines, 0), "allocations"), 0), "reserved"),
                     3);
    GET(s, "/v1/incidents?state=open");
    assert_int_equal(json_count(json_get(s->json, "items")), 2); /* OVERSOLD and PARKED */
    GET(s, "/v1/incidents?code=OVERSOLD");
    struct json oversold = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(oversold, "sku"), "MUG");
    assert_slice(said_text(oversold, "order"), "#1");
    char path[64];
    (void)snprintf(path, sizeof(path), "/v1/incidents/%.*s", SLICE_ARG(said_text(oversold, "id")));
    GET(s, "%s", path);
    assert_slice(said_text(s->json, "state"), "open");
    served_end(s);
}

/* "/v1/skus/{}" stands in the manual as "GET /v1/skus/{sku}". */
static bool says_route(const char *manual, const struct route *route)
{
    char wanted[160];
    (void)snprintf(wanted, sizeof(wanted), "%s %s", route->method, route->pattern);
    for (const char *at = manual; *at; at++) {
        const char *p = at, *w = wanted;
        while (*w && *p == *w) {
            p++;
            w++;
            while (w[-1] == '{' && *p && *p != '}' && *p != '\n') {
                p++;
            }
        }
        if (*w == '\0' && (*p == '`' || *p == '[')) {
            return true;
        }
    }
    return false;
}

static void test_every_route_stands_in_the_manual(void **state)
{
    (void)state;
    char *manual = file_text(TC_TEST_DATA "/../../docs/api.md");
    assert_true(strlen(manual) > 1000);
    for (size_t i = 0; i < api_routes_count; i++) {
        if (!says_route(manual, &api_routes[i])) {
            fail_msg("docs/api.md lacks %s %s", api_routes[i].method, api_routes[i].pattern);
        }
    }
    free(manual);
}

static void test_metrics_and_the_description_need_no_token_here(void **state)
{
    struct served *s = *state;
    served_start(s);
    small_shop(s);
    call(s, (struct call){.method = "GET", .path = "/metrics", .body = ""});
    assert_int_equal(s->status, 200);
    assert_non_null(memmem(s->text.p, s->text.n, "truecount_commits_total ", 24));
    call(s, (struct call){.method = "GET", .path = "/openapi.json", .body = ""});
    assert_int_equal(s->status, 200);
    struct json paths = json_get(s->json, "paths");
    for (size_t i = 0; i < api_routes_count; i++) {
        char path[128];
        size_t n = 0, captures = 0;
        for (const char *c = api_routes[i].pattern; *c; c++) {
            path[n++] = *c;
            if (*c == '{') {
                n += (size_t)snprintf(
                    path + n, sizeof(path) - n, "%s", api_routes[i].doc->params[captures++]);
            }
        }
        path[n] = '\0';
        assert_int_equal(json_type(json_get(paths, path)), JSON_OBJECT);
    }
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_every_route_asks_for_its_scope_and_no_less),
        cmocka_unit_test(test_every_write_needs_more_than_the_scope_to_read),
        SCENARIO(test_a_revoked_token_is_no_token),
        SCENARIO(test_what_is_not_there_is_said_so),
        SCENARIO(test_a_code_with_odd_letters_is_found_by_its_path),
        SCENARIO(test_a_key_is_the_tokens_own_and_the_paths),
        SCENARIO(test_a_kept_answer_survives_a_power_cut),
        SCENARIO(test_a_list_is_read_page_by_page_without_gap_or_repeat),
        SCENARIO(test_the_ledger_is_read_by_what_moved_where_and_why),
        SCENARIO(test_filters_find_few_among_many_page_by_page),
        SCENARIO(test_incidents_are_found_by_what_they_are_about),
        SCENARIO(test_what_is_shown_agrees_with_what_was_done),
        cmocka_unit_test(test_every_route_stands_in_the_manual),
        SCENARIO(test_metrics_and_the_description_need_no_token_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
