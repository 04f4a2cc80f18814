/* SPDX-License-Identifier: Apache-2.0 */
/* The TikTok Shop look-alike over real sockets: signatures, rotating tokens, failures within an
 * answer of code 0, throttling. */
#include "support/tiktok_rig.h"

/* ---- signatures and tokens ---- */

static void test_signatures_match_the_known_vectors(void **state)
{
    (void)state;
    struct http_header search[] = {{SLICE("timestamp"), SLICE("1700000000")},
                                   {SLICE("sort_field"), SLICE("update_time")},
                                   {SLICE("sign"), SLICE("x")},
                                   {SLICE("shop_cipher"), SLICE("CIPHER_1")},
                                   {SLICE("page_size"), SLICE("50")},
                                   {SLICE("app_key"), SLICE("abcdef")},
                                   {SLICE("access_token"), SLICE("y")}};
    assert_slice(tt_signature(&rig.arena,
                              SLICE("123"),
                              SLICE("/order/202309/orders/search"),
                              search,
                              COUNT_OF(search),
                              SLICE("{\"update_time_ge\":1699990000}")),
                 "da0fb1b3f6f6ae43b82f6164875c8e17eed4dc5251e2e248854d41b87ede4fcd");
    struct http_header ids[] = {{SLICE("app_key"), SLICE("abcdef")},
                                {SLICE("ids"), SLICE("576653688135258178,576653688135258179")},
                                {SLICE("shop_cipher"), SLICE("CIPHER_1")},
                                {SLICE("timestamp"), SLICE("1700000000")}};
    assert_slice(
        tt_signature(
            &rig.arena, SLICE("123"), SLICE("/order/202309/orders"), ids, COUNT_OF(ids), SLICE("")),
        "53c841a205ccee88932226e9373caa5241874cd8b3f2dff2d3e42032d82268f3");
}

static void test_a_call_is_refused_when_a_byte_of_it_was_not_signed(void **state)
{
    (void)state;
    static const char path[] = "/product/202309/inventory/search";
    struct slice body = SLICE("{\"sku_ids\":[\"1\"]}");
    struct params p = params_of(true);
    struct slice sign =
        tt_signature(&rig.arena, SLICE(RIG_KEY_SECRET), slice_of(path), p.at, p.count, body);
    param(&p, "sign", sign);
    send_url("POST", url_of(path, &p), body);
    want_code(0);
    send_url("POST", url_of(path, &p), SLICE("{\"sku_ids\":[\"2\"]}"));
    want_code(TT_SIGNATURE);
    param(&p, "page_size", SLICE("10"));
    send_url("POST", url_of(path, &p), body);
    want_code(TT_SIGNATURE);
    assert_int_equal(rig.status, 401);
    struct params old = params_of(true);
    old.at[1].value = SLICE("1700000000");
    send_with("GET", "/event/202309/webhooks", old, SLICE(""));
    want_code(TT_SIGNATURE);
}

static void test_the_shop_s_cipher_belongs_to_its_operations_only(void **state)
{
    (void)state;
    send_with("GET", "/logistics/202309/warehouses", params_of(false), SLICE(""));
    want_code(TT_NO_CIPHER);
    send_with("GET", "/authorization/202309/shops", params_of(true), SLICE(""));
    want_code(TT_BAD_PARAMETER);
    struct params p = params_of(true);
    p.at[2].value = SLICE("ROW_other");
    send_with("GET", "/logistics/202309/warehouses", p, SLICE(""));
    want_code(TT_WRONG_SHOP);
    send_with("GET", "/authorization/202309/shops", params_of(false), SLICE(""));
    struct json one = rig_at(json_get(data(), "shops"), 0);
    assert_true(slice_equal(rig_text(json_get(one, "cipher")), tt_of(shop)->cipher));
}

static void test_wrong_paths_and_methods_have_codes_of_their_own(void **state)
{
    (void)state;
    send("POST", "/product/202309/products/inventory/update", "{}");
    want_code(TT_BAD_PATH);
    get("/order/202309/orders/search");
    want_code(TT_BAD_METHOD);
    send("POST", "/order/202212/orders/search", "{}");
    want_code(TT_BAD_PATH);
}

static void test_a_refresh_token_is_good_once(void **state)
{
    (void)state;
    struct slice first = refresh;
    struct slice old = token;
    buy_tokens("refresh", "refresh_token", "refresh_token", first);
    take_tokens();
    assert_false(slice_equal(refresh, first));
    assert_false(slice_equal(token, old));
    buy_tokens("refresh", "refresh_token", "refresh_token", first);
    assert_int_not_equal(rig_int(json_get(rig.json, "code")), 0);
    buy_tokens("refresh", "authorized_code", "refresh_token", refresh);
    assert_int_not_equal(rig_int(json_get(rig.json, "code")), 0);
    get("/logistics/202309/warehouses");
    want_code(0);
}

