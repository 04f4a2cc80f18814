/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: what is authentic, and what each body says. Bodies: tests/data/shopify/hooks. */
#include "support/channel_fixture.h"

#include "base/times.h"

static const struct connector *const shopify = &connector_shopify;
static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(
        shopify,
        "{\"settings\":{\"shop\":\"truecount-demo\"},"
        "\"secrets\":{\"access_token\":\"shpat_1\",\"webhook_secret\":\"truecount-test-secret\"}}");
    return 0;
}

static enum hook_verdict
verify_with(const struct account *a, const char *signature, struct slice body)
{
    struct http_header header = {SLICE("x-shopify-hmac-sha256"), slice_of(signature)};
    struct hook hook = {.method = SLICE("POST"), .body = body, .headers = &header};
    hook.headers_count = signature ? 1 : 0;
    return shopify->verify(a, &hook, &fixture.arena);
}

static struct facts decode_as(const char *topic, const char *header_topic, struct slice body)
{
    struct facts facts;
    struct http_header header = {SLICE("X-Shopify-Topic"), slice_of(header_topic)};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(topic),
                        .body = body,
                        .headers = &header,
                        .headers_count = header_topic ? 1 : 0};
    shopify->decode(&account, &hook, fixture.doc, &fixture.arena, &facts);
    return facts;
}

static struct slice body_of(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "shopify/hooks/%s.json", name);
    return fixture_file(path);
}

static struct facts decode_file(const char *topic, const char *name)
{
    return decode_as(topic, NULL, body_of(name));
}

static const struct order_snapshot *order_of(struct facts facts)
{
    if (facts.unreadable || facts.ignored || facts.orders_count != 1) {
        fail_msg("no order: %s %s", facts.unreadable ? facts.unreadable : "", facts.ignored);
    }
    return facts.orders;
}

static const struct snapshot_line *line_of(const struct order_snapshot *order, const char *id)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (slice_is(order->lines[i].id, id)) {
            return &order->lines[i];
        }
    }
    fail_msg("no line %s", id);
    return NULL;
}

#define LINE_M "487817672276298551"
#define LINE_L "487817672276298552"
#define LINE_CAP "487817672276298553"

static void counts(const struct snapshot_line *l, const int64_t wanted[7])
{
    const int64_t have[7] = {
        l->ordered, l->cancelled, l->fulfilled, l->returned, l->restocked, l->no_restock, l->taken};
    for (size_t i = 0; i < 7; i++) {
        if (have[i] != wanted[i]) {
            fail_msg("count %zu of line %.*s is %" PRId64 ", not %" PRId64,
                     i,
                     SLICE_ARG(l->id),
                     have[i],
                     wanted[i]);
        }
    }
}
/* ordered, cancelled, fulfilled, returned, restocked, no_restock, taken */
#define COUNTS(line, ...) counts((line), (const int64_t[7]){__VA_ARGS__})

