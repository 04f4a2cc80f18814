/* SPDX-License-Identifier: Apache-2.0 */
/* What Shopify's answers mean. Bodies: tests/data/shopify/answers. */
#include "support/channel_fixture.h"

#include "base/times.h"

static const struct connector *const shopify = &connector_shopify;
static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(shopify,
                              "{\"settings\":{\"shop\":\"truecount-demo\"},"
                              "\"secrets\":{\"access_token\":\"shpat_1\"}}");
    return 0;
}

static struct slice answer_body(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "shopify/answers/%s.json", name);
    return fixture_file(path);
}

/* ---- pushes ---- */

#define ROWS 3
static struct push_result results[ROWS];
static struct channel_signal push_signal;

static void push_answered(int status, struct slice body)
{
    struct push_item items[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        items[i] = (struct push_item){.stock_key = arena_printf(&fixture.arena, "item:%zu", i + 1),
                                      .location = SLICE("2")};
    }
    struct http_response response = fixture_answer(status, body);
    memset(results, 0xff, sizeof(results));
    shopify->read_push(&account,
                       items,
                       ROWS,
                       &(struct step){0},
                       &response,
                       fixture.doc,
                       &fixture.arena,
                       results,
                       &push_signal);
}

static void outcomes(enum push_outcome a, enum push_outcome b, enum push_outcome c)
{
    assert_int_equal(results[0].outcome, a);
    assert_int_equal(results[1].outcome, b);
    assert_int_equal(results[2].outcome, c);
}

static void test_push_confirmed_teaches_cost_and_time(void **state)
{
    (void)state;
    int64_t at = 0;
    push_answered(200, answer_body("push_ok"));
    outcomes(PUSH_CONFIRMED, PUSH_CONFIRMED, PUSH_CONFIRMED);
    assert_slice(results[0].reason, "");
    assert_int_equal(push_signal.points_cost, 10);
    assert_int_equal(push_signal.points_left, 1990);
    assert_int_equal(push_signal.points_per_s, 100);
    assert_true(time_parse_rfc3339(SLICE("2026-11-23T05:45:31Z"), &at));
    assert_int_equal(push_signal.server_time_us, at);
    assert_false(push_signal.throttled || push_signal.unauthorised || push_signal.down);
}

static void test_push_of_an_unchanged_count_is_confirmed_without_a_group(void **state)
{
    (void)state;
    push_answered(200,
                  SLICE("{\"data\":{\"inventorySetQuantities\":{\"inventoryAdjustmentGroup\":null,"
                        "\"userErrors\":[]}}}"));
    outcomes(PUSH_CONFIRMED, PUSH_CONFIRMED, PUSH_CONFIRMED);
}

static void test_push_stale_row_sends_the_others_again(void **state)
{
    (void)state;
    push_answered(200, answer_body("push_stale"));
    outcomes(PUSH_AGAIN, PUSH_STALE, PUSH_AGAIN);
    assert_true(slice_starts(results[1].reason, "CHANGE_FROM_QUANTITY_STALE: "));
}

static void test_push_refused_row_is_told_from_a_stale_one(void **state)
{
    (void)state;
    push_answered(200, answer_body("push_rows_refused"));
    outcomes(PUSH_REFUSED, PUSH_AGAIN, PUSH_STALE);
    assert_true(slice_starts(results[0].reason, "NON_MUTABLE_INVENTORY_ITEM: "));
}

static void test_push_error_that_names_no_row_concerns_all(void **state)
{
    (void)state;
    push_answered(200, answer_body("push_stale_unnamed"));
    outcomes(PUSH_STALE, PUSH_STALE, PUSH_STALE);
    push_answered(200,
                  SLICE("{\"data\":{\"inventorySetQuantities\":{\"userErrors\":[{\"code\":"
                        "\"INVALID_REASON\",\"field\":[\"input\",\"reason\"],\"message\":\"x\"}]"
                        "}}}"));
    outcomes(PUSH_SPLIT, PUSH_SPLIT, PUSH_SPLIT);
    /* A row that we never sent. */
    push_answered(200,
                  SLICE("{\"data\":{\"inventorySetQuantities\":{\"userErrors\":[{\"code\":"
                        "\"CHANGE_FROM_QUANTITY_STALE\",\"field\":[\"input\",\"quantities\",\"3\"],"
                        "\"message\":\"x\"}]}}}"));
    outcomes(PUSH_STALE, PUSH_STALE, PUSH_STALE);
}

