/* SPDX-License-Identifier: Apache-2.0 */
/* The Amazon look-alike's notifications and its queue over real sockets. */
#include "support/amazon_rig.h"

/* ---- notifications ---- */

static void test_destinations_and_subscriptions_are_made_by_the_right_token(void **state)
{
    (void)state;
    call_as(grantless,
            "POST",
            "/notifications/v1/destinations",
            "{\"name\":\"mine\",\"resourceSpecification\":{\"sqs\":{\"arn\":"
            "\"arn:aws:sqs:us-east-1:444455556666:truecount\"}}}");
    assert_int_equal(rig.status, 200);
    struct slice id =
        arena_copy(&rig.arena, rig_text(json_path(rig.json, "payload", "destinationId", NULL)));
    call_as(grantless,
            "POST",
            "/notifications/v1/destinations",
            "{\"name\":\"mine\",\"resourceSpecification\":{\"sqs\":{\"arn\":\"queue\"}}}");
    want_error(400, "InvalidInput");
    get("/notifications/v1/subscriptions/ORDER_CHANGE");
    want_error(404, "NotFound");
    struct slice body = arena_printf(
        &rig.arena,
        "{\"payloadVersion\":\"1.0\",\"destinationId\":\"%.*s\",\"processingDirective\":"
        "{\"eventFilter\":{\"eventFilterType\":\"ORDER_CHANGE\",\"orderChangeTypes\":"
        "[\"OrderStatusChange\",\"BuyerRequestedChange\"]}}}",
        SLICE_ARG(id));
    call_as(grantless, "POST", "/notifications/v1/subscriptions/ORDER_CHANGE", body.p);
    want_error(403, "Unauthorized");
    call_as(
        token, "POST", "/notifications/v1/subscriptions/LISTINGS_ITEM_MFN_QUANTITY_CHANGE", body.p);
    want_error(400, "InvalidInput");
    call_as(token, "POST", "/notifications/v1/subscriptions/ORDER_CHANGE", body.p);
    assert_int_equal(rig.status, 200);
    call_as(token, "POST", "/notifications/v1/subscriptions/ORDER_CHANGE", body.p);
    want_error(409, "Conflict");
    get("/notifications/v1/subscriptions/ORDER_CHANGE");
    assert_int_equal(rig.status, 200);
    rig_buy(shop, "MUG", 1);
    assert_int_equal(shop_stats(shop).hooks_waiting, 1);
}

/* ---- the queue ---- */

static struct slice hex(struct slice bytes)
{
    return hex_encode(&rig.arena, bytes);
}

static struct slice digest(struct slice text)
{
    uint8_t out[SHA256_SIZE];
    sha256(out, text);
    return hex((struct slice){(const char *)out, sizeof(out)});
}

static struct slice mac(struct slice key, struct slice text)
{
    uint8_t out[SHA256_SIZE];
    hmac_sha256(out, key, text);
    return arena_copy(&rig.arena, (struct slice){(const char *)out, sizeof(out)});
}

static struct slice amz_date(int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    struct slice t = time_format_s(time_us, text); /* 2026-01-01T00:00:00Z */
    return arena_printf(&rig.arena,
                        "%.4s%.2s%.2sT%.2s%.2s%.2sZ",
                        t.p,
                        t.p + 5,
                        t.p + 8,
                        t.p + 11,
                        t.p + 14,
                        t.p + 17);
}

/* Signs as the documents of Signature Version 4 say, with this secret and at this time. */
static const char *sqs_path = "/"; /* the host's root, as at AWS */

static void sqs_signed(const char *target, struct slice body, const char *secret, int64_t time_us)
{
    struct slice url = arena_printf(&rig.arena, "http://127.0.0.1:%d%s", rig.port, sqs_path);
    struct slice host = arena_printf(&rig.arena, "127.0.0.1:%d", rig.port);
    struct slice date = amz_date(time_us);
    struct slice day = {date.p, 8};
    struct slice names = SLICE("content-type;host;x-amz-date;x-amz-target");
    struct slice canonical = arena_printf(&rig.arena,
                                          "POST\n%s\n\n"
                                          "content-type:application/x-amz-json-1.0\nhost:%.*s\n"
                                          "x-amz-date:%.*s\nx-amz-target:%s\n\n%.*s\n%.*s",
                                          sqs_path,
                                          SLICE_ARG(host),
                                          SLICE_ARG(date),
                                          target,
                                          SLICE_ARG(names),
                                          SLICE_ARG(digest(body)));
    struct slice scope =
        arena_printf(&rig.arena, "%.*s/us-east-1/sqs/aws4_request", SLICE_ARG(day));
    struct slice text = arena_printf(&rig.arena,
                                     "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s",
                                     SLICE_ARG(date),
                                     SLICE_ARG(scope),
                                     SLICE_ARG(digest(canonical)));
    struct slice key = mac(arena_printf(&rig.arena, "AWS4%s", secret), day);
    key = mac(key, SLICE("us-east-1"));
    key = mac(key, SLICE("sqs"));
    key = mac(key, SLICE("aws4_request"));
    struct slice authorization = arena_printf(&rig.arena,
                                              "AWS4-HMAC-SHA256 Credential=" AMAZON_ACCESS_KEY
                                              "/%.*s, SignedHeaders=%.*s, Signature=%.*s",
                                              SLICE_ARG(scope),
                                              SLICE_ARG(names),
                                              SLICE_ARG(hex(mac(key, text))));
    struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/x-amz-json-1.0")},
        {SLICE("X-Amz-Date"), date},
        {SLICE("X-Amz-Target"), slice_of(target)},
        {SLICE("Authorization"), authorization},
    };
    rig_call(&rig, "POST", url, headers, 4, body, 30 * US_PER_S);
}

