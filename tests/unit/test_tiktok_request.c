/* SPDX-License-Identifier: Apache-2.0 */
/* Settings into an account, and requests: signed, complete, to the byte. */
#include "support/tiktok_shop.h"

static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    return 0;
}

/* Computed from the published rule with another program; key 123. */
static void test_signatures_are_those_of_the_published_rule(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct tt_param params[6];
        size_t count;
        const char *body, *sign;
    } vectors[] = {
        {"/order/202309/orders/search",
         {{"app_key", {"abcdef", 6}},
          {"page_size", {"50", 2}},
          {"shop_cipher", {"CIPHER_1", 8}},
          {"sort_field", {"update_time", 11}},
          {"timestamp", {"1700000000", 10}}},
         5,
         "{\"update_time_ge\":1699990000}",
         "da0fb1b3f6f6ae43b82f6164875c8e17eed4dc5251e2e248854d41b87ede4fcd"},
        {"/order/202309/orders",
         {{"app_key", {"abcdef", 6}},
          {"ids", {"576653688135258178,576653688135258179", 37}},
          {"shop_cipher", {"CIPHER_1", 8}},
          {"timestamp", {"1700000000", 10}}},
         4,
         "",
         "53c841a205ccee88932226e9373caa5241874cd8b3f2dff2d3e42032d82268f3"},
        {"/product/202309/products/1729592969712207000/inventory/update",
         {{"app_key", {"abcdef", 6}},
          {"shop_cipher", {"CIPHER_1", 8}},
          {"timestamp", {"1700000000", 10}}},
         3,
         "{\"skus\":[{\"id\":\"1729592969712207013\",\"inventory\":[{\"warehouse_id\":"
         "\"7068517275539719942\",\"quantity\":7}]}]}",
         "8d5c7a6019fb045903fe86da5c2a16bf0bed644108643cceb39bbab59d64d11a"},
    };
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct slice sign = tt_sign(SLICE("123"),
                                    slice_of(vectors[i].path),
                                    vectors[i].params,
                                    vectors[i].count,
                                    slice_of(vectors[i].body),
                                    &fixture.arena);
        assert_slice(sign, vectors[i].sign);
    }
}

static void test_a_request_carries_sorted_parameters_and_the_signature_of_its_bytes(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(
        tiktok->build_order(&account, SLICE("576653688135258178"), &step, &fixture.arena, &r),
        ERR_OK);
    static const struct tt_param signed_params[] = {{"app_key", {"abcdef", 6}},
                                                    {"ids", {"576653688135258178", 18}},
                                                    {"shop_cipher", {"CIPHER_1", 8}},
                                                    {"timestamp", {"1700000000", 10}}};
    struct slice sign = tt_sign(SLICE("123"),
                                SLICE("/order/202309/orders"),
                                signed_params,
                                4,
                                (struct slice){0},
                                &fixture.arena);
    struct slice url = arena_printf(&fixture.arena,
                                    "https://open-api.tiktokglobalshop.com/order/202309/orders"
                                    "?app_key=abcdef&ids=576653688135258178&shop_cipher=CIPHER_1"
                                    "&timestamp=1700000000&sign=%.*s",
                                    SLICE_ARG(sign));
    assert_slice(r.method, "GET");
    assert_true(slice_equal(r.url, url));
    assert_int_equal(r.body.n, 0);
    assert_slice(fixture_header(&r, "x-tts-access-token"), "TTP_tok");
    assert_slice(fixture_header(&r, "content-type"), "application/json");
}

