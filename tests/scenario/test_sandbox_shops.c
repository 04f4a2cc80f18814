/* SPDX-License-Identifier: Apache-2.0 */
/* The shop that speaks our API, the shoppers, the catalogue, the control API. */
#include "support/sandbox_rig.h"

#include "drill/sandbox_etsy.h"

static struct rig rig;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

static bool nothing_waits(struct rig *r)
{
    return sandbox_stats(r->sandbox).sum.hooks_waiting == 0;
}

/* ---- the shop that speaks our API ---- */

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct shop *api_shop(void)
{
    struct shop *shop = rig_shop(&rig,
                                 (struct shop_options){.kind = SHOP_API,
                                                       .code = "api-a",
                                                       .hooks_url = rig.hooks_url,
                                                       .hook_secret = WHSEC,
                                                       .retry_ms = 10});
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 5});
    return shop;
}

static struct slice sign(struct slice id, struct slice stamp, struct slice body)
{
    uint8_t mac[SHA256_SIZE];
    struct slice key;
    assert_true(base64_decode(&rig.arena, slice_from(SLICE(WHSEC), 6), &key));
    struct slice text = arena_printf(
        &rig.arena, "%.*s.%.*s.%.*s", SLICE_ARG(id), SLICE_ARG(stamp), SLICE_ARG(body));
    hmac_sha256(mac, key, text);
    struct slice encoded =
        base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)});
    return arena_printf(&rig.arena, "v1,%.*s", SLICE_ARG(encoded));
}

/* A stock.updated as sent at `sent_us`; tampered: signed over other bytes. */
static void push(struct shop *shop, const char *items, int64_t sent_us, bool is_tampered)
{
    char stamp_text[TIME_TEXT_MAX];
    struct slice sent = time_format(sent_us, stamp_text);
    struct slice body = arena_printf(&rig.arena,
                                     "{\"type\":\"stock.updated\",\"timestamp\":\"%.*s\",\"data\":{"
                                     "\"items\":[%s]}}",
                                     SLICE_ARG(sent),
                                     items);
    struct slice stamp = arena_printf(&rig.arena, "%" PRId64, env_wall_us(rig.env) / US_PER_S);
    struct slice signature = sign(SLICE("msg_1"), stamp, is_tampered ? SLICE("{}") : body);
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("webhook-id"), SLICE("msg_1")},
        {SLICE("webhook-timestamp"), stamp},
        {SLICE("webhook-signature"),
         arena_printf(&rig.arena, "v1,b3RoZXI= %.*s", SLICE_ARG(signature))},
    };
    rig_call(&rig, "POST", shop_base_url(shop), headers, COUNT_OF(headers), body, 0);
}

static void test_snapshots_are_signed_as_standard_webhooks(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    int64_t id = rig_buy(shop, "MUG", 2);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    const struct rig_hook *hook = &rig.hooks[0];
    assert_slice(hook->path, "/hooks/shop");
    struct slice wanted =
        sign(http_header_get(hook->headers, hook->headers_count, "webhook-id"),
             http_header_get(hook->headers, hook->headers_count, "webhook-timestamp"),
             hook->body);
    assert_true(slice_equal(
        http_header_get(hook->headers, hook->headers_count, "webhook-signature"), wanted));
    struct json order = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_get(order, "channel")), "shop");
    assert_true(
        slice_ends(rig_text(json_get(order, "id")), arena_printf(&rig.arena, "%" PRId64, id).p));
    struct json line = rig_at(json_get(order, "lines"), 0);
    assert_slice(rig_text(json_get(line, "sku")), "MUG");
    assert_int_equal(rig_int(json_get(line, "ordered")), 2);
    assert_int_equal(rig_int(json_get(line, "cancelled")), 0);
}

static void test_pushes_are_refused_unless_signed_and_whole(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    int64_t now_us = env_wall_us(rig.env);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":9}", now_us, true);
    assert_int_equal(rig.status, 401);
    push(shop, "{\"sku\":\"NOPE\",\"quantity\":9}", now_us, false);
    assert_int_equal(rig.status, 422);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":9},{\"sku\":\"MUG\",\"quantity\":-1}", now_us, false);
    assert_int_equal(rig.status, 422);
    assert_int_equal(rig_count(shop, "MUG"), 5);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":9}", now_us, false);
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_count(shop, "MUG"), 9);
}