static void test_expiry_is_told_as_an_instant(void **state)
{
    (void)state;
    buy_tokens("refresh", "refresh_token", "refresh_token", refresh);
    int64_t now_s = env_wall_us(rig.env) / US_PER_S;
    int64_t at_s = rig_int(json_get(data(), "access_token_expire_in"));
    assert_in_range((uint64_t)(at_s - now_s), 7 * 86400 - 5, 7 * 86400 + 5);
    take_tokens();
    tokens_end(&tt_of(shop)->access);
    get("/logistics/202309/warehouses");
    want_code(TT_TOKEN);
    assert_int_equal(rig.status, 401);
}

static void test_a_seller_s_consent_is_good_once(void **state)
{
    (void)state;
    struct slice code = tt_consent(shop);
    buy_tokens("get", "authorized_code", "auth_code", code);
    take_tokens();
    get("/logistics/202309/warehouses");
    want_code(0);
    buy_tokens("get", "authorized_code", "auth_code", code);
    assert_int_not_equal(rig_int(json_get(rig.json, "code")), 0);
}

/* ---- stock ---- */

static void update(const char *sku, struct slice body)
{
    struct slice path = arena_printf(
        &rig.arena, "/product/202309/products/%" PRId64 "/inventory/update", product_id(sku));
    send_with("POST", path.p, params_of(true), body);
}

static struct slice row(const char *sku, struct slice warehouse, const char *quantity)
{
    return arena_printf(&rig.arena,
                        "{\"id\":\"%" PRId64
                        "\",\"inventory\":[{\"warehouse_id\":\"%.*s\",\"quantity\":%s}]}",
                        sku_id(sku),
                        SLICE_ARG(warehouse),
                        quantity);
}

static struct slice warehouse(size_t i)
{
    return tt_of(shop)->warehouses[i];
}

static struct slice body_of(struct slice rows)
{
    return arena_printf(&rig.arena, "{\"skus\":[%.*s]}", SLICE_ARG(rows));
}

static int64_t figure(const char *sku, size_t at, const char *name)
{
    struct slice body = arena_printf(&rig.arena, "{\"sku_ids\":[\"%" PRId64 "\"]}", sku_id(sku));
    send_with("POST", "/product/202309/inventory/search", params_of(true), body);
    struct json one = rig_at(json_get(rig_at(json_get(data(), "inventory"), 0), "skus"), 0);
    return rig_int(json_get(rig_at(json_get(one, "warehouse_inventory"), at), name));
}

static void test_a_write_sets_what_may_be_sold_now(void **state)
{
    (void)state;
    int64_t order = rig_buy(shop, "TEE-S", 3);
    assert_int_equal(figure("TEE-S", 0, "available_quantity"), 7);
    assert_int_equal(figure("TEE-S", 0, "committed_quantity"), 3);
    update("TEE-S", body_of(row("TEE-S", warehouse(0), "6")));
    assert_int_equal(json_count(json_get(data(), "errors")), 0);
    assert_int_equal(figure("TEE-S", 0, "available_quantity"), 6);
    assert_int_equal(shop_fulfil(shop, order, 0, 2), SHOP_DONE);
    assert_int_equal(figure("TEE-S", 0, "available_quantity"), 6);
    assert_int_equal(figure("TEE-S", 0, "committed_quantity"), 1);
    assert_int_equal(shop_cancel_units(shop, order, 0, 1, false), SHOP_DONE);
    assert_int_equal(figure("TEE-S", 0, "available_quantity"), 7); /* always given back */
    assert_int_equal(shop_refund(shop, order, 0, 1, true), SHOP_DONE);
    assert_int_equal(figure("TEE-S", 0, "available_quantity"), 7); /* never */
    assert_int_equal(rig_count(shop, "TEE-S"), 7);
}

