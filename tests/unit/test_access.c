/* SPDX-License-Identifier: Apache-2.0 */
/* People and their sessions under the writer, and who is let in at which moment: by a clock that
 * only the test moves. */
#include "support/request_world.h"

#include "base/totp.h"
#include "engine/access.h"
#include "engine/request_parts.h"
#include "intake/access.h"

#define MINUTE (60 * US_PER_S)
#define KEPT "$argon2id$kept" /* a text form; nobody compares it here */

/* One turn that is no route; its status. */
static int order(struct world *w, request_fn *run, void *what)
{
    struct turn *turn = turn_new(TURN_REQUEST, world_kept, what);
    turn->run = run;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

/* A request with a password, as the API hands it over. */
static int with_password(struct world *w, request_fn *run, const char *name, const char *body)
{
    struct turn *turn = world_turn(w, run, name, body);
    struct slice *args = (struct slice *)(uintptr_t)turn->args;
    args[ACCESS_HASH] = SLICE(KEPT);
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

static void add_user(struct world *w, const char *name, const char *role)
{
    char body[256];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"name\":\"%s\",\"role\":\"%s\",\"password\":\"tea for two\"}",
                   name,
                   role);
    assert_int_equal(with_password(w, request_users_create, NULL, body), 201);
}

static const struct user_row *user_named(struct world *w, const char *name)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->users(w->reader, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct user_row *row = rows.items[i];
        if (slice_is(row->name, name)) {
            return row;
        }
    }
    fail_msg("no user %s", name);
    return NULL;
}

static size_t sessions_count(struct world *w)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->sessions(w->reader, &w->arena, &rows), ERR_OK);
    return rows.count;
}

/* Logs in; the cookie. */
static struct slice log_in(struct world *w, const char *name)
{
    struct slice cookie = access_secret(&w->env, &w->arena);
    struct login_order login = {.user = user_named(w, name)->id, .password = SLICE(KEPT)};
    access_cookie_hash(cookie, login.hash);
    assert_int_equal(order(w, request_session_begin, &login), 200);
    return cookie;
}

static struct access *access_on(struct world *w, const struct access_config *more)
{
    struct access_config config = more ? *more : (struct access_config){0};
    struct access *access = NULL;
    config.env = &w->env;
    config.reader = w->reader;
    assert_int_equal(access_new(&config, &access), ERR_OK);
    return access;
}

/* A request with these headers; names and values in turn, up to NULL. */
static struct http_request request_with(struct world *w, ...)
{
    struct http_header *headers = ARENA_ARRAY(&w->arena, 8, struct http_header);
    size_t n = 0;
    va_list args;
    va_start(args, w);
    for (const char *name; (name = va_arg(args, const char *)); n++) {
        headers[n] = (struct http_header){slice_of(name), slice_of(va_arg(args, const char *))};
    }
    va_end(args);
    return (struct http_request){.headers = headers, .headers_count = n};
}

static int asks(struct world *w, struct access *access, struct slice cookie, struct caller *out)
{
    struct slice header =
        arena_printf(&w->arena, "x=1; %s=%.*s; y=2", ACCESS_COOKIE, SLICE_ARG(cookie));
    struct http_request head = request_with(w, "Cookie", header.p, NULL);
    return access_find(access, &head, out);
}

/* ---- sessions ---- */

static void test_a_session_lets_in_and_says_who(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "operate");
    struct slice cookie = log_in(w, "anna");
    struct access *access = access_on(w, NULL);
    assert_int_equal(asks(w, access, cookie, &caller), 0);
    assert_slice(caller.name, "anna");
    assert_int_equal(caller.scope, SCOPE_OPERATE);
    assert_int_equal(caller.via, VIA_SESSION);
    assert_true(caller.session > 0 && caller.token < -1);
    cookie = access_secret(&w->env, &w->arena);
    assert_int_equal(asks(w, access, cookie, &caller), 401);
    access_free(access);
}

