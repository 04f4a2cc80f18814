/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the queue: what they say, when they are the fact, and when they only ask for it. */
#include "support/amazon_fixture.h"

static struct facts facts_of(const char *body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .topic = SLICE("queue"), .body = slice_of(body)};
    memset(&facts, 0xff, sizeof facts);
    amazon->decode(&account, &hook, fixture.doc, &fixture.arena, &facts);
    return facts;
}

#define ENVELOPE(type, payload)                                                                    \
    "{\"NotificationVersion\":\"1.0\",\"NotificationType\":\"" type "\",\"PayloadVersion\":"       \
    "\"1.0\",\"EventTime\":\"2026-01-01T00:00:09.109Z\",\"Payload\":" payload                      \
    ",\"NotificationMetadata\":{\"ApplicationId\":\"app\",\"SubscriptionId\":\"sub\","             \
    "\"PublishTime\":\"2026-01-01T00:00:10.284Z\",\"NotificationId\":\"d0e9e693\"}}"
#define CHANGE_OF(seller, marketplace, level, type, stamp, status, by, shipped, unshipped, items)  \
    ENVELOPE("ORDER_CHANGE",                                                                       \
             "{\"OrderChangeNotification\":{\"NotificationLevel\":\"" level                        \
             "\",\"SellerId\":\"" seller                                                           \
             "\",\"AmazonOrderId\":\"202-1234567-8901234\",\"OrderChangeType\":\"" type            \
             "\",\"OrderChangeTrigger\":{\"TimeOfOrderChange\":" stamp                             \
             ",\"ChangeReason\":\"r\"},\"Summary\":{\"MarketplaceId\":\"" marketplace              \
             "\",\"OrderStatus\":\"" status "\",\"PurchaseDate\":\"2025-12-31T09:15:00Z\","        \
             "\"FulfillmentType\":\"" by "\",\"OrderType\":\"StandardOrder\","                     \
             "\"NumberOfItemsShipped\":" #shipped ",\"NumberOfItemsUnshipped\":" #unshipped        \
             ",\"OrderItems\":[" items "]}}}")
#define CHANGE(stamp, status, by, shipped, unshipped, items)                                       \
    CHANGE_OF("A3TH9S8BH6GOGM",                                                                    \
              "ATVPDKIKX0DER",                                                                     \
              "OrderLevel",                                                                        \
              "OrderStatusChange",                                                                 \
              stamp,                                                                               \
              status,                                                                              \
              by,                                                                                  \
              shipped,                                                                             \
              unshipped,                                                                           \
              items)
#define LINE(id, sku, ordered, shipped)                                                            \
    "{\"OrderItemId\":\"" id "\",\"SellerSKU\":\"" sku                                             \
    "\",\"SupplySourceId\":null,\"Quantity\":" #ordered ",\"QuantityShipped\":" #shipped           \
    ",\"IsBuyerRequestedCancel\":true}"
#define STAMP "\"2025-12-31T16:30:04.284Z\""

static void test_nobody_may_post_them(void **state)
{
    (void)state;
    struct hook hook = {.method = SLICE("POST"), .topic = SLICE("queue"), .body = SLICE("{}")};
    assert_int_equal(amazon->verify(&account, &hook, &fixture.arena), HOOK_REFUSED);
    hook.body = slice_of(CHANGE(STAMP, "Unshipped", "MFN", 0, 3, LINE("1", "A", 3, 0)));
    assert_int_equal(amazon->verify(&account, &hook, &fixture.arena), HOOK_REFUSED);
}