static void fetches_order(struct facts facts, const char *id)
{
    assert_null(facts.unreadable);
    assert_null(facts.ignored);
    assert_int_equal(facts.orders_count, 0);
    assert_int_equal(facts.observations_count, 0);
    assert_int_equal(facts.fetches_count, 1);
    assert_int_equal(facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(facts.fetches[0].id, id);
}

static void says_nothing_but(const char *const *why, struct facts facts)
{
    assert_non_null(*why);
    assert_int_equal(facts.orders_count + facts.observations_count + facts.fetches_count, 0);
}

/* ---- signatures ---- */

/* The vendor's own library accepts this pair. */
#define VECTOR_BODY                                                                                \
    "{\"inventory_item_id\":271878346596884015,\"location_id\":24826418,\"available\":10}"
#define VECTOR_SIGNATURE "QFI7CZU3YX2PVf67LWqOGKrQCjDkm2fFAPaX9DxRfrc="

static void test_verify_takes_the_vendors_vector(void **state)
{
    (void)state;
    assert_int_equal(verify_with(&account, VECTOR_SIGNATURE, SLICE(VECTOR_BODY)), HOOK_AUTHENTIC);
}

static void test_verify_refuses_any_changed_byte(void **state)
{
    (void)state;
    char body[] = VECTOR_BODY;
    for (size_t i = 0; i < strlen(body); i++) {
        body[i] = (char)(body[i] ^ 1);
        assert_int_equal(
            verify_with(&account, VECTOR_SIGNATURE, (struct slice){body, strlen(body)}),
            HOOK_REFUSED);
        body[i] = (char)(body[i] ^ 1);
    }
    char signature[] = VECTOR_SIGNATURE;
    for (size_t i = 0; i < strlen(signature); i++) {
        signature[i] = (char)(signature[i] ^ 1);
        assert_int_equal(verify_with(&account, signature, SLICE(VECTOR_BODY)), HOOK_REFUSED);
        signature[i] = (char)(signature[i] ^ 1);
    }
}

static void test_verify_refuses_what_is_missing(void **state)
{
    (void)state;
    assert_int_equal(verify_with(&account, NULL, SLICE(VECTOR_BODY)), HOOK_REFUSED);
    assert_int_equal(verify_with(&account, "", SLICE(VECTOR_BODY)), HOOK_REFUSED);
    /* An empty body proves nothing, even rightly signed. */
    assert_int_equal(
        verify_with(&account, "3keaEi9cs7zpilrRocIVB5UxKZFFzgYuupzMDfWbWLk=", SLICE("")),
        HOOK_REFUSED);
    struct account no_secret = fixture_account(
        shopify, "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"shpat_1\"}}");
    assert_int_equal(verify_with(&no_secret, VECTOR_SIGNATURE, SLICE(VECTOR_BODY)), HOOK_REFUSED);
}

static void test_verify_takes_both_secrets_while_rotating(void **state)
{
    (void)state;
    const char *const rotating[] = {
        "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"t\","
        "\"webhook_secret\":\"new\",\"webhook_secret_old\":\"truecount-test-secret\"}}",
        "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"new\","
        "\"client_secret_old\":\"truecount-test-secret\"}}",
        "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"client_id\":\"i\","
        "\"client_secret\":\"truecount-test-secret\"}}",
    };
    for (size_t i = 0; i < COUNT_OF(rotating); i++) {
        struct account a = fixture_account(shopify, rotating[i]);
        assert_int_equal(verify_with(&a, VECTOR_SIGNATURE, SLICE(VECTOR_BODY)), HOOK_AUTHENTIC);
    }
    /* client_secret is the default of webhook_secret, not a second one. */
    struct account a = fixture_account(
        shopify,
        "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"client_id\":\"i\","
        "\"client_secret\":\"truecount-test-secret\",\"webhook_secret\":\"other\"}}");
    assert_int_equal(verify_with(&a, VECTOR_SIGNATURE, SLICE(VECTOR_BODY)), HOOK_REFUSED);
}

/* ---- orders ---- */

static void test_order_create_is_a_snapshot(void **state)
{
    (void)state;
    const struct order_snapshot *o = order_of(decode_file("orders/create", "order_create"));
    int64_t at = 0;
    assert_true(time_parse_rfc3339(SLICE("2026-11-23T05:45:31Z"), &at));
    assert_slice(o->id, "820982911946154508");
    assert_slice(o->version_text, "2026-11-23T00:45:31-05:00");
    assert_int_equal(o->version, at);
    assert_true(o->version_is_time);
    assert_int_equal(o->placed_at_us, at - US_PER_S); /* processed_at, a second earlier */
    assert_int_equal(o->fetched_at_us, 0);
    assert_slice(o->country, "DE");
    assert_slice(o->region, "BE");
    assert_false(o->is_test);
    /* The gift card and the custom item are nobody's stock. */
    assert_int_equal(o->lines_count, 2);
    const struct snapshot_line *l = line_of(o, LINE_M);
    assert_slice(l->remote, "variant:642667041472713922");
    assert_slice(l->location, "");
    assert_false(l->channel_fulfilled);
    COUNTS(l, 3, 0, 0, 0, 0, 0, 3);
    COUNTS(line_of(o, LINE_L), 1, 0, 0, 0, 0, 0, 1);
}

static void test_order_edit_adds_a_line_and_takes_a_unit_off(void **state)
{
    (void)state;
    const struct order_snapshot *o = order_of(decode_file("orders/updated", "order_edit"));
    assert_int_equal(o->lines_count, 3);
    COUNTS(line_of(o, LINE_M), 3, 1, 0, 0, 0, 0, 2);
    COUNTS(line_of(o, LINE_CAP), 2, 0, 0, 0, 0, 0, 2);
}

static void test_order_partial_cancel_puts_one_unit_back(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        order_of(decode_file("orders/updated", "order_partial_cancel"));
    COUNTS(line_of(o, LINE_M), 3, 1, 0, 0, 0, 0, 2);
    COUNTS(line_of(o, LINE_L), 1, 0, 0, 0, 0, 0, 1);
}

static void test_order_partial_fulfillment_names_its_location(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        order_of(decode_file("orders/partially_fulfilled", "order_partial_fulfillment"));
    COUNTS(line_of(o, LINE_M), 3, 0, 2, 0, 0, 0, 3);
    assert_slice(line_of(o, LINE_M)->location, "24826418");
    /* A cancelled fulfilment has shipped nothing and decides no location. */
    COUNTS(line_of(o, LINE_L), 1, 0, 0, 0, 0, 0, 1);
    assert_slice(line_of(o, LINE_L)->location, "");
}

static void test_order_shipped_from_two_locations_names_neither(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        order_of(decode_file("orders/fulfilled", "order_split_fulfillment"));
    COUNTS(line_of(o, LINE_M), 3, 0, 3, 0, 0, 0, 3);
    assert_slice(line_of(o, LINE_M)->location, "");
    assert_slice(line_of(o, LINE_L)->location, "24826419");
}

static void test_order_refund_with_and_without_restock(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        order_of(decode_file("orders/updated", "order_refund_restock"));
    COUNTS(line_of(o, LINE_M), 3, 0, 3, 1, 1, 0, 2);
    o = order_of(decode_file("orders/updated", "order_refund_no_restock"));
    /* Two of three shipped; one refund means a shipped unit, one the unit that never ships. */
    COUNTS(line_of(o, LINE_M), 3, 1, 2, 0, 0, 1, 3);
    COUNTS(line_of(o, LINE_L), 1, 1, 0, 0, 0, 1, 1);
}

static void test_order_cancel_with_and_without_restock(void **state)
{
    (void)state;
    const struct order_snapshot *o = order_of(decode_file("orders/cancelled", "order_cancel"));
    COUNTS(line_of(o, LINE_M), 3, 3, 0, 0, 0, 0, 0);
    COUNTS(line_of(o, LINE_L), 1, 1, 0, 0, 0, 0, 0);
    o = order_of(decode_file("orders/cancelled", "order_cancel_no_restock"));
    COUNTS(line_of(o, LINE_M), 3, 3, 0, 0, 0, 3, 3);
    o = order_of(decode_file("orders/cancelled", "order_cancel_unsaid"));
    COUNTS(line_of(o, LINE_M), 3, 3, 0, 0, 0, 0, 0);
}

static void test_order_duplicate_says_the_same_and_stale_is_older(void **state)
{
    (void)state;
    const struct order_snapshot *first = order_of(decode_file("orders/create", "order_create"));
    const struct order_snapshot *again = order_of(decode_file("orders/updated", "order_create"));
    const struct order_snapshot *edit = order_of(decode_file("orders/updated", "order_edit"));
    assert_int_equal(first->version, again->version);
    assert_int_equal(first->lines_count, again->lines_count);
    assert_true(slice_equal(first->id, edit->id));
    assert_true(first->version < edit->version);
}

static void test_order_of_the_bogus_gateway_is_a_test(void **state)
{
    (void)state;
    assert_true(order_of(decode_file("orders/create", "order_test"))->is_test);
}

static void test_order_line_of_a_variant_that_is_gone_stays_visible(void **state)
{
    (void)state;
    const struct order_snapshot *o = order_of(decode_file("orders/create", "order_variant_gone"));
    assert_slice(line_of(o, LINE_M)->remote, "sku:TEE-M-BLUE");
    assert_slice(line_of(o, LINE_L)->remote, "product:788032119674292922");
}

static void test_order_snapshot_holds_nothing_about_the_customer(void **state)
{
    (void)state;
    const struct order_snapshot *o = order_of(decode_file("orders/create", "order_create"));
    const struct slice texts[] = {o->id, o->version_text, o->country, o->region};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_null(memmem(texts[i].p, texts[i].n, "Ada", 3));
        assert_null(memmem(texts[i].p, texts[i].n, "example.com", 11));
    }
}

