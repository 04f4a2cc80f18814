/* SPDX-License-Identifier: Apache-2.0 */
/* What connector.h asks of every connector, whatever its platform. */
#include "support/channel_fixture.h"
#include "support/channel_samples.h"

struct world {
    const struct connector *connector;
    struct account account;
    struct push_item item;
    struct slice key;
};

static struct world open_world(const struct sample *s)
{
    struct world w = {.connector = connector_find(slice_of(s->name))};
    struct err_note note = {{0}};
    assert_non_null(w.connector);
    w.account = fixture_account(w.connector, s->config);
    w.item = (struct push_item){.location = slice_of(s->location), .value = 5};
    struct json remote = fixture_json(slice_of(s->remote));
    if (w.connector->listing_keys(
            &w.account, remote, &fixture.arena, &w.item.remote, &w.key, &w.item.stock_key, &note)) {
        fail_msg("%s: %s", s->name, note.text);
    }
    return w;
}

static void test_every_name_is_a_connector_with_all_it_must_have(void **state)
{
    (void)state;
    size_t count = 0;
    for (const char *const *name = connector_names(); *name; name++, count++) {
        const struct connector *c = connector_find(slice_of(*name));
        assert_non_null(c);
        assert_string_equal(c->name, *name);
        assert_true(c->configure && c->listing_keys && c->verify && c->decode);
        assert_true(c->push_group && c->build_push && c->read_push);
        assert_int_equal(c->semantics.reads_counts, c->build_read != NULL);
        assert_int_equal(c->build_read != NULL, c->read_counts != NULL);
        assert_int_equal(c->build_orders != NULL, c->read_orders != NULL);
        assert_int_equal(c->build_order != NULL, c->read_order != NULL);
        assert_int_equal(c->build_catalogue != NULL, c->read_catalogue != NULL);
        assert_int_equal(c->wants_token != NULL, c->build_token != NULL);
        assert_int_equal(c->wants_token != NULL, c->read_token != NULL);
        assert_int_equal(c->build_connect != NULL, c->read_connect != NULL);
        /* Who asks a person takes what comes back, in one of the two ways. */
        assert_int_equal(c->consent_url != NULL,
                         (c->build_code != NULL) + (c->take_secrets != NULL));
        assert_true(!c->build_code || c->read_token);
        assert_true(c->semantics.push_batch_max > 0 && c->semantics.parallel_max > 0);
        assert_true(c->semantics.ambiguity_us > 0 && c->semantics.event_delay_p99_us > 0);
        /* A poll needs something to poll with; without counts nothing can be read back. */
        assert_true(c->semantics.poll_us == 0 || c->build_orders);
        assert_true(c->semantics.read_back_us == 0 || c->semantics.reads_counts);
        bool has_sample = false;
        for (size_t i = 0; i < COUNT_OF(samples); i++) {
            has_sample = has_sample || strcmp(samples[i].name, *name) == 0;
        }
        assert_true(has_sample);
    }
    assert_int_equal(count, COUNT_OF(samples));
    assert_null(connector_find(SLICE("")));
    assert_null(connector_find(SLICE("Shopify")));
    assert_null(connector_find(SLICE("shopif")));
}

static void test_account_is_the_connectors_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        assert_ptr_equal(w.account.connector, w.connector);
        assert_slice(w.account.code, "shop-a");
        assert_true(w.account.base_url.n > 0);
        assert_true(w.account.base_url.p[w.account.base_url.n - 1] != '/');
    }
}

static void test_configure_refuses_bad_settings_with_a_note(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"settings\":{\"base_url\":7},\"secrets\":{}}",
        "{\"settings\":{\"base_url\":\"ftp://shop.example\"},\"secrets\":{}}",
        "{\"secrets\":{\"access_token\":7,\"consumer_key\":7,\"webhook_secret\":7}}",
    };
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct connector *c = connector_find(slice_of(samples[i].name));
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            struct account a;
            struct err_note note = {{0}};
            assert_int_equal(fixture_configure(c, texts[k], &a, &note), ERR_USAGE);
            assert_true(strlen(note.text) > 10);
        }
    }
}

