/* SPDX-License-Identifier: Apache-2.0 */
/* The Shopify look-alike's webhooks over real sockets: bytes, signatures, retries, faults. */
#include "support/sandbox_rig.h"

static struct rig rig;
static struct shop *shop;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    shop = rig_shop(&rig,
                    (struct shop_options){.kind = SHOP_SHOPIFY,
                                          .code = "shopify-a",
                                          .hooks_url = rig.hooks_url,
                                          .points_max = 2000,
                                          .points_per_s = 1,
                                          .retry_ms = 10});
    for (int i = 0; i < 30; i++) {
        char sku[16];
        char title[16];
        snprintf(sku, sizeof(sku), "TEE-%d", i);
        snprintf(title, sizeof(title), "T%d", i);
        rig_item(shop,
                 (struct sandbox_item){.sku = slice_of(sku),
                                       .product = SLICE("Tee"),
                                       .title = slice_of(title),
                                       .options = SLICE("{\"Size\":\"M\"}"),
                                       .count = 10});
    }
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 3});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

static int64_t inventory_id(const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.inventory_item_id;
}

/* A vector of the platform's own library: the same construction signs WooCommerce's webhooks. */
static void test_signatures_are_built_as_the_platform_builds_them(void **state)
{
    (void)state;
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac,
                SLICE(RIG_SECRET),
                SLICE("{\"inventory_item_id\":271878346596884015,\"location_id\":24826418,"
                      "\"available\":10}"));
    assert_slice(base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)}),
                 "QFI7CZU3YX2PVf67LWqOGKrQCjDkm2fFAPaX9DxRfrc=");
}

static bool two_hooks(struct rig *r)
{
    return r->hooks_count >= 2;
}

static void test_a_sale_sends_signed_webhooks(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "MUG", 2);
    rig_until(&rig, two_hooks);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/orders/create", 0);
    assert_non_null(hook);
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE(RIG_SECRET), hook->body);
    struct slice wanted = base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)});
    assert_true(slice_equal(
        http_header_get(hook->headers, hook->headers_count, "x-shopify-hmac-sha256"), wanted));
    assert_slice(http_header_get(hook->headers, hook->headers_count, "X-Shopify-Topic"),
                 "orders/create");
    assert_slice(http_header_get(hook->headers, hook->headers_count, "X-Shopify-Shop-Domain"),
                 "shopify-a.myshopify.com");
    assert_true(hook->body.n > 3500);
    struct json order = rig_parse(&rig, hook->body);
    assert_true(rig_int(json_get(order, "id")) == id);
    assert_true(id > (INT64_C(1) << 53));
    struct json line = rig_at(json_get(order, "line_items"), 0);
    assert_int_equal(rig_int(json_get(line, "quantity")), 2);
    assert_int_equal(rig_int(json_get(line, "current_quantity")), 2);
    const struct rig_hook *level = rig_hook_at(&rig, "/hooks/shop/inventory_levels/update", 0);
    assert_non_null(level);
    struct json count = rig_parse(&rig, level->body);
    assert_int_equal(rig_int(json_get(count, "available")), 1);
    assert_true(rig_int(json_get(count, "inventory_item_id")) == inventory_id("MUG"));
}

static bool nothing_waits(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_waiting == 0;
}

static void test_a_refused_webhook_comes_again_with_the_same_bytes(void **state)
{
    (void)state;
    rig.refuse_first = 4;
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, nothing_waits);
    struct shop_stats stats = shop_stats(shop);
    assert_int_equal(stats.hooks_sent, 2);
    assert_int_equal(stats.hooks_retried, 4);
    const struct rig_hook *first = rig_hook_at(&rig, "/hooks/shop/orders/create", 0);
    const struct rig_hook *again = rig_hook_at(&rig, "/hooks/shop/orders/create", 1);
    assert_non_null(again);
    assert_true(slice_equal(first->body, again->body));
    assert_true(
        slice_equal(http_header_get(first->headers, first->headers_count, "X-Shopify-Webhook-Id"),
                    http_header_get(again->headers, again->headers_count, "X-Shopify-Webhook-Id")));
}

static void test_after_eight_retries_a_webhook_is_given_up(void **state)
{
    (void)state;
    rig.hook_status = 500;
    assert_int_equal(shop_stock_edit(shop, SLICE("MUG"), 4), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 9);
    assert_int_equal(shop_stats(shop).hooks_failed, 1);
}

static void test_the_bytes_of_a_cancel_carry_refund_and_stamp(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "MUG", 3);
    assert_int_equal(rig_count(shop, "MUG"), 0);
    struct shop_line one = {SLICE("MUG"), 1};
    int64_t none;
    assert_int_equal(shop_buy(shop, &one, 1, &none), SHOP_SHORT);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_IMPOSSIBLE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/orders/cancelled", 0);
    assert_non_null(hook);
    assert_non_null(rig_hook_at(&rig, "/hooks/shop/refunds/create", 0));
    struct json order = rig_parse(&rig, hook->body);
    assert_true(slice_ends(rig_text(json_get(order, "cancelled_at")), "+01:00"));
    struct json refund_row =
        rig_at(json_get(rig_at(json_get(order, "refunds"), 0), "refund_line_items"), 0);
    assert_slice(rig_text(json_get(refund_row, "restock_type")), "cancel");
    assert_int_equal(rig_int(json_get(refund_row, "quantity")), 3);
    struct json line = rig_at(json_get(order, "line_items"), 0);
    assert_int_equal(rig_int(json_get(line, "quantity")), 3);
    assert_int_equal(rig_int(json_get(line, "current_quantity")), 0);
}

static void test_lost_and_doubled_webhooks_are_counted(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.hook_lose = 1000});
    rig_buy(shop, "TEE-4", 1);
    assert_int_equal(shop_stats(shop).hooks_lost, 2);
    shop_faults_set(shop, &(struct shop_faults){.hook_duplicate = 1000});
    rig_buy(shop, "TEE-5", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/orders/create"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_signatures_are_built_as_the_platform_builds_them),
        TEST(test_a_sale_sends_signed_webhooks),
        TEST(test_a_refused_webhook_comes_again_with_the_same_bytes),
        TEST(test_after_eight_retries_a_webhook_is_given_up),
        TEST(test_the_bytes_of_a_cancel_carry_refund_and_stamp),
        TEST(test_lost_and_doubled_webhooks_are_counted),
    };
    return cmocka_run_group_tests_name("sandbox_shopify_hooks", tests, NULL, NULL);
}
