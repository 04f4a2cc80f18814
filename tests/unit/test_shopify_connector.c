/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, secrets and listings of a Shopify account. */
#include "support/channel_fixture.h"

#include "channels/shopify/shopify.h"

static const struct connector *const shopify = &connector_shopify;

#define TOKEN ",\"secrets\":{\"access_token\":\"shpat_1\"}}"

static void test_configure_takes_each_way_to_write_the_shop(void **state)
{
    (void)state;
    static const char *const shops[] = {"my-shop",
                                        "my-shop.myshopify.com",
                                        "https://my-shop.myshopify.com",
                                        "https://my-shop.myshopify.com/admin",
                                        " my-shop "};
    for (size_t i = 0; i < COUNT_OF(shops); i++) {
        struct slice text =
            arena_printf(&fixture.arena, "{\"settings\":{\"shop\":\"%s\"}" TOKEN, shops[i]);
        struct account a = fixture_account(shopify, text.p);
        assert_slice(a.base_url, "https://my-shop.myshopify.com");
        assert_slice(a.code, "shop-a");
        assert_slice(shopify_config(&a)->endpoint,
                     "https://my-shop.myshopify.com/admin/api/2026-10/graphql.json");
    }
}

static void test_configure_points_elsewhere(void **state)
{
    (void)state;
    struct account a =
        fixture_account(shopify,
                        "{\"settings\":{\"shop\":\"my-shop\",\"api_version\":\"2027-01\","
                        "\"base_url\":\"http://127.0.0.1:8081/shopify-a/\"}" TOKEN);
    assert_slice(a.base_url, "http://127.0.0.1:8081/shopify-a");
    assert_slice(shopify_config(&a)->endpoint,
                 "http://127.0.0.1:8081/shopify-a/admin/api/2027-01/graphql.json");
}

static void test_configure_maps_locations(void **state)
{
    (void)state;
    struct account a = fixture_account(
        shopify,
        "{\"settings\":{\"shop\":\"a\",\"location_map\":["
        "{\"location\":\"berlin\",\"remote\":24826418},"
        "{\"location\":\"paris\",\"remote\":\"24826419\"},"
        "{\"location\":\"rome\",\"remote\":\"gid://shopify/Location/271878346596884015\"}]}" TOKEN);
    assert_int_equal(a.locations_count, 3);
    assert_slice(a.locations[0].location, "berlin");
    assert_slice(a.locations[0].remote, "24826418");
    assert_slice(a.locations[1].remote, "24826419");
    assert_slice(a.locations[2].remote, "271878346596884015");
}

static void test_configure_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } bad[] = {
        {"{\"settings\":{}" TOKEN, "settings.shop"},
        {"{\"settings\":{\"shop\":7}" TOKEN, "settings.shop"},
        {"{\"settings\":{\"shop\":\"shop.example.com\"}" TOKEN, "settings.shop"},
        {"{\"settings\":{\"shop\":\"-shop\"}" TOKEN, "settings.shop"},
        {"{\"settings\":{\"shop\":\"a\",\"api_version\":\"2025-10\"}" TOKEN, "api_version"},
        {"{\"settings\":{\"shop\":\"a\",\"api_version\":\"latest!\"}" TOKEN, "api_version"},
        {"{\"settings\":{\"shop\":\"a\",\"base_url\":\"shop.example\"}" TOKEN, "base_url"},
        {"{\"settings\":{\"shop\":\"a\",\"base_url\":\"http://a b\"}" TOKEN, "base_url"},
        {"{\"settings\":{\"shop\":\"a\"}}", "secrets.access_token"},
        {"{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"client_id\":\"i\"}}", "client_secret"},
        {"{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"a\\r\\nX: b\"}}",
         "secrets.access_token"},
        {"{\"settings\":{\"shop\":\"a\",\"location_map\":{}}" TOKEN, "location_map"},
        {"{\"settings\":{\"shop\":\"a\",\"location_map\":[{\"remote\":1}]}" TOKEN,
         "location_map[0].location"},
        {"{\"settings\":{\"shop\":\"a\",\"location_map\":[{\"location\":\"b\",\"remote\":\"x\"}]"
         "}" TOKEN,
         "location_map[0].remote"},
        {"{\"settings\":{\"shop\":\"a\",\"location_map\":[{\"location\":\"b\",\"remote\":"
         "\"gid://shopify/Product/1\"}]}" TOKEN,
         "location_map[0].remote"},
        {"{\"settings\":{\"shop\":\"a\",\"location_map\":[{\"location\":\"b\",\"remote\":1},"
         "{\"location\":\"c\",\"remote\":1}]}" TOKEN,
         "location_map[1]"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(shopify, bad[i].text, &a, &note), ERR_USAGE);
        if (!strstr(note.text, bad[i].names)) {
            fail_msg("'%s' does not name %s", note.text, bad[i].names);
        }
    }
}

