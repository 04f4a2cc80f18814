/* SPDX-License-Identifier: Apache-2.0 */
/* The Etsy look-alike over real sockets: receipts whose stamps stand still, and signed webhooks
 * without content. */
#include "support/etsy_rig.h"

static int start_impatient(void **state)
{
    (void)state;
    start_with((struct shop_options){.retry_ms = 1});
    return 0;
}

/* ---- receipts ---- */

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

static void receipts(const char *query)
{
    get(arena_printf(&rig.arena, "/shops/%" PRId64 "/receipts%s", etsy_of(shop)->shop_id, query).p);
    assert_int_equal(rig.status, 200);
}

static struct json receipt(int64_t id)
{
    get(arena_printf(&rig.arena, "/shops/%" PRId64 "/receipts/%" PRId64, etsy_of(shop)->shop_id, id)
            .p);
    assert_int_equal(rig.status, 200);
    return rig.json;
}

static void test_a_receipt_is_paid_a_little_later_and_ships_whole(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-RS", 2);
    struct json r = receipt(id);
    assert_slice(rig_text(json_get(r, "status")), "Open");
    hooks_until(1);
    r = receipt(id);
    assert_slice(rig_text(json_get(r, "status")), "Paid");
    struct json line = rig_at(json_get(r, "transactions"), 0);
    assert_int_equal(rig_int(json_get(line, "quantity")), 2);
    assert_int_equal(rig_int(json_get(line, "listing_id")), listing_id("TEE-RS"));
    assert_slice(rig_text(json_get(line, "sku")), "TEE-RS");
    assert_int_equal(json_count(json_get(line, "variations")), 2);
    assert_int_equal(shop_fulfil(shop, id, 0, 1), SHOP_IMPOSSIBLE);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    assert_slice(rig_text(json_get(receipt(id), "status")), "Completed");
    int64_t file = rig_buy(shop, "FILE", 1);
    bool is_digital = false;
    assert_true(json_bool(
        json_get(rig_at(json_get(receipt(file), "transactions"), 0), "is_digital"), &is_digital));
    assert_true(is_digital);
}

static bool never(struct rig *r)
{
    (void)r;
    return false;
}

/* Stamps are whole seconds: what happens from here on would be seen. */
static void next_second(void)
{
    int64_t now_s = env_wall_us(rig.env) / US_PER_S;
    while (env_wall_us(rig.env) / US_PER_S <= now_s) {
        rig_wait(&rig, never, 20 * US_PER_MS);
    }
}

static void test_refunds_and_cancels_do_not_move_the_stamp(void **state)
{
    (void)state;
    int64_t refunded = rig_buy(shop, "TEE-RS", 2);
    int64_t cancelled = rig_buy(shop, "TEE-RM", 1);
    assert_int_equal(shop_fulfil(shop, refunded, 0, 0), SHOP_DONE);
    hooks_until(3);
    int64_t before = rig_int(json_get(receipt(refunded), "updated_timestamp"));
    int64_t before_cancel = rig_int(json_get(receipt(cancelled), "updated_timestamp"));
    next_second();
    assert_int_equal(shop_refund(shop, refunded, 0, 1, true), SHOP_DONE);
    assert_int_equal(shop_cancel(shop, cancelled, false), SHOP_DONE);
    struct json r = receipt(refunded);
    assert_int_equal(rig_int(json_get(r, "updated_timestamp")), before);
    assert_slice(rig_text(json_get(r, "status")), "Partially Refunded");
    assert_int_equal(
        rig_int(json_path(rig_at(json_get(r, "refunds"), 0), "amount", "amount", NULL)), 1990);
    assert_int_equal(rig_count(shop, "TEE-RS"), 8); /* money only */
    assert_int_equal(rig_int(json_get(receipt(cancelled), "updated_timestamp")), before_cancel);
    assert_int_equal(rig_count(shop, "TEE-RM"), 9); /* the seller did not tick it */
}

static void test_a_cancelled_receipt_is_in_no_list_but_its_own(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-RS", 1);
    rig_buy(shop, "TEE-RS", 1);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-RS"), 9);
    receipts("?min_last_modified=946684800");
    assert_int_equal(rig_int(json_get(rig.json, "count")), 1);
    receipts("?was_canceled=true&min_created=946684800");
    assert_int_equal(rig_int(json_get(rig.json, "count")), 1);
    struct json one = rig_at(json_get(rig.json, "results"), 0);
    assert_int_equal(rig_int(json_get(one, "receipt_id")), id);
    assert_slice(rig_text(json_get(one, "status")), "Canceled");
    assert_slice(rig_text(json_get(receipt(id), "status")), "Canceled");
}

