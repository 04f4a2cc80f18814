/* SPDX-License-Identifier: Apache-2.0 */
/* The Walmart look-alike over real sockets: subscriptions and signed events. */
#include "support/walmart_rig.h"

static int start_impatient(void **state)
{
    (void)state;
    start_with((struct shop_options){.retry_ms = 1});
    return 0;
}

/* ---- events ---- */

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

static struct slice mac_of(struct slice body, bool is_hex)
{
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE(RIG_SECRET), body);
    struct slice bytes = {(const char *)mac, sizeof(mac)};
    return is_hex ? hex_encode(&rig.arena, bytes) : base64_encode(&rig.arena, bytes);
}

static struct slice hook_signature(const struct rig_hook *hook)
{
    return http_header_get(hook->headers, hook->headers_count, "X-TC-Signature");
}

static void test_a_new_order_is_told_signed_over_the_whole_body(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 2);
    hooks_until(1);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/order_updates", 0);
    assert_non_null(hook);
    assert_true(slice_equal(hook_signature(hook), mac_of(hook->body, true)));
    struct json body = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_path(body, "source", "eventType", NULL)), "ORDER_UPDATES");
    assert_slice(rig_text(json_path(body, "payload", "subEventType", NULL)), "PO_CREATED");
    int64_t told = 0;
    assert_true(
        json_int_loose(json_path(body, "payload", "order", "purchaseOrderId", NULL), &told));
    assert_int_equal(told, id);
}

static void test_both_text_forms_of_a_signature_match_the_known_vector(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494",
        "qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ=",
    };
    wm_of(shop)->subscriptions[0].secret = SLICE("secret");
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct shop other = *shop;
        struct hook_job job = {.shop = &other};
        struct hook_head head = {0};
        other.index = i; /* the form is the shop's */
        wm_hook_head(&job, SLICE("{\"a\":1}"), &head, &rig.arena);
        assert_slice(head.headers[0].name, "X-TC-Signature");
        assert_slice(head.headers[0].value, wanted[i]);
    }
}

static void test_no_event_tells_of_shipments_and_the_seller_s_own_cancels(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 3);
    shop_fulfil(shop, id, 0, 1);
    shop_cancel_units(shop, id, 0, 1, true);
    shop_cancel(shop, id, true); /* Walmart's */
    hooks_until(2);
    struct json body = rig_parse(&rig, rig.hooks[1].body);
    struct slice what = rig_text(json_path(body, "payload", "subEventType", NULL));
    assert_true(slice_is(what, "FRAUD_CANCEL") || slice_is(what, "PO_LINE_AUTOCANCELLED"));
    assert_int_equal(rig.hooks_count, 2);
}

static void test_a_sold_out_item_is_told(void **state)
{
    (void)state;
    rig_buy(shop, "MUG", 3);
    hooks_until(2);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/inventory_oos", 0);
    assert_non_null(hook);
    struct json body = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_path(body, "payload", "sku", NULL)), "MUG");
    struct json node = rig_at(json_path(body, "payload", "shipNodes", NULL), 0);
    assert_int_equal(rig_int(json_get(node, "availToSellQty")), 0);
}

static bool gave_up(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_failed == 1;
}

static void test_a_delivery_is_tried_four_times_and_then_lost(void **state)
{
    (void)state;
    rig.hook_status = 500;
    rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, gave_up);
    assert_int_equal(rig.hooks_count, 4);
    assert_true(slice_equal(rig.hooks[0].body, rig.hooks[3].body));
}

static void test_subscriptions_are_made_listed_changed_and_deleted(void **state)
{
    (void)state;
    struct slice body = arena_printf(
        &rig.arena,
        "{\"events\":[{\"eventType\":\"ORDER_UPDATES\",\"eventVersion\":\"V1\","
        "\"resourceName\":\"ORDER\",\"eventUrl\":\"%s/second\",\"status\":\"ACTIVE\","
        "\"authDetails\":{\"authMethod\":\"HMAC\",\"authHeaderName\":\"X-TC-Signature\","
        "\"clientSecret\":\"" RIG_SECRET
        "\"},\"headers\":{\"content-type\":\"application/json\"}}]}",
        rig.hooks_url);
    send("POST", "/v3/webhooks/subscriptions", body.p);
    assert_int_equal(rig.status, 200);
    struct slice id = arena_copy(
        &rig.arena, rig_text(json_get(rig_at(json_get(rig.json, "events"), 0), "subscriptionId")));
    get("/v3/webhooks/subscriptions");
    assert_int_equal(json_count(json_get(rig.json, "events")), 3);
    get("/v3/webhooks/subscriptions?eventType=ORDER_UPDATES");
    assert_int_equal(json_count(json_get(rig.json, "events")), 2);
    rig_buy(shop, "TEE-S", 1);
    hooks_until(2);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/second"), 1);
    struct slice path = arena_printf(&rig.arena, "/v3/webhooks/subscriptions/%.*s", SLICE_ARG(id));
    send("PATCH", path.p, "{\"status\":\"INACTIVE\"}");
    assert_int_equal(rig.status, 200);
    rig_buy(shop, "TEE-S", 1);
    hooks_until(3);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/second"), 1);
    send("DELETE", path.p, "");
    assert_int_equal(rig.status, 200);
    send("DELETE", path.p, "");
    assert_int_equal(rig.status, 404);
    send("POST",
         "/v3/webhooks/subscriptions",
         "{\"events\":[{\"eventType\":\"PO_SHIPPED\",\"eventVersion\":\"V1\"}]}");
    want_error(400, "errors", "INVALID_REQUEST_CONTENT");
}

static void test_a_test_delivery_goes_to_the_address_that_is_tested(void **state)
{
    (void)state;
    struct slice body = arena_printf(
        &rig.arena,
        "{\"eventType\":\"ORDER_UPDATES\",\"eventVersion\":\"V1\",\"resourceName\":\"ORDER\","
        "\"eventUrl\":\"%s/probe\",\"authDetails\":{\"authMethod\":\"BASIC_AUTH\","
        "\"authHeaderName\":\"X-Auth\",\"userName\":\"abc\",\"password\":\"test\"}}",
        rig.hooks_url);
    send("POST", "/v3/webhooks/test", body.p);
    assert_slice(rig_text(json_get(rig.json, "message")), "Eventurl successfully validated");
    hooks_until(1);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/probe", 0);
    assert_non_null(hook);
    assert_slice(http_header_get(hook->headers, hook->headers_count, "X-Auth"), "YWJjOnRlc3Q=");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_order_is_told_signed_over_the_whole_body),
        TEST(test_both_text_forms_of_a_signature_match_the_known_vector),
        TEST(test_no_event_tells_of_shipments_and_the_seller_s_own_cancels),
        TEST(test_a_sold_out_item_is_told),
        cmocka_unit_test_setup_teardown(
            test_a_delivery_is_tried_four_times_and_then_lost, start_impatient, end),
        TEST(test_subscriptions_are_made_listed_changed_and_deleted),
        TEST(test_a_test_delivery_goes_to_the_address_that_is_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