static void test_a_session_ends_after_half_an_hour_without_a_request(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "read");
    struct slice cookie = log_in(w, "anna");
    struct access *access = access_on(w, NULL);
    for (int i = 0; i < 5; i++) { /* each request begins another half hour */
        w->now_us += 29 * MINUTE;
        assert_int_equal(asks(w, access, cookie, &caller), 0);
    }
    w->now_us += 30 * MINUTE;
    assert_false(access_lasts(access, &caller));
    assert_int_equal(asks(w, access, cookie, &caller), 401);
    access_free(access);
}

static void test_a_session_ends_after_twelve_hours_whatever_it_does(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "read");
    struct slice cookie = log_in(w, "anna");
    struct access *access = access_on(w, NULL);
    for (int i = 1; i < 12 * 6; i++) {
        w->now_us += 10 * MINUTE;
        assert_int_equal(asks(w, access, cookie, &caller), 0);
    }
    w->now_us += 10 * MINUTE;
    assert_int_equal(asks(w, access, cookie, &caller), 401);
    access_free(access);
}

static void test_that_somebody_was_seen_is_written_once_a_minute(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "read");
    struct slice cookie = log_in(w, "anna");
    const struct access_config config = {.engine = w->engine};
    struct access *access = access_on(w, &config);
    const uint64_t before = engine_counters(w->engine).turns;
    for (int i = 0; i < 600; i++) {
        w->now_us += US_PER_S;
        assert_int_equal(asks(w, access, cookie, &caller), 0);
        world_step(w);
    }
    assert_int_equal(engine_counters(w->engine).turns - before, 10);
    access_free(access);
    access = access_on(w, &config); /* another start */
    w->now_us += 29 * MINUTE;
    assert_int_equal(asks(w, access, cookie, &caller), 0);
    world_step(w);
    access_free(access);
}

static void test_each_way_of_ending_a_session_ends_it_on_the_server(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "root", "admin");
    add_user(w, "anna", "read");
    struct access *access = access_on(w, NULL);
    static const char *const bodies[] = {"{\"disabled\":true}",
                                         "{\"disabled\":false,\"password\":\"tea for two\"}"};
    for (size_t i = 0; i < COUNT_OF(bodies) + 2; i++) {
        struct slice cookie = log_in(w, "anna");
        access_changed(access);
        assert_int_equal(asks(w, access, cookie, &caller), 0);
        if (i == 0) {
            struct session_order end = {.session = caller.session};
            assert_int_equal(order(w, request_session_end, &end), 204);
        } else if (i <= COUNT_OF(bodies)) {
            assert_int_equal(with_password(w, request_user_change, "anna", bodies[i - 1]), 200);
        } else {
            must_answer(w, 204, request_user_delete, "ANNA", "");
        }
        access_changed(access);
        assert_int_equal(sessions_count(w), 0);
        assert_false(access_lasts(access, &caller));
        assert_int_equal(asks(w, access, cookie, &caller), 401);
        if (i == 1) {
            must_answer(w, 200, request_user_change, "anna", "{\"disabled\":false}");
        }
    }
    access_free(access);
}

static void test_another_role_counts_at_once(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "root", "admin");
    add_user(w, "anna", "admin");
    struct slice cookie = log_in(w, "anna");
    struct access *access = access_on(w, NULL);
    assert_int_equal(asks(w, access, cookie, &caller), 0);
    assert_int_equal(caller.scope, SCOPE_ADMIN);
    must_answer(w, 200, request_user_change, "anna", "{\"role\":\"read\"}");
    access_changed(access);
    assert_int_equal(asks(w, access, cookie, &caller), 0);
    assert_int_equal(caller.scope, SCOPE_READ);
    access_free(access);
}

static void test_ones_own_new_password_ends_the_other_sessions_alone(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "read");
    struct slice here = log_in(w, "anna"), there = log_in(w, "anna");
    struct access *access = access_on(w, NULL);
    assert_int_equal(asks(w, access, here, &caller), 0);
    struct secret_order change = {.user = caller.user,
                                  .session = caller.session,
                                  .password = SLICE(KEPT),
                                  .fresh = SLICE("another")};
    assert_int_equal(order(w, request_password_change, &change), 200);
    access_changed(access);
    assert_int_equal(asks(w, access, here, &caller), 0);
    assert_int_equal(asks(w, access, there, &caller), 401);
    assert_int_equal(order(w, request_password_change, &change), 409); /* compared with the old */
    access_free(access);
}

