/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting a WooCommerce shop: its state, its webhooks, and keys that it hands over itself. */
#include "support/connecting.h"

#include "channels/woocommerce/woo.h"

static const struct connector *const woo = &connector_woocommerce;
static struct exchange x;

#define HOOKS "https://stock.example/hooks/shop-a"
#define TOPICS 8
#define KEYS "\"consumer_key\":\"ck_1\",\"consumer_secret\":\"cs_1\""

/* The shop that answers. */
static struct shop {
    const char *version, *manage_stock;
    bool is_hpos, has_own_cron, is_plain, is_read_only;
    const char *hooks[2]; /* pages of objects */
    const char *refuses;  /* a topic */
    const char *status;   /* of what is written; NULL: "active" */
} shop;
static const struct shop fresh = {.version = "10.0.2", .manage_stock = "yes", .is_hpos = true};

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static struct http_response home_page(void)
{
    static const struct http_header headers[] = {{{"Content-Type", 12}, {"text/html", 9}}};
    return (struct http_response){
        .status = 200, .headers = headers, .headers_count = 1, .body = SLICE("<html>Welcome")};
}

static struct http_response hooks_page(bool is_second)
{
    static const struct http_header next[] = {
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"Link", 4},
         {"<https://shop.example/wp-json/wc/v3/webhooks?per_page=100&page=2>; rel=\"next\"", 77}}};
    const char *objects = shop.hooks[is_second];
    struct http_response page =
        fixture_answer(200, arena_printf(&fixture.arena, "[%s]", objects ? objects : ""));
    if (!is_second && shop.hooks[1]) {
        page.headers = next;
        page.headers_count = COUNT_OF(next);
    }
    return page;
}

static struct http_response written(const struct http_request *request)
{
    if (shop.is_read_only) {
        return fixture_answer(
            401,
            SLICE("{\"code\":\"woocommerce_rest_authentication_error\",\"message\":"
                  "\"The API key provided does not have write permissions.\","
                  "\"data\":{\"status\":401}}"));
    }
    if (shop.refuses && says(request->body, shop.refuses)) {
        return fixture_answer(400,
                              SLICE("{\"code\":\"woocommerce_rest_invalid_topic\",\"message\":"
                                    "\"Webhook topic must be valid.\",\"data\":{\"status\":400}}"));
    }
    return fixture_answer(slice_is(request->method, "PUT") ? 200 : 201,
                          arena_printf(&fixture.arena,
                                       "{\"id\":4,\"status\":\"%s\"}",
                                       shop.status ? shop.status : "active"));
}

static struct http_response shop_answers(const struct http_request *request)
{
    if (shop.is_plain && !says(request->url, "/index.php?rest_route=")) {
        return home_page();
    }
    if (says(request->url, "system_status")) {
        return fixture_answer(
            200,
            arena_printf(&fixture.arena,
                         "{\"environment\":{\"home_url\":\"https://shop.example\",\"version\":"
                         "\"%s\",\"wp_version\":\"6.8.3\",\"wp_cron\":%s},\"settings\":"
                         "{\"HPOS_enabled\":%s}}",
                         shop.version,
                         shop.has_own_cron ? "false" : "true",
                         shop.is_hpos ? "true" : "false"));
    }
    if (says(request->url, "woocommerce_manage_stock")) {
        return fixture_answer(200,
                              arena_printf(&fixture.arena,
                                           "{\"id\":\"woocommerce_manage_stock\",\"value\":\"%s\"}",
                                           shop.manage_stock));
    }
    if (!slice_is(request->method, "GET")) {
        return written(request);
    }
    if (says(request->url, "webhooks")) {
        return hooks_page(says(request->url, "page=2"));
    }
    assert_true(says(request->url, "orders"));
    return fixture_answer(200, SLICE("[]"));
}

static struct account account_of(const char *settings, const char *secrets)
{
    return fixture_account(
        woo,
        arena_printf(&fixture.arena,
                     "{\"settings\":{\"base_url\":\"https://shop.example\"%s},\"secrets\":{%s}}",
                     settings,
                     secrets)
            .p);
}