static void test_configure_never_repeats_a_secret(void **state)
{
    (void)state;
    struct account a;
    struct err_note note = {{0}};
    assert_int_equal(
        fixture_configure(
            shopify,
            "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"shpat canary\"}}",
            &a,
            &note),
        ERR_USAGE);
    assert_null(strstr(note.text, "canary"));
}

static enum err keys(const char *remote, struct slice *out_remote, struct err_note *note)
{
    struct account a = fixture_account(shopify, "{\"settings\":{\"shop\":\"a\"}" TOKEN);
    struct slice key;
    struct slice stock_key;
    return shopify->listing_keys(
        &a, fixture_json(slice_of(remote)), &fixture.arena, out_remote, &key, &stock_key, note);
}

static void test_listing_is_normalised(void **state)
{
    (void)state;
    struct slice remote;
    struct err_note note;
    assert_int_equal(keys("{\"inventory_item_id\":\"gid://shopify/InventoryItem/3\","
                          "\"variant_id\":\"2\",\"product_id\":1}",
                          &remote,
                          &note),
                     ERR_OK);
    assert_slice(remote, "{\"product_id\":\"1\",\"variant_id\":\"2\",\"inventory_item_id\":\"3\"}");
    assert_int_equal(keys("{\"inventory_item_id\":3,\"variant_id\":2}", &remote, &note), ERR_OK);
    assert_slice(remote, "{\"variant_id\":\"2\",\"inventory_item_id\":\"3\"}");
}

static void test_listing_refuses_ids_of_another_kind(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *names;
    } bad[] = {
        {"{}", "variant_id"},
        {"{\"variant_id\":2}", "inventory_item_id"},
        {"{\"variant_id\":\"gid://shopify/InventoryItem/2\",\"inventory_item_id\":3}",
         "variant_id"},
        {"{\"variant_id\":2,\"inventory_item_id\":\"gid://shopify/ProductVariant/2\"}",
         "inventory_item_id"},
        {"{\"variant_id\":2,\"inventory_item_id\":\"gid://other/InventoryItem/3\"}",
         "inventory_item_id"},
        {"{\"variant_id\":0,\"inventory_item_id\":3}", "variant_id"},
        {"{\"variant_id\":-2,\"inventory_item_id\":3}", "variant_id"},
        {"{\"variant_id\":\"12345678901234567890123\",\"inventory_item_id\":3}", "variant_id"},
        {"{\"variant_id\":2,\"inventory_item_id\":3,\"product_id\":\"x\"}", "product_id"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct slice remote;
        struct err_note note = {{0}};
        assert_int_equal(keys(bad[i].remote, &remote, &note), ERR_USAGE);
        if (!strstr(note.text, bad[i].names)) {
            fail_msg("'%s' does not name %s", note.text, bad[i].names);
        }
    }
}

static void test_settings_that_do_not_fit_are_a_limit(void **state)
{
    (void)state;
    struct json root;
    struct err_note note;
    assert_int_equal(
        json_parse(fixture.doc_config, SLICE("{\"settings\":{\"shop\":\"a\"}" TOKEN), &root, &note),
        ERR_OK);
    /* Every bound below what it takes fails cleanly; the first that suffices succeeds. */
    bool succeeded = false;
    for (size_t size = 0; size < 8192 && !succeeded; size += 16) {
        struct arena small;
        struct account a;
        arena_init(&small, size);
        enum err e = shopify->configure(json_get(root, "settings"),
                                        json_get(root, "secrets"),
                                        SLICE("a"),
                                        false,
                                        &small,
                                        &a,
                                        &note);
        assert_true(e == ERR_OK || e == ERR_LIMIT);
        succeeded = e == ERR_OK;
        arena_free(&small);
    }
    assert_true(succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configure_takes_each_way_to_write_the_shop),
        cmocka_unit_test(test_configure_points_elsewhere),
        cmocka_unit_test(test_configure_maps_locations),
        cmocka_unit_test(test_configure_says_what_to_do),
        cmocka_unit_test(test_configure_never_repeats_a_secret),
        cmocka_unit_test(test_listing_is_normalised),
        cmocka_unit_test(test_listing_refuses_ids_of_another_kind),
        cmocka_unit_test(test_settings_that_do_not_fit_are_a_limit),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