static void test_a_whole_message_is_the_order(void **state)
{
    (void)state;
    static const struct {
        const char *body, *counts;
    } cases[] = {
        {CHANGE(STAMP, "Pending", "MFN", 0, 3, LINE("1", "A", 3, 0)), "3/0/0"},
        {CHANGE(STAMP, "PendingAvailability", "MFN", 0, 3, LINE("1", "A", 3, 0)), "3/0/0"},
        {CHANGE(STAMP, "InvoiceUnconfirmed", "MFN", 0, 3, LINE("1", "A", 3, 0)), "3/0/0"},
        {CHANGE(STAMP, "Unshipped", "MFN", 0, 4, LINE("1", "A", 3, 0) "," LINE("2", "B", 1, 0)),
         "3/0/0"},
        {CHANGE(STAMP, "PartiallyShipped", "MFN", 1, 2, LINE("1", "A", 3, 1)), "3/0/1"},
        {CHANGE(STAMP, "Shipped", "MFN", 3, 0, LINE("1", "A", 3, 3)), "3/0/3"},
        {CHANGE(STAMP, "Canceled", "MFN", 0, 0, LINE("1", "A", 3, 0)), "3/3/0"},
        {CHANGE(STAMP, "Canceled", "MFN", 0, 3, LINE("1", "A", 3, 0)), "3/3/0"},
        {CHANGE(STAMP, "Canceled", "MFN", 0, 0, LINE("1", "A", 0, 0)), "0/0/0"},
        {CHANGE(STAMP, "Unfulfillable", "AFN", 0, 0, LINE("1", "A", 3, 0)), "3/3/0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts facts = facts_of(cases[i].body);
        if (facts.orders_count != 1) {
            fail_msg("%s: no order", cases[i].body);
        }
        const struct order_snapshot *o = &facts.orders[0];
        const struct snapshot_line *l = &o->lines[0];
        assert_slice(facts.delivery_id, "d0e9e693");
        assert_int_equal(facts.fetches_count, 0);
        assert_slice(o->id, "202-1234567-8901234");
        assert_slice(o->version_text, "2025-12-31T16:30:04Z");
        assert_int_equal(o->fetched_at_us, 0);
        assert_slice(l->remote, "sku:A");
        assert_int_equal(l->channel_fulfilled, strstr(cases[i].body, "AFN") != NULL);
        assert_slice(arena_printf(&fixture.arena,
                                  "%" PRId64 "/%" PRId64 "/%" PRId64,
                                  l->ordered,
                                  l->cancelled,
                                  l->fulfilled),
                     cases[i].counts);
    }
}

static void test_what_is_not_whole_makes_us_read_the_order(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        CHANGE("null", "Unshipped", "MFN", 0, 3, LINE("1", "A", 3, 0)),
        CHANGE("\"soon\"", "Unshipped", "MFN", 0, 3, LINE("1", "A", 3, 0)),
        /* one item of several */
        CHANGE_OF("A3TH9S8BH6GOGM",
                  "ATVPDKIKX0DER",
                  "OrderItemLevel",
                  "OrderStatusChange",
                  STAMP,
                  "Unshipped",
                  "MFN",
                  0,
                  3,
                  LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 4, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Unshipped", "MFN", 1, 3, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 0, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Pending", "MFN", 0, 0, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Shipped", "MFN", 2, 1, LINE("1", "A", 3, 2)),
        CHANGE(STAMP, "Shipped", "MFN", 2, 0, LINE("1", "A", 3, 2)),
        CHANGE(STAMP, "Canceled", "MFN", 1, 0, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "SomethingNew", "MFN", 0, 3, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Unshipped", "XFN", 0, 3, LINE("1", "A", 3, 0)),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 0, ""),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 3, "{\"OrderItemId\":\"1\",\"Quantity\":3}"),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 3, "{\"SellerSKU\":\"A\",\"Quantity\":3}"),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 3, LINE("1", "A", 3, 4)),
        CHANGE(STAMP, "Unshipped", "MFN", 0, 2, LINE("1", "A", 1, 0) "," LINE("1", "A", 1, 0)),
        ENVELOPE("ORDER_CHANGE",
                 "{\"OrderChangeNotification\":{\"AmazonOrderId\":\"202-1234567-8901234\"}}"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = facts_of(bodies[i]);
        if (facts.orders_count != 0 || facts.fetches_count != 1) {
            fail_msg("%s: is taken for whole", bodies[i]);
        }
        assert_int_equal(facts.fetches[0].kind, FETCH_ORDER);
        assert_slice(facts.fetches[0].id, "202-1234567-8901234");
        assert_null(facts.unreadable);
        assert_null(facts.ignored);
    }
}

static void test_message_and_reading_say_the_same_of_one_order(void **state)
{
    (void)state;
    struct facts facts = facts_of(CHANGE(
        STAMP, "PartiallyShipped", "MFN", 1, 3, LINE("1", "A", 3, 1) "," LINE("2", "B", 1, 0)));
    struct order_snapshot read;
    const char *ignored = NULL;
    assert_null(amazon_order_read(
        amazon_config(&account),
        fixture_json(
            SLICE("{\"orderId\":\"202-1234567-8901234\",\"createdTime\":\"2025-12-31T09:15:00Z\","
                  "\"lastUpdatedTime\":\"2025-12-31T16:30:04Z\",\"salesChannel\":{\"channelName\":"
                  "\"AMAZON\",\"marketplaceId\":\"ATVPDKIKX0DER\"},\"fulfillment\":{"
                  "\"fulfillmentStatus\":\"PARTIALLY_SHIPPED\",\"fulfilledBy\":\"MERCHANT\"},"
                  "\"orderItems\":[{\"orderItemId\":\"2\",\"quantityOrdered\":1,\"product\":{"
                  "\"sellerSku\""
                  ":\"B\"},\"fulfillment\":{\"quantityFulfilled\":0,\"quantityUnfulfilled\":1}},"
                  "{\"orderItemId\":\"1\",\"quantityOrdered\":3,\"product\":{\"sellerSku\":\"A\"},"
                  "\"fulfillment\":{\"quantityFulfilled\":1,\"quantityUnfulfilled\":2}}]}")),
        AMAZON_NOW_US,
        &fixture.arena,
        &read,
        &ignored));
    uint8_t a[16], b[16];
    assert_int_equal(facts.orders_count, 1);
    assert_int_equal(read.version, facts.orders[0].version);
    assert_int_equal(read.placed_at_us, facts.orders[0].placed_at_us);
    assert_int_equal(order_digest(&facts.orders[0], &fixture.arena, a), ERR_OK);
    assert_int_equal(order_digest(&read, &fixture.arena, b), ERR_OK);
    assert_memory_equal(a, b, sizeof a);
}

/* Within one second the message may be stamped above the order that was read after it. */
static void test_a_reading_of_the_same_second_is_never_stale(void **state)
{
    (void)state;
    struct facts facts = facts_of(CHANGE(STAMP, "Unshipped", "MFN", 0, 3, LINE("1", "A", 3, 0)));
    struct order known, merged;
    enum order_verdict verdict;
    assert_int_equal(order_merge(NULL,
                                 &facts.orders[0],
                                 (struct channel_id){1},
                                 US_PER_S,
                                 0,
                                 &fixture.arena,
                                 &known,
                                 &verdict),
                     ERR_OK);
    assert_int_equal(verdict, ORDER_APPLIED);
    struct snapshot_line line = facts.orders[0].lines[0];
    struct order_snapshot read = facts.orders[0];
    line.cancelled = 1;
    read.lines = &line;
    read.fetched_at_us = read.version + 3 * US_PER_S;
    assert_int_equal(
        order_merge(
            &known, &read, (struct channel_id){1}, US_PER_S, 0, &fixture.arena, &merged, &verdict),
        ERR_OK);
    assert_int_equal(verdict, ORDER_APPLIED);
    assert_int_equal(merged.lines[0].now.cancelled, 1);
    /* The message once more, late: it changes nothing. */
    assert_int_equal(order_merge(&merged,
                                 &facts.orders[0],
                                 (struct channel_id){1},
                                 US_PER_S,
                                 0,
                                 &fixture.arena,
                                 &known,
                                 &verdict),
                     ERR_OK);
    assert_int_equal(verdict, ORDER_STALE);
}

static void test_foreign_and_idle_messages_are_ignored(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        CHANGE_OF("ANOTHER",
                  "ATVPDKIKX0DER",
                  "OrderLevel",
                  "OrderStatusChange",
                  STAMP,
                  "Unshipped",
                  "MFN",
                  0,
                  3,
                  LINE("1", "A", 3, 0)),
        CHANGE_OF("A3TH9S8BH6GOGM",
                  "A2EUQ1WTGCTBG2",
                  "OrderLevel",
                  "OrderStatusChange",
                  STAMP,
                  "Unshipped",
                  "MFN",
                  0,
                  3,
                  LINE("1", "A", 3, 0)),
        CHANGE_OF("A3TH9S8BH6GOGM",
                  "ATVPDKIKX0DER",
                  "OrderLevel",
                  "DeliveryTipChange",
                  STAMP,
                  "Unshipped",
                  "MFN",
                  0,
                  3,
                  LINE("1", "A", 3, 0)),
        ENVELOPE("LISTINGS_ITEM_STATUS_CHANGED", "{\"SellerId\":\"A3TH9S8BH6GOGM\"}"),
        ENVELOPE("FBA_INVENTORY_AVAILABILITY_CHANGES", "{\"SKU\":\"A\"}"),
        ENVELOPE("SOMETHING_NEW", "{}"),
        "{\"notificationType\":\"FEED_PROCESSING_FINISHED\",\"payload\":{"
        "\"feedProcessingFinishedNotification\":{\"feedId\":\"1\"}},\"notificationMetadata\":{"
        "\"notificationId\":\"n\"}}",
        ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
                 "{\"SellerId\":\"ANOTHER\",\"FulfillmentChannelCode\":\"DEFAULT\",\"Sku\":\"A\","
                 "\"Quantity\":1}"),
        ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
                 "{\"SellerId\":\"A3TH9S8BH6GOGM\",\"FulfillmentChannelCode\":\"AMAZON_NA\","
                 "\"Sku\":\"A\",\"Quantity\":1}"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = facts_of(bodies[i]);
        if (!facts.ignored || facts.unreadable || facts.orders_count || facts.fetches_count ||
            facts.observations_count) {
            fail_msg("%s: not ignored", bodies[i]);
        }
        assert_true(facts.delivery_id.n > 0);
    }
}

