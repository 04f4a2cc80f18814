/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting a BigCommerce store: rights one by one, locations, hooks; and an app's installation. */
#include "support/connecting.h"

#include "channels/bigcommerce/bigcommerce.h"

static const struct connector *const bigcommerce = &connector_bigcommerce;
static struct exchange x;

#define HOOKS "https://stock.example/hooks/shop-a"
#define SCOPES 15
#define FIXED 8 /* calls before the first hook is made */

/* The store that answers. */
static struct store {
    const char *forbidden; /* a part of the addresses that answer 403 */
    const char *behaviour, *places;
    const char *hooks[2];
    const char *refuses; /* a scope */
    int probe_status;    /* of the empty write */
} store;
static const struct store fresh = {
    .behaviour = "order_placed",
    .places = "{\"id\":1,\"label\":\"Berlin\",\"enabled\":true}",
    .probe_status = 422,
};

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static struct http_response problem(int status, const char *title)
{
    return fixture_answer(
        status,
        arena_printf(
            &fixture.arena, "{\"status\":%d,\"title\":\"%s\",\"errors\":{}}", status, title));
}

static struct http_response hook_answers(const struct http_request *request)
{
    if (slice_is(request->method, "GET")) {
        bool is_second = says(request->url, "&page=2");
        const char *hooks = store.hooks[is_second];
        return fixture_answer(200,
                              arena_printf(&fixture.arena,
                                           "{\"data\":[%s],\"meta\":{\"pagination\":"
                                           "{\"total_pages\":%d}}}",
                                           hooks ? hooks : "",
                                           store.hooks[1] ? 2 : 1));
    }
    if (store.refuses && says(request->body, store.refuses)) {
        return problem(422, "There is no such scope");
    }
    return fixture_answer(200, SLICE("{\"data\":{\"id\":9,\"is_active\":true},\"meta\":{}}"));
}

static struct http_response store_answers(const struct http_request *request)
{
    if (store.forbidden && says(request->url, store.forbidden)) {
        return problem(403, "You do not have permission to make this request.");
    }
    if (says(request->url, "/v3/hooks")) {
        return hook_answers(request);
    }
    if (says(request->url, "/v2/store")) {
        return fixture_answer(200, SLICE("{\"name\":\"Demo\",\"domain\":\"demo.example\"}"));
    }
    if (says(request->url, "/inventory/locations")) {
        return fixture_answer(
            200, arena_printf(&fixture.arena, "{\"data\":[%s],\"meta\":{}}", store.places));
    }
    if (says(request->url, "/settings/inventory")) {
        return fixture_answer(200,
                              arena_printf(&fixture.arena,
                                           "{\"data\":{\"update_stock_behavior\":\"%s\"}}",
                                           store.behaviour));
    }
    if (says(request->url, "/v2/orders")) {
        return (struct http_response){.status = 204};
    }
    if (slice_is(request->method, "PUT")) {
        assert_true(says(request->url, "/v3/inventory/adjustments/absolute"));
        assert_true(says(request->body, "\"items\":[]")); /* nothing is ever written by asking */
        return problem(store.probe_status, "items must not be empty");
    }
    return fixture_answer(200, SLICE("{\"data\":[],\"meta\":{}}"));
}

static struct account account_of(const char *settings, const char *secrets)
{
    return fixture_account(bigcommerce,
                           arena_printf(&fixture.arena,
                                        "{\"settings\":{\"store_hash\":\"abc\"%s},\"secrets\":"
                                        "{\"client_secret\":\"cs\"%s}}",
                                        settings,
                                        secrets)
                               .p);
}

#define TOKEN ",\"access_token\":\"t0k\""
#define WITH_SECRET TOKEN ",\"webhook_secret\":\"known\""
#define MAPPED ",\"location_map\":[{\"location\":\"berlin\",\"remote\":1}]"

static void connect_to(struct store to, const char *secrets)
{
    struct account account = account_of(MAPPED, secrets);
    store = to;
    exchange_run(&account, HOOKS, store_answers, &x);
    assert_int_equal(x.err, ERR_OK);
}

