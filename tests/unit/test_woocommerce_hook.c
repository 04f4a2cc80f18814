/* SPDX-License-Identifier: Apache-2.0 */
/* Every delivery recorded from a real WooCommerce 10.0.2: verified, and read to exact facts. */
#include "support/woo_recording.h"

#define NO_ROUTE                                                                                   \
    "rest_no_route instead of the resource: the shop delivers at once from the block checkout; "   \
    "add the namespace filter of the companion snippet"
#define NO_RIGHTS                                                                                  \
    "woocommerce_rest_cannot_view instead of the resource: the WordPress user who owns the "       \
    "webhook lost its rights; create the webhook again"

static const struct delivery_case {
    const char *name, *facts;
} cases[] = {
    {"02_blockcheckout_async.order.updated",
     "order 756 changed 2026-11-23T04:22:20Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 taken=2 | 529 v:11:12~p:11 ordered=1 taken=1 | 530 v:18:19~p:18 ordered=1 taken=1"},
    {"03_blockcheckout_async.order.created",
     "order 756 changed 2026-11-23T04:22:20Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 taken=2 | 529 v:11:12~p:11 ordered=1 taken=1 | 530 v:18:19~p:18 ordered=1 taken=1"},
    {"04_blockcheckout_async.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"05_blockcheckout_async.product.updated", "shows p:10 18 at 2026-11-23T04:22:20Z"},
    {"06_blockcheckout_async.action_woocommerce_updated_product_stock", "fetch count p:12"},
    {"07_blockcheckout_async.product.updated", "shows v:11:12 76 at 2026-11-23T04:22:20Z"},
    {"08_blockcheckout_async.action_woocommerce_updated_product_stock", "fetch count p:18"},
    {"09_blockcheckout_async.product.updated", "shows p:18 29 at 2026-11-23T04:22:20Z"},
    {"10_completed.order.updated",
     "order 756 changed 2026-11-23T04:22:24Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 fulfilled=2 taken=2 | 529 v:11:12~p:11 ordered=1 fulfilled=1 taken=1 | 530 "
     "v:18:19~p:18 ordered=1 fulfilled=1 taken=1"},
    {"11_refund_restock.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"12_refund_restock.product.updated", "shows p:10 19 at 2026-11-23T04:22:27Z"},
    {"13_refund_restock.order.updated",
     "order 756 changed 2026-11-23T04:22:27Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 fulfilled=2 returned=1 restocked=1 taken=1 | 529 v:11:12~p:11 ordered=1 "
     "fulfilled=1 taken=1 | 530 v:18:19~p:18 ordered=1 fulfilled=1 taken=1"},
    {"14_refund_restock.action_woocommerce_order_refunded", "fetch order 756"},
    {"15_refund_norestock.order.updated",
     "order 756 changed 2026-11-23T04:22:31Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 fulfilled=2 returned=1 restocked=1 taken=1 | 529 v:11:12~p:11 ordered=1 "
     "fulfilled=1 taken=1 | 530 v:18:19~p:18 ordered=1 fulfilled=1 taken=1"},
    {"16_refund_norestock.action_woocommerce_order_refunded", "fetch order 756"},
    {"17_rest_created_pending.order.created",
     "order 759 changed 2026-11-23T04:22:34Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=3 cancelled=3 | 534 v:11:13~p:11 ordered=2 cancelled=2"},
    {"18_rest_created_pending.order.updated",
     "order 759 changed 2026-11-23T04:22:34Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=3 cancelled=3 | 534 v:11:13~p:11 ordered=2 cancelled=2"},
    {"19_rest_processing.order.updated",
     "order 759 changed 2026-11-23T04:22:37Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=3 taken=3 | 534 v:11:13~p:11 ordered=2 taken=2"},
    {"20_rest_processing.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"21_rest_processing.product.updated", "shows p:10 16 at 2026-11-23T04:22:37Z"},
    {"22_rest_processing.action_woocommerce_updated_product_stock", "fetch count p:13"},
    {"23_rest_processing.product.updated", "shows v:11:13 207 at 2026-11-23T04:22:37Z"},
    {"24_qty_edited.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"25_qty_edited.product.updated", "shows p:10 14 at 2026-11-23T04:22:40Z"},
    {"26_qty_edited.order.updated",
     "order 759 changed 2026-11-23T04:22:40Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=5 taken=5 | 534 v:11:13~p:11 ordered=2 taken=2"},
    {"27_line_removed.action_woocommerce_updated_product_stock", "fetch count p:13"},
    {"28_line_removed.product.updated", "shows v:11:13 209 at 2026-11-23T04:22:43Z"},
    {"29_line_removed.order.updated",
     "order 759 changed 2026-11-23T04:22:43Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=5 taken=5"},
    {"30_cancelled.order.updated",
     "order 759 changed 2026-11-23T04:22:46Z placed 2026-11-23T04:22:34Z to DE/ | 533 p:10 "
     "ordered=5 cancelled=5"},
    {"31_cancelled.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"32_cancelled.product.updated", "shows p:10 19 at 2026-11-23T04:22:46Z"},
    {"33_trashed.order.deleted", "fetch order 759"},
    {"34_product_write.product.updated", "shows p:10 42 at 2026-11-23T04:22:52Z"},
    {"35_variation_write.product.updated", "shows v:11:14 43 at 2026-11-23T04:22:55Z"},
    {"36_variations_batch.product.updated", "shows v:11:12 51 at 2026-11-23T04:22:58Z"},
    {"37_variations_batch.product.updated", "shows v:11:13 51 at 2026-11-23T04:22:58Z"},
    {"38_variations_batch.product.updated", "shows v:11:14 51 at 2026-11-23T04:22:58Z"},
    {"39_variations_batch.product.updated", "shows v:11:15 51 at 2026-11-23T04:22:58Z"},
    {"40_variations_batch.product.updated", "shows v:11:16 51 at 2026-11-23T04:22:58Z"},
    {"41_variations_batch.product.updated", "shows v:11:17 51 at 2026-11-23T04:22:58Z"},
    {"42_coalesced.order.updated",
     "order 756 changed 2026-11-23T04:23:02Z placed 2026-11-23T04:22:19Z to DE/ | 528 p:10 "
     "ordered=2 fulfilled=2 returned=1 restocked=1 taken=1 | 529 v:11:12~p:11 ordered=1 "
     "fulfilled=1 taken=1 | 530 v:18:19~p:18 ordered=1 fulfilled=1 taken=1"},
    {"43_blockcheckout_sync_noroute.order.updated", "fetch changed; unreadable: " NO_ROUTE},
    {"44_blockcheckout_sync_noroute.order.updated", "fetch changed; unreadable: " NO_ROUTE},
    {"45_blockcheckout_sync_noroute.order.created", "fetch changed; unreadable: " NO_ROUTE},
    {"46_blockcheckout_sync_noroute.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"47_blockcheckout_sync_noroute.product.updated", "fetch changed; unreadable: " NO_ROUTE},
    {"48_blockcheckout_sync_noroute.action_woocommerce_updated_product_stock", "fetch count p:12"},
    {"49_blockcheckout_sync_noroute.product.updated", "fetch changed; unreadable: " NO_ROUTE},
    {"50_blockcheckout_sync_noroute.action_woocommerce_updated_product_stock", "fetch count p:18"},
    {"51_blockcheckout_sync_noroute.product.updated", "fetch changed; unreadable: " NO_ROUTE},
    {"52_blockcheckout_sync_fixed.order.updated",
     "order 761 changed 2026-11-23T04:23:07Z placed 2026-11-23T04:23:07Z to DE/ | 538 p:10 "
     "ordered=2 cancelled=2 | 539 v:11:12~p:11 ordered=1 cancelled=1 | 540 v:18:19~p:18 ordered=1 "
     "cancelled=1"},
    {"53_blockcheckout_sync_fixed.order.updated",
     "order 761 changed 2026-11-23T04:23:07Z placed 2026-11-23T04:23:07Z to DE/ | 538 p:10 "
     "ordered=2 taken=2 | 539 v:11:12~p:11 ordered=1 taken=1 | 540 v:18:19~p:18 ordered=1 taken=1"},
    {"54_blockcheckout_sync_fixed.order.created",
     "order 761 changed 2026-11-23T04:23:07Z placed 2026-11-23T04:23:07Z to DE/ | 538 p:10 "
     "ordered=2 taken=2 | 539 v:11:12~p:11 ordered=1 taken=1 | 540 v:18:19~p:18 ordered=1 taken=1"},
    {"55_blockcheckout_sync_fixed.action_woocommerce_updated_product_stock", "fetch count p:10"},
    {"56_blockcheckout_sync_fixed.product.updated", "shows p:10 38 at 2026-11-23T04:23:07Z"},
    {"57_blockcheckout_sync_fixed.action_woocommerce_updated_product_stock", "fetch count p:12"},
    {"58_blockcheckout_sync_fixed.product.updated", "shows v:11:12 49 at 2026-11-23T04:23:07Z"},
    {"59_blockcheckout_sync_fixed.action_woocommerce_updated_product_stock", "fetch count p:18"},
    {"60_blockcheckout_sync_fixed.product.updated", "shows p:18 27 at 2026-11-23T04:23:07Z"},
    {"90_owner_lost_rights.order.updated", "fetch changed; unreadable: " NO_RIGHTS},
};

static struct hook hook_of(const struct recording *r, struct slice topic)
{
    return (struct hook){
        .method = r->method,
        .topic = topic,
        .headers = r->headers,
        .headers_count = r->headers_count,
        .body = r->body,
        .received_at_us = WOO_NOW_US,
    };
}

static struct recording delivery(const char *name)
{
    return rest(arena_printf(&arena, "webhooks/%s", name).p);
}

static struct slice decoded(const struct account *account, const struct hook *hook)
{
    struct facts facts;
    connector_woocommerce.decode(account, hook, doc, &arena, &facts);
    return facts_text(&facts);
}

static struct slice with_slashes(struct slice topic)
{
    struct slice copy = arena_copy(&arena, topic);
    char *text = arena_alloc(&arena, copy.n);
    for (size_t i = 0; i < copy.n; i++) {
        text[i] = copy.p[i] == '.' ? '/' : copy.p[i];
    }
    return (struct slice){text, copy.n};
}

static void test_every_recorded_delivery_is_authentic_and_read_exactly(void **state)
{
    struct account account = account_default();
    (void)state;

    assert_int_equal(COUNT_OF(cases), 60); /* and the ping */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct recording r = delivery(cases[i].name);
        struct slice topic = http_header_get(r.headers, r.headers_count, "X-WC-Webhook-Topic");
        struct slice topics[] = {topic, with_slashes(topic), {0}};
        for (size_t k = 0; k < COUNT_OF(topics); k++) {
            struct hook hook = hook_of(&r, topics[k]);
            if (connector_woocommerce.verify(&account, &hook, &arena) != HOOK_AUTHENTIC) {
                fail_msg("%s is refused", cases[i].name);
            }
            struct slice facts = decoded(&account, &hook);
            if (!slice_is(facts, cases[i].facts)) {
                print_error("%s\n", cases[i].name);
            }
            assert_slice(facts, cases[i].facts);
        }
    }
}

static void test_the_recorded_ping_is_a_ping(void **state)
{
    struct account account = account_default();
    struct recording r = delivery("01_ping.ping");
    struct hook hook = hook_of(&r, SLICE("order.updated"));
    (void)state;

    assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_PING);
}

static void test_only_a_webhook_number_alone_is_a_ping(void **state)
{
    static const char *const bodies[] = {"",
                                         "webhook_id=",
                                         "webhook_id=12&x=1",
                                         "webhook_id=12\n",
                                         "webhook_id=-1",
                                         "webhook_id=12345678901234567890",
                                         "xwebhook_id=1",
                                         "{\"id\":1}"};
    struct account account = account_default();
    (void)state;

    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct hook hook = {.method = SLICE("POST"), .body = slice_of(bodies[i])};
        assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_REFUSED);
    }
    struct http_header empty = {SLICE("X-WC-Webhook-Signature"), SLICE("")};
    struct hook hook = {.method = SLICE("POST"),
                        .headers = &empty,
                        .headers_count = 1,
                        .body = SLICE("webhook_id=1")};
    assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_REFUSED);
}

static void test_any_changed_byte_is_refused(void **state)
{
    struct account account = account_default();
    struct recording r = delivery("33_trashed.order.deleted");
    (void)state;

    for (size_t i = 0; i < r.body.n; i++) {
        struct slice body = arena_copy(&arena, r.body);
        char *changed = arena_alloc(&arena, body.n);
        memcpy(changed, body.p, body.n);
        changed[i] ^= 1;
        struct hook hook = hook_of(&r, SLICE("order.deleted"));
        hook.body = (struct slice){changed, body.n};
        assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_REFUSED);
    }
}