static void test_a_changed_quantity_is_seen_wrapped_or_bare(void **state)
{
    (void)state;
#define QUANTITY                                                                                   \
    ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE",                                                  \
             "{\"SellerId\":\"A3TH9S8BH6GOGM\",\"FulfillmentChannelCode\":\"DEFAULT\","            \
             "\"Sku\":\"NLS@03\",\"Quantity\":99}")
    static const char *const bodies[] = {
        QUANTITY,
        "{\"version\":\"0\",\"id\":\"e\",\"detail-type\":\"LISTINGS_ITEM_MFN_QUANTITY_CHANGE\","
        "\"source\":\"aws.partner/sellingpartnerapi.amazon.com/1/2\",\"detail\":" QUANTITY "}",
        "{\"notificationType\":\"LISTINGS_ITEM_MFN_QUANTITY_CHANGE\",\"eventTime\":"
        "\"2026-01-01T00:00:09.109Z\",\"payload\":{\"sellerId\":\"A3TH9S8BH6GOGM\","
        "\"fulfillmentChannelCode\":\"DEFAULT\",\"sku\":\"NLS@03\",\"quantity\":99}}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = facts_of(bodies[i]);
        assert_int_equal(facts.observations_count, 1);
        assert_slice(facts.observations[0].stock_key, "sku:NLS%4003");
        assert_int_equal(facts.observations[0].count, 99);
        assert_true(facts.observations[0].is_known && facts.observations[0].is_managed);
        assert_int_equal(facts.observations[0].as_of_us, AMAZON_NOW_US + 9109000);
    }
}