static void test_a_fresh_store_gets_a_token_and_every_hook(void **state)
{
    (void)state;
    connect_to(fresh, TOKEN);
    exchange_found(&x, "credentials", CONNECT_OK);
    exchange_says(&x, "credentials", "Demo (demo.example)");
    exchange_found(&x, "locations", CONNECT_OK);
    exchange_found(&x, "stock settings", CONNECT_OK);
    exchange_found(&x, "right to read orders", CONNECT_OK);
    exchange_found(&x, "right to read products", CONNECT_OK);
    exchange_found(&x, "right to read stock", CONNECT_OK);
    exchange_found(&x, "right to write stock", CONNECT_OK);
    exchange_found(&x, "webhook secret", CONNECT_MADE);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), 1 + SCOPES);
    assert_int_equal(x.calls, FIXED + SCOPES);
    struct slice secret;
    assert_true(json_text(json_get(fixture_json(x.secrets), "webhook_secret"), &secret));
    assert_int_equal(secret.n, 64);
    secret = arena_copy(&fixture.arena, secret);
    for (size_t i = FIXED; i < x.calls; i++) {
        struct slice scope, destination, token;
        struct json body = fixture_json(x.requests[i].body);
        assert_slice(x.requests[i].method, "POST");
        assert_slice(x.requests[i].url, "https://api.bigcommerce.com/stores/abc/v3/hooks");
        assert_true(json_text(json_get(body, "scope"), &scope));
        assert_true(json_text(json_get(body, "destination"), &destination));
        assert_true(json_text(json_path(body, "headers", "X-Tc-Token", NULL), &token));
        assert_slice(destination, HOOKS);
        assert_true(slice_equal(token, secret));
        assert_false(slice_ends(scope, "*"));
    }
    /* A delivery that carries it is taken. */
    struct account account = account_of(
        MAPPED,
        arena_printf(&fixture.arena, TOKEN ",\"webhook_secret\":\"%.*s\"", SLICE_ARG(secret)).p);
    struct http_header header = {SLICE("X-Tc-Token"), secret};
    struct hook hook = {.method = SLICE("POST"),
                        .body = SLICE("{\"scope\":\"store/order/created\"}"),
                        .headers = &header,
                        .headers_count = 1};
    assert_int_equal(bigcommerce->verify(&account, &hook, &fixture.arena), HOOK_AUTHENTIC);
}

#define HOOK(id, scope, is_active, token, url)                                                     \
    "{\"id\":" id ",\"scope\":\"" scope "\",\"is_active\":" is_active ",\"destination\":\"" url    \
    "\",\"headers\":{\"X-Tc-Token\":\"" token "\"}}"

static void test_hooks_that_are_there_are_kept_and_put_right(void **state)
{
    (void)state;
    struct store to = fresh;
    to.hooks[0] = HOOK("3", "store/order/created", "true", "known", HOOKS) "," HOOK(
        "4",
        "store/order/updated",
        "false",
        "known",
        HOOKS) "," HOOK("5",
                        "store/order/archived",
                        "true",
                        "older",
                        HOOKS) "," HOOK("6",
                                        "store/order/statusUpdated",
                                        "true",
                                        "known",
                                        "https://other.example");
    to.hooks[1] = HOOK("7",
                       "store/sku/inventory/*",
                       "true",
                       "known",
                       HOOKS) ","
                              "{\"id\":8,\"scope\":\"store/app/"
                              "uninstalled\",\"is_active\":true,\"destination\":\"" HOOKS
                              "\",\"headers\":null}";
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "webhook store/order/created", CONNECT_OK);
    exchange_found(&x, "webhook store/order/updated", CONNECT_MADE);
    exchange_found(&x, "webhook store/order/archived", CONNECT_MADE);
    exchange_found(&x, "webhook store/order/statusUpdated", CONNECT_MADE);
    exchange_found(&x, "webhook store/sku/inventory/updated", CONNECT_OK);
    exchange_says(&x, "webhook store/sku/inventory/updated", "by one with a *");
    /* Whether a * reaches deeper is not documented: it gets its own. */
    exchange_found(&x, "webhook store/sku/inventory/order/updated", CONNECT_MADE);
    exchange_found(&x, "webhook store/app/uninstalled", CONNECT_MADE);
    assert_null(exchange_check(&x, "webhook secret"));
    assert_int_equal(exchange_count(&x, CONNECT_MADE), SCOPES - 2);
    assert_int_equal(x.calls, FIXED + 1 + SCOPES - 2);
    assert_slice(x.requests[FIXED + 1].method, "PUT");
    assert_slice(x.requests[FIXED + 1].url, "https://api.bigcommerce.com/stores/abc/v3/hooks/4");
    assert_slice(x.requests[FIXED + 1].body,
                 "{\"scope\":\"store/order/updated\",\"destination\":\"" HOOKS
                 "\",\"is_active\":true,\"headers\":{\"X-Tc-Token\":\"known\"}}");
    for (size_t i = 0; i < x.calls; i++) {
        assert_false(slice_is(x.requests[i].method, "DELETE"));
    }
}

