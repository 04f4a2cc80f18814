/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: which are authentic, and what each scope makes us read. */
#include "support/channel_fixture.h"

#include "channels/bigcommerce/bigcommerce.h"

static const struct connector *const bigcommerce = &connector_bigcommerce;
static struct account account, token_only;

/* Key, id, time, body and signature as the Standard Webhooks library computes them. */
#define BODY                                                                                       \
    "{\"scope\":\"store/order/updated\",\"store_id\":\"1025646\",\"data\":{\"type\":\"order\","    \
    "\"id\":250},\"hash\":\"dd70c0976e06b67aaf671e73f49dcb79230ebf9d\",\"created_at\":1561479335," \
    "\"producer\":\"stores/abc\"}"
#define SIGNATURE "v1,PkhhjtgVSiO88S0neqlFns1xeRCtT7QItgxXYFuLp0k="
#define SIGNED_S INT64_C(1700000000)

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(
        bigcommerce,
        "{\"settings\":{\"store_hash\":\"abc\"},\"secrets\":{\"access_token\":\"t\","
        "\"client_secret\":\"truecount-test-secret\",\"webhook_secret\":\"tok-1\"}}");
    token_only =
        fixture_account(bigcommerce,
                        "{\"settings\":{\"store_hash\":\"stores/abc\"},"
                        "\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"tok-1\"}}");
    return 0;
}

struct sent {
    const char *id, *timestamp, *signature, *token, *body;
    int64_t at_s;
};

static enum hook_verdict verdict_of(const struct account *a, struct sent s)
{
    struct http_header headers[4];
    size_t n = 0;
    if (s.id) {
        headers[n++] = (struct http_header){SLICE("webhook-id"), slice_of(s.id)};
    }
    if (s.timestamp) {
        headers[n++] = (struct http_header){SLICE("Webhook-Timestamp"), slice_of(s.timestamp)};
    }
    if (s.signature) {
        headers[n++] = (struct http_header){SLICE("webhook-signature"), slice_of(s.signature)};
    }
    if (s.token) {
        headers[n++] = (struct http_header){SLICE("x-tc-token"), slice_of(s.token)};
    }
    struct hook hook = {.method = SLICE("POST"),
                        .headers = headers,
                        .headers_count = n,
                        .body = slice_of(s.body ? s.body : BODY),
                        .received_at_us = s.at_s * US_PER_S};
    return bigcommerce->verify(a, &hook, &fixture.arena);
}

static void test_the_known_signature_is_authentic_and_any_change_is_not(void **state)
{
    (void)state;
    const struct sent good = {
        .id = "msg_1", .timestamp = "1700000000", .signature = SIGNATURE, .at_s = SIGNED_S};
    struct sent s = good;
    assert_int_equal(verdict_of(&account, s), HOOK_AUTHENTIC);
    s.signature = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v2,x " SIGNATURE;
    assert_int_equal(verdict_of(&account, s), HOOK_AUTHENTIC); /* one of several */

    const struct sent bad[] = {
        {"msg_2", "1700000000", SIGNATURE, NULL, NULL, SIGNED_S},
        {"msg_1", "1700000001", SIGNATURE, NULL, NULL, SIGNED_S},
        {"msg_1", "1700000000", SIGNATURE, NULL, "{}", SIGNED_S},
        {"msg_1", "1700000000", &SIGNATURE[3], NULL, NULL, SIGNED_S},
        {"msg_1", "1700000000", "v1,", NULL, NULL, SIGNED_S},
        {"msg_1", "1700000000", "", NULL, NULL, SIGNED_S},
        {NULL, "1700000000", SIGNATURE, NULL, NULL, SIGNED_S},
        {"msg_1", NULL, SIGNATURE, NULL, NULL, SIGNED_S},
        {"msg_1", "x", SIGNATURE, NULL, NULL, SIGNED_S},
        /* The token does not make up for a signature that does not fit. */
        {"msg_2", "1700000000", SIGNATURE, "tok-1", NULL, SIGNED_S},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(verdict_of(&account, bad[i]), HOOK_REFUSED);
    }
}

static struct slice signature_for(const char *body)
{
    uint8_t mac[SHA256_SIZE];
    struct slice text = arena_printf(&fixture.arena, "msg_1.1700000000.%s", body);
    hmac_sha256(mac, SLICE("truecount-test-secret"), text);
    struct slice b64 =
        base64_encode(&fixture.arena, (struct slice){(const char *)mac, sizeof(mac)});
    return arena_printf(&fixture.arena, "v1,%.*s", SLICE_ARG(b64));
}

