/* SPDX-License-Identifier: Apache-2.0 */
/* The TikTok Shop look-alike over real sockets: one line item for each unit, thin signed webhooks. */
#include "support/tiktok_rig.h"

static int start_impatient(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 100000, .retry_ms = 1});
    return 0;
}

/* ---- orders ---- */

static struct json order_read(int64_t id)
{
    struct params p = params_of(true);
    param(&p, "ids", arena_printf(&rig.arena, "%" PRId64 ",1", id));
    send_with("GET", "/order/202309/orders", p, SLICE(""));
    struct json orders = json_get(data(), "orders");
    assert_int_equal(json_count(orders), 1);
    return rig_at(orders, 0);
}

static size_t units_in(struct json order, const char *status)
{
    size_t n = 0;
    struct json items = json_get(order, "line_items");
    for (struct json_iter i = json_iter(items); json_next(&i);) {
        assert_int_equal(json_type(json_get(i.value, "quantity")), JSON_NONE);
        n += slice_is(rig_text(json_get(i.value, "display_status")), status);
    }
    return n;
}

static size_t wanted_hooks;

static bool hooks_came(struct rig *r)
{
    return r->hooks_count >= wanted_hooks;
}

static void hooks_until(size_t n)
{
    wanted_hooks = n;
    rig_until(&rig, hooks_came);
}

static void test_each_unit_is_a_line_item_with_a_state_of_its_own(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 5);
    struct json order = order_read(id);
    assert_int_equal(units_in(order, "UNPAID"), 5);
    hooks_until(2); /* paid */
    assert_slice(rig_text(json_get(order_read(id), "status")), "AWAITING_SHIPMENT");
    assert_int_equal(shop_fulfil(shop, id, 0, 2), SHOP_DONE);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_DONE);
    order = order_read(id);
    assert_slice(rig_text(json_get(order, "status")), "PARTIALLY_SHIPPING");
    assert_int_equal(units_in(order, "IN_TRANSIT"), 2);
    assert_int_equal(units_in(order, "AWAITING_SHIPMENT"), 2);
    assert_int_equal(units_in(order, "CANCELLED"), 1);
    struct slice first =
        arena_copy(&rig.arena, rig_text(json_get(rig_at(json_get(order, "line_items"), 0), "id")));
    struct slice last = rig_text(json_get(rig_at(json_get(order, "line_items"), 4), "id"));
    assert_false(slice_equal(first, last));
    assert_slice(rig_text(json_get(order, "fulfillment_type")), "FULFILLMENT_BY_SELLER");
    assert_true(slice_equal(rig_text(json_get(order, "warehouse_id")), tt_of(shop)->warehouses[0]));
    int64_t theirs = rig_buy(shop, "THEIRS", 1);
    assert_slice(rig_text(json_get(order_read(theirs), "fulfillment_type")),
                 "FULFILLMENT_BY_TIKTOK");
}

static void search(const char *order, struct slice page_token, const char *body)
{
    struct params p = params_of(true);
    param(&p, "page_size", SLICE("2"));
    param(&p, "sort_field", SLICE("update_time"));
    param(&p, "sort_order", slice_of(order));
    if (page_token.n > 0) {
        param(&p, "page_token", page_token);
    }
    send_with("POST", "/order/202309/orders/search", p, slice_of(body));
}

static void test_orders_changed_since_are_paged_oldest_first(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-S", 1);
    for (int i = 0; i < 4; i++) {
        rig_buy(shop, "TEE-S", 1);
    }
    assert_int_equal(shop_fulfil(shop, first, 0, 0),
                     SHOP_DONE); /* the oldest is the newest change */
    size_t seen = 0;
    struct slice next = SLICE("");
    for (int pages = 0; pages < 5; pages++) {
        search("ASC", next, "{\"update_time_ge\":1}");
        struct json list = json_get(data(), "orders");
        seen += json_count(list);
        if (pages == 0) {
            int64_t id;
            assert_true(json_int_loose(json_get(rig_at(list, 0), "id"), &id));
            assert_int_not_equal(id, first);
        }
        next = arena_copy(&rig.arena, rig_text(json_get(data(), "next_page_token")));
        if (next.n == 0) {
            break;
        }
    }
    assert_int_equal(seen, 5);
    search("ASC", SLICE(""), "{\"update_time_ge\":99999999999}");
    assert_int_equal(json_count(json_get(data(), "orders")), 0);
    search("UP", SLICE(""), "{}");
    want_code(TT_BAD_PARAMETER);
    search("ASC", SLICE(""), "{\"update_time_ge\":\"1\"}");
    want_code(TT_BAD_PARAMETER);
}