static enum hook_verdict verdict_with(const char *secrets)
{
    struct recording r = delivery("10_completed.order.updated");
    struct hook hook = hook_of(&r, SLICE("order.updated"));
    struct json_doc *secrets_doc = json_doc_new();
    struct account account;
    struct json parsed;
    struct err_note note;

    assert_int_equal(json_parse(secrets_doc, slice_of(secrets), &parsed, &note), ERR_OK);
    assert_int_equal(
        connector_woocommerce.configure(json_of("{\"base_url\":\"https://shop.example\"}"),
                                        parsed,
                                        SLICE("woo"),
                                        false,
                                        &arena,
                                        &account,
                                        &note),
        ERR_OK);
    json_doc_free(secrets_doc);
    return connector_woocommerce.verify(&account, &hook, &arena);
}

static void test_only_the_secret_and_its_predecessor_sign(void **state)
{
#define KEYS "{\"consumer_key\":\"ck\",\"consumer_secret\":\"cs\",\"webhook_secret\":"
    (void)state;

    assert_int_equal(verdict_with(KEYS "\"truecount-test-secret\"}"), HOOK_AUTHENTIC);
    assert_int_equal(verdict_with(KEYS "\"truecount-test-secreT\"}"), HOOK_REFUSED);
    assert_int_equal(verdict_with(KEYS "\"new\",\"webhook_secret_old\":\"truecount-test-secret\"}"),
                     HOOK_AUTHENTIC);
    assert_int_equal(verdict_with(KEYS "\"new\",\"webhook_secret_old\":\"\"}"), HOOK_REFUSED);
}