static void connect_to(struct shop to, const char *secrets)
{
    struct account account = account_of("", secrets);
    shop = to;
    exchange_run(&account, HOOKS, shop_answers, &x);
    assert_int_equal(x.err, ERR_OK);
}

#define WITH_SECRET KEYS ",\"webhook_secret\":\"known\""

static void test_a_fresh_shop_gets_a_secret_and_every_webhook(void **state)
{
    (void)state;
    connect_to(fresh, KEYS);
    exchange_found(&x, "credentials", CONNECT_OK);
    exchange_found(&x, "version", CONNECT_OK);
    exchange_says(&x, "version", "WooCommerce 10.0.2 on WordPress 6.8.3, high-performance");
    exchange_found(&x, "stock management", CONNECT_OK);
    exchange_found(&x, "right to read orders", CONNECT_OK);
    exchange_found(&x, "right to write", CONNECT_OK);
    exchange_found(&x, "webhook secret", CONNECT_MADE);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), 1 + TOPICS);
    assert_int_equal(x.calls, 4 + TOPICS);
    assert_int_equal(x.settings.n, 0);

    /* 64 digits that WooCommerce signs with as they stand; every webhook has them. */
    struct slice secret = {0};
    assert_true(json_text(json_get(fixture_json(x.secrets), "webhook_secret"), &secret));
    secret = arena_copy(&fixture.arena, secret);
    assert_int_equal(secret.n, 64);
    assert_int_equal(strspn(secret.p, "0123456789abcdef"), 64);
    for (size_t i = 4; i < x.calls; i++) {
        struct slice topic, url, given, status;
        struct json body = fixture_json(x.requests[i].body);
        assert_slice(x.requests[i].method, "POST");
        assert_true(slice_starts(x.requests[i].url, "https://shop.example/wp-json/wc/v3/webhooks"));
        assert_true(json_text(json_get(body, "topic"), &topic));
        assert_true(json_text(json_get(body, "delivery_url"), &url));
        assert_true(json_text(json_get(body, "secret"), &given));
        assert_true(json_text(json_get(body, "status"), &status));
        assert_true(slice_equal(given, secret));
        assert_slice(status, "active");
        assert_true(slice_starts(url, HOOKS "/"));
        assert_true(slice_equal(slice_from(url, strlen(HOOKS "/")), topic));
    }
}

/* A secret is never worked out from what travels in the open: the nonce of a signed request. */
static void test_the_secret_depends_on_the_credential(void **state)
{
    (void)state;
    connect_to(fresh, KEYS);
    struct slice one = x.secrets;
    connect_to(fresh, "\"consumer_key\":\"ck_1\",\"consumer_secret\":\"cs_2\"");
    assert_false(slice_equal(one, x.secrets));
}

#define HOOK(id, topic, status, url)                                                               \
    "{\"id\":" id ",\"topic\":\"" topic "\",\"status\":\"" status "\",\"delivery_url\":\"" url "\"}"

static void test_webhooks_that_are_there_are_kept_and_switched_on(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.hooks[0] = HOOK("3", "order.created", "active", HOOKS "/order.created") "," HOOK(
        "4",
        "order.updated",
        "disabled",
        HOOKS "/order.updated") "," HOOK("5",
                                         "order.deleted",
                                         "active",
                                         "https://other.example/order.deleted") "," HOOK("6",
                                                                                         "product."
                                                                                         "updated",
                                                                                         "paused",
                                                                                         HOOKS
                                                                                         "/product."
                                                                                         "updated");
    to.hooks[1] = HOOK("7", "product.updated", "active", HOOKS "/product.updated");
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "webhook order.created", CONNECT_OK);
    exchange_found(&x, "webhook order.updated", CONNECT_MADE);
    exchange_says(&x, "webhook order.updated", "the next failure switches it off");
    exchange_found(&x, "webhook order.deleted", CONNECT_MADE);
    exchange_found(&x, "webhook product.updated", CONNECT_OK);
    assert_null(exchange_check(&x, "webhook secret"));
    assert_int_equal(x.secrets.n, 0);
    assert_int_equal(x.calls, 5 + TOPICS);
    static const struct {
        size_t call;
        const char *method, *path, *body;
    } wanted[] = {
        {5, "PUT", "/webhooks/3", "{\"secret\":\"known\",\"status\":\"active\"}"},
        {6, "PUT", "/webhooks/4", "{\"secret\":\"known\",\"status\":\"active\"}"},
        {7,
         "POST",
         "/webhooks",
         "{\"name\":\"truecount "
         "order.deleted\",\"topic\":\"order.deleted\",\"delivery_url\":\"" HOOKS
         "/order.deleted\",\"secret\":\"known\",\"status\":\"active\"}"},
        {10, "PUT", "/webhooks/7", "{\"secret\":\"known\",\"status\":\"active\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const struct http_request *r = &x.requests[wanted[i].call];
        assert_slice(r->method, wanted[i].method);
        assert_true(slice_ends(r->url, wanted[i].path));
        assert_slice(r->body, wanted[i].body);
    }
}