static void test_push_idempotency_codes(void **state)
{
    (void)state;
    push_answered(200, answer_body("push_in_progress"));
    outcomes(PUSH_UNKNOWN, PUSH_UNKNOWN, PUSH_UNKNOWN);
    push_answered(200, answer_body("push_previous_failed"));
    outcomes(PUSH_AGAIN, PUSH_AGAIN, PUSH_AGAIN);
}

static void test_push_throttled_waits_until_the_bucket_holds_its_cost(void **state)
{
    (void)state;
    push_answered(200, answer_body("throttled"));
    outcomes(PUSH_LATER, PUSH_LATER, PUSH_LATER);
    assert_true(push_signal.throttled);
    assert_int_equal(push_signal.retry_after_us, 2500 * US_PER_MS); /* (702 - 452) / 100 s */
    assert_int_equal(push_signal.points_left, 452);
}

static void test_push_refused_by_the_query_itself(void **state)
{
    (void)state;
    push_answered(200, answer_body("query_refused"));
    outcomes(PUSH_SPLIT, PUSH_SPLIT, PUSH_SPLIT);
    push_answered(200,
                  SLICE("{\"errors\":[{\"message\":\"Query cost is 1200\",\"extensions\":{\"code\":"
                        "\"MAX_COST_EXCEEDED\"}}]}"));
    outcomes(PUSH_SPLIT, PUSH_SPLIT, PUSH_SPLIT);
}

static void test_push_without_the_scope_is_kept(void **state)
{
    (void)state;
    push_answered(200, answer_body("access_denied"));
    outcomes(PUSH_LATER, PUSH_LATER, PUSH_LATER);
    assert_true(push_signal.unauthorised);
    assert_true(slice_starts(push_signal.reason, "ACCESS_DENIED: "));
}

static void test_push_that_may_have_landed_is_unknown(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<html>maintenance</html>",
        "",
        "{}",
        "[]",
        "{\"data\":null}",
        "{\"data\":{}}",
        "{\"data\":{\"inventorySetQuantities\":null}}",
        "{\"data\":{\"inventorySetQuantities\":{}}}",
        "{\"data\":{\"inventorySetQuantities\":null},\"errors\":[{\"message\":\"odd\"}]}",
        "{\"errors\":\"something\"}",
        "{\"data\":{\"inventorySetQuantities\":{\"userErrors\":\"none\"}}}",
        "{\"data\":{\"inventorySetQuantities\":{\"userErrors\":[]}}", /* cut off */
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        push_answered(200, slice_of(bodies[i]));
        outcomes(PUSH_UNKNOWN, PUSH_UNKNOWN, PUSH_UNKNOWN);
    }
    push_answered(200, answer_body("internal_error"));
    outcomes(PUSH_UNKNOWN, PUSH_UNKNOWN, PUSH_UNKNOWN);
    assert_true(push_signal.down);
}

static void test_push_status_codes(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum push_outcome outcome;
        bool throttled, unauthorised, down;
    } codes[] = {
        {302, PUSH_LATER, false, false, true},
        {400, PUSH_SPLIT, false, false, false},
        {401, PUSH_LATER, false, true, false},
        {402, PUSH_LATER, false, false, true},
        {403, PUSH_LATER, false, true, false},
        {404, PUSH_LATER, false, false, true},
        {413, PUSH_SPLIT, false, false, false},
        {423, PUSH_LATER, false, false, true},
        {429, PUSH_LATER, true, false, false},
        {500, PUSH_UNKNOWN, false, false, true},
        {502, PUSH_UNKNOWN, false, false, true},
        {503, PUSH_UNKNOWN, false, false, true},
        {504, PUSH_UNKNOWN, false, false, true},
        {0, PUSH_UNKNOWN, false, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        push_answered(codes[i].status, answer_body("unauthorised"));
        outcomes(codes[i].outcome, codes[i].outcome, codes[i].outcome);
        assert_int_equal(push_signal.throttled, codes[i].throttled);
        assert_int_equal(push_signal.unauthorised, codes[i].unauthorised);
        assert_int_equal(push_signal.down, codes[i].down);
        assert_true(results[0].reason.n > 0);
    }
}

/* ---- counts ---- */