static void test_values_are_signed_raw_and_sent_percent_encoded(void **state)
{
    (void)state;
    struct account odd =
        fixture_account(tiktok, "{\"settings\":{\"shop_cipher\":\"a+b/c==\"}," SECRETS "}");
    struct http_request r;
    struct step step = step_at("tok&en=1");
    assert_int_equal(tiktok->build_catalogue(&odd, &step, &fixture.arena, &r), ERR_OK);
    static const struct tt_param signed_params[] = {{"app_key", {"abcdef", 6}},
                                                    {"page_size", {"100", 3}},
                                                    {"page_token", {"tok&en=1", 8}},
                                                    {"shop_cipher", {"a+b/c==", 7}},
                                                    {"timestamp", {"1700000000", 10}}};
    struct slice sign = tt_sign(SLICE("123"),
                                SLICE("/product/202502/products/search"),
                                signed_params,
                                5,
                                SLICE("{\"status\":\"ACTIVATE\"}"),
                                &fixture.arena);
    struct slice url = arena_printf(
        &fixture.arena,
        "https://open-api.tiktokglobalshop.com/product/202502/products/search?app_key=abcdef"
        "&page_size=100&page_token=tok%%26en%%3D1&shop_cipher=a%%2Bb%%2Fc%%3D%%3D"
        "&timestamp=1700000000&sign=%.*s",
        SLICE_ARG(sign));
    assert_true(slice_equal(r.url, url));
    assert_slice(r.body, "{\"status\":\"ACTIVATE\"}");
}

static void test_nothing_is_asked_without_a_token_or_a_shop(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"settings\":{\"shop_cipher\":\"C\"},\"secrets\":{\"app_key\":\"k\",\"app_secret\":"
        "\"s\",\"refresh_token\":\"r\"}}",
        "{\"settings\":{}," SECRETS "}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct account a = fixture_account(tiktok, texts[i]);
        struct http_request r;
        struct step step = step_at("");
        assert_int_equal(tiktok->wants_token(&a), i == 0);
        assert_int_equal(tiktok->build_orders(&a, &step, &fixture.arena, &r), ERR_AUTH);
        assert_int_equal(tiktok->build_order(&a, SLICE("5"), &step, &fixture.arena, &r), ERR_AUTH);
        assert_int_equal(tiktok->build_catalogue(&a, &step, &fixture.arena, &r), ERR_AUTH);
        /* The shop itself is found without one. */
        assert_int_equal(tiktok->build_connect(&a, &step, &fixture.arena, &r),
                         i == 0 ? ERR_AUTH : ERR_OK);
    }
}

static void test_each_wrong_setting_is_named_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } cases[] = {
        {"{\"secrets\":{\"app_secret\":\"s\"}}", "secrets.app_key"},
        {"{\"secrets\":{\"app_key\":\"k\"}}", "secrets.app_secret"},
        {"{\"settings\":{\"service_id\":\"abcdef\"}," SECRETS "}", "settings.service_id"},
        {"{\"settings\":{\"service_id\":\"https://evil.example/open/"
         "authorize?service_id=7\"}," SECRETS "}",
         "settings.service_id"},
        {"{\"settings\":{\"service_id\":\"https://services.tiktokshop.com/open/"
         "authorize?x=7\"}," SECRETS "}",
         "settings.service_id"},
        {"{\"settings\":{\"shop_cipher\":\"a b\"}," SECRETS "}", "settings.shop_cipher"},
        {"{\"settings\":{\"warehouse_id\":\"main\"}," SECRETS "}", "settings.warehouse_id"},
        {"{\"settings\":{\"shop_id\":-1}," SECRETS "}", "settings.shop_id"},
        {"{\"settings\":{\"auth_url\":\"auth\"}," SECRETS "}", "settings.auth_url"},
        {"{\"settings\":{\"warehouse_map\":{}}," SECRETS "}", "settings.warehouse_map"},
        {"{\"settings\":{\"warehouse_map\":[{\"remote\":\"1\"}]}," SECRETS "}",
         "settings.warehouse_map[0].location"},
        {"{\"settings\":{\"warehouse_map\":[{\"location\":\"b\",\"remote\":\"x\"}]}," SECRETS "}",
         "settings.warehouse_map[0].remote"},
        {"{\"settings\":{\"warehouse_map\":[{\"location\":\"b\",\"remote\":\"1\"},"
         "{\"location\":\"c\",\"remote\":\"1\"}]}," SECRETS "}",
         "settings.warehouse_map[1]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(tiktok, cases[i].text, &a, &note), ERR_USAGE);
        if (!strstr(note.text, cases[i].names)) {
            fail_msg("%s: said '%s'", cases[i].text, note.text);
        }
    }
}