static void test_failures_of_one_sku_hide_in_an_answer_of_code_0(void **state)
{
    (void)state;
    struct slice good = row("TEE-S", warehouse(0), "4");
    struct slice nowhere = row("TEE-M", SLICE("77"), "4");
    struct slice other = row("MUG", warehouse(0), "4");
    update(
        "TEE-S",
        body_of(arena_printf(
            &rig.arena, "%.*s,%.*s,%.*s", SLICE_ARG(good), SLICE_ARG(nowhere), SLICE_ARG(other))));
    struct json errors = json_get(data(), "errors");
    assert_int_equal(json_count(errors), 2);
    struct json first = json_get(rig_at(errors, 0), "detail");
    struct json extra = rig_at(json_get(first, "extra_errors"), 0);
    assert_int_equal(rig_int(json_get(extra, "code")), TT_NO_WAREHOUSE);
    assert_slice(rig_text(json_get(extra, "warehouse_id")), "77");
    assert_int_equal(rig_int(json_get(rig_at(errors, 1), "code")), TT_NO_SKU);
    assert_int_equal(rig_count(shop, "TEE-S"), 4);
    assert_int_equal(rig_count(shop, "TEE-M"), 10);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    update("TEE-S", body_of(row("TEE-S", warehouse(0), "99999")));
    assert_int_equal(json_count(json_get(data(), "errors")), 1);
    update("TEE-S", body_of(row("TEE-S", warehouse(TT_RETURNS), "5")));
    assert_int_equal(json_count(json_get(data(), "errors")), 1);
    update("THEIRS", body_of(row("THEIRS", warehouse(0), "5")));
    assert_int_equal(rig_int(json_get(rig_at(json_get(data(), "errors"), 0), "code")),
                     TT_SKU_WITHOUT_WAREHOUSE);
    assert_int_equal(rig_count(shop, "TEE-S"), 4);
}

static void test_a_body_of_wrong_shape_is_refused_whole(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"skus\":[]}",
        "{\"skus\":[{\"id\":12,\"inventory\":[{\"quantity\":1}]}]}",
        "{\"skus\":[{\"id\":\"12\",\"inventory\":[{\"quantity\":\"1\"}]}]}",
        "{\"skus\":[{\"id\":\"12\",\"inventory\":[{\"warehouse_id\":5,\"quantity\":1}]}]}",
        "{\"skus\":[{\"id\":\"12\",\"quantity\":1}]}",
        "{\"sku\":[]}",
        "[]",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        update("TEE-S", slice_of(bodies[i]));
        want_code(TT_BAD_PARAMETER);
    }
    send("POST",
         "/product/202309/products/1/inventory/update",
         "{\"skus\":[{\"id\":\"1\",\"inventory\":[{\"quantity\":1}]}]}");
    want_code(TT_NO_PRODUCT);
}

static void test_a_warehouse_may_be_left_out_while_there_is_one(void **state)
{
    (void)state;
    struct slice without =
        arena_printf(&rig.arena,
                     "{\"skus\":[{\"id\":\"%" PRId64 "\",\"inventory\":[{\"quantity\":2}]}]}",
                     sku_id("MUG"));
    update("MUG", without);
    assert_int_equal(json_count(json_get(data(), "errors")), 0);
    assert_int_equal(figure("MUG", 0, "available_quantity"), 2);
    update("MUG", body_of(row("MUG", warehouse(1), "5")));
    assert_int_equal(json_count(json_get(data(), "errors")), 0);
    assert_int_equal(figure("MUG", 0, "available_quantity"), 2); /* not sent: untouched */
    assert_int_equal(rig_count(shop, "MUG"), 7);
    update("MUG", without);
    assert_int_equal(rig_int(json_get(rig_at(json_get(data(), "errors"), 0), "code")),
                     TT_NO_WAREHOUSE);
    get("/logistics/202309/warehouses");
    assert_int_equal(json_count(json_get(data(), "warehouses")), 3);
}

static void test_inventory_is_searched_by_sku_or_by_product(void **state)
{
    (void)state;
    struct slice body =
        arena_printf(&rig.arena, "{\"product_ids\":[\"%" PRId64 "\"]}", product_id("TEE-S"));
    send_with("POST", "/product/202309/inventory/search", params_of(true), body);
    struct json found = json_get(data(), "inventory");
    assert_int_equal(json_count(found), 1);
    assert_int_equal(json_count(json_get(rig_at(found, 0), "skus")), 2);
    send("POST", "/product/202309/inventory/search", "{\"sku_ids\":[\"1\"]}");
    assert_int_equal(json_count(json_get(data(), "inventory")), 0);
    send("POST", "/product/202309/inventory/search", "{\"sku_ids\":[1]}");
    want_code(TT_BAD_PARAMETER);
    send("POST", "/product/202309/inventory/search", "{}");
    want_code(TT_BAD_PARAMETER);
}