static void test_a_login_ends_the_session_that_it_replaces_and_the_oldest_of_many(void **state)
{
    struct world *w = *state;
    add_user(w, "anna", "read");
    for (int i = 0; i < SESSIONS_PER_USER + 5; i++) {
        log_in(w, "anna");
    }
    assert_int_equal(sessions_count(w), SESSIONS_PER_USER);
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->sessions(w->reader, &w->arena, &rows), ERR_OK);
    struct login_order login = {.user = user_named(w, "anna")->id,
                                .password = SLICE(KEPT),
                                .session_before = ((const struct session_row *)rows.items[7])->id};
    assert_int_equal(order(w, request_session_begin, &login), 200);
    w->now_us += SESSION_WHOLE_US;
    log_in(w, "anna"); /* what is over goes by itself */
    assert_int_equal(sessions_count(w), 1);
}

/* ---- logging in ---- */

static void test_what_changed_while_a_password_was_compared_counts(void **state)
{
    struct world *w = *state;
    add_user(w, "root", "admin");
    add_user(w, "anna", "read");
    struct login_order login = {.user = user_named(w, "anna")->id, .password = SLICE("old")};
    assert_int_equal(order(w, request_session_begin, &login), 409);
    login.password = SLICE(KEPT);
    login.user += 100;
    assert_int_equal(order(w, request_session_begin, &login), 409);
    login.user -= 100;
    must_answer(w, 200, request_user_change, "anna", "{\"disabled\":true}");
    assert_int_equal(order(w, request_session_begin, &login), 409);
    assert_int_equal(sessions_count(w), 0);
}

/* A second factor for anna, confirmed; its key. */
static struct slice second_factor(struct world *w)
{
    const struct vault vault = {.key = {9}};
    struct slice key = {0};
    char body[64];
    int64_t user = user_named(w, "anna")->id;
    struct turn *turn = world_turn(w, request_totp_begin, NULL, "");
    turn->asker.user = user;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    assert_int_equal(w->status, 200);
    assert_int_equal(text_of(w->answer, "secret").n, 32);
    assert_int_equal(user_named(w, "anna")->totp.n, 0); /* not yet */
    struct slice sealed = user_named(w, "anna")->totp_next;
    assert_int_equal(totp_open(&vault, user + 1, sealed, &w->arena, &key), ERR_AUTH);
    assert_int_equal(totp_open(&vault, user, sealed, &w->arena, &key), ERR_OK);
    (void)snprintf(body,
                   sizeof(body),
                   "{\"code\":\"%06" PRId64 "\"}",
                   totp_at(key, w->now_us / US_PER_S / TOTP_STEP_S, 6));
    turn = world_turn(w, request_totp_confirm, NULL, body);
    turn->asker.user = user;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    assert_int_equal(w->status, 200);
    return key;
}

static void test_a_code_of_the_second_factor_lets_in_once(void **state)
{
    struct world *w = *state;
    add_user(w, "anna", "read");
    (void)second_factor(w);
    const int64_t step = w->now_us / US_PER_S / TOTP_STEP_S;
    struct login_order login = {.user = user_named(w, "anna")->id, .password = SLICE(KEPT)};
    assert_int_equal(order(w, request_session_begin, &login), 409); /* none */
    login.step = step;
    assert_int_equal(order(w, request_session_begin, &login), 409); /* it confirmed */
    login.step = step + 1;
    assert_int_equal(order(w, request_session_begin, &login), 200);
    assert_int_equal(order(w, request_session_begin, &login), 409); /* again */
    login.step = step;
    assert_int_equal(order(w, request_session_begin, &login), 409); /* an earlier one */
    assert_int_equal(sessions_count(w), 1);
}

/* ---- administrators ---- */