static void test_a_number_that_left_before_a_sale_does_not_bring_it_back(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    int64_t before_us = env_wall_us(rig.env) - 5 * US_PER_MS;
    rig_buy(shop, "MUG", 5);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":5}", before_us, false);
    assert_int_equal(rig_count(shop, "MUG"), 0); /* not acknowledged yet, or only just */
    rig_until(&rig, nothing_waits);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":5}", before_us, false);
    assert_int_equal(rig_count(shop, "MUG"), 0);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":4}", env_wall_us(rig.env) + 5000, false);
    assert_int_equal(rig_count(shop, "MUG"), 4);
}

static void test_units_of_a_snapshot_on_its_way_are_kept_from_buyers(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    rig.refuse_first = 1; /* the sale is told, not yet acknowledged */
    rig_buy(shop, "MUG", 2);
    push(shop, "{\"sku\":\"MUG\",\"quantity\":5}", env_wall_us(rig.env) + 5000, false);
    assert_int_equal(rig_count(shop, "MUG"), 5);
    struct shop_line line = {SLICE("MUG"), 4};
    int64_t id;
    assert_int_equal(shop_buy(shop, &line, 1, &id), SHOP_SHORT);
    rig_until(&rig, nothing_waits);
    assert_int_equal(shop_buy(shop, &line, 1, &id), SHOP_DONE);
}

static void test_a_cancel_without_restock_says_so(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    int64_t id = rig_buy(shop, "MUG", 3);
    rig_until(&rig, nothing_waits);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, false), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    struct json order = rig_parse(&rig, rig.hooks[1].body);
    struct json line = rig_at(json_get(order, "lines"), 0);
    assert_int_equal(rig_int(json_get(line, "cancelled")), 1);
    assert_int_equal(rig_int(json_get(line, "no_restock")), 1);
    assert_int_equal(rig_int(json_get(line, "taken")), 3);
    assert_int_equal(rig_count(shop, "MUG"), 2);
}

static void test_versions_grow_with_each_change_of_an_instant(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    int64_t id = rig_buy(shop, "MUG", 2);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    struct slice versions[3];
    for (size_t i = 0; i < 3; i++) {
        struct json order = rig_parse(&rig, rig.hooks[i].body);
        versions[i] = arena_copy(&rig.arena, rig_text(json_get(order, "version")));
    }
    /* Three deliveries at once may arrive in any order. */
    assert_false(slice_equal(versions[0], versions[1]));
    assert_false(slice_equal(versions[1], versions[2]));
    assert_false(slice_equal(versions[0], versions[2]));
}

static void test_an_unheard_snapshot_is_sent_until_it_is_heard(void **state)
{
    (void)state;
    struct shop *shop = api_shop();
    rig.refuse_first = 6;
    shop_faults_set(shop, &(struct shop_faults){.hook_lose = 1000});
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 7);
    assert_int_equal(shop_stats(shop).hooks_sent, 1);
}

/* ---- the catalogue ---- */

static void test_a_catalogue_is_the_same_for_the_same_seed(void **state)
{
    (void)state;
    struct sandbox_item *a = NULL;
    struct sandbox_item *b = NULL;
    struct sandbox_item *c = NULL;
    struct map skus;
    map_init(&skus);
    assert_int_equal(catalogue_make(&rig.arena, 5, 1000, &a), ERR_OK);
    assert_int_equal(catalogue_make(&rig.arena, 5, 1000, &b), ERR_OK);
    assert_int_equal(catalogue_make(&rig.arena, 6, 1000, &c), ERR_OK);
    size_t same = 0;
    for (size_t i = 0; i < 1000; i++) {
        assert_true(slice_equal(a[i].sku, b[i].sku) && a[i].count == b[i].count);
        assert_int_equal(a[i].barcode.n, 13);
        assert_null(map_get(&skus, a[i].sku));
        assert_true(map_set(&skus, a[i].sku, &a[i]));
        same += slice_equal(a[i].sku, c[i].sku) && a[i].count == c[i].count;
    }
    assert_true(same < 500);
    map_free(&skus);
}