static void test_the_catalogue_is_paged(void **state)
{
    (void)state;
    size_t products = 0;
    size_t skus = 0;
    struct slice next = SLICE("");
    for (int pages = 0; pages < 5; pages++) {
        struct params p = params_of(true);
        param(&p, "page_size", SLICE("2"));
        if (next.n > 0) {
            param(&p, "page_token", next);
        }
        send_with("POST", "/product/202502/products/search", p, SLICE("{\"status\":\"ACTIVATE\"}"));
        struct json list = json_get(data(), "products");
        products += json_count(list);
        for (struct json_iter i = json_iter(list); json_next(&i);) {
            skus += json_count(json_get(i.value, "skus"));
        }
        next = arena_copy(&rig.arena, rig_text(json_get(data(), "next_page_token")));
        if (next.n == 0) {
            break;
        }
    }
    assert_int_equal(products, 3);
    assert_int_equal(skus, 4);
    send("POST", "/product/202502/products/search", "{}");
    want_code(TT_BAD_PARAMETER); /* page_size is needed */
    struct slice path =
        arena_printf(&rig.arena, "/product/202309/products/%" PRId64, product_id("TEE-S"));
    get(path.p);
    struct json sku = rig_at(json_get(data(), "skus"), 1);
    struct json attribute = rig_at(json_get(sku, "sales_attributes"), 0);
    assert_slice(rig_text(json_get(attribute, "value_name")), "M");
}

/* ---- faults, and what truecount is told ---- */

static void test_throttling_comes_in_bursts_and_with_both_statuses(void **state)
{
    (void)state;
    struct shop_faults faults = {.api_throttle = 1000};
    struct shop_faults none = {0};
    shop_faults_set(shop, &faults);
    get("/logistics/202309/warehouses");
    want_code(TT_THROTTLED);
    assert_int_equal(rig.status, 429);
    assert_slice(rig_header(&rig, "Retry-After"), "1");
    get("/logistics/202309/warehouses");
    want_code(TT_THROTTLED);
    assert_int_equal(rig.status, 200);
    shop_faults_set(shop, &none);
    tt_of(shop)->burst_until_us = env_mono_us(rig.env) + 60 * US_PER_S;
    get("/logistics/202309/warehouses");
    want_code(TT_THROTTLED);
    tt_of(shop)->burst_until_us = 0;
    get("/logistics/202309/warehouses");
    want_code(0);
}

static int start_small(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 3, .points_per_s = 1});
    return 0;
}

static void test_writes_have_a_bucket_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        update("TEE-S", body_of(row("TEE-S", warehouse(0), "6")));
        want_code(0);
    }
    update("TEE-S", body_of(row("TEE-S", warehouse(0), "5")));
    want_code(TT_THROTTLED);
    assert_int_equal(rig_count(shop, "TEE-S"), 6);
    get("/logistics/202309/warehouses");
    want_code(0);
}

static void test_the_shop_says_what_a_channel_needs(void **state)
{
    (void)state;
    struct shop_remote_field fields[SHOP_REMOTE_MAX];
    struct buf text;
    buf_init(&text, 4096);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    struct json v = rig_parse(&rig, buf_view(&text));
    assert_true(slice_equal(rig_text(json_get(v, "shop_cipher")), tt_of(shop)->cipher));
    assert_true(slice_equal(rig_text(json_get(v, "refresh_token")), refresh));
    assert_int_equal(shop_item_remote(shop, 1, &rig.arena, fields), 2);
    assert_string_equal(fields[1].key, "sku_id");
    int64_t id;
    assert_true(slice_int(fields[1].value, &id));
    assert_int_equal(id, sku_id("TEE-S"));
    buf_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_signatures_match_the_known_vectors),
        TEST(test_a_call_is_refused_when_a_byte_of_it_was_not_signed),
        TEST(test_the_shop_s_cipher_belongs_to_its_operations_only),
        TEST(test_wrong_paths_and_methods_have_codes_of_their_own),
        TEST(test_a_refresh_token_is_good_once),
        TEST(test_expiry_is_told_as_an_instant),
        TEST(test_a_seller_s_consent_is_good_once),
        TEST(test_a_write_sets_what_may_be_sold_now),
        TEST(test_failures_of_one_sku_hide_in_an_answer_of_code_0),
        TEST(test_a_body_of_wrong_shape_is_refused_whole),
        TEST(test_a_warehouse_may_be_left_out_while_there_is_one),
        TEST(test_inventory_is_searched_by_sku_or_by_product),
        TEST(test_the_catalogue_is_paged),
        TEST(test_throttling_comes_in_bursts_and_with_both_statuses),
        cmocka_unit_test_setup_teardown(test_writes_have_a_bucket_of_their_own, start_small, end),
        TEST(test_the_shop_says_what_a_channel_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