/* An exchange that broke off has made webhooks with a secret that nobody kept. */
static void test_a_new_secret_is_given_to_webhooks_that_are_there(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.hooks[0] = HOOK("3", "order.created", "active", HOOKS "/order.created");
    connect_to(to, KEYS);
    exchange_found(&x, "webhook order.created", CONNECT_MADE);
    exchange_says(&x, "webhook order.created", "new secret");
    struct slice secret;
    assert_true(json_text(json_get(fixture_json(x.requests[4].body), "secret"), &secret));
    assert_int_equal(secret.n, 64);
}

static void test_what_is_wrong_with_the_shop_is_said(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.manage_stock = "no";
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "stock management", CONNECT_WRONG);
    exchange_says(&x, "stock management", "WooCommerce > Settings > Products > Inventory");

    static const struct {
        const char *version;
        bool is_hpos;
        enum connect_state state;
    } versions[] = {
        {"5.7.1", false, CONNECT_WRONG},
        {"5.8", false, CONNECT_OK},
        {"8.1.3", true, CONNECT_BY_HAND},
        {"8.1.3", false, CONNECT_OK},
        {"8.2.0", true, CONNECT_OK},
        {"12.10", true, CONNECT_OK},
        {"", true, CONNECT_WRONG},
        {"trunk", true, CONNECT_WRONG},
    };
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        to = fresh;
        to.version = versions[i].version;
        to.is_hpos = versions[i].is_hpos;
        connect_to(to, WITH_SECRET);
        exchange_found(&x, "version", versions[i].state);
    }
}

static void test_the_delivery_queue_gets_its_crontab_line(void **state)
{
    (void)state;
    struct shop to = fresh;
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "delivery queue", CONNECT_BY_HAND);
    exchange_says(&x,
                  "delivery queue",
                  "* * * * * curl -fsS -o /dev/null "
                  "'https://shop.example/wp-cron.php?doing_wp_cron'");
    to.has_own_cron = true;
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "delivery queue", CONNECT_OK);
}

static void test_plain_permalinks_are_found_out(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.is_plain = true;
    connect_to(to, KEYS);
    exchange_found(&x, "permalinks", CONNECT_MADE);
    assert_slice(x.settings, "{\"plain_permalinks\":true}");
    assert_int_equal(exchange_count(&x, CONNECT_MADE), 2 + TOPICS);
    for (size_t i = 1; i < x.calls; i++) {
        assert_true(says(x.requests[i].url, "/index.php?rest_route="));
    }
    /* Once it is known there is nothing to find. */
    struct account account = account_of(",\"plain_permalinks\":true", WITH_SECRET);
    exchange_run(&account, HOOKS, shop_answers, &x);
    assert_int_equal(x.err, ERR_OK);
    assert_null(exchange_check(&x, "permalinks"));
    assert_int_equal(x.settings.n, 0);
}

static struct http_response only_home(const struct http_request *request)
{
    (void)request;
    return home_page();
}

static void test_a_site_without_the_api_is_no_shop(void **state)
{
    (void)state;
    struct account account = account_of("", KEYS);
    exchange_run(&account, HOOKS, only_home, &x);
    assert_int_equal(x.err, ERR_NET);
    assert_int_equal(x.calls, 2);
    assert_non_null(strstr(x.note.text, "without the API's JSON"));
    assert_int_equal(x.secrets.n, 0);
}