static void add_shops(int kinds)
{
    struct err_note note;
    for (int kind = 0; kind < kinds; kind++) {
        rig_shop(&rig,
                 (struct shop_options){.kind = (enum shop_kind)kind,
                                       .code = shop_kind_name((enum shop_kind)kind),
                                       .hooks_url = rig.hooks_url,
                                       .hook_secret = RIG_SECRET});
    }
    assert_int_equal(sandbox_catalogue_fill(rig.sandbox, 3, 300, &note), ERR_OK);
}

static void add_three_shops(void)
{
    add_shops(SHOP_API + 1);
}

static void test_every_shop_sells_the_same_skus_under_its_own_ids(void **state)
{
    (void)state;
    add_three_shops();
    struct shop_item a;
    struct shop_item b;
    assert_true(shop_item_at(sandbox_shop_at(rig.sandbox, 0), 77, &a));
    assert_true(shop_item_find(sandbox_shop_at(rig.sandbox, 1), a.sku, &b));
    assert_true(slice_equal(a.product, b.product) && a.count == b.count);
    assert_true(a.product_id != b.product_id && a.variant_id != b.variant_id);
}

/* ---- shoppers ---- */

static bool five_hundred_orders(struct rig *r)
{
    return sandbox_stats(r->sandbox).sum.orders >= 500;
}

static bool no_task_left(struct rig *r)
{
    return r->sandbox->heap_count == 0 && nothing_waits(r);
}

/* What the shop has of the item. Two platforms show something else: Etsy nothing of a listing that
 * sold out, even when a unit came back; Walmart a shipped unit again, until somebody writes less. */
static int64_t units_left(const struct shop *shop, const struct shop_item *shown)
{
    const struct item *item = item_find(shop, shown->sku);
    if (shop->kind == SHOP_ETSY) {
        return *etsy_quantity(item);
    }
    if (shop->kind == SHOP_WALMART) {
        int64_t shipped = item->sold - item->committed;
        return shown->count - shipped;
    }
    return shown->count;
}

/* Every unit is where it was, or sold and not given back: in each shop, for each SKU. */
static void want_conservation(int64_t (*counts)[300], size_t shops)
{
    struct shop_item item;
    for (size_t s = 0; s < shops; s++) {
        struct shop *shop = sandbox_shop_at(rig.sandbox, s);
        int64_t sold = 0;
        for (size_t i = 0; shop_item_at(shop, i, &item); i++) {
            assert_int_equal(units_left(shop, &item), counts[s][i] - item.sold);
            assert_true(item.count >= 0);
            sold += item.sold;
        }
        struct shop_stats stats = shop_stats(shop);
        assert_int_equal(sold, (int64_t)stats.units_sold - (int64_t)stats.units_back);
    }
}

static void shop_hard(int64_t (*counts)[300], int shops)
{
    struct shop_item item;
    add_shops(shops);
    for (size_t s = 0; s < (size_t)shops; s++) {
        for (size_t i = 0; shop_item_at(sandbox_shop_at(rig.sandbox, s), i, &item); i++) {
            counts[s][i] = item.count;
        }
    }
    struct sandbox_shoppers plan = {.orders_per_s = 1500,
                                    .seed = 9,
                                    .two_lines = 200,
                                    .cancel = 150,
                                    .refund = 150,
                                    .edit = 150,
                                    .fulfil = 300,
                                    .later_ms_min = 10,
                                    .later_ms_max = 200,
                                    .burst_every_ms = 50,
                                    .burst_buyers = 9};
    sandbox_shoppers_start(rig.sandbox, &plan);
    rig_until(&rig, five_hundred_orders);
    sandbox_shoppers_stop(rig.sandbox);
}

static void test_shoppers_conserve_units(void **state)
{
    (void)state;
    static int64_t counts[SHOP_KINDS_COUNT][300];
    shop_hard(counts, SHOP_API + 1);
    rig_until(&rig, no_task_left);
    struct sandbox_stats stats = sandbox_stats(rig.sandbox);
    assert_true(stats.sum.units_back > 0);
    assert_int_equal(stats.sum.hooks_failed + stats.sum.hooks_lost + stats.sum.hooks_dropped, 0);
    assert_int_equal(stats.sum.hooks_sent, rig.hooks_count);
    want_conservation(counts, SHOP_API + 1);
}