static void test_receipts_are_paged_and_checked(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        rig_buy(shop, "TEE-RS", 1);
    }
    size_t seen = 0;
    int64_t last = 0;
    for (int page = 0; page < 3; page++) {
        receipts(
            arena_printf(&rig.arena, "?limit=2&offset=%d&sort_on=updated&sort_order=asc", 2 * page)
                .p);
        struct json list = json_get(rig.json, "results");
        for (struct json_iter i = json_iter(list); json_next(&i);) {
            int64_t id = rig_int(json_get(i.value, "receipt_id"));
            assert_true(id > last);
            last = id;
            seen++;
        }
    }
    assert_int_equal(seen, 5);
    receipts("?min_last_modified=99999999999");
    assert_int_equal(rig_int(json_get(rig.json, "count")), 0);
    struct slice path =
        arena_printf(&rig.arena, "/shops/%" PRId64 "/receipts", etsy_of(shop)->shop_id);
    static const char *const bad[] = {
        "?limit=101", "?min_created=5", "?sort_on=paid", "?was_canceled=maybe", "?since=1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        get(arena_printf(&rig.arena, "%s%s", path.p, bad[i]).p);
        assert_int_equal(rig.status, 400);
    }
}

/* ---- webhooks ---- */

static struct slice hook_head(const struct rig_hook *hook, const char *name)
{
    return http_header_get(hook->headers, hook->headers_count, name);
}

static void test_a_webhook_names_the_receipt_and_is_signed(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-RS", 1);
    hooks_until(1);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop", 0);
    assert_non_null(hook);
    struct slice text = arena_printf(&rig.arena,
                                     "%.*s.%.*s.%.*s",
                                     SLICE_ARG(hook_head(hook, "webhook-id")),
                                     SLICE_ARG(hook_head(hook, "webhook-timestamp")),
                                     SLICE_ARG(hook->body));
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE(RIG_SECRET), text);
    assert_true(
        slice_equal(hook_head(hook, "webhook-signature"),
                    base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)})));
    struct json body = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_get(body, "event_type")), "order.paid");
    struct slice end_of_url = arena_printf(
        &rig.arena, "/shops/%" PRId64 "/receipts/%" PRId64, etsy_of(shop)->shop_id, id);
    assert_true(slice_ends(rig_text(json_get(body, "resource_url")), end_of_url.p));
    assert_int_equal(json_count(body), 3);
}

static void test_the_signature_matches_the_known_vector(void **state)
{
    (void)state;
    struct slice signature = standard_signature(
        &rig.arena,
        SLICE("0123456789abcdef0123456789abcdef"),
        SLICE("msg_1"),
        SLICE("1700000000"),
        SLICE("{\"event_type\":\"order.paid\",\"resource_url\":\"https://openapi.etsy.com/v3/"
              "application/shops/12345/receipts/54321\",\"shop_id\":\"12345\"}"));
    assert_slice(signature, "v1,fz6k/r2j8NWJBycCe3xpfthhNBq1o2Y3D08TrHotZb4=");
}

static void test_shipping_and_cancelling_are_told_refunds_are_not(void **state)
{
    (void)state;
    int64_t shipped = rig_buy(shop, "TEE-RS", 1);
    int64_t cancelled = rig_buy(shop, "TEE-RS", 1);
    assert_int_equal(shop_fulfil(shop, shipped, 0, 0), SHOP_DONE);
    assert_int_equal(shop_refund(shop, shipped, 0, 1, false), SHOP_DONE);
    assert_int_equal(shop_cancel(shop, cancelled, true), SHOP_DONE);
    hooks_until(3);
    static const char *const wanted[] = {"order.paid", "order.shipped", "order.canceled"};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        size_t seen = 0;
        for (size_t k = 0; k < rig.hooks_count; k++) {
            struct json body = rig_parse(&rig, rig.hooks[k].body);
            seen += slice_is(rig_text(json_get(body, "event_type")), wanted[i]);
        }
        assert_int_equal(seen, 1);
    }
}

static bool gave_up(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_failed == 1;
}

static void test_a_delivery_is_tried_nine_times_under_one_id(void **state)
{
    (void)state;
    rig.hook_status = 500;
    rig_buy(shop, "TEE-RS", 1);
    rig_until(&rig, gave_up);
    assert_int_equal(rig.hooks_count, 9);
    assert_true(slice_equal(hook_head(&rig.hooks[0], "webhook-id"),
                            hook_head(&rig.hooks[8], "webhook-id")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_receipt_is_paid_a_little_later_and_ships_whole),
        TEST(test_refunds_and_cancels_do_not_move_the_stamp),
        TEST(test_a_cancelled_receipt_is_in_no_list_but_its_own),
        TEST(test_receipts_are_paged_and_checked),
        TEST(test_a_webhook_names_the_receipt_and_is_signed),
        TEST(test_the_signature_matches_the_known_vector),
        TEST(test_shipping_and_cancelling_are_told_refunds_are_not),
        cmocka_unit_test_setup_teardown(
            test_a_delivery_is_tried_nine_times_under_one_id, start_impatient, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