static void test_a_key_that_may_only_read_is_told(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.is_read_only = true;
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "right to read orders", CONNECT_OK);
    exchange_found(&x, "right to write", CONNECT_WRONG);
    exchange_says(&x, "right to write", "does not have write permissions");
    assert_false(x.signal.unauthorised); /* the key itself is good */
    assert_int_equal(x.calls, 5);
}

static void test_one_refused_topic_does_not_end_the_others(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.refuses = "\"topic\":\"action.woocommerce_order_refunded\"";
    connect_to(to, WITH_SECRET);
    exchange_found(&x, "webhook action.woocommerce_order_refunded", CONNECT_WRONG);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS - 1);
    to = fresh;
    to.status = "paused";
    connect_to(to, WITH_SECRET);
    assert_int_equal(exchange_count(&x, CONNECT_WRONG), TOPICS);
}

static void test_addresses_that_wordpress_refuses_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool is_told;
    } table[] = {
        {"https://stock.example/hooks/a", false},
        {"https://stock.example:8080/hooks/a", false},
        {"https://stock.example:8443/hooks/a", true},
        {"https://127.0.0.1/hooks/a", true},
        {"https://localhost:443/hooks/a", true},
        {"https://192.168.1.4/hooks/a", true},
        {"https://[::1]/hooks/a", true},
        {"https://shop.example/stock/hooks/a", false},
    };
    struct account account = account_of("", WITH_SECRET);
    shop = fresh;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        exchange_run(&account, table[i].url, shop_answers, &x);
        assert_int_equal(x.err, ERR_OK);
        if ((exchange_check(&x, "address of deliveries") != NULL) != table[i].is_told) {
            fail_msg("%s", table[i].url);
        }
    }
    exchange_run(&account, "", shop_answers, &x);
    exchange_found(&x, "webhooks", CONNECT_BY_HAND);
    assert_int_equal(x.calls, 4);
}

/* ---- answers of a real shop ---- */

static struct slice recorded(const char *name)
{
    char path[128];
    struct slice body = {0};
    (void)snprintf(path, sizeof(path), "woocommerce/rest/%s.json", name);
    struct json root = fixture_json(fixture_file(path));
    assert_true(json_text(json_path(root, "response", "body", NULL), &body));
    return arena_copy(&fixture.arena, body);
}

static struct http_response real_shop_answers(const struct http_request *request)
{
    if (says(request->url, "/webhooks")) {
        bool is_new = slice_is(request->method, "POST");
        const char *name = is_new                             ? "webhook_create"
                           : slice_is(request->method, "PUT") ? "webhook_reactivate"
                                                              : "webhook_list";
        return fixture_answer(is_new ? 201 : 200, recorded(name));
    }
    return says(request->url, "system_status")
               ? fixture_answer(200, recorded("system_status_fields"))
               : shop_answers(request);
}

static void test_a_real_shops_answers_are_understood(void **state)
{
    (void)state;
    struct account account = account_of("", WITH_SECRET);
    shop = fresh;
    exchange_run(&account, HOOKS, real_shop_answers, &x);
    assert_int_equal(x.err, ERR_OK);
    exchange_found(&x, "version", CONNECT_OK);
    exchange_says(&x, "version", "WooCommerce 10.0.2 on WordPress 6.8.3");
    /* Its nine webhooks deliver elsewhere. */
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS);
    /* All of them at one address without a topic, which is therefore none of ours. */
    exchange_run(&account, "http://127.0.0.2:9099/hooks/woo", real_shop_answers, &x);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS);
    exchange_found(&x, "address of deliveries", CONNECT_BY_HAND);
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
        {401,
         "{\"code\":\"woocommerce_rest_cannot_view\",\"message\":\"Sorry\",\"data\":{\"status\":"
         "401}"
         "}",
         ERR_AUTH},
        {429, "{}", ERR_THROTTLED},
        {503, "<html>", ERR_NET},
        {200, "{}", ERR_NET},
        {200, "[]", ERR_NET},
        {404, "{\"code\":\"rest_no_route\"}", ERR_NET},
    };
    struct account account = account_of("", KEYS);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        refused = fixture_answer(table[i].status, slice_of(table[i].body));
        exchange_run(&account, HOOKS, answers_refused, &x);
        assert_int_equal(x.err, table[i].err);
        assert_int_equal(x.calls, 1);
        assert_int_equal(x.secrets.n + x.settings.n, 0);
    }
}