static void test_counts_are_read_and_what_has_none_says_why(void **state)
{
    (void)state;
    static const enum read_outcome wanted[] = {
        READ_COUNT, READ_MISSING, READ_UNMANAGED, READ_MISSING, READ_MISSING, READ_COUNT};
    struct push_item items[6];
    struct read_result out[6];
    struct channel_signal signal;
    for (size_t i = 0; i < 6; i++) {
        items[i] = (struct push_item){
            .stock_key = arena_printf(&fixture.arena, "item:%zu", 271878346596884015U + i),
            .location = SLICE("24826418")};
    }
    struct http_response response = fixture_answer(200, answer_body("levels"));
    shopify->read_counts(&account,
                         items,
                         6,
                         &(struct step){0},
                         &response,
                         fixture.doc,
                         &fixture.arena,
                         out,
                         &signal);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(out[i].outcome, wanted[i]);
        assert_true((out[i].outcome == READ_COUNT) == (out[i].reason.n == 0));
    }
    assert_int_equal(out[0].count, 7);
    assert_int_equal(out[5].count, -2);

    /* An answer in another order is read by its ids. */
    struct push_item turned[2] = {items[5], items[0]};
    shopify->read_counts(&account,
                         turned,
                         2,
                         &(struct step){0},
                         &response,
                         fixture.doc,
                         &fixture.arena,
                         out,
                         &signal);
    assert_int_equal(out[0].count, -2);
    assert_int_equal(out[1].count, 7);

    static const char *const failing[] = {"throttled", "internal_error", "push_ok"};
    for (size_t i = 0; i < COUNT_OF(failing); i++) {
        response = fixture_answer(200, answer_body(failing[i]));
        shopify->read_counts(&account,
                             items,
                             6,
                             &(struct step){0},
                             &response,
                             fixture.doc,
                             &fixture.arena,
                             out,
                             &signal);
        assert_int_equal(out[0].outcome, READ_FAILED);
        assert_true(out[0].reason.n > 0);
    }
}

/* ---- orders ---- */

static void same_snapshot(const struct order_snapshot *a, const struct order_snapshot *b)
{
    assert_true(slice_equal(a->id, b->id));
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->version_is_time, b->version_is_time);
    assert_int_equal(a->placed_at_us, b->placed_at_us);
    assert_true(slice_equal(a->country, b->country));
    assert_true(slice_equal(a->region, b->region));
    assert_int_equal(a->is_test, b->is_test);
    assert_int_equal(a->lines_count, b->lines_count);
    for (size_t i = 0; i < a->lines_count; i++) {
        const struct snapshot_line *x = &a->lines[i];
        const struct snapshot_line *y = &b->lines[i];
        assert_true(slice_equal(x->id, y->id));
        assert_true(slice_equal(x->remote, y->remote));
        assert_true(slice_equal(x->location, y->location));
        assert_int_equal(x->ordered, y->ordered);
        assert_int_equal(x->cancelled, y->cancelled);
        assert_int_equal(x->fulfilled, y->fulfilled);
        assert_int_equal(x->returned, y->returned);
        assert_int_equal(x->restocked, y->restocked);
        assert_int_equal(x->no_restock, y->no_restock);
        assert_int_equal(x->taken, y->taken);
    }
}

static void test_order_read_equals_the_order_delivered(void **state)
{
    (void)state;
    static const char *const names[] = {"create",
                                        "edit",
                                        "partial_cancel",
                                        "partial_fulfillment",
                                        "split_fulfillment",
                                        "refund_restock",
                                        "refund_no_restock",
                                        "cancel",
                                        "cancel_no_restock",
                                        "cancel_unsaid",
                                        "variant_gone",
                                        "test"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[128];
        struct facts delivered;
        struct facts read;
        struct channel_signal signal;
        struct err_note note;
        (void)snprintf(path, sizeof(path), "shopify/hooks/order_%s.json", names[i]);
        struct hook hook = {.topic = SLICE("orders/updated"), .body = fixture_file(path)};
        shopify->decode(&account, &hook, fixture.doc, &fixture.arena, &delivered);
        assert_int_equal(delivered.orders_count, 1);

        (void)snprintf(path, sizeof(path), "order_%s", names[i]);
        struct http_response response = fixture_answer(200, answer_body(path));
        assert_int_equal(shopify->read_order(&account,
                                             &(struct step){.now_us = 77},
                                             &response,
                                             fixture.doc,
                                             &fixture.arena,
                                             &read,
                                             &signal,
                                             &note),
                         ERR_OK);
        assert_int_equal(read.orders_count, 1);
        assert_int_equal(read.orders->fetched_at_us, 77);
        assert_true(delivered.orders->lines_count > 0);
        same_snapshot(delivered.orders, read.orders);
    }
}

static enum err order_answered(int status, struct slice body, struct facts *out)
{
    struct channel_signal signal;
    struct err_note note;
    struct http_response response = fixture_answer(status, body);
    return shopify->read_order(&account,
                               &(struct step){.now_us = 77},
                               &response,
                               fixture.doc,
                               &fixture.arena,
                               out,
                               &signal,
                               &note);
}