static enum hook_verdict verdict_at(const char *scope, int64_t at_s)
{
    struct slice body =
        arena_printf(&fixture.arena, "{\"scope\":\"%s\",\"producer\":\"stores/abc\"}", scope);
    struct sent s = {.id = "msg_1",
                     .timestamp = "1700000000",
                     .signature = signature_for(body.p).p,
                     .body = body.p,
                     .at_s = at_s};
    return verdict_of(&account, s);
}

static void test_outside_five_minutes_only_what_reads_an_order_is_taken(void **state)
{
    (void)state;
    static const char count[] = "store/sku/inventory/updated";
    assert_int_equal(verdict_at(count, SIGNED_S + 300), HOOK_AUTHENTIC);
    assert_int_equal(verdict_at(count, SIGNED_S - 300), HOOK_AUTHENTIC);
    assert_int_equal(verdict_at(count, SIGNED_S + 301), HOOK_REFUSED);
    assert_int_equal(verdict_at(count, SIGNED_S - 301), HOOK_REFUSED);
    assert_int_equal(verdict_at("store/order/message/created", SIGNED_S + 301), HOOK_REFUSED);
    assert_int_equal(verdict_at("store/hook/deliveryException", SIGNED_S + 301), HOOK_REFUSED);
    assert_int_equal(verdict_at("store/order/updated", SIGNED_S + 86400), HOOK_AUTHENTIC);
    assert_int_equal(verdict_at("store/shipment/created", SIGNED_S + 86400), HOOK_AUTHENTIC);
    assert_int_equal(verdict_at("store/channel/7/order/updated", SIGNED_S - 86400), HOOK_AUTHENTIC);
}

static void test_without_a_signature_the_hooks_own_header_counts(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(&account, (struct sent){.token = "tok-1"}), HOOK_AUTHENTIC);
    assert_int_equal(verdict_of(&account, (struct sent){.token = "tok-2"}), HOOK_REFUSED);
    assert_int_equal(verdict_of(&account, (struct sent){.token = ""}), HOOK_REFUSED);
    assert_int_equal(verdict_of(&account, (struct sent){0}), HOOK_REFUSED);
    /* Without the client secret no signature can be checked: the token alone counts. */
    assert_int_equal(verdict_of(&token_only, (struct sent){.signature = "v1,x", .token = "tok-1"}),
                     HOOK_AUTHENTIC);
    assert_int_equal(verdict_of(&token_only, (struct sent){.signature = "v1,x"}), HOOK_REFUSED);
    /* And without a token nothing does. */
    struct account signed_only =
        fixture_account(bigcommerce,
                        "{\"settings\":{\"store_hash\":\"abc\"},\"secrets\":{\"access_token\":"
                        "\"t\",\"client_secret\":\"truecount-test-secret\"}}");
    assert_int_equal(verdict_of(&signed_only, (struct sent){.token = ""}), HOOK_REFUSED);
    struct hook get = {.method = SLICE("GET"), .body = SLICE(BODY)};
    assert_int_equal(bigcommerce->verify(&account, &get, &fixture.arena), HOOK_REFUSED);
}

static struct facts decoded(struct slice body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .body = body};
    bigcommerce->decode(&account, &hook, fixture.doc, &fixture.arena, &facts);
    assert_int_equal(facts.orders_count + facts.observations_count, 0); /* never from the body */
    return facts;
}