static void test_only_our_own_cursors_are_followed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x",
                                        "stock",
                                        "stock 0 0 - ",
                                        "stock 0 0 - 0,0,0,0,0,0,0",
                                        "stock 0 0 - 0,0,0,0,0,0,0,0,0",
                                        "stock 0 0 - 0,0,0,0,0,0,0,x",
                                        "stock 0 0 - 0,0,0,0,0,0,0,-1",
                                        "write 8 0 - 0,0,0,0,0,0,0,0",
                                        "write -1 0 - 0,0,0,0,0,0,0,0",
                                        "hooks 50 0 - 0,0,0,0,0,0,0,0"};
    struct account account = account_of("", WITH_SECRET);
    struct http_request r;
    uint8_t nonce[16] = {0};
    struct step step = {.cursor = SLICE("write 7 0 - 0,0,0,0,0,0,0,12a"),
                        .nonce = nonce,
                        .hooks_url = SLICE(HOOKS)};
    assert_int_equal(woo->build_connect(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_true(slice_ends(r.url, "/webhooks/12"));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        step.cursor = slice_of(wrong[i]);
        if (woo->build_connect(&account, &step, &fixture.arena, &r) != ERR_USAGE) {
            fail_msg("'%s' is taken for a cursor", wrong[i]);
        }
    }
}

/* ---- keys that the shop hands over ---- */