static void test_the_last_administrator_stays(void **state)
{
    struct world *w = *state;
    add_user(w, "anna", "admin");
    add_user(w, "bob", "operate");
    must_answer(w, 409, request_user_delete, "anna", "");
    must_answer(w, 409, request_user_change, "anna", "{\"role\":\"operate\"}");
    must_answer(w, 409, request_user_change, "anna", "{\"disabled\":true}");
    assert_int_equal(
        with_password(
            w, request_user_change, "anna", "{\"password\":\"tea for two\",\"disabled\":true}"),
        409);
    add_user(w, "cleo", "admin");
    must_answer(w, 200, request_user_change, "cleo", "{\"disabled\":true}");
    must_answer(w, 409, request_user_delete, "anna", ""); /* cleo may not log in */
    must_answer(w, 200, request_user_change, "cleo", "{\"disabled\":false}");
    must_answer(w, 204, request_user_delete, "anna", "");
    must_answer(w, 409, request_user_delete, "cleo", "");
    must_answer(w, 404, request_user_delete, "anna", "");
}

static void test_the_setup_makes_one_administrator_and_no_second(void **state)
{
    struct world *w = *state;
    struct setup_order setup = {.name = SLICE("anna"), .password = SLICE(KEPT), .hash = {3}};
    assert_int_equal(order(w, request_setup, &setup), 201);
    assert_int_equal(user_named(w, "anna")->role, SCOPE_ADMIN);
    assert_int_equal(sessions_count(w), 1);
    setup.name = SLICE("bob");
    assert_int_equal(order(w, request_setup, &setup), 404);
    assert_int_equal(sessions_count(w), 1);
}

/* ---- tokens ---- */

static struct slice new_token(struct world *w, const char *more)
{
    char body[256];
    (void)snprintf(body, sizeof(body), "{\"name\":\"till\",\"scope\":\"read\"%s}", more);
    must_answer(w, 201, request_tokens_create, NULL, body);
    return arena_printf(&w->arena, "Bearer %.*s", SLICE_ARG(text_of(w->answer, "token")));
}

static void test_a_token_is_good_until_its_end(void **state)
{
    struct world *w = *state;
    struct caller caller;
    struct slice forever = new_token(w, ""), days = new_token(w, ",\"expires_in_days\":90");
    assert_true(text_of(w->answer, "expires_at").n > 0);
    struct access *access = access_on(w, NULL);
    struct http_request by_days = request_with(w, "Authorization", days.p, NULL);
    struct http_request by_forever = request_with(w, "Authorization", forever.p, NULL);
    w->now_us += 90 * 24 * 60 * MINUTE - 1;
    assert_int_equal(access_find(access, &by_days, &caller), 0);
    assert_true(access_lasts(access, &caller));
    w->now_us += 1;
    assert_false(access_lasts(access, &caller));
    assert_int_equal(access_find(access, &by_days, &caller), 401);
    assert_int_equal(access_find(access, &by_forever, &caller), 0);
    must_answer(w,
                422,
                request_tokens_create,
                NULL,
                "{\"name\":\"a\",\"scope\":\"read\",\"expires_at\":\"2020-01-01T00:00:00Z\"}");
    must_answer(w,
                400,
                request_tokens_create,
                NULL,
                "{\"name\":\"a\",\"scope\":\"read\",\"expires_in_days\":1,"
                "\"expires_at\":\"2120-01-01T00:00:00Z\"}");
    access_free(access);
}

static void test_the_last_day_of_a_tokens_use_is_written_once_a_day(void **state)
{
    struct world *w = *state;
    struct caller caller;
    struct rows rows = {0};
    struct slice bearer = new_token(w, "");
    const struct access_config config = {.engine = w->engine};
    struct access *access = access_on(w, &config);
    struct http_request head = request_with(w, "Authorization", bearer.p, NULL);
    const uint64_t before = engine_counters(w->engine).turns;
    for (int i = 0; i < 3 * 24; i++) {
        assert_int_equal(access_find(access, &head, &caller), 0);
        world_step(w);
        w->now_us += 60 * MINUTE;
    }
    assert_in_range(engine_counters(w->engine).turns - before, 3, 4);
    assert_int_equal(w->reader->ops->tokens(w->reader, &w->arena, &rows), ERR_OK);
    const struct token_row *row = rows.items[0];
    assert_int_equal(row->used_day, (w->now_us - 60 * MINUTE) / (24 * 60 * MINUTE));
    access_free(access);
}