static void test_an_account_knows_its_locations_and_what_it_still_lacks(void **state)
{
    (void)state;
    assert_false(account.has_locations || account.needs_consent);
    struct account mapped = fixture_account(tiktok, MAPPED);
    assert_true(mapped.has_locations);
    assert_int_equal(mapped.locations_count, 2);
    assert_slice(mapped.locations[1].remote, "70686");
    struct account new =
        fixture_account(tiktok, "{\"secrets\":{\"app_key\":\"k\",\"app_secret\":\"s\"}}");
    assert_true(new.needs_consent && tiktok->wants_token(&new));
    assert_slice(new.base_url, "https://open-api.tiktokglobalshop.com");
    /* An empty map is none. */
    struct account none =
        fixture_account(tiktok, "{\"settings\":{\"warehouse_map\":[]}," SECRETS "}");
    assert_false(none.has_locations);
}

static void test_ids_keep_every_digit_whatever_form_they_come_in(void **state)
{
    (void)state;
    struct slice remote;
    struct slice key;
    struct slice stock_key;
    struct err_note note = {{0}};
    static const struct {
        const char *text, *key;
    } good[] = {
        {"{\"product_id\":\"732357708734418520388\",\"sku_id\":\"73235770873441823254\"}",
         "sku:73235770873441823254"},
        {"{\"product_id\":1729592969712207000,\"sku_id\":1729592969712207013}",
         "sku:1729592969712207013"},
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(tiktok->listing_keys(&account,
                                              fixture_json(slice_of(good[i].text)),
                                              &fixture.arena,
                                              &remote,
                                              &key,
                                              &stock_key,
                                              &note),
                         ERR_OK);
        assert_slice(key, good[i].key);
        assert_true(slice_equal(key, stock_key));
        struct push_item item = {.remote = remote};
        assert_slice(tiktok->push_group(&account, &item, &fixture.arena),
                     i ? "1729592969712207000" : "732357708734418520388");
        item.is_reading = true; /* a reading takes any products */
        assert_slice(tiktok->push_group(&account, &item, &fixture.arena), "");
    }
    static const char *const bad[] = {
        "{\"product_id\":\"7\"}",
        "{\"sku_id\":\"7\"}",
        "{\"product_id\":\"7\",\"sku_id\":\"07\"}",
        "{\"product_id\":\"7\",\"sku_id\":\"7x\"}",
        "{\"product_id\":\"7\",\"sku_id\":\"1234567890123456789012345\"}",
        "{\"product_id\":\"7\",\"sku_id\":7.5}",
        "{\"product_id\":\"7\",\"sku_id\":\"8\",\"seller_sku\":\"TEE\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(tiktok->listing_keys(&account,
                                              fixture_json(slice_of(bad[i])),
                                              &fixture.arena,
                                              &remote,
                                              &key,
                                              &stock_key,
                                              &note),
                         ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_are_those_of_the_published_rule),
        cmocka_unit_test(test_a_request_carries_sorted_parameters_and_the_signature_of_its_bytes),
        cmocka_unit_test(test_values_are_signed_raw_and_sent_percent_encoded),
        cmocka_unit_test(test_nothing_is_asked_without_a_token_or_a_shop),
        cmocka_unit_test(test_each_wrong_setting_is_named_with_what_to_do),
        cmocka_unit_test(test_an_account_knows_its_locations_and_what_it_still_lacks),
        cmocka_unit_test(test_ids_keep_every_digit_whatever_form_they_come_in),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