static void test_listing_keys_are_stable_and_normal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        struct slice remote;
        struct slice key;
        struct slice stock_key;
        struct err_note note = {{0}};
        assert_true(w.item.remote.n && w.key.n && w.item.stock_key.n);
        /* What it gave is what it takes, and gives the same again. */
        assert_int_equal(w.connector->listing_keys(&w.account,
                                                   fixture_json(w.item.remote),
                                                   &fixture.arena,
                                                   &remote,
                                                   &key,
                                                   &stock_key,
                                                   &note),
                         ERR_OK);
        assert_true(slice_equal(remote, w.item.remote));
        assert_true(slice_equal(key, w.key));
        assert_true(slice_equal(stock_key, w.item.stock_key));

        static const char *const bad[] = {"{}", "[]", "7", "null", "{\"id\":1}"};
        for (size_t k = 0; k < COUNT_OF(bad); k++) {
            note.text[0] = '\0';
            assert_int_equal(w.connector->listing_keys(&w.account,
                                                       fixture_json(slice_of(bad[k])),
                                                       &fixture.arena,
                                                       &remote,
                                                       &key,
                                                       &stock_key,
                                                       &note),
                             ERR_USAGE);
            assert_true(strlen(note.text) > 10);
        }
    }
}

static void test_unsigned_and_wrongly_signed_deliveries_are_never_authentic(void **state)
{
    (void)state;
    static const char *const names[] = {"X-Shopify-Hmac-Sha256",
                                        "X-WC-Webhook-Signature",
                                        "webhook-signature",
                                        "webhook-id",
                                        "webhook-timestamp",
                                        "Authorization"};
    static const char *const values[] = {
        "", "v1,", "AAAA", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "1", "\xff\xfe"};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        struct hook hook = {.method = SLICE("POST"),
                            .topic = SLICE("orders/create"),
                            .body = SLICE("{\"id\":1,\"line_items\":[],\"lines\":[]}")};
        assert_int_equal(w.connector->verify(&w.account, &hook, &fixture.arena), HOOK_REFUSED);
        for (size_t v = 0; v < COUNT_OF(values); v++) {
            struct http_header headers[COUNT_OF(names)];
            for (size_t n = 0; n < COUNT_OF(names); n++) {
                headers[n] = (struct http_header){slice_of(names[n]), slice_of(values[v])};
            }
            hook.headers = headers;
            hook.headers_count = COUNT_OF(names);
            assert_int_equal(w.connector->verify(&w.account, &hook, &fixture.arena), HOOK_REFUSED);
        }
    }
}

/* ---- hostile bytes ---- */

static const char *const hostile[] = {
    "",
    "x",
    "{",
    "[]",
    "{}",
    "null",
    "7",
    "\"text\"",
    "{\"id\":1}",
    "{\"id\":-1,\"line_items\":{},\"lines\":{}}",
    "{\"id\":1,\"id\":2}",
    "{\"id\":18446744073709551615,\"line_items\":[null,7,[],\"x\",{}],\"lines\":[null,7]}",
    "{\"id\":1e400}",
    "{\"id\":\"gid://\",\"order_id\":\"gid://shopify/Order/\"}",
    "{\"data\":null,\"errors\":[]}",
    "{\"data\":{\"nodes\":7,\"orders\":7,\"order\":7,\"productVariants\":7}}",
    "{\"errors\":[7,null,\"x\"]}",
    "{\"update\":[null,7,{\"id\":1,\"error\":7}],\"create\":7}",
    "[{\"id\":1},7,null,[]]",
    "{\"code\":0,\"data\":{\"orders\":[7,{}],\"products\":7,\"inventory\":[7],\"errors\":[7]}}",
    "{\"code\":\"0\",\"data\":7}",
    "{\"code\":7,\"message\":7}",
    "<html><body>maintenance</body></html>",
    "\xff\xfe\x00\x01",
};