static void test_order_that_is_gone_is_not_found(void **state)
{
    (void)state;
    struct facts facts;
    assert_int_equal(order_answered(200, answer_body("order_missing"), &facts), ERR_NOT_FOUND);
    assert_int_equal(order_answered(200, SLICE("{\"data\":{}}"), &facts), ERR_UNKNOWN);
    assert_int_equal(order_answered(200, answer_body("throttled"), &facts), ERR_THROTTLED);
    assert_int_equal(order_answered(200, answer_body("query_refused"), &facts), ERR_USAGE);
    assert_int_equal(order_answered(401, answer_body("unauthorised"), &facts), ERR_AUTH);
    assert_int_equal(order_answered(503, SLICE(""), &facts), ERR_UNKNOWN);
}

#define ORDER_BEGIN                                                                                \
    "{\"data\":{\"order\":{\"id\":\"gid://shopify/Order/"                                          \
    "5\",\"updatedAt\":\"2026-11-23T05:45:31Z\","

static void test_order_that_one_answer_cannot_hold_is_parked_not_cut(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        /* more lines; six refunds, which is all that was asked for; more rows of a fulfilment */
        ORDER_BEGIN "\"lineItems\":{\"nodes\":[],\"pageInfo\":{\"hasNextPage\":true}},"
                    "\"fulfillments\":[],\"refunds\":[]}}}",
        ORDER_BEGIN "\"lineItems\":{\"nodes\":[]},\"fulfillments\":[],\"refunds\":"
                    "[{\"refundLineItems\":{\"nodes\":[]}},{\"refundLineItems\":{\"nodes\":[]}},"
                    "{\"refundLineItems\":{\"nodes\":[]}},{\"refundLineItems\":{\"nodes\":[]}},"
                    "{\"refundLineItems\":{\"nodes\":[]}},{\"refundLineItems\":{\"nodes\":[]}}]}}}",
        ORDER_BEGIN "\"lineItems\":{\"nodes\":[]},\"refunds\":[],\"fulfillments\":"
                    "[{\"status\":\"SUCCESS\",\"fulfillmentLineItems\":{\"nodes\":[],"
                    "\"pageInfo\":{\"hasNextPage\":true}}}]}}}",
        ORDER_BEGIN "\"lineItems\":{\"nodes\":[]},\"refunds\":[]}}}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts;
        assert_int_equal(order_answered(200, slice_of(bodies[i]), &facts), ERR_OK);
        assert_int_equal(facts.orders_count, 0);
        assert_non_null(facts.unreadable);
    }
}

static void test_orders_page_reads_whole_ones_and_fetches_the_rest(void **state)
{
    (void)state;
    struct orders_page page;
    struct channel_signal signal;
    struct err_note note;
    struct http_response response = fixture_answer(200, answer_body("orders_page"));
    assert_int_equal(shopify->read_orders(&account,
                                          &(struct step){.now_us = 77},
                                          &response,
                                          fixture.doc,
                                          &fixture.arena,
                                          &page,
                                          &signal,
                                          &note),
                     ERR_OK);
    assert_slice(page.next, "eyJsYXN0X2lkIjo0fQ==");
    assert_int_equal(page.facts.orders_count, 2);
    assert_slice(page.facts.orders[0].id, "820982911946154508");
    assert_slice(page.facts.orders[1].id, "820982911946154509");
    assert_int_equal(page.facts.orders[1].lines[0].fulfilled, 2);
    assert_int_equal(page.facts.orders[1].fetched_at_us, 77);
    assert_int_equal(page.facts.fetches_count, 2);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "820982911946154510");
    assert_slice(page.facts.fetches[1].id, "820982911946154511");
    assert_int_equal(signal.points_cost, 31);
}

static void test_orders_page_never_ends_early(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"data\":{\"orders\":{\"nodes\":[],\"pageInfo\":{\"hasNextPage\":true}}}}",
        "{\"data\":{\"orders\":{}}}",
        "{\"data\":{}}",
        "{}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct orders_page page;
        struct channel_signal signal;
        struct err_note note;
        struct http_response response = fixture_answer(200, slice_of(bodies[i]));
        assert_int_not_equal(shopify->read_orders(&account,
                                                  &(struct step){.now_us = 77},
                                                  &response,
                                                  fixture.doc,
                                                  &fixture.arena,
                                                  &page,
                                                  &signal,
                                                  &note),
                             ERR_OK);
    }
}

/* ---- catalogue ---- */