static void test_a_full_arena_refuses(void **state)
{
    struct account account = account_default();
    struct recording r = delivery("10_completed.order.updated");
    struct hook hook = hook_of(&r, SLICE("order.updated"));
    struct arena none;
    (void)state;

    arena_init(&none, 0);
    assert_int_equal(connector_woocommerce.verify(&account, &hook, &none), HOOK_REFUSED);
    arena_free(&none);
}

/* A vector made by another implementation of the same construction. */
static void test_a_foreign_vector_verifies_whatever_the_header_looks_like(void **state)
{
    struct account account = account_default();
    struct http_header header = {SLICE("x-wc-webhook-signature"),
                                 SLICE(" QFI7CZU3YX2PVf67LWqOGKrQCjDkm2fFAPaX9DxRfrc=\t")};
    struct hook hook = {
        .method = SLICE("POST"),
        .headers = &header,
        .headers_count = 1,
        .body = SLICE("{\"inventory_item_id\":271878346596884015,\"location_id\":24826418,"
                      "\"available\":10}"),
    };
    (void)state;

    assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_AUTHENTIC);
    hook.method = SLICE("GET");
    assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_REFUSED);
    hook.method = SLICE("POST");
    header.value = SLICE("QFI7CZU3YX2PVf67LWqOGKrQCjDkm2fFAPaX9DxRfrc");
    assert_int_equal(connector_woocommerce.verify(&account, &hook, &arena), HOOK_REFUSED);
}