/* ---- what belongs to an order is a reason to read it, never a snapshot ---- */

static void test_children_of_an_order_make_it_be_read(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"fulfillments/create", "fulfillment_create"},
        {"refunds/create", "refund_create"},
        {"orders/edited", "order_edited"},
        {"returns/close", "return_close"},
        {"returns/approve", "return_approve"},
        {"orders/delete", "order_delete"},
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        fetches_order(decode_file(files[i][0], files[i][1]), "820982911946154508");
        /* The same when only a header, or nothing, names the topic. */
        fetches_order(decode_as("", files[i][0], body_of(files[i][1])), "820982911946154508");
        fetches_order(decode_as("", NULL, body_of(files[i][1])), "820982911946154508");
    }
}

static void test_children_that_name_no_order_make_changes_be_read(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"reverse_fulfillment_orders/dispose", "reverse_dispose"},
        {"fulfillment_orders/order_routing_complete", "fulfillment_order_routing_complete"},
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct facts facts = decode_file(files[i][0], files[i][1]);
        assert_int_equal(facts.fetches_count, 1);
        assert_int_equal(facts.fetches[0].kind, FETCH_CHANGED);
    }
}

static void test_header_alone_never_turns_an_order_into_something_else(void **state)
{
    (void)state;
    static const char *const topics[] = {"orders/delete",
                                         "orders/cancelled",
                                         "app/uninstalled",
                                         "products/delete",
                                         "refunds/create",
                                         "inventory_levels/update",
                                         "no/such"};
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        const struct order_snapshot *o =
            order_of(decode_as("", topics[i], body_of("order_create")));
        COUNTS(line_of(o, LINE_M), 3, 0, 0, 0, 0, 0, 3);
    }
}