static void test_every_missing_right_is_named_and_the_rest_is_looked_at(void **state)
{
    (void)state;
    static const struct {
        const char *forbidden, *what, *scope;
    } table[] = {
        {"/v2/store", "credentials", "Information & settings: read-only"},
        {"/inventory/locations", "locations", "Store locations: read-only"},
        {"/settings/inventory", "stock settings", "Information & settings: read-only"},
        {"/v2/orders", "right to read orders", "Orders: read-only"},
        {"/v3/catalog/products", "right to read products", "Products: read-only"},
        {"/v3/inventory/items", "right to read stock", "Store inventory: modify"},
        {"/v3/inventory/adjustments", "right to write stock", "Store inventory: modify"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct store to = fresh;
        to.forbidden = table[i].forbidden;
        connect_to(to, TOKEN);
        exchange_found(&x, table[i].what, CONNECT_WRONG);
        exchange_says(&x, table[i].what, table[i].scope);
        assert_int_equal(exchange_count(&x, CONNECT_WRONG), 1);
        assert_int_equal(exchange_count(&x, CONNECT_MADE), 1 + SCOPES);
        assert_false(x.signal.unauthorised);
    }
}

static void test_a_store_that_counts_on_shipping_is_told(void **state)
{
    (void)state;
    struct store to = fresh;
    to.behaviour = "order_completed_or_shipped";
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "stock settings", CONNECT_BY_HAND);
    exchange_says(&x, "stock settings", "when an order is placed");
}

static void test_locations_are_offered_as_the_text_to_set(void **state)
{
    (void)state;
    struct account account = account_of("", WITH_SECRET);
    store = fresh;
    exchange_run(&account, HOOKS, store_answers, &x);
    exchange_found(&x, "locations", CONNECT_BY_HAND);
    exchange_says(&x, "locations", "[{\"location\":\"YOUR-CODE\",\"remote\":\"1\"}]: 1 is Berlin");
    store.places = "{\"id\":1,\"label\":\"Berlin\",\"enabled\":false},{\"id\":2,\"label\":\"P\"}";
    account = account_of(MAPPED, WITH_SECRET);
    exchange_run(&account, HOOKS, store_answers, &x);
    exchange_found(&x, "locations", CONNECT_WRONG);
}

static void test_one_refused_scope_does_not_end_the_others(void **state)
{
    (void)state;
    struct store to = fresh;
    to.refuses = "store/shipment/deleted";
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "webhook store/shipment/deleted", CONNECT_WRONG);
    exchange_says(&x, "webhook store/shipment/deleted", "There is no such scope");
    assert_int_equal(exchange_count(&x, CONNECT_MADE), SCOPES - 1);
    /* One that we do well without is no fault. */
    to.refuses = "store/channel/1/";
    connect_to(to, WITH_SECRET);
    assert_int_equal(exchange_count(&x, CONNECT_WRONG), 0);
    exchange_says(&x, "webhook store/channel/1/inventory/product/stock_changed", "not needed");
}

static void test_without_an_https_address_no_hook_is_made(void **state)
{
    (void)state;
    struct account account = account_of(MAPPED, WITH_SECRET);
    store = fresh;
    exchange_run(&account, "http://stock.example/hooks/shop-a", store_answers, &x);
    assert_int_equal(x.err, ERR_OK);
    exchange_found(&x, "webhooks", CONNECT_BY_HAND);
    assert_int_equal(x.calls, FIXED - 1);
}

static struct http_response refused;
static struct http_response answers_refused(const struct http_request *request)
{
    (void)request;
    return refused;
}

