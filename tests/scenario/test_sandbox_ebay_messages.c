/* SPDX-License-Identifier: Apache-2.0 */
/* The eBay look-alike's notifications over real sockets: challenge, signatures, attempts. */
#include "support/ebay_rig.h"

/* ---- messages ---- */

static struct slice hook_header(const struct rig_hook *hook, const char *name)
{
    return http_header_get(hook->headers, hook->headers_count, name);
}

/* As eBay's documents say: key by its id, PEM without line breaks, SHA-1 over the body. */
static void want_signed(const struct rig_hook *hook)
{
    struct slice text;
    struct slice signature;
    struct slice der;
    assert_true(base64_decode(&rig.arena, hook_header(hook, "X-EBAY-SIGNATURE"), &text));
    struct json head = rig_parse(&rig, text);
    assert_slice(rig_text(json_get(head, "alg")), "ecdsa");
    assert_true(base64_decode(&rig.arena, rig_text(json_get(head, "signature")), &signature));
    struct slice id = arena_copy(&rig.arena, rig_text(json_get(head, "kid")));
    call_as(app,
            "GET",
            arena_printf(&rig.arena, "/commerce/notification/v1/public_key/%.*s", SLICE_ARG(id)).p,
            "");
    assert_int_equal(rig.status, 200);
    struct slice pem = rig_text(json_get(rig.json, "key"));
    assert_true(slice_starts(pem, "-----BEGIN PUBLIC KEY-----"));
    pem = slice_from(pem, 26);
    pem.n -= 24;
    assert_true(base64_decode(&rig.arena, pem, &der));
    assert_true(ecdsa_fits(der, hook->body, signature));
    assert_false(ecdsa_fits(der, slice_from(hook->body, 1), signature));
}

static void test_a_confirmation_comes_for_each_line_signed_and_again_when_it_fails(void **state)
{
    (void)state;
    struct shop_line lines[] = {{SLICE("MUG"), 1}, {SLICE("TEE-S"), 2}};
    int64_t id = 0;
    rig.refuse_first = 1;
    assert_int_equal(shop_buy(shop, lines, 2, &id), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 3);
    const struct rig_hook *last = &rig.hooks[2];
    assert_slice(last->path, "/hooks/shop");
    struct json root_json = rig_parse(&rig, last->body);
    struct json note = json_get(root_json, "notification");
    assert_slice(rig_text(json_path(root_json, "metadata", "topic", NULL)), "ORDER_CONFIRMATION");
    assert_int_equal(rig_int(json_get(note, "publishAttemptCount")), 2);
    assert_slice(rig_text(json_path(note, "data", "orderId", NULL)),
                 ebay_order_text(&rig.arena, id).p);
    assert_int_equal(json_count(json_path(note, "data", "lineItems", NULL)), 1);
    want_signed(last);
    want_signed(&rig.hooks[1]);
    call_as(app, "GET", "/commerce/notification/v1/public_key/other", "");
    want_error(404, 195001);
    call_as(token, "GET", "/commerce/notification/v1/public_key/other", "");
    want_error(403, 1100);
}

static void test_nobody_is_told_of_cancels_and_shipments(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "MUG", 1);
    int64_t other = rig_buy(shop, "MUG", 1);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    assert_int_equal(shop_fulfil(shop, other, 0, 0), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 2);
}

#define NOTIFY "/commerce/notification/v1"

static void post_destination(const char *endpoint, const char *verification)
{
    struct slice body = arena_printf(&rig.arena,
                                     "{\"name\":\"mine\",\"status\":\"ENABLED\",\"deliveryConfig\":"
                                     "{\"endpoint\":\"%s\",\"verificationToken\":\"%s\"}}",
                                     endpoint,
                                     verification);
    call_as(app, "POST", NOTIFY "/destination", body.p);
}

static void test_a_destination_is_challenged_before_it_counts(void **state)
{
    (void)state;
    struct slice good =
        arena_printf(&rig.arena, "http://127.0.0.1:%d/challenge", rig.receiver_port);
#define VERIFY "0123456789abcdef0123456789abcdef"
    post_destination(good.p, VERIFY);
    want_error(409, 195003); /* no configuration */
    call_as(app, "PUT", NOTIFY "/config", "{\"alertEmail\":\"nobody\"}");
    want_error(400, 195025);
    call_as(app, "PUT", NOTIFY "/config", "{\"alertEmail\":\"ops@shop.example\"}");
    assert_int_equal(rig.status, 204);
    post_destination("http://shop.example/x", VERIFY);
    want_error(400, 195017);
    post_destination(good.p, "short");
    want_error(400, 195019);
    post_destination(good.p, VERIFY);
    want_error(409, 195020); /* our receiver answers {} */
    assert_true(slice_starts(rig.hooks[0].path, "/challenge"));
    call_as(app, "GET", NOTIFY "/destination", "");
    assert_int_equal(rig_int(json_get(rig.json, "total")), 0);
}