static void test_shipment_never_becomes_an_order(void **state)
{
    (void)state;
    fetches_order(decode_as("", "orders/create", body_of("fulfillment_create")),
                  "820982911946154508");
    fetches_order(decode_as("orders/create", NULL, body_of("fulfillment_create")),
                  "820982911946154508");
    fetches_order(decode_as("", "orders/cancelled", body_of("refund_create")),
                  "820982911946154508");
    fetches_order(decode_as("orders/create",
                            NULL,
                            SLICE("{\"id\":1,\"order_id\":5,\"updated_at\":"
                                  "\"2026-11-23T05:45:31Z\",\"line_items\":[]}")),
                  "5");
}

static void test_draft_never_becomes_an_order(void **state)
{
    (void)state;
    struct facts facts = decode_as(
        "",
        "orders/create",
        SLICE("{\"id\":5,\"updated_at\":\"2026-11-23T05:45:31Z\",\"invoice_sent_at\":null,"
              "\"admin_graphql_api_id\":\"gid://shopify/DraftOrder/5\",\"line_items\":[]}"));
    says_nothing_but(&facts.ignored, facts);
}

static void test_thin_order_is_read(void **state)
{
    (void)state;
    fetches_order(decode_as("orders/updated", NULL, SLICE("{\"id\":5,\"name\":\"#1\"}")), "5");
    fetches_order(decode_as("orders/updated", NULL, SLICE("{\"id\":5,\"line_items\":[]}")), "5");
    fetches_order(decode_as("", "orders/updated", SLICE("{\"id\":5}")), "5");
    struct facts facts = decode_as("", "products/delete", SLICE("{\"id\":5}"));
    says_nothing_but(&facts.ignored, facts);
}