static void test_faults_end_the_exchange_with_what_they_are(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err err;
    } table[] = {
        {401, "{\"status\":401,\"title\":\"Unauthorized\"}", ERR_AUTH},
        {429, "{\"status\":429,\"title\":\"Too many\"}", ERR_THROTTLED},
        {503, "{\"status\":503,\"title\":\"Down\"}", ERR_NET},
        {502, "<html>", ERR_NET},
        {403, "<html>", ERR_NET},
        {200, "{}", ERR_NET},
        {200, "[]", ERR_NET},
        {204, "", ERR_NET},
    };
    struct account account = account_of("", TOKEN);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        refused = fixture_answer(table[i].status, slice_of(table[i].body));
        exchange_run(&account, HOOKS, answers_refused, &x);
        assert_int_equal(x.err, table[i].err);
        assert_int_equal(x.calls, 1);
        assert_int_equal(x.checks_count + x.secrets.n, 0);
    }
}

static void test_only_our_own_cursors_are_followed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x",
                                        "orders",
                                        "orders 0 - 0",
                                        "orders 0 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
                                        "orders 0 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,-2",
                                        "make 15 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
                                        "hooks 50 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
                                        "hooks 0  0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"};
    struct account account = account_of("", WITH_SECRET);
    struct http_request r;
    struct step step = {.cursor = SLICE("make 14 - 0,0,0,0,0,0,0,0,0,0,0,0,0,0,12!"),
                        .hooks_url = SLICE(HOOKS)};
    assert_int_equal(bigcommerce->build_connect(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_true(slice_ends(r.url, "/v3/hooks/12"));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        step.cursor = slice_of(wrong[i]);
        if (bigcommerce->build_connect(&account, &step, &fixture.arena, &r) != ERR_USAGE) {
            fail_msg("'%s' is taken for a cursor", wrong[i]);
        }
    }
}

/* ---- an app that is installed ---- */

#define APP ",\"client_id\":\"app-1\""