static void test_a_header_wins_over_a_cookie(void **state)
{
    struct world *w = *state;
    struct caller caller;
    add_user(w, "anna", "admin");
    struct slice cookie = log_in(w, "anna");
    struct slice header = arena_printf(&w->arena, ACCESS_COOKIE "=%.*s", SLICE_ARG(cookie));
    struct access *access = access_on(w, NULL);
    struct slice bearer = new_token(w, "");
    struct http_request both = request_with(w, "Cookie", header.p, "Authorization", bearer.p, NULL);
    access_changed(access);
    assert_int_equal(access_find(access, &both, &caller), 0);
    assert_slice(caller.name, "till");
    assert_int_equal(caller.session, 0);
    both = request_with(w, "Cookie", header.p, "Authorization", "Bearer nobody", NULL);
    assert_int_equal(access_find(access, &both, &caller), 401);
    access_free(access);
}

/* ---- forgeries ---- */

static void test_only_our_own_page_may_change_something_by_cookie(void **state)
{
    struct world *w = *state;
    struct slice cookie = access_secret(&w->env, &w->arena);
    struct slice other = access_secret(&w->env, &w->arena);
    struct slice header = arena_printf(&w->arena, ACCESS_COOKIE "=%.*s", SLICE_ARG(cookie));
    const char *csrf = access_csrf(cookie, &w->arena).p;
    const char *wrong = access_csrf(other, &w->arena).p;
    const struct access_config config = {.public_url = "https://stock.example.com/app"};
    const struct {
        const char *csrf, *origin, *site;
        bool is_ours;
    } cases[] = {
        {csrf, NULL, NULL, true},
        {csrf, "http://10.0.0.5:8080", "same-origin", true},
        {csrf, "https://10.0.0.5:8080", NULL, true},
        {csrf, "https://stock.example.com", "none", true},
        {csrf, "https://stock.example.com.evil.org", NULL, false},
        {csrf, "https://evil.org", NULL, false},
        {csrf, "null", NULL, false},
        {csrf, "http://10.0.0.5", NULL, false},
        {csrf, "http://10.0.0.5:8080", "cross-site", false},
        {csrf, "http://10.0.0.5:8080", "same-site", false},
        {csrf, NULL, "cross-site", false},
        {wrong, NULL, NULL, false},
        {"", NULL, NULL, false},
        {cookie.p, "http://10.0.0.5:8080", "same-origin", false},
    };
    struct access *access = access_on(w, &config);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request head = request_with(w,
                                                "Cookie",
                                                header.p,
                                                "Host",
                                                "10.0.0.5:8080",
                                                "X-CSRF-Token",
                                                cases[i].csrf,
                                                cases[i].origin ? "Origin" : "X-A",
                                                cases[i].origin ? cases[i].origin : "",
                                                cases[i].site ? "Sec-Fetch-Site" : "X-B",
                                                cases[i].site ? cases[i].site : "",
                                                NULL);
        if ((access_forged(access, &head, true) == NULL) != cases[i].is_ours) {
            fail_msg("case %zu: %s", i, access_forged(access, &head, true));
        }
    }
    access_free(access);
}

/* ---- addresses ---- */