static void test_decode_says_one_thing_of_any_body(void **state)
{
    (void)state;
    static const char *const topics[] = {"", "orders/create", "order.updated", "a/b/c", "\xff"};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        for (size_t b = 0; b < COUNT_OF(hostile); b++) {
            for (size_t t = 0; t < COUNT_OF(topics); t++) {
                struct facts facts;
                memset(&facts, 0xff, sizeof(facts));
                struct hook hook = {.method = SLICE("POST"),
                                    .topic = slice_of(topics[t]),
                                    .body = slice_of(hostile[b])};
                w.connector->decode(&w.account, &hook, fixture.doc, &fixture.arena, &facts);
                bool says = facts.orders_count + facts.observations_count + facts.fetches_count > 0;
                assert_true(says || facts.unreadable || facts.ignored);
                assert_false(facts.unreadable && facts.ignored);
                assert_false(facts.unreadable && facts.orders_count > 0);
            }
        }
    }
}

static void test_read_push_gives_each_row_an_outcome_for_any_answer(void **state)
{
    (void)state;
    static const int statuses[] = {-1,  0,   100, 199, 200, 201, 204, 301, 304, 400, 401, 402,
                                   403, 404, 405, 408, 409, 410, 413, 418, 422, 423, 429, 451,
                                   499, 500, 501, 502, 503, 504, 511, 520, 599, 999};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        struct push_item items[2] = {w.item, w.item};
        for (size_t s = 0; s < COUNT_OF(statuses); s++) {
            for (size_t b = 0; b < COUNT_OF(hostile); b++) {
                struct push_result out[2];
                struct channel_signal signal;
                memset(out, 0xff, sizeof(out));
                memset(&signal, 0xff, sizeof(signal));
                struct http_response response = fixture_answer(statuses[s], slice_of(hostile[b]));
                w.connector->read_push(&w.account,
                                       items,
                                       2,
                                       &(struct step){0},
                                       &response,
                                       fixture.doc,
                                       &fixture.arena,
                                       out,
                                       &signal);
                for (size_t r = 0; r < 2; r++) {
                    assert_in_range(out[r].outcome, PUSH_CONFIRMED, PUSH_UNKNOWN);
                    /* Only a 2xx confirms, and what is not confirmed says why. */
                    bool is_2xx = statuses[s] >= 200 && statuses[s] <= 299;
                    assert_true(out[r].outcome != PUSH_CONFIRMED || is_2xx);
                    assert_true(out[r].outcome == PUSH_CONFIRMED || out[r].reason.n > 0);
                }
                /* Nobody else can be meant: a single row is not split any further. */
                struct push_result alone;
                w.connector->read_push(&w.account,
                                       items,
                                       1,
                                       &(struct step){0},
                                       &response,
                                       fixture.doc,
                                       &fixture.arena,
                                       &alone,
                                       &signal);
                assert_int_not_equal(alone.outcome, PUSH_SPLIT);
                assert_true(signal.retry_after_us >= 0);
                assert_int_equal(signal.throttled && statuses[s] == 429, statuses[s] == 429);
                assert_true(statuses[s] != 401 || signal.unauthorised);
                assert_true(statuses[s] != 503 || signal.down);
                assert_true(signal.server_time_us > 0); /* the fixture's Date */
            }
        }
    }
}