/* The first shop's: an account of twelve digits, and a name. */
static struct slice queue_url(void)
{
    return arena_printf(&rig.arena, "http://127.0.0.1:%d/444400000000/truecount", rig.port);
}

static void sqs(const char *target, const char *format, const char *value)
{
    struct slice rest = arena_printf(&rig.arena, "%s%s", format, value);
    struct slice body = arena_printf(
        &rig.arena, "{\"QueueUrl\":\"%.*s\"%.*s}", SLICE_ARG(queue_url()), SLICE_ARG(rest));
    sqs_signed(target, body, AMAZON_SECRET_KEY, env_wall_us(rig.env));
}

static void receive(const char *options)
{
    sqs("AmazonSQS.ReceiveMessage", options, "");
    assert_int_equal(rig.status, 200);
}

static struct json message_at(size_t nth)
{
    return rig_at(json_get(rig.json, "Messages"), nth);
}

static void test_the_queue_checks_the_signature(void **state)
{
    (void)state;
    receive("");
    assert_slice(rig.body, "{}");
    struct slice body = arena_printf(&rig.arena, "{\"QueueUrl\":\"%.*s\"}", SLICE_ARG(queue_url()));
    sqs_signed("AmazonSQS.ReceiveMessage", body, "other", env_wall_us(rig.env));
    assert_int_equal(rig.status, 403);
    assert_slice(rig_text(json_get(rig.json, "__type")), "com.amazonaws.sqs#SignatureDoesNotMatch");
    sqs_signed(
        "AmazonSQS.ReceiveMessage", body, AMAZON_SECRET_KEY, env_wall_us(rig.env) - 600 * US_PER_S);
    assert_int_equal(rig.status, 403);
    call_as(token, "POST", "/sqs", "{}");
    assert_int_equal(rig.status, 404);
    sqs_path = "/amazon-a/sqs"; /* and at the queue's own address */
    sqs_signed("AmazonSQS.ReceiveMessage",
               SLICE("{\"QueueUrl\":\"https://other/queue\"}"),
               AMAZON_SECRET_KEY,
               env_wall_us(rig.env));
    sqs_path = "/";
    assert_slice(rig_text(json_get(rig.json, "__type")), "com.amazonaws.sqs#QueueDoesNotExist");
    sqs("AmazonSQS.ReceiveMessage", ",\"MaxNumberOfMessages\":11", "");
    assert_int_equal(rig.status, 400);
    sqs("AmazonSQS.GetQueueAttributes", ",\"AttributeNames\":[\"QueueArn\"]", "");
    assert_slice(rig_text(json_path(rig.json, "Attributes", "QueueArn", NULL)),
                 "arn:aws:sqs:us-east-1:444400000000:truecount");
    sqs("AmazonSQS.PurgeQueue", "", "");
    assert_int_equal(rig.status, 400);
}

static void test_a_sale_is_said_as_order_change_and_comes_until_it_is_deleted(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-M", 2);
    receive(",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":1");
    assert_int_equal(json_count(json_get(rig.json, "Messages")), 2); /* and the quantity */
    struct slice text = arena_copy(&rig.arena, rig_text(json_get(message_at(0), "Body")));
    assert_slice(md5_hex(&rig.arena, text), rig_text(json_get(message_at(0), "MD5OfBody")).p);
    struct slice second = arena_copy(&rig.arena, rig_text(json_get(message_at(1), "Body")));
    struct json change =
        json_path(rig_parse(&rig, text), "Payload", "OrderChangeNotification", NULL);
    assert_slice(rig_text(json_get(change, "AmazonOrderId")), amazon_order_text(&rig.arena, id).p);
    assert_slice(rig_text(json_path(change, "Summary", "OrderStatus", NULL)), "Pending");
    assert_int_equal(rig_int(json_path(change, "Summary", "NumberOfItemsUnshipped", NULL)), 2);
    struct json detail = json_get(rig_parse(&rig, second), "detail");
    assert_slice(rig_text(json_get(detail, "NotificationType")),
                 "LISTINGS_ITEM_MFN_QUANTITY_CHANGE");
    assert_int_equal(rig_int(json_path(detail, "Payload", "Quantity", NULL)), 8);

    receive("");
    assert_slice(rig.body, "{}"); /* both are in flight */
    pass(1100);
    receive(",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":60");
    size_t count = json_count(json_get(rig.json, "Messages"));
    assert_int_equal(count, 3); /* it became unshipped meanwhile */
    struct buf entries;
    buf_init(&entries, 4096);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&entries,
                   "%s{\"Id\":\"m%zu\",\"ReceiptHandle\":\"%.*s\"}",
                   i ? "," : "",
                   i,
                   SLICE_ARG(rig_text(json_get(message_at(i), "ReceiptHandle"))));
    }
    struct slice list = arena_copy(&rig.arena, buf_view(&entries));
    buf_free(&entries);
    sqs("AmazonSQS.DeleteMessageBatch",
        ",\"Entries\":[",
        arena_printf(&rig.arena, "%.*s]", SLICE_ARG(list)).p);
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_count(json_get(rig.json, "Successful")), 3);
    assert_int_equal(shop_stats(shop).hooks_waiting, 0);
    sqs("AmazonSQS.DeleteMessage", ",\"ReceiptHandle\":\"nothing\"", "");
    assert_int_equal(rig.status, 400);
}