/* ---- what a topic can and cannot do ---- */

static struct slice decoded_text(const char *topic, const char *header, const char *body)
{
    struct account account = account_default();
    struct http_header topic_header = {SLICE("X-WC-Webhook-Topic"), slice_of(header)};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(topic),
                        .headers = &topic_header,
                        .headers_count = header ? 1 : 0,
                        .body = slice_of(body)};
    return decoded(&account, &hook);
}

#define ORDER                                                                                      \
    "{\"id\":7,\"status\":\"processing\",\"date_created_gmt\":\"2026-11-23T04:00:00\","            \
    "\"date_modified_gmt\":\"2026-11-23T04:00:05\",\"line_items\":[{\"id\":1,\"product_id\":10,"   \
    "\"variation_id\":0,\"quantity\":1,\"meta_data\":[]}]}"
#define ORDER_FACTS                                                                                \
    "order 7 changed 2026-11-23T04:00:05Z placed 2026-11-23T04:00:00Z to / | 1 p:10 ordered=1"

static void test_a_topic_never_makes_more_of_a_body_than_it_is(void **state)
{
    static const struct {
        const char *topic, *header, *body, *facts;
    } table[] = {
        {"order.created", NULL, ORDER, ORDER_FACTS},
        {"order.restored", NULL, ORDER, ORDER_FACTS},
        {"", NULL, ORDER, ORDER_FACTS},
        {"", "order.updated", ORDER, ORDER_FACTS},
        /* The header cannot delete: the order is read. Neither can the path, of a whole order. */
        {"", "order.deleted", ORDER, "fetch order 7"},
        {"order.deleted", NULL, ORDER, "fetch order 7"},
        /* Shaped like an order, but announced as something else: only a read can tell. */
        {"subscription.updated", NULL, ORDER, "fetch order 7"},
        {"", "subscription.updated", ORDER, "fetch order 7"},
        {"order.deleted", NULL, "{\"id\":7}", "fetch order 7"},
        {"order/deleted", NULL, "{\"id\":7}", "fetch order 7"},
        {"", "order.deleted", "{\"id\":7}", "fetch order 7"},
        {"", "product.deleted", "{\"id\":7}", "fetch order 7"},
        {"", NULL, "{\"id\":7}", "fetch order 7"},
        {"order.updated", NULL, "{\"id\":7}", "fetch order 7"},
        {"product.deleted", NULL, "{\"id\":7}", "ignored: a deleted product sells nothing more"},
        {"product.updated", NULL, "{\"id\":7,\"name\":\"x\"}", "fetch count p:7"},
        {"coupon.updated",
         NULL,
         "{\"id\":7,\"code\":\"rest_no_route\"}",
         "ignored: a topic that says nothing of stock or orders"},
        {"",
         "customer.updated",
         "{\"id\":7,\"email\":\"x\"}",
         "ignored: neither an order nor a product nor an action"},
        {"",
         "order.updated",
         "{\"id\":7,\"status\":\"x\"}",
         "ignored: neither an order nor a product nor an action"},
        {"action.woocommerce_updated_product_stock",
         NULL,
         "{\"action\":\"woocommerce_updated_product_stock\",\"arg\":\"12\"}",
         "fetch count p:12"},
        {"action.woocommerce_updated_product_stock",
         NULL,
         "{\"action\":\"woocommerce_updated_product_stock\",\"arg\":null}",
         "unreadable: a change of stock without the product's id"},
        {"order.updated",
         NULL,
         "{\"action\":\"woocommerce_order_refunded\",\"arg\":[]}",
         "fetch changed; unreadable: a delivery without an id"},
        {"action.woocommerce_thankyou",
         NULL,
         "{\"action\":\"woocommerce_thankyou\",\"arg\":7}",
         "ignored: an action that says nothing of stock or orders"},
        {"order.updated", NULL, "{}", "fetch changed; unreadable: a delivery without an id"},
        {"order.updated",
         NULL,
         "{\"id\":0}",
         "fetch changed; unreadable: a delivery without an id"},
        {"order.updated",
         NULL,
         "{\"code\":\"rest_no_route\"}",
         "fetch changed; unreadable: " NO_ROUTE},
        {"order.updated",
         NULL,
         "[]",
         "fetch changed; unreadable: a body that is not a JSON object within bounds"},
        {"order.updated",
         NULL,
         "{\"id\":7,\"id\":8}",
         "fetch changed; unreadable: a body that is not a JSON object within bounds"},
        {"order.updated",
         NULL,
         "",
         "fetch changed; unreadable: a body that is not a JSON object within bounds"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_slice(decoded_text(table[i].topic, table[i].header, table[i].body), table[i].facts);
    }
}

static void test_a_product_shows_its_own_count_only(void **state)
{
    static const struct {
        const char *body, *facts;
    } table[] = {
        {"{\"id\":19,\"type\":\"variation\",\"parent_id\":18,\"manage_stock\":\"parent\","
         "\"stock_quantity\":30}",
         "shows v:18:19 parent"},
        {"{\"id\":23,\"type\":\"variation\",\"parent_id\":21,\"manage_stock\":false,"
         "\"stock_quantity\":null}",
         "shows v:21:23 unmanaged"},
        {"{\"id\":11,\"type\":\"variable\",\"parent_id\":0,\"manage_stock\":false,"
         "\"stock_quantity\":null}",
         "shows p:11 unmanaged"},
        {"{\"id\":10,\"type\":\"simple\",\"parent_id\":4,\"manage_stock\":true,"
         "\"stock_quantity\":-2,\"date_modified_gmt\":\"2026-11-23T04:00:05\"}",
         "shows p:10 -2 at 2026-11-23T04:00:05Z"},
        {"{\"id\":10,\"manage_stock\":true,\"stock_quantity\":null}", "shows p:10"},
        {"{\"id\":10,\"manage_stock\":true,\"stock_quantity\":1.5}", "shows p:10"},
        {"{\"id\":10,\"manage_stock\":true,\"stock_quantity\":1000000001}", "shows p:10"},
        {"{\"id\":10,\"manage_stock\":null}", "shows p:10 unmanaged"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_slice(decoded_text("product.updated", NULL, table[i].body), table[i].facts);
    }
}

static void test_a_named_source_keeps_a_copy_of_the_shop_out(void **state)
{
    struct recording r = delivery("02_blockcheckout_async.order.updated");
    struct hook hook = hook_of(&r, SLICE("order.updated"));
    struct account copy = account_with("{\"base_url\":\"https://shop.example\","
                                       "\"webhook_source\":\"https://shop.example/\"}");
    struct account same = account_with("{\"base_url\":\"https://10.0.0.8\","
                                       "\"webhook_source\":\"https://127.0.0.1:8443\"}");
    (void)state;

    assert_slice(decoded(&copy, &hook),
                 "ignored: sent by another site than settings.webhook_source, perhaps a staging "
                 "copy");
    assert_slice(decoded(&same, &hook), cases[0].facts);
}

static void test_a_delivery_beyond_the_arena_is_parked(void **state)
{
    struct account account = account_default();
    struct recording r = delivery("02_blockcheckout_async.order.updated");
    struct hook hook = hook_of(&r, SLICE("order.updated"));
    (void)state;

    for (size_t room = 0; room < 2048; room += 16) {
        struct arena small;
        struct facts facts;
        arena_init(&small, room);
        connector_woocommerce.decode(&account, &hook, doc, &small, &facts);
        if (small.exhausted) {
            assert_non_null(facts.unreadable);
            assert_int_equal(facts.orders_count, 0);
        } else {
            assert_slice(facts_text(&facts), cases[0].facts);
        }
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_recorded_delivery_is_authentic_and_read_exactly),
        cmocka_unit_test(test_the_recorded_ping_is_a_ping),
        cmocka_unit_test(test_only_a_webhook_number_alone_is_a_ping),
        cmocka_unit_test(test_any_changed_byte_is_refused),
        cmocka_unit_test(test_only_the_secret_and_its_predecessor_sign),
        cmocka_unit_test(test_a_full_arena_refuses),
        cmocka_unit_test(test_a_foreign_vector_verifies_whatever_the_header_looks_like),
        cmocka_unit_test(test_a_topic_never_makes_more_of_a_body_than_it_is),
        cmocka_unit_test(test_a_product_shows_its_own_count_only),
        cmocka_unit_test(test_a_named_source_keeps_a_copy_of_the_shop_out),
        cmocka_unit_test(test_a_delivery_beyond_the_arena_is_parked),
    };
    return cmocka_run_group_tests(tests, woo_setup, woo_teardown);
}