static void test_order_that_cannot_be_read_is_parked_with_a_reason(void **state)
{
    (void)state;
#define STAMP "\"updated_at\":\"2026-11-23T05:45:31Z\""
    static const char *const bodies[] = {
        "not json",
        "[]",
        "{\"a\":1,\"a\":2}",
        "{" STAMP ",\"line_items\":[]}",
        "{\"id\":-5," STAMP ",\"line_items\":[]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"quantity\":1}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":-1}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":1.5}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":1000000001}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":1},{\"id\":1,\"quantity\":1}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":1}],\"fulfillments\":[{"
        "\"status\":\"success\",\"line_items\":[{\"id\":1,\"quantity\":\"x\"}]}]}",
        "{\"id\":5," STAMP ",\"line_items\":[{\"id\":1,\"quantity\":1}],\"refunds\":[{"
        "\"refund_line_items\":[{\"quantity\":1}]}]}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = decode_as("orders/create", NULL, slice_of(bodies[i]));
        says_nothing_but(&facts.unreadable, facts);
    }
}

static void order_with_lines(struct buf *text, int lines)
{
    buf_text(text, "{\"id\":5," STAMP ",\"line_items\":[");
    for (int i = 1; i <= lines; i++) {
        buf_printf(text, "%s{\"id\":%d,\"quantity\":1,\"variant_id\":%d}", i > 1 ? "," : "", i, i);
    }
    buf_text(text, "]}");
}

static void test_order_has_at_most_5000_lines(void **state)
{
    (void)state;
    ON_EXIT(buf_free) struct buf text = {0};
    buf_init(&text, (size_t)1 << 20);
    order_with_lines(&text, 5000);
    assert_int_equal(order_of(decode_as("orders/create", NULL, buf_view(&text)))->lines_count,
                     5000);
    buf_clear(&text);
    order_with_lines(&text, 5001);
    struct facts facts = decode_as("orders/create", NULL, buf_view(&text));
    says_nothing_but(&facts.unreadable, facts);
}

/* ---- counts ---- */

static void test_inventory_level_is_an_observation(void **state)
{
    (void)state;
    int64_t at = 0;
    assert_true(time_parse_rfc3339(SLICE("2026-11-23T05:45:32Z"), &at));
    static const char *const topics[] = {"inventory_levels/update", "inventory_levels/connect", ""};
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        struct facts facts = decode_as(topics[i], NULL, body_of("inventory_level_update"));
        assert_int_equal(facts.observations_count, 1);
        assert_slice(facts.observations[0].stock_key, "item:271878346596884015@24826418");
        assert_int_equal(facts.observations[0].count, 10);
        assert_true(facts.observations[0].is_known && facts.observations[0].is_managed);
        assert_int_equal(facts.observations[0].as_of_us, at);
    }
}