static void test_one_line_s_units_cancelled_are_said_of_that_line_only(void **state)
{
    (void)state;
    int64_t id = 0;
    struct shop_line lines[] = {{SLICE("TEE-M"), 2}, {SLICE("MUG"), 1}};
    assert_int_equal(shop_buy(shop, lines, 2, &id), SHOP_DONE);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    receive(",\"MaxNumberOfMessages\":10");
    bool is_item = false;
    bool is_cancelled = false;
    struct slice bodies[10];
    size_t count = json_count(json_get(rig.json, "Messages"));
    for (size_t i = 0; i < count; i++) {
        bodies[i] = arena_copy(&rig.arena, rig_text(json_get(message_at(i), "Body")));
    }
    for (size_t i = 0; i < count; i++) {
        struct json change =
            json_path(rig_parse(&rig, bodies[i]), "Payload", "OrderChangeNotification", NULL);
        struct slice level = {0};
        struct slice status = {0};
        json_text(json_get(change, "NotificationLevel"), &level);
        json_text(json_path(change, "Summary", "OrderStatus", NULL), &status);
        is_cancelled |= slice_is(status, "Canceled");
        if (slice_is(level, "OrderItemLevel")) {
            is_item = true;
            assert_int_equal(json_count(json_path(change, "Summary", "OrderItems", NULL)), 1);
            assert_int_equal(rig_int(json_path(change, "Summary", "NumberOfItemsUnshipped", NULL)),
                             2);
        }
    }
    assert_true(is_item);
    assert_true(is_cancelled);
}

static bool buys_a_little_later(struct rig *r)
{
    static int rounds;
    (void)r;
    if (++rounds == 50) { /* two milliseconds each */
        int64_t order = 0;
        struct shop_line line = {SLICE("TEE-M"), 1};
        assert_int_equal(shop_buy(shop, &line, 1, &order), SHOP_DONE);
    }
    return false;
}

static void test_a_long_poll_ends_with_the_next_message(void **state)
{
    (void)state;
    rig.condition = buys_a_little_later;
    rig.deadline_us = INT64_MAX;
    rig.env->ops->timer_set(rig.watch, 0);
    int64_t from_us = env_mono_us(rig.env);
    receive(",\"WaitTimeSeconds\":20,\"MaxNumberOfMessages\":10");
    int64_t took_us = env_mono_us(rig.env) - from_us;
    assert_true(json_count(json_get(rig.json, "Messages")) >= 1);
    assert_in_range(took_us, 50 * US_PER_MS, 3 * US_PER_S);
    rig.condition = never;
    pass(400); /* it becomes unshipped, which is said too */
    receive(",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":60");
    from_us = env_mono_us(rig.env);
    receive(",\"WaitTimeSeconds\":1");
    assert_slice(rig.body, "{}");
    assert_in_range(env_mono_us(rig.env) - from_us, 900 * US_PER_MS, 3 * US_PER_S);
}

static void test_faults_of_the_queue_lose_and_double(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.hook_duplicate = 1000});
    assert_int_equal(shop_stock_edit(shop, SLICE("MUG"), 5), SHOP_DONE);
    pass(100);
    receive(",\"MaxNumberOfMessages\":10");
    assert_int_equal(json_count(json_get(rig.json, "Messages")), 2);
    shop_faults_set(shop, &(struct shop_faults){.hook_lose = 1000});
    assert_int_equal(shop_stock_edit(shop, SLICE("MUG"), 6), SHOP_DONE);
    receive(",\"MaxNumberOfMessages\":10");
    assert_slice(rig.body, "{}");
    assert_int_equal(shop_stats(shop).hooks_lost, 1);
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_destinations_and_subscriptions_are_made_by_the_right_token, start_unheard),
        TEST(test_the_queue_checks_the_signature, start),
        TEST(test_a_sale_is_said_as_order_change_and_comes_until_it_is_deleted, start),
        TEST(test_one_line_s_units_cancelled_are_said_of_that_line_only, start),
        TEST(test_a_long_poll_ends_with_the_next_message, start),
        TEST(test_faults_of_the_queue_lose_and_double, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