static void test_orders_are_served_only_while_their_event_is_subscribed_to(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 1);
    send("DELETE", "/event/202309/webhooks", "{\"event_type\":\"ORDER_STATUS_CHANGE\"}");
    want_code(0);
    search("ASC", SLICE(""), "{}");
    assert_int_not_equal(rig_int(json_get(rig.json, "code")), 0);
    struct slice body =
        arena_printf(&rig.arena,
                     "{\"event_type\":\"ORDER_STATUS_CHANGE\",\"address\":\"%s/again\"}",
                     rig.hooks_url);
    send_with("PUT", "/event/202309/webhooks", params_of(true), body);
    want_code(0);
    assert_int_equal(units_in(order_read(id), "CANCELLED"), 0);
    get("/event/202309/webhooks");
    assert_int_equal(rig_int(json_get(data(), "total_count")), 4);
    static const char *const bad[] = {
        "{\"event_type\":\"ORDER_STATUS_CHANGE\",\"address\":\"http://shop.example/x\"}",
        "{\"event_type\":\"ORDER_STATUS_CHANGE\",\"address\":\"https://shop.example:8443/x\"}",
        "{\"event_type\":\"ORDER_STATUS_CHANGE\",\"address\":\"https://192.0.2.1/x\"}",
        "{\"event_type\":\"NO_SUCH\",\"address\":\"https://shop.example/x\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        send("PUT", "/event/202309/webhooks", bad[i]);
        want_code(TT_BAD_PARAMETER);
    }
}

/* ---- webhooks ---- */

static void test_a_webhook_is_thin_and_signed_with_the_app_s_key_in_front(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 2);
    hooks_until(2);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/ORDER_STATUS_CHANGE", 0);
    assert_non_null(hook);
    uint8_t mac[SHA256_SIZE];
    struct slice text = arena_printf(&rig.arena, "%s%.*s", RIG_TOKEN, SLICE_ARG(hook->body));
    hmac_sha256(mac, SLICE(RIG_KEY_SECRET), text);
    struct slice wanted = hex_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)});
    assert_true(
        slice_equal(http_header_get(hook->headers, hook->headers_count, "Authorization"), wanted));
    struct json body = rig_parse(&rig, hook->body);
    assert_int_equal(rig_int(json_get(body, "type")), 1);
    int64_t told;
    assert_true(json_int_loose(json_path(body, "data", "order_id", NULL), &told));
    assert_int_equal(told, id);
    assert_slice(rig_text(json_path(body, "data", "order_status", NULL)), "UNPAID");
    body = rig_parse(&rig, rig.hooks[1].body);
    assert_slice(rig_text(json_path(body, "data", "order_status", NULL)), "AWAITING_SHIPMENT");
}

/* The vendor's own example. */
static void test_the_signature_of_a_webhook_matches_the_known_vector(void **state)
{
    (void)state;
    struct shop other = *shop;
    struct hook_job job = {.shop = &other};
    struct hook_head head = {0};
    other.token = SLICE("abcdef");
    other.token_secret = SLICE("123");
    struct slice body = SLICE(
        "{\"type\":1,\"tts_notification_id\":\"7380066284010030890\",\"shop_id\":"
        "\"7495540735365777507\",\"timestamp\":1718305585,\"data\":{\"is_on_hold_order\":true,"
        "\"order_id\":\"576653688135258178\",\"order_status\":\"UNPAID\",\"update_time\":"
        "1718305585}}");
    tt_hook_head(&job, body, &head, &rig.arena);
    assert_slice(head.headers[0].value,
                 "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05");
}

static void test_a_cancel_is_spelt_otherwise_in_the_webhook(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 1);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    hooks_until(3);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/ORDER_STATUS_CHANGE", 1);
    struct json body = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_path(body, "data", "order_status", NULL)), "CANCEL");
    assert_slice(rig_text(json_get(order_read(id), "status")), "CANCELLED");
    hook = rig_hook_at(&rig, "/hooks/shop/CANCELLATION_STATUS_CHANGE", 0);
    body = rig_parse(&rig, hook->body);
    assert_int_equal(rig_int(json_get(body, "type")), 11);
}

static void test_returns_and_empty_shelves_are_told(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "MUG", 3);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    hooks_until(4);
    struct json body =
        rig_parse(&rig, rig_hook_at(&rig, "/hooks/shop/INVENTORY_STATUS_CHANGE", 0)->body);
    assert_int_equal(rig_int(json_get(body, "type")), 27);
    assert_slice(rig_text(json_path(body, "data", "current_inventory_status", NULL)),
                 "OUT_OF_STOCK");
    body = rig_parse(&rig, rig_hook_at(&rig, "/hooks/shop/RETURN_STATUS_CHANGE", 0)->body);
    assert_int_equal(rig_int(json_get(body, "type")), 12);
}

static bool gave_up(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_failed == 1;
}

static void test_a_delivery_is_tried_five_times_and_then_lost(void **state)
{
    (void)state;
    rig.hook_status = 201; /* not 200 */
    int64_t id = rig_buy(shop, "TEE-S", 1);
    (void)id;
    rig_until(&rig, gave_up);
    assert_int_equal(rig.hooks_count, 5);
    assert_true(slice_equal(rig.hooks[0].body, rig.hooks[4].body));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_each_unit_is_a_line_item_with_a_state_of_its_own),
        TEST(test_orders_changed_since_are_paged_oldest_first),
        TEST(test_orders_are_served_only_while_their_event_is_subscribed_to),
        TEST(test_a_webhook_is_thin_and_signed_with_the_app_s_key_in_front),
        TEST(test_the_signature_of_a_webhook_matches_the_known_vector),
        TEST(test_a_cancel_is_spelt_otherwise_in_the_webhook),
        TEST(test_returns_and_empty_shelves_are_told),
        cmocka_unit_test_setup_teardown(
            test_a_delivery_is_tried_five_times_and_then_lost, start_impatient, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