static void test_only_a_known_proxy_is_believed(void **state)
{
    struct world *w = *state;
    struct cidr proxies[2];
    assert_true(cidr_parse(SLICE("10.0.0.0/8"), &proxies[0]));
    assert_true(cidr_parse(SLICE("::1"), &proxies[1]));
    const struct access_config config = {.proxies = proxies, .proxies_count = 2};
    static const struct {
        const char *peer, *said, *address;
    } cases[] = {
        {"203.0.113.9", "1.2.3.4", "203.0.113.9"},
        {"10.1.1.1", "1.2.3.4", "1.2.3.4"},
        {"::1", "1.2.3.4", "1.2.3.4"},
        {"10.1.1.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"}, /* the client's own words */
        {"10.1.1.1", "6.6.6.6, 1.2.3.4, 10.2.2.2", "1.2.3.4"},
        {"10.1.1.1", "10.3.3.3", "10.3.3.3"},
        {"10.1.1.1", "127.0.0.1, nonsense", "10.1.1.1"},
        {"10.1.1.1", "0.0.0.0/0", "10.1.1.1"},
        {"10.1.1.1", "", "10.1.1.1"},
        {"10.1.1.1", "2001:db8::7", "2001:db8::7"},
    };
    struct access *access = access_on(w, &config);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request head = request_with(w, "X-Forwarded-For", cases[i].said, NULL);
        assert_slice(access_address(access, &head, slice_of(cases[i].peer), &w->arena),
                     cases[i].address);
    }
    access_free(access);
}

/* args: {count}: so many entries, a second apart, the first at 1 s. */
static void add_entries(struct batch *b, struct turn *turn)
{
    int64_t count = 0;
    must(slice_int(turn->args[0], &count));
    for (int64_t i = 1; i <= count; i++) {
        struct audit_row *row = ARENA_NEW(&b->arena, struct audit_row);
        must(row);
        *row = (struct audit_row){.n = b->store->ops->next_id(b->store, ID_AUDIT),
                                  .at_us = i * US_PER_S,
                                  .actor = SLICE("anna"),
                                  .action = SLICE("logIn")};
        request_change(b, &b->changes.audits, row);
    }
    turn->status = 200;
}

static size_t entries_left(struct world *w)
{
    struct rows rows = {0};
    const struct store_query q = {.limit = 10000, .state = -1};
    assert_int_equal(w->reader->ops->list_audits(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows.count;
}

static void test_the_audit_forgets_what_is_old_piece_by_piece_and_never_its_newest(void **state)
{
    struct world *w = *state;
    must_answer(w, 200, add_entries, "1200", "");
    size_t others = entries_left(w) - 1200;
    assert_int_equal(others, 0);
    must_answer(w, 204, requests_forget_audits, "1000000", ""); /* none is older than 1 s */
    assert_int_equal(entries_left(w), 1200);
    must_answer(w, 204, requests_forget_audits, "11000000", "");
    assert_int_equal(entries_left(w), 1190);
    must_answer(w, 200, requests_forget_audits, "9000000000", "");
    assert_int_equal(entries_left(w), 690);
    must_answer(w, 200, requests_forget_audits, "9000000000", "");
    must_answer(w, 204, requests_forget_audits, "9000000000", "");
    assert_int_equal(entries_left(w), 1);
    must_answer(w, 204, requests_forget_audits, "9000000000", "");
    assert_int_equal(entries_left(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_session_lets_in_and_says_who),
        world_test(test_a_session_ends_after_half_an_hour_without_a_request),
        world_test(test_a_session_ends_after_twelve_hours_whatever_it_does),
        world_test(test_that_somebody_was_seen_is_written_once_a_minute),
        world_test(test_each_way_of_ending_a_session_ends_it_on_the_server),
        world_test(test_another_role_counts_at_once),
        world_test(test_ones_own_new_password_ends_the_other_sessions_alone),
        world_test(test_a_login_ends_the_session_that_it_replaces_and_the_oldest_of_many),
        world_test(test_what_changed_while_a_password_was_compared_counts),
        world_test(test_a_code_of_the_second_factor_lets_in_once),
        world_test(test_the_last_administrator_stays),
        world_test(test_the_setup_makes_one_administrator_and_no_second),
        world_test(test_a_token_is_good_until_its_end),
        world_test(test_the_last_day_of_a_tokens_use_is_written_once_a_day),
        world_test(test_a_header_wins_over_a_cookie),
        world_test(test_only_our_own_page_may_change_something_by_cookie),
        world_test(test_only_a_known_proxy_is_believed),
        world_test(test_the_audit_forgets_what_is_old_piece_by_piece_and_never_its_newest),
    };
    must(crypto_init() == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