static void read_anything(const struct world *w, int status, struct slice body)
{
    const struct connector *c = w->connector;
    struct http_response response = fixture_answer(status, body);
    struct push_item items[2] = {w->item, w->item};
    struct read_result counts[2];
    struct channel_signal signal;
    struct orders_page orders = {0};
    struct catalogue_page catalogue = {0};
    struct facts facts = {0};
    struct err_note note = {{0}};
    bool failed = status < 200 || status > 299;

    if (c->read_counts) {
        memset(counts, 0xff, sizeof(counts));
        c->read_counts(&w->account,
                       items,
                       2,
                       &(struct step){0},
                       &response,
                       fixture.doc,
                       &fixture.arena,
                       counts,
                       &signal);
        for (size_t i = 0; i < 2; i++) {
            assert_in_range(counts[i].outcome, READ_COUNT, READ_FAILED);
            assert_true(!failed || counts[i].outcome != READ_COUNT);
            assert_true(counts[i].outcome == READ_COUNT || counts[i].reason.n > 0);
        }
    }
    if (c->read_orders) {
        enum err e = c->read_orders(&w->account,
                                    &(struct step){.now_us = 1},
                                    &response,
                                    fixture.doc,
                                    &fixture.arena,
                                    &orders,
                                    &signal,
                                    &note);
        assert_true(!failed || e != ERR_OK);
        assert_true(e == ERR_OK || strlen(note.text) > 0);
    }
    if (c->read_order) {
        enum err e = c->read_order(&w->account,
                                   &(struct step){.now_us = 1},
                                   &response,
                                   fixture.doc,
                                   &fixture.arena,
                                   &facts,
                                   &signal,
                                   &note);
        assert_true(!failed || e != ERR_OK);
    }
    if (c->read_catalogue) {
        enum err e = c->read_catalogue(&w->account,
                                       &(struct step){.cursor = (struct slice){0}},
                                       &response,
                                       fixture.doc,
                                       &fixture.arena,
                                       &catalogue,
                                       &signal,
                                       &note);
        assert_true(!failed || e != ERR_OK);
    }
}

static void test_readings_take_any_answer(void **state)
{
    (void)state;
    static const int statuses[] = {0, 200, 301, 401, 404, 429, 500, 503};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        for (size_t s = 0; s < COUNT_OF(statuses); s++) {
            for (size_t b = 0; b < COUNT_OF(hostile); b++) {
                read_anything(&w, statuses[s], slice_of(hostile[b]));
            }
        }
    }
}

/* ---- connecting ---- */

static void test_what_the_operator_is_asked_for_has_a_name_and_a_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct connector *c = connector_find(slice_of(samples[i].name));
        assert_true(c->title && c->title[0]);
        assert_int_equal(c->fields != NULL, c->fields_count > 0);
        for (size_t k = 0; k < c->fields_count; k++) {
            assert_true(c->fields[k].name && c->fields[k].name[0]);
            assert_true(c->fields[k].help && strlen(c->fields[k].help) > 10);
            for (size_t m = 0; m < k; m++) {
                assert_string_not_equal(c->fields[k].name, c->fields[m].name);
            }
        }
    }
}

static void report_must_be_sound(const struct connect_report *report)
{
    const struct slice objects[] = {report->settings, report->secrets};

    for (size_t i = 0; i < report->checks_count; i++) {
        const struct connect_check *check = &report->checks[i];
        assert_in_range(check->state, CONNECT_OK, CONNECT_WRONG);
        assert_true(check->what && check->what[0]);
        /* Who has to do something is told what. */
        bool is_done = check->state == CONNECT_OK || check->state == CONNECT_MADE;
        assert_true(is_done || check->detail.n > 10);
    }
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        assert_true(objects[i].n == 0 || json_type(fixture_json(objects[i])) == JSON_OBJECT);
    }
}