/* Some platforms' messages wait to be fetched: only tasks must have ended. */
static bool no_task(struct rig *r)
{
    return r->sandbox->heap_count == 0;
}

static void test_shoppers_conserve_units_on_every_platform(void **state)
{
    (void)state;
    static int64_t counts[SHOP_KINDS_COUNT][300];
    shop_hard(counts, SHOP_KINDS_COUNT);
    rig_until(&rig, no_task);
    want_conservation(counts, SHOP_KINDS_COUNT);
    for (size_t s = 0; s < SHOP_KINDS_COUNT; s++) {
        assert_true(shop_stats(sandbox_shop_at(rig.sandbox, s)).orders > 0);
    }
}

static void test_oversold_counts_what_all_shops_sold_beyond_the_truth(void **state)
{
    (void)state;
    add_three_shops();
    struct shop_item item;
    assert_true(shop_item_at(sandbox_shop_at(rig.sandbox, 0), 0, &item));
    struct slice sku = arena_copy(&rig.arena, item.sku);
    sandbox_stock_is(rig.sandbox, sku, 1);
    for (size_t s = 0; s < 3; s++) {
        rig_buy(sandbox_shop_at(rig.sandbox, s), sku.p, 1);
    }
    assert_int_equal(sandbox_stats(rig.sandbox).oversold, 2);
}

static void test_latency_runs_from_a_sale_to_the_next_write_elsewhere(void **state)
{
    (void)state;
    struct shop *api = api_shop();
    struct shop *woo =
        rig_shop(&rig, (struct shop_options){.kind = SHOP_WOOCOMMERCE, .code = "woo-a"});
    rig_item(woo, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 5});
    rig_buy(woo, "MUG", 1);
    assert_int_equal(sandbox_stats(rig.sandbox).latencies, 0);
    push(api, "{\"sku\":\"MUG\",\"quantity\":4}", env_wall_us(rig.env), false);
    struct sandbox_stats stats = sandbox_stats(rig.sandbox);
    assert_int_equal(stats.latencies, 1);
    assert_true(stats.latency_max_us > 0 && stats.latency_max_us < 5 * US_PER_S);
}

/* ---- bounds ---- */

static void test_only_the_last_orders_are_kept(void **state)
{
    (void)state;
    rig_end(&rig);
    struct sandbox_options options = {.orders_max = 3};
    rig_start(&rig, &options);
    struct shop *shop =
        rig_shop(&rig, (struct shop_options){.kind = SHOP_SHOPIFY, .code = "shopify-a"});
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 9});
    int64_t first = rig_buy(shop, "MUG", 1);
    rig_buy(shop, "MUG", 1);
    rig_buy(shop, "MUG", 1);
    struct shop_order order;
    assert_true(shop_order_get(shop, first, &order));
    int64_t last = rig_buy(shop, "MUG", 1);
    assert_false(shop_order_get(shop, first, &order));
    assert_true(shop_order_get(shop, last, &order));
    assert_int_equal(shop_cancel(shop, first, true), SHOP_NO_ORDER);
    assert_int_equal(shop_stats(shop).orders_forgotten, 1);
}

static void test_webhooks_beyond_the_bound_are_dropped_and_counted(void **state)
{
    (void)state;
    rig_end(&rig);
    struct sandbox_options options = {.hooks_bytes_max = 12000};
    rig_start(&rig, &options);
    struct shop *shop =
        rig_shop(&rig,
                 (struct shop_options){
                     .kind = SHOP_SHOPIFY, .code = "shopify-a", .hooks_url = rig.hooks_url});
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 9});
    for (int i = 0; i < 9; i++) {
        rig_buy(shop, "MUG", 1);
    }
    assert_true(shop_stats(shop).hooks_dropped > 0);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.sandbox->hooks_bytes, 0);
}

/* ---- the control API ---- */

static void control(const char *method, const char *path, const char *body)
{
    struct slice url = arena_printf(&rig.arena, "http://127.0.0.1:%d/sandbox%s", rig.port, path);
    rig_call(&rig, method, url, NULL, 0, slice_of(body), 0);
}