static void test_subscriptions_need_the_seller_s_token_and_a_destination(void **state)
{
    (void)state;
    call_as(app, "GET", NOTIFY "/destination", "");
    struct json d = rig_at(json_get(rig.json, "destinations"), 0);
    struct slice id = arena_copy(&rig.arena, rig_text(json_get(d, "destinationId")));
    struct slice body = arena_printf(&rig.arena,
                                     "{\"topicId\":\"ITEM_AVAILABILITY\",\"status\":\"ENABLED\","
                                     "\"destinationId\":\"%.*s\",\"payload\":{\"format\":\"JSON\","
                                     "\"schemaVersion\":\"1.0\",\"deliveryProtocol\":\"HTTPS\"}}",
                                     SLICE_ARG(id));
    call_as(app, "POST", NOTIFY "/subscription", body.p);
    want_error(403, 1100);
    call_as(token, "POST", NOTIFY "/subscription", "{\"topicId\":7}");
    want_error(400, 195027);
    call_as(token, "POST", NOTIFY "/subscription", body.p);
    assert_int_equal(rig.status, 201);
    assert_true(rig_header(&rig, "Location").n > 0);
    call_as(token, "POST", NOTIFY "/subscription", body.p);
    want_error(409, 195012);
    call_as(token, "GET", NOTIFY "/subscription?limit=10", "");
    assert_int_equal(rig_int(json_get(rig.json, "total")), 2);
    struct json s = rig_at(json_get(rig.json, "subscriptions"), 0);
    struct slice first = arena_copy(&rig.arena, rig_text(json_get(s, "subscriptionId")));
    call_as(token,
            "POST",
            arena_printf(&rig.arena, NOTIFY "/subscription/%.*s/test", SLICE_ARG(first)).p,
            "");
    assert_int_equal(rig.status, 202);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    call_as(token,
            "POST",
            arena_printf(&rig.arena, NOTIFY "/subscription/%.*s/disable", SLICE_ARG(first)).p,
            "");
    assert_int_equal(rig.status, 204);
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    call_as(app, "GET", NOTIFY "/topic/ORDER_CONFIRMATION", "");
    assert_slice(rig_text(json_get(rig.json, "scope")), "USER");
}

static void test_platform_notifications_are_signed_without_their_body(void **state)
{
    (void)state;
    struct slice content = arena_printf(
        &rig.arena,
        "<ApplicationDeliveryPreferences><ApplicationEnable>Enable</ApplicationEnable>"
        "<ApplicationURL>http://127.0.0.1:%d/platform</ApplicationURL>"
        "</ApplicationDeliveryPreferences><UserDeliveryPreferenceArray><NotificationEnable>"
        "<EventType>FixedPriceTransaction</EventType><EventEnable>Enable</EventEnable>"
        "</NotificationEnable><NotificationEnable><EventType>ItemRevised</EventType>"
        "<EventEnable>Enable</EventEnable></NotificationEnable></UserDeliveryPreferenceArray>",
        rig.receiver_port);
    trade("SetNotificationPreferences", content.p);
    assert_slice(xml_child_text(root, "Ack"), "Success");
    int64_t id = rig_buy(shop, "POSTER", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    const struct xml *envelope = xml_read(rig.hooks[0].body, &rig.arena);
    const struct xml *body =
        xml_child(xml_child(envelope, "soapenv:Body"), "GetItemTransactionsResponse");
    assert_slice(xml_child_text(body, "NotificationEventName"), "FixedPriceTransaction");
    const struct xml *order =
        xml_child(xml_child(xml_child(body, "TransactionArray"), "Transaction"), "ContainingOrder");
    assert_slice(xml_child_text(order, "OrderID"), ebay_order_text(&rig.arena, id).p);
    struct slice digest;
    struct slice stamp = xml_child_text(body, "Timestamp");
    struct slice text =
        arena_printf(&rig.arena, "%.*s" EBAY_DEV_ID RIG_KEY_SECRET RIG_SECRET, SLICE_ARG(stamp));
    assert_true(hex_decode(&rig.arena, md5_hex(&rig.arena, text), &digest));
    const struct xml *credentials =
        xml_child(xml_child(envelope, "soapenv:Header"), "ebl:RequesterCredentials");
    assert_slice(xml_child_text(credentials, "ebl:NotificationSignature"),
                 base64_encode(&rig.arena, digest).p);
    assert_int_equal(shop_stock_edit(shop, SLICE("POSTER"), 2), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 2);
    assert_non_null(memmem(rig.hooks[1].body.p, rig.hooks[1].body.n, "ItemRevised", 11));
}

/* The test value of RFC 1321, and the one of the platform's documents. */
static void test_md5_is_md5(void **state)
{
    (void)state;
    struct arena own;
    struct arena *arena = &own;
    arena_init(arena, 1 << 16);
    assert_slice(md5_hex(arena, SLICE("")), "d41d8cd98f00b204e9800998ecf8427e");
    assert_slice(md5_hex(arena, SLICE("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    assert_slice(md5_hex(arena,
                         SLICE("12345678901234567890123456789012345678901234567890123456789012345"
                               "678901234567890")),
                 "57edf4a22be3c955ac49da2e2107b67a");
    arena_free(arena);
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md5_is_md5),
        TEST(test_a_confirmation_comes_for_each_line_signed_and_again_when_it_fails, start_heard),
        TEST(test_nobody_is_told_of_cancels_and_shipments, start_heard),
        TEST(test_a_destination_is_challenged_before_it_counts, start),
        TEST(test_subscriptions_need_the_seller_s_token_and_a_destination, start_heard),
        TEST(test_platform_notifications_are_signed_without_their_body, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