static void test_inventory_level_may_be_negative_or_unknown(void **state)
{
    (void)state;
    struct facts facts =
        decode_as("inventory_levels/update",
                  NULL,
                  SLICE("{\"inventory_item_id\":1,\"location_id\":2,\"available\":-3}"));
    assert_int_equal(facts.observations_count, 1);
    assert_int_equal(facts.observations[0].count, -3);
    facts = decode_file("inventory_levels/update", "inventory_level_untracked");
    assert_int_equal(facts.observations_count, 1);
    assert_false(facts.observations[0].is_known);
    static const char *const odd[] = {
        "{\"inventory_item_id\":1,\"location_id\":2,\"available\":\"many\"}",
        "{\"inventory_item_id\":1,\"location_id\":2,\"available\":1000000001}",
        "{\"inventory_item_id\":null,\"location_id\":2,\"available\":1}",
        "{\"location_id\":2,\"available\":1}",
    };
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        facts = decode_as("inventory_levels/update", NULL, slice_of(odd[i]));
        says_nothing_but(&facts.unreadable, facts);
    }
}

static void test_item_disconnected_from_its_location_is_read(void **state)
{
    (void)state;
    struct facts facts = decode_file("inventory_levels/disconnect", "inventory_level_disconnect");
    assert_int_equal(facts.observations_count, 0);
    assert_int_equal(facts.fetches_count, 1);
    assert_int_equal(facts.fetches[0].kind, FETCH_COUNT);
    assert_slice(facts.fetches[0].id, "item:271878346596884015");
}

static void test_what_is_no_count_and_no_order_is_ignored_with_a_reason(void **state)
{
    (void)state;
    static const char *const topics[] = {"inventory_items/update",
                                         "products/update",
                                         "variants/in_stock",
                                         "locations/delete",
                                         "app/uninstalled",
                                         "customers/redact",
                                         "shop/redact",
                                         "something/else"};
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        struct facts facts = decode_file(topics[i], "inventory_item_update");
        says_nothing_but(&facts.ignored, facts);
    }
    /* A product's quantities are totals over all locations. */
    struct facts facts =
        decode_as("products/update",
                  NULL,
                  SLICE("{\"id\":1,\"variants\":[{\"id\":2,\"inventory_quantity\":75}]}"));
    says_nothing_but(&facts.ignored, facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_takes_the_vendors_vector),
        cmocka_unit_test(test_verify_refuses_any_changed_byte),
        cmocka_unit_test(test_verify_refuses_what_is_missing),
        cmocka_unit_test(test_verify_takes_both_secrets_while_rotating),
        cmocka_unit_test(test_order_create_is_a_snapshot),
        cmocka_unit_test(test_order_edit_adds_a_line_and_takes_a_unit_off),
        cmocka_unit_test(test_order_partial_cancel_puts_one_unit_back),
        cmocka_unit_test(test_order_partial_fulfillment_names_its_location),
        cmocka_unit_test(test_order_shipped_from_two_locations_names_neither),
        cmocka_unit_test(test_order_refund_with_and_without_restock),
        cmocka_unit_test(test_order_cancel_with_and_without_restock),
        cmocka_unit_test(test_order_duplicate_says_the_same_and_stale_is_older),
        cmocka_unit_test(test_order_of_the_bogus_gateway_is_a_test),
        cmocka_unit_test(test_order_line_of_a_variant_that_is_gone_stays_visible),
        cmocka_unit_test(test_order_snapshot_holds_nothing_about_the_customer),
        cmocka_unit_test(test_children_of_an_order_make_it_be_read),
        cmocka_unit_test(test_children_that_name_no_order_make_changes_be_read),
        cmocka_unit_test(test_header_alone_never_turns_an_order_into_something_else),
        cmocka_unit_test(test_shipment_never_becomes_an_order),
        cmocka_unit_test(test_draft_never_becomes_an_order),
        cmocka_unit_test(test_thin_order_is_read),
        cmocka_unit_test(test_order_that_cannot_be_read_is_parked_with_a_reason),
        cmocka_unit_test(test_order_has_at_most_5000_lines),
        cmocka_unit_test(test_inventory_level_is_an_observation),
        cmocka_unit_test(test_inventory_level_may_be_negative_or_unknown),
        cmocka_unit_test(test_item_disconnected_from_its_location_is_read),
        cmocka_unit_test(test_what_is_no_count_and_no_order_is_ignored_with_a_reason),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