static void test_the_control_api_buys_changes_and_breaks(void **state)
{
    (void)state;
    api_shop();
    control("GET", "/shops", "");
    assert_int_equal(json_count(json_get(rig.json, "items")), 1);
    control("POST", "/shops/api-a/buy", "{\"sku\":\"MUG\",\"quantity\":3}");
    assert_int_equal(rig.status, 200);
    struct slice order = arena_copy(&rig.arena, rig_text(json_get(rig.json, "order")));
    control("POST", "/shops/api-a/buy", "{\"sku\":\"MUG\",\"quantity\":3}");
    assert_int_equal(rig.status, 409);
    control("POST", "/shops/api-a/buy", "{\"sku\":\"NOPE\"}");
    assert_int_equal(rig.status, 404);
    struct slice edit = arena_printf(
        &rig.arena, "{\"order\":\"%.*s\",\"line\":0,\"quantity\":1}", SLICE_ARG(order));
    control("POST", "/shops/api-a/edit", edit.p);
    assert_int_equal(rig.status, 200);
    struct slice fulfil = arena_printf(&rig.arena, "{\"order\":\"%.*s\"}", SLICE_ARG(order));
    control("POST", "/shops/api-a/fulfil", fulfil.p);
    assert_int_equal(rig.status, 200);
    control("POST", "/shops/api-a/cancel", fulfil.p);
    assert_int_equal(rig.status, 409);
    control("GET", arena_printf(&rig.arena, "/shops/api-a/orders/%.*s", SLICE_ARG(order)).p, "");
    assert_int_equal(rig_int(json_get(rig.json, "ordered")), 3);
    assert_int_equal(rig_int(json_get(rig.json, "cancelled")), 2);
    assert_int_equal(rig_int(json_get(rig.json, "fulfilled")), 1);
    control("POST", "/shops/api-a/stock", "{\"sku\":\"MUG\",\"quantity\":50}");
    control("GET", "/shops/api-a/items?sku=MUG", "");
    assert_int_equal(rig_int(json_get(rig_at(json_get(rig.json, "items"), 0), "count")), 50);
    control("POST", "/shops/api-a/faults", "{\"hook_lose\":50,\"hang_ms\":10}");
    assert_int_equal(rig_int(json_get(rig.json, "hook_lose")), 50);
    control("POST", "/shops/api-a/faults", "{\"hook_loose\":50}");
    assert_int_equal(rig.status, 400);
    control("POST", "/shoppers", "{\"orders_per_s\":10,\"seed\":4}");
    assert_int_equal(rig.status, 200);
    control("POST", "/shoppers", "{\"stop\":true}");
    control("GET", "/stats", "");
    assert_true(rig_int(json_get(rig.json, "orders")) >= 1);
    control("GET", "/shops/nobody/items", "");
    assert_int_equal(rig.status, 404);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_snapshots_are_signed_as_standard_webhooks),
        TEST(test_pushes_are_refused_unless_signed_and_whole),
        TEST(test_a_number_that_left_before_a_sale_does_not_bring_it_back),
        TEST(test_units_of_a_snapshot_on_its_way_are_kept_from_buyers),
        TEST(test_a_cancel_without_restock_says_so),
        TEST(test_versions_grow_with_each_change_of_an_instant),
        TEST(test_an_unheard_snapshot_is_sent_until_it_is_heard),
        TEST(test_a_catalogue_is_the_same_for_the_same_seed),
        TEST(test_every_shop_sells_the_same_skus_under_its_own_ids),
        TEST(test_shoppers_conserve_units),
        TEST(test_shoppers_conserve_units_on_every_platform),
        TEST(test_oversold_counts_what_all_shops_sold_beyond_the_truth),
        TEST(test_latency_runs_from_a_sale_to_the_next_write_elsewhere),
        TEST(test_only_the_last_orders_are_kept),
        TEST(test_webhooks_beyond_the_bound_are_dropped_and_counted),
        TEST(test_the_control_api_buys_changes_and_breaks),
    };
    return cmocka_run_group_tests_name("sandbox_shops", tests, NULL, NULL);
}