static void test_an_account_without_keys_waits_for_the_shop(void **state)
{
    (void)state;
    struct account account = account_of("", "");
    struct push_item item = {.stock_key = SLICE("p:10"), .value = 1};
    uint8_t nonce[16] = {0};
    struct step step = {.now_us = 1, .nonce = nonce, .key = SLICE("k")};
    struct http_request r;
    struct arena *a = &fixture.arena;
    assert_true(account.needs_consent);
    assert_false(account_of("", KEYS).needs_consent);
    assert_int_equal(woo->build_push(&account, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(woo->build_read(&account, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(woo->build_orders(&account, &step, a, &r), ERR_AUTH);
    assert_int_equal(woo->build_catalogue(&account, &step, a, &r), ERR_AUTH);
    assert_int_equal(woo->build_connect(&account, &step, a, &r), ERR_AUTH);
}

/* Signed with no secret at all, which is what the account has. */
static void test_without_a_secret_no_delivery_is_authentic(void **state)
{
    (void)state;
    struct slice body = SLICE("{\"id\":1,\"line_items\":[]}");
    struct account account = account_of("", KEYS);
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, (struct slice){"", 0}, body);
    struct http_header header = {
        SLICE("X-WC-Webhook-Signature"),
        base64_encode(&fixture.arena, (struct slice){(const char *)mac, sizeof(mac)})};
    struct hook hook = {
        .method = SLICE("POST"), .body = body, .headers = &header, .headers_count = 1};
    assert_int_equal(woo->verify(&account, &hook, &fixture.arena), HOOK_REFUSED);
}

static void test_the_address_of_the_consent(void **state)
{
    (void)state;
    struct err_note note;
    struct slice url;
    struct account account = account_of("", "");
    struct step step = {.redirect_uri = SLICE("https://stock.example/back"), .state = SLICE("n1")};
    assert_int_equal(woo->consent_url(&account, &step, &fixture.arena, &url, &note), ERR_OK);
    assert_slice(url,
                 "https://shop.example/wc-auth/v1/authorize?app_name=truecount&scope=read_write"
                 "&user_id=n1"
                 "&return_url=https%3A%2F%2Fstock.example%2Fback%3Fstate%3Dn1"
                 "&callback_url=https%3A%2F%2Fstock.example%2Fback%3Fstate%3Dn1");
    struct account plain = account_of(",\"plain_permalinks\":true", "");
    assert_int_equal(woo->consent_url(&plain, &step, &fixture.arena, &url, &note), ERR_OK);
    assert_true(slice_starts(
        url, "https://shop.example/?wc-auth-version=1&wc-auth-route=authorize&app_name="));
    step.redirect_uri = SLICE("http://stock.example/back");
    assert_int_equal(woo->consent_url(&account, &step, &fixture.arena, &url, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "--public-url https://"));
    step = (struct step){.redirect_uri = SLICE("https://stock.example/back")};
    assert_int_equal(woo->consent_url(&account, &step, &fixture.arena, &url, &note), ERR_USAGE);
}

static void test_the_posted_keys_become_secrets(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum err err;
    } table[] = {
        {"{\"key_id\":1,\"user_id\":\"n1\",\"consumer_key\":\"ck_a1\",\"consumer_secret\":\"cs_"
         "b2\","
         "\"key_permissions\":\"read_write\"}",
         ERR_OK},
        {"{\"consumer_key\":\"ck_a1\",\"consumer_secret\":\"cs_b2\",\"key_permissions\":\"read\"}",
         ERR_USAGE},
        {"{\"consumer_key\":\"ck_a1\",\"consumer_secret\":\"cs_b2\"}", ERR_USAGE},
        {"{\"consumer_key\":\"a1\",\"consumer_secret\":\"cs_b2\",\"key_permissions\":\"read_"
         "write\"}",
         ERR_PARSE},
        {"{\"consumer_key\":\"ck_a:1\",\"consumer_secret\":\"cs_b2\",\"key_permissions\":"
         "\"read_write\"}",
         ERR_PARSE},
        {"{\"consumer_key\":\"ck_a1\\r\\nX: y\",\"consumer_secret\":\"cs_b2\",\"key_permissions\":"
         "\"read_write\"}",
         ERR_PARSE},
        {"{\"consumer_key\":\"ck_a1\",\"key_permissions\":\"read_write\"}", ERR_PARSE},
        {"{}", ERR_PARSE},
        {"[]", ERR_PARSE},
        {"", ERR_PARSE},
        {"consumer_key=ck_a1", ERR_PARSE},
    };
    struct account account = account_of("", "");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct slice secrets = {0};
        struct err_note note;
        assert_int_equal(
            woo->take_secrets(
                &account, slice_of(table[i].body), fixture.doc, &fixture.arena, &secrets, &note),
            table[i].err);
        if (table[i].err == ERR_OK) {
            assert_slice(secrets, "{\"consumer_key\":\"ck_a1\",\"consumer_secret\":\"cs_b2\"}");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fresh_shop_gets_a_secret_and_every_webhook),
        cmocka_unit_test(test_the_secret_depends_on_the_credential),
        cmocka_unit_test(test_webhooks_that_are_there_are_kept_and_switched_on),
        cmocka_unit_test(test_a_new_secret_is_given_to_webhooks_that_are_there),
        cmocka_unit_test(test_what_is_wrong_with_the_shop_is_said),
        cmocka_unit_test(test_the_delivery_queue_gets_its_crontab_line),
        cmocka_unit_test(test_plain_permalinks_are_found_out),
        cmocka_unit_test(test_a_site_without_the_api_is_no_shop),
        cmocka_unit_test(test_a_key_that_may_only_read_is_told),
        cmocka_unit_test(test_one_refused_topic_does_not_end_the_others),
        cmocka_unit_test(test_addresses_that_wordpress_refuses_are_told),
        cmocka_unit_test(test_a_real_shops_answers_are_understood),
        cmocka_unit_test(test_faults_end_the_exchange_with_what_they_are),
        cmocka_unit_test(test_only_our_own_cursors_are_followed),
        cmocka_unit_test(test_an_account_without_keys_waits_for_the_shop),
        cmocka_unit_test(test_without_a_secret_no_delivery_is_authentic),
        cmocka_unit_test(test_the_address_of_the_consent),
        cmocka_unit_test(test_the_posted_keys_become_secrets),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