/* The same answer again and again, for as long as the exchange goes on. */
static void connect_to_anything(const struct world *w, int status, struct slice body)
{
    const struct connector *c = w->connector;
    struct slice cursor = {0};

    for (int calls = 0;; calls++) {
        struct step step = {.now_us = NOW_US,
                            .nonce = nonce,
                            .cursor = cursor,
                            .hooks_url = SLICE("https://stock.example/hooks/shop-a")};
        struct http_request request;
        struct http_response response = fixture_answer(status, body);
        struct connect_report report = {0};
        struct channel_signal signal = {.points_left = -1, .day_left = -1};
        struct err_note note = {{0}};
        assert_true(calls < 200);
        /* What it left is what it takes. */
        assert_int_equal(c->build_connect(&w->account, &step, &fixture.arena, &request), ERR_OK);
        enum err e = c->read_connect(
            &w->account, &step, &response, fixture.doc, &fixture.arena, &report, &signal, &note);
        bool is_fault = status == 0 || status == 401 || status == 429 || status >= 500;
        assert_true(e != ERR_OK || !is_fault || calls > 0);
        assert_true(e == ERR_OK || (strlen(note.text) > 0 && !signal.next.is_wanted));
        report_must_be_sound(&report);
        if (e || !signal.next.is_wanted) {
            return;
        }
        cursor = signal.next.cursor;
        assert_true(cursor.n > 0 && cursor.n <= 65536);
    }
}

static void test_connecting_takes_any_answer_and_ends(void **state)
{
    (void)state;
    static const int statuses[] = {0, 200, 201, 204, 301, 400, 401, 403, 404, 422, 429, 500, 503};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        for (size_t s = 0; w.connector->build_connect && s < COUNT_OF(statuses); s++) {
            for (size_t b = 0; b < COUNT_OF(hostile); b++) {
                connect_to_anything(&w, statuses[s], slice_of(hostile[b]));
            }
        }
    }
}

static void test_a_return_without_a_consent_is_none(void **state)
{
    (void)state;
    static const char *const queries[] = {"",
                                          "state=another",
                                          "code=",
                                          "code=&state=another",
                                          "error=access_denied",
                                          "%",
                                          "&&&=",
                                          "\xff\xfe=1"};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        struct step step = {.now_us = NOW_US,
                            .nonce = nonce,
                            .redirect_uri = SLICE("https://stock.example/back"),
                            .state = SLICE("another")};
        for (size_t q = 0; w.connector->build_code && q < COUNT_OF(queries); q++) {
            struct http_request request;
            assert_int_not_equal(
                w.connector->build_code(
                    &w.account, slice_of(queries[q]), &step, &fixture.arena, &request),
                ERR_OK);
        }
        for (size_t b = 0; w.connector->take_secrets && b < COUNT_OF(hostile); b++) {
            struct slice secrets;
            struct err_note note = {{0}};
            assert_int_not_equal(
                w.connector->take_secrets(
                    &w.account, slice_of(hostile[b]), fixture.doc, &fixture.arena, &secrets, &note),
                ERR_OK);
            assert_true(strlen(note.text) > 10);
        }
    }
}

/* ---- requests ---- */

static void test_requests_go_to_the_account_and_nowhere_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        const struct connector *c = w.connector;
        struct arena *a = &fixture.arena;
        struct slice none = {0};
        struct http_request r[5];
        size_t n = 0;
        assert_int_equal(c->build_push(&w.account,
                                       &w.item,
                                       1,
                                       &(struct step){.now_us = NOW_US, .nonce = nonce, .key = KEY},
                                       a,
                                       &r[n++]),
                         ERR_OK);
        if (c->build_read) {
            assert_int_equal(c->build_read(&w.account,
                                           &w.item,
                                           1,
                                           &(struct step){.now_us = NOW_US, .nonce = nonce},
                                           a,
                                           &r[n++]),
                             ERR_OK);
        }
        if (c->build_orders) {
            assert_int_equal(c->build_orders(&w.account,
                                             &(struct step){.now_us = NOW_US,
                                                            .nonce = nonce,
                                                            .since_us = NOW_US,
                                                            .cursor = none},
                                             a,
                                             &r[n++]),
                             ERR_OK);
        }
        if (c->build_order) {
            assert_int_equal(c->build_order(&w.account,
                                            SLICE("5"),
                                            &(struct step){.now_us = NOW_US, .nonce = nonce},
                                            a,
                                            &r[n++]),
                             ERR_OK);
        }
        if (c->build_catalogue) {
            assert_int_equal(
                c->build_catalogue(&w.account,
                                   &(struct step){.now_us = NOW_US, .nonce = nonce, .cursor = none},
                                   a,
                                   &r[n++]),
                ERR_OK);
        }
        for (size_t k = 0; k < n; k++) {
            assert_true(r[k].url.n >= w.account.base_url.n);
            assert_memory_equal(r[k].url.p, w.account.base_url.p, w.account.base_url.n);
            assert_true(r[k].method.n > 0);
            for (size_t h = 0; h < r[k].headers_count; h++) {
                /* No header can be split by what a merchant typed. */
                struct slice v = r[k].headers[h].value;
                assert_null(memchr(v.p, '\r', v.n));
                assert_null(memchr(v.p, '\n', v.n));
            }
        }
    }
}