static void test_what_cannot_be_read_is_parked(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"detail\":{}}",
        "{\"NotificationType\":7}",
        "{\"NotificationType\":\"ORDER_CHANGE\"}",
        ENVELOPE("ORDER_CHANGE", "{\"OrderChangeNotification\":{\"AmazonOrderId\":\"1/../2\"}}"),
        ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "{\"Sku\":\"A\"}"),
        ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "{\"Sku\":\"\",\"Quantity\":1}"),
        ENVELOPE("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "{\"Sku\":\"A\",\"Quantity\":99999999999}"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = facts_of(bodies[i]);
        if (!facts.unreadable || facts.ignored || facts.orders_count || facts.observations_count) {
            fail_msg("%s: not parked", bodies[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_may_post_them),
        cmocka_unit_test(test_a_whole_message_is_the_order),
        cmocka_unit_test(test_what_is_not_whole_makes_us_read_the_order),
        cmocka_unit_test(test_message_and_reading_say_the_same_of_one_order),
        cmocka_unit_test(test_a_reading_of_the_same_second_is_never_stale),
        cmocka_unit_test(test_foreign_and_idle_messages_are_ignored),
        cmocka_unit_test(test_a_changed_quantity_is_seen_wrapped_or_bare),
        cmocka_unit_test(test_what_cannot_be_read_is_parked),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