static void test_catalogue_page_has_a_listing_for_each_variant(void **state)
{
    (void)state;
    struct catalogue_page page;
    struct channel_signal signal;
    struct err_note note;
    struct http_response response = fixture_answer(200, answer_body("catalogue_page"));
    assert_int_equal(shopify->read_catalogue(&account,
                                             &(struct step){.cursor = (struct slice){0}},
                                             &response,
                                             fixture.doc,
                                             &fixture.arena,
                                             &page,
                                             &signal,
                                             &note),
                     ERR_OK);
    assert_int_equal(page.items_count, 4);
    assert_int_equal(page.total, 4711);
    assert_slice(page.next, "eyJsYXN0X2lkIjozfQ==");
    const struct catalogue_item *item = &page.items[0];
    assert_slice(item->remote,
                 "{\"product_id\":\"788032119674292922\",\"variant_id\":\"642667041472713922\","
                 "\"inventory_item_id\":\"271878346596884015\"}");
    assert_slice(item->key, "variant:642667041472713922");
    assert_slice(item->stock_key, "item:271878346596884015");
    assert_slice(item->sku, "TEE-M-BLUE");
    assert_slice(item->title, "M / Blue");
    assert_slice(item->product, "Tee");
    assert_slice(item->options, "{\"Size\":\"M\",\"Color\":\"Blue\"}");
    assert_slice(item->barcode, "4006381333931");
    assert_true(item->count_known && item->is_managed);
    assert_int_equal(item->count, 5);
    /* A product without options has one variant that says nothing of itself. */
    assert_slice(page.items[1].title, "");
    assert_slice(page.items[1].options, "{}");
    assert_slice(page.items[1].sku, "");
    assert_false(page.items[2].is_managed); /* a bundle's parent takes no writes */
    assert_false(page.items[3].is_managed); /* untracked */
    assert_false(page.items[3].count_known);

    response = fixture_answer(200, answer_body("catalogue_end"));
    assert_int_equal(shopify->read_catalogue(&account,
                                             &(struct step){.cursor = page.next},
                                             &response,
                                             fixture.doc,
                                             &fixture.arena,
                                             &page,
                                             &signal,
                                             &note),
                     ERR_OK);
    assert_slice(page.next, "");
}

static void test_catalogue_keys_are_those_of_the_listing(void **state)
{
    (void)state;
    struct slice remote;
    struct slice key;
    struct slice stock_key;
    struct err_note note;
    struct json given = fixture_json(
        SLICE("{\"product_id\":\"gid://shopify/Product/788032119674292922\","
              "\"variant_id\":642667041472713922,\"inventory_item_id\":\"271878346596884015\"}"));
    assert_int_equal(
        shopify->listing_keys(&account, given, &fixture.arena, &remote, &key, &stock_key, &note),
        ERR_OK);
    assert_slice(remote,
                 "{\"product_id\":\"788032119674292922\",\"variant_id\":\"642667041472713922\","
                 "\"inventory_item_id\":\"271878346596884015\"}");
    assert_slice(key, "variant:642667041472713922");
    assert_slice(stock_key, "item:271878346596884015");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push_confirmed_teaches_cost_and_time),
        cmocka_unit_test(test_push_of_an_unchanged_count_is_confirmed_without_a_group),
        cmocka_unit_test(test_push_stale_row_sends_the_others_again),
        cmocka_unit_test(test_push_refused_row_is_told_from_a_stale_one),
        cmocka_unit_test(test_push_error_that_names_no_row_concerns_all),
        cmocka_unit_test(test_push_idempotency_codes),
        cmocka_unit_test(test_push_throttled_waits_until_the_bucket_holds_its_cost),
        cmocka_unit_test(test_push_refused_by_the_query_itself),
        cmocka_unit_test(test_push_without_the_scope_is_kept),
        cmocka_unit_test(test_push_that_may_have_landed_is_unknown),
        cmocka_unit_test(test_push_status_codes),
        cmocka_unit_test(test_counts_are_read_and_what_has_none_says_why),
        cmocka_unit_test(test_order_read_equals_the_order_delivered),
        cmocka_unit_test(test_order_that_is_gone_is_not_found),
        cmocka_unit_test(test_order_that_one_answer_cannot_hold_is_parked_not_cut),
        cmocka_unit_test(test_orders_page_reads_whole_ones_and_fetches_the_rest),
        cmocka_unit_test(test_orders_page_never_ends_early),
        cmocka_unit_test(test_catalogue_page_has_a_listing_for_each_variant),
        cmocka_unit_test(test_catalogue_keys_are_those_of_the_listing),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