static void test_push_repeated_under_its_key_is_the_same_push(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        struct http_request a;
        struct http_request b;
        assert_int_equal(
            w.connector->build_push(&w.account,
                                    &w.item,
                                    1,
                                    &(struct step){.now_us = NOW_US, .nonce = nonce, .key = KEY},
                                    &fixture.arena,
                                    &a),
            ERR_OK);
        assert_int_equal(
            w.connector->build_push(&w.account,
                                    &w.item,
                                    1,
                                    &(struct step){.now_us = NOW_US, .nonce = nonce, .key = KEY},
                                    &fixture.arena,
                                    &b),
            ERR_OK);
        assert_true(slice_equal(a.url, b.url));
        assert_true(slice_equal(a.body, b.body));
        /* Where the platform knows keys, the key is in what leaves. */
        bool has_key = a.body.n && memmem(a.body.p, a.body.n, KEY.p, KEY.n) != NULL;
        for (size_t h = 0; h < a.headers_count; h++) {
            has_key = has_key || slice_equal(a.headers[h].value, KEY);
        }
        assert_true(has_key || !w.connector->semantics.idempotent_push);
    }
}

static void test_arena_exhausted_is_a_limit_and_never_half_a_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct world w = open_world(&samples[i]);
        bool succeeded = false;
        for (size_t size = 0; size < 65536 && !succeeded; size += 64) {
            struct arena small;
            struct http_request r;
            arena_init(&small, size);
            enum err e = w.connector->build_push(
                &w.account,
                &w.item,
                1,
                &(struct step){.now_us = NOW_US, .nonce = nonce, .key = KEY},
                &small,
                &r);
            assert_true(e == ERR_OK || e == ERR_LIMIT);
            succeeded = e == ERR_OK;
            arena_free(&small);
        }
        assert_true(succeeded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_a_connector_with_all_it_must_have),
        cmocka_unit_test(test_account_is_the_connectors_own),
        cmocka_unit_test(test_configure_refuses_bad_settings_with_a_note),
        cmocka_unit_test(test_listing_keys_are_stable_and_normal),
        cmocka_unit_test(test_unsigned_and_wrongly_signed_deliveries_are_never_authentic),
        cmocka_unit_test(test_decode_says_one_thing_of_any_body),
        cmocka_unit_test(test_read_push_gives_each_row_an_outcome_for_any_answer),
        cmocka_unit_test(test_readings_take_any_answer),
        cmocka_unit_test(test_what_the_operator_is_asked_for_has_a_name_and_a_help),
        cmocka_unit_test(test_connecting_takes_any_answer_and_ends),
        cmocka_unit_test(test_a_return_without_a_consent_is_none),
        cmocka_unit_test(test_requests_go_to_the_account_and_nowhere_else),
        cmocka_unit_test(test_push_repeated_under_its_key_is_the_same_push),
        cmocka_unit_test(test_arena_exhausted_is_a_limit_and_never_half_a_request),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