/* "order 250", "count variant:509", "changed", joined by "; ", then "!reason" or "-reason". */
static struct slice facts_text(struct facts facts)
{
    static const char *const kinds[] = {
        [FETCH_NONE] = "?", [FETCH_ORDER] = "order", [FETCH_CHANGED] = "changed", "count"};
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < facts.fetches_count; i++) {
        const struct fetch *f = &facts.fetches[i];
        buf_printf(&text, "%s%s", i ? "; " : "", kinds[f->kind]);
        if (f->id.n) {
            buf_printf(&text, " %.*s", SLICE_ARG(f->id));
        }
    }
    if (facts.unreadable) {
        buf_printf(&text, "!%s", facts.unreadable);
    }
    if (facts.ignored) {
        buf_printf(&text, "-%s", facts.ignored);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_every_scope_makes_us_read_what_it_names(void **state)
{
    (void)state;
    static const struct {
        const char *scope, *data, *says;
    } cases[] = {
        {"store/order/created", "{\"type\":\"order\",\"id\":250}", "order 250"},
        {"store/order/updated", "{\"type\":\"order\",\"id\":\"250\"}", "order 250"},
        {"store/order/statusUpdated",
         "{\"type\":\"order\",\"id\":250,\"status\":{\"previous_status_id\":0,"
         "\"new_status_id\":5}}",
         "order 250"},
        {"store/order/archived", "{\"type\":\"order\",\"id\":250}", "order 250"},
        {"store/order/refund/created",
         "{\"type\":\"order\",\"id\":250,\"refund\":{\"refund_id\":3}}",
         "order 250"},
        {"store/order/transaction/created",
         "{\"type\":\"transaction\",\"id\":9,\"order_id\":250}",
         "order 250"},
        {"store/order/transaction/updated",
         "{\"type\":\"transaction\",\"id\":9}",
         "changed!a delivery about an order that does not name it"},
        {"store/order/message/created",
         "{\"type\":\"order\",\"id\":250}",
         "-a message about an order moves no stock"},
        {"store/shipment/created",
         "{\"type\":\"shipment\",\"id\":12,\"orderId\":251}",
         "order 251"},
        {"store/shipment/deleted",
         "{\"type\":\"shipment\",\"id\":12}",
         "changed!a delivery about an order that does not name it"},
        {"store/channel/7/order/created", "{\"order_id\":250}", "order 250"},
        {"store/product/inventory/updated",
         "{\"type\":\"product\",\"id\":167,\"inventory\":{\"product_id\":167,"
         "\"method\":\"absolute\",\"value\":5}}",
         "count product:167"},
        {"store/product/inventory/order/updated",
         "{\"type\":\"product\",\"id\":167,\"inventory\":{\"product_id\":167,"
         "\"method\":\"absolute\",\"value\":100000000}}",
         "count product:167"},
        {"store/sku/inventory/updated",
         "{\"type\":\"sku\",\"id\":461,\"inventory\":{\"product_id\":206,"
         "\"method\":\"absolute\",\"value\":5,\"variant_id\":509}}",
         "count variant:509"},
        {"store/sku/inventory/order/updated",
         "{\"type\":\"sku\",\"id\":461,\"inventory\":{\"product_id\":206,"
         "\"method\":\"relative\",\"value\":-1,\"variant_id\":509}}",
         "count variant:509"},
        {"store/channel/1/inventory/product/stock_changed",
         "{\"variant_id\":509,\"product_id\":206,\"location_id\":1}",
         "count variant:509; count product:206"},
        {"store/channel/1/inventory/product/out_of_stock_reached",
         "{\"variant_id\":509,\"product_id\":206,\"location_id\":1}",
         "count variant:509; count product:206"},
        {"store/channel/1/inventory/product/settings_changed",
         "{\"location_id\":1}",
         "!a change of stock that does not name the item"},
        {"store/product/updated",
         "{\"type\":\"product\",\"id\":205}",
         "-a product's data changed, not a count"},
        {"store/product/deleted",
         "{\"type\":\"product\",\"id\":205}",
         "-a deleted product sells nothing more"},
        {"store/sku/created",
         "{\"type\":\"sku\",\"id\":461}",
         "-a variant's data changed, not a count"},
        {"store/sku/deleted",
         "{\"type\":\"sku\",\"id\":461}",
         "-a deleted variant sells nothing more"},
        {"store/inventory/location/updated",
         "{\"location_id\":1}",
         "-a location's data changed, not a count"},
        {"store/hook/deliveryException",
         "{\"type\":\"webhook\",\"id\":7,\"error_code\":90002}",
         "changed"},
        {"store/app/uninstalled", "{}", "-the app was uninstalled: the next call will be refused"},
        {"store/information/updated", "{}", "-a scope that has nothing to do with stock or orders"},
        {"", "{}", "changed!a delivery without a scope"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice body = arena_printf(
            &fixture.arena,
            "{\"scope\":\"%s\",\"store_id\":\"1\",\"data\":%s,\"producer\":\"stores/abc\"}",
            cases[i].scope,
            cases[i].data);
        struct slice got = facts_text(decoded(body));
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%s: got '%.*s'", cases[i].scope, SLICE_ARG(got));
        }
        /* The same delivery twice says the same. */
        assert_true(slice_equal(facts_text(decoded(body)), got));
    }
}

static void test_another_stores_delivery_is_none_of_ours(void **state)
{
    (void)state;
    static const char *const producers[] = {
        ",\"producer\":\"stores/xyz\"", ",\"producer\":\"abc\"", ",\"producer\":7", ""};
    for (size_t i = 0; i < COUNT_OF(producers); i++) {
        struct slice body =
            arena_printf(&fixture.arena,
                         "{\"scope\":\"store/order/updated\",\"data\":{\"id\":1}%s}",
                         producers[i]);
        assert_slice(facts_text(decoded(body)),
                     "-the producer is another store than settings.store_hash");
    }
    assert_slice(facts_text(decoded(SLICE("{\"scope\":"))),
                 "changed!the body is not a JSON object that can be read safely");
}

static void test_connecting_says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *note;
    } cases[] = {
        {"{\"settings\":{},\"secrets\":{}}", "settings.store_hash"},
        {"{\"settings\":{\"store_hash\":\"a/b\"},\"secrets\":{}}", "settings.store_hash"},
        {"{\"settings\":{\"store_hash\":\"abc\"},\"secrets\":{}}", "secrets.access_token"},
        {"{\"settings\":{\"store_hash\":\"abc\"},\"secrets\":{\"access_token\":\"t\"}}",
         "secrets.client_secret"},
        {"{\"settings\":{\"store_hash\":\"abc\",\"location_map\":[{\"location\":\"b\","
         "\"remote\":\"x\"}]},\"secrets\":{\"access_token\":\"t\",\"client_secret\":\"c\"}}",
         "settings.location_map[0].remote"},
        {"{\"settings\":{\"store_hash\":\"abc\",\"location_map\":[{\"location\":\"b\","
         "\"remote\":1},{\"location\":\"c\",\"remote\":\"1\"}]},"
         "\"secrets\":{\"access_token\":\"t\",\"client_secret\":\"c\"}}",
         "settings.location_map[1]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(bigcommerce, cases[i].text, &a, &note), ERR_USAGE);
        if (!strstr(note.text, cases[i].note)) {
            fail_msg("'%s' does not name %s", note.text, cases[i].note);
        }
    }
    struct account a = fixture_account(
        bigcommerce,
        "{\"settings\":{\"store_hash\":\"abc\",\"base_url\":\"http://127.0.0.1:9/x/\"},"
        "\"secrets\":{\"access_token\":\"t\",\"client_secret\":\"c\"}}");
    assert_slice(a.base_url, "http://127.0.0.1:9/x");
    assert_slice(account.base_url, "https://api.bigcommerce.com/stores/abc");
}