static void test_an_app_waits_for_its_installation(void **state)
{
    (void)state;
    struct account account = account_of("", APP);
    struct push_item item = {.stock_key = SLICE("variant:74"), .location = SLICE("1")};
    struct step step = {.now_us = 1, .key = SLICE("k")};
    struct http_request r;
    struct arena *a = &fixture.arena;
    assert_true(account.needs_consent);
    assert_true(bigcommerce->wants_token(&account));
    assert_int_equal(bigcommerce->build_push(&account, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(bigcommerce->build_read(&account, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(bigcommerce->build_orders(&account, &step, a, &r), ERR_AUTH);
    assert_int_equal(bigcommerce->build_catalogue(&account, &step, a, &r), ERR_AUTH);
    assert_int_equal(bigcommerce->build_connect(&account, &step, a, &r), ERR_AUTH);
    assert_int_equal(bigcommerce->build_token(&account, &step, a, &r), ERR_AUTH);
    account = account_of("", APP TOKEN);
    assert_false(account.needs_consent);
    assert_false(bigcommerce->wants_token(&account));
    assert_int_equal(bigcommerce->build_token(&account, &step, a, &r), ERR_USAGE);
}

static void test_the_address_of_the_installation(void **state)
{
    (void)state;
    struct err_note note;
    struct slice url;
    struct step step = {.redirect_uri = SLICE("https://stock.example/back"), .state = SLICE("n1")};
    struct account account = account_of("", APP);
    assert_int_equal(bigcommerce->consent_url(&account, &step, &fixture.arena, &url, &note),
                     ERR_OK);
    assert_slice(url, "https://login.bigcommerce.com/app/app-1/install");
    step.redirect_uri = SLICE("http://stock.example/back");
    assert_int_equal(bigcommerce->consent_url(&account, &step, &fixture.arena, &url, &note),
                     ERR_USAGE);
    account = account_of("", TOKEN);
    assert_int_equal(bigcommerce->consent_url(&account, &step, &fixture.arena, &url, &note),
                     ERR_USAGE);
    assert_non_null(strstr(note.text, "secrets.client_id"));
    /* Elsewhere, for tests: with the API, or by itself. */
    account = account_of(",\"base_url\":\"http://127.0.0.1:8085/stores/abc\"", APP);
    assert_int_equal(bigcommerce->consent_url(&account, &step, &fixture.arena, &url, &note),
                     ERR_OK);
    assert_slice(url, "http://127.0.0.1:8085/app/app-1/install");
    account = account_of(",\"base_url\":\"http://127.0.0.1:8085/stores/abc\","
                         "\"auth_url\":\"http://127.0.0.1:8086/\"",
                         APP);
    assert_int_equal(bigcommerce->consent_url(&account, &step, &fixture.arena, &url, &note),
                     ERR_OK);
    assert_slice(url, "http://127.0.0.1:8086/app/app-1/install");
}

static enum err code_for(const char *query, struct http_request *out)
{
    struct account account = account_of("", APP);
    struct step step = {.redirect_uri = SLICE("https://stock.example/back")};
    return bigcommerce->build_code(&account, slice_of(query), &step, &fixture.arena, out);
}

static void test_the_return_becomes_the_exchange_of_its_code(void **state)
{
    (void)state;
    struct http_request r;
    assert_int_equal(code_for("account_uuid=u&code=c%2B1&context=stores%2Fabc&scope=store_inventory"
                              "+users_basic",
                              &r),
                     ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, "https://login.bigcommerce.com/oauth2/token");
    assert_slice(r.body,
                 "{\"client_id\":\"app-1\",\"client_secret\":\"cs\",\"code\":\"c+1\","
                 "\"context\":\"stores/abc\",\"scope\":\"store_inventory users_basic\","
                 "\"grant_type\":\"authorization_code\","
                 "\"redirect_uri\":\"https://stock.example/back\"}");
    static const char *const wrong[] = {"",
                                        "code=c",
                                        "code=&context=stores/abc",
                                        "context=stores/abc",
                                        "code=c&context=stores/abd",
                                        "code=c&context=stores/",
                                        "code=c&context=abc",
                                        "code=c&context=stores/ABC"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(code_for(wrong[i], &r), ERR_AUTH);
    }
    struct account own = account_of("", TOKEN);
    assert_int_equal(
        bigcommerce->build_code(
            &own, SLICE("code=c&context=stores/abc"), &(struct step){0}, &fixture.arena, &r),
        ERR_USAGE);
}

static void test_only_a_token_of_this_store_is_taken(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err err;
    } table[] = {
        {200,
         "{\"access_token\":\"perm\",\"scope\":\"store_inventory\",\"user\":{\"id\":1},"
         "\"context\":\"stores/abc\",\"account_uuid\":\"u\"}",
         ERR_OK},
        {200, "{\"access_token\":\"perm\",\"context\":\"stores/abd\"}", ERR_AUTH},
        {200, "{\"access_token\":\"perm\"}", ERR_AUTH},
        {200, "{\"access_token\":\"a\\nb\",\"context\":\"stores/abc\"}", ERR_UNKNOWN},
        {200, "{\"context\":\"stores/abc\"}", ERR_UNKNOWN},
        {400, "{\"status\":400,\"title\":\"Invalid code\"}", ERR_AUTH},
        {400, "{\"error\":\"invalid_client\"}", ERR_AUTH},
        {429, "{\"error\":\"slow down\"}", ERR_THROTTLED},
        {503, "<html>", ERR_NET},
    };
    struct account account = account_of("", APP);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct token token = {0};
        struct channel_signal signal;
        struct err_note note;
        struct http_response response = fixture_answer(table[i].status, slice_of(table[i].body));
        assert_int_equal(bigcommerce->read_token(&account,
                                                 &(struct step){0},
                                                 &response,
                                                 fixture.doc,
                                                 &fixture.arena,
                                                 &token,
                                                 &signal,
                                                 &note),
                         table[i].err);
        if (table[i].err == ERR_OK) {
            assert_slice(token.access, "perm");
            assert_int_equal(token.refresh.n, 0);
            assert_true(token.lifetime_us > INT64_C(3650) * 86400 * US_PER_S);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fresh_store_gets_a_token_and_every_hook),
        cmocka_unit_test(test_hooks_that_are_there_are_kept_and_put_right),
        cmocka_unit_test(test_every_missing_right_is_named_and_the_rest_is_looked_at),
        cmocka_unit_test(test_a_store_that_counts_on_shipping_is_told),
        cmocka_unit_test(test_locations_are_offered_as_the_text_to_set),
        cmocka_unit_test(test_one_refused_scope_does_not_end_the_others),
        cmocka_unit_test(test_without_an_https_address_no_hook_is_made),
        cmocka_unit_test(test_faults_end_the_exchange_with_what_they_are),
        cmocka_unit_test(test_only_our_own_cursors_are_followed),
        cmocka_unit_test(test_an_app_waits_for_its_installation),
        cmocka_unit_test(test_the_address_of_the_installation),
        cmocka_unit_test(test_the_return_becomes_the_exchange_of_its_code),
        cmocka_unit_test(test_only_a_token_of_this_store_is_taken),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