static void test_listings_are_keyed_by_what_holds_the_count(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *key, *normal;
    } cases[] = {
        {"{\"product_id\":111,\"variant_id\":74}",
         "variant:74",
         "{\"product_id\":\"111\",\"variant_id\":\"74\"}"},
        {"{\"variant_id\":null,\"product_id\":\"111\"}", "product:111", "{\"product_id\":\"111\"}"},
        {"{\"product_id\":\"111\",\"variant_id\":\"\"}", "product:111", "{\"product_id\":\"111\"}"},
        {"{\"product_id\":111,\"variant\":74}", NULL, NULL},
        {"{\"variant_id\":74}", NULL, NULL},
        {"{\"product_id\":0}", NULL, NULL},
        {"{\"product_id\":111,\"variant_id\":\"x\"}", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice remote, key, stock_key;
        struct err_note note = {{0}};
        enum err e = bigcommerce->listing_keys(&account,
                                               fixture_json(slice_of(cases[i].remote)),
                                               &fixture.arena,
                                               &remote,
                                               &key,
                                               &stock_key,
                                               &note);
        assert_int_equal(e, cases[i].key ? ERR_OK : ERR_USAGE);
        if (cases[i].key) {
            assert_slice(key, cases[i].key);
            assert_slice(stock_key, cases[i].key);
            assert_slice(remote, cases[i].normal);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_known_signature_is_authentic_and_any_change_is_not),
        cmocka_unit_test(test_outside_five_minutes_only_what_reads_an_order_is_taken),
        cmocka_unit_test(test_without_a_signature_the_hooks_own_header_counts),
        cmocka_unit_test(test_every_scope_makes_us_read_what_it_names),
        cmocka_unit_test(test_another_stores_delivery_is_none_of_ours),
        cmocka_unit_test(test_connecting_says_what_is_missing),
        cmocka_unit_test(test_listings_are_keyed_by_what_holds_the_count),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
