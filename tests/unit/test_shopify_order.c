/* SPDX-License-Identifier: Apache-2.0 */
/* How Shopify's own numbers of one order line become a line of a snapshot. */
#include "support/channel_fixture.h"

#include "channels/shopify/order.h"

#define NONE SHOPIFY_UNSAID

struct expected {
    int64_t cancelled, fulfilled, returned, no_restock, taken;
};

static void settles(struct shopify_line line, bool is_cancelled, struct expected e)
{
    struct snapshot_line out = {0};
    shopify_line_settle(&line, is_cancelled, &out);
    assert_int_equal(out.ordered, line.quantity);
    assert_int_equal(out.cancelled, e.cancelled);
    assert_int_equal(out.fulfilled, e.fulfilled);
    assert_int_equal(out.returned, e.returned);
    assert_int_equal(out.restocked, e.returned);
    assert_int_equal(out.no_restock, e.no_restock);
    assert_int_equal(out.taken, e.taken);
}

static void test_line_just_sold_is_all_taken_and_open(void **state)
{
    (void)state;
    settles((struct shopify_line){.quantity = 3, .current = 3, .open = 3},
            false,
            (struct expected){.taken = 3});
    settles((struct shopify_line){.quantity = 3, .current = NONE, .open = NONE},
            false,
            (struct expected){.taken = 3});
}

static void test_line_refund_of_type_cancel_is_put_back(void **state)
{
    (void)state;
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 2, .open = 2, .refunded = {[SHOPIFY_CANCEL] = 1}},
        false,
        (struct expected){.cancelled = 1, .taken = 2});
}

static void test_line_unit_removed_by_an_edit_is_put_back_once(void **state)
{
    (void)state;
    /* Told by current_quantity alone, or by a refund row as well: the same unit. */
    settles((struct shopify_line){.quantity = 3, .current = 2, .open = 2},
            false,
            (struct expected){.cancelled = 1, .taken = 2});
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 1, .open = 1, .refunded = {[SHOPIFY_CANCEL] = 1}},
        false,
        (struct expected){.cancelled = 2, .taken = 1});
}

static void test_line_refund_without_restock_before_shipping_stays_taken(void **state)
{
    (void)state;
    /* Whether or not Shopify goes on counting the unit as one to ship. */
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 2, .open = 2, .refunded = {[SHOPIFY_NO_RESTOCK] = 1}},
        false,
        (struct expected){.cancelled = 1, .no_restock = 1, .taken = 3});
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 2, .open = 3, .refunded = {[SHOPIFY_NO_RESTOCK] = 1}},
        false,
        (struct expected){.cancelled = 1, .no_restock = 1, .taken = 3});
}

static void test_line_refund_without_restock_after_shipping_moves_nothing(void **state)
{
    (void)state;
    settles((struct shopify_line){.quantity = 2,
                                  .current = 1,
                                  .open = 0,
                                  .shipped = 2,
                                  .refunded = {[SHOPIFY_NO_RESTOCK] = 1}},
            false,
            (struct expected){.fulfilled = 2, .taken = 2});
}

static void test_line_refund_without_restock_is_told_apart_by_what_is_still_to_ship(void **state)
{
    (void)state;
    /* One of two is shipped, one refunded: the shipped one, if the other still is to be shipped. */
    struct shopify_line line = {.quantity = 2,
                                .current = 1,
                                .open = 1,
                                .shipped = 1,
                                .refunded = {[SHOPIFY_NO_RESTOCK] = 1}};
    settles(line, false, (struct expected){.fulfilled = 1, .taken = 2});
    line.open = NONE;
    settles(line, false, (struct expected){.fulfilled = 1, .taken = 2});
    line.open = 0;
    settles(line,
            false,
            (struct expected){.cancelled = 1, .fulfilled = 1, .no_restock = 1, .taken = 2});
}

static void test_line_units_pending_with_a_service_stay_reserved(void **state)
{
    (void)state;
    /* A pending fulfilment lowers fulfillable_quantity without having shipped anything. */
    settles((struct shopify_line){.quantity = 3, .current = 3, .open = 1, .shipped = 1},
            false,
            (struct expected){.fulfilled = 1, .taken = 3});
}

static void test_line_return_comes_back_and_is_restocked(void **state)
{
    (void)state;
    settles((struct shopify_line){.quantity = 3,
                                  .current = 2,
                                  .open = 0,
                                  .shipped = 3,
                                  .refunded = {[SHOPIFY_RETURN] = 1}},
            false,
            (struct expected){.fulfilled = 3, .returned = 1, .taken = 2});
}

static void test_line_return_of_units_never_shipped_is_a_cancel(void **state)
{
    (void)state;
    settles((struct shopify_line){.quantity = 3,
                                  .current = 1,
                                  .open = 1,
                                  .shipped = 1,
                                  .refunded = {[SHOPIFY_RETURN] = 2}},
            false,
            (struct expected){.cancelled = 1, .fulfilled = 1, .returned = 1, .taken = 1});
}

static void test_line_legacy_restock_follows_what_is_still_to_ship(void **state)
{
    (void)state;
    struct shopify_line line = {.quantity = 2,
                                .current = 1,
                                .open = 1,
                                .shipped = 1,
                                .refunded = {[SHOPIFY_LEGACY_RESTOCK] = 1}};
    settles(line, false, (struct expected){.fulfilled = 1, .returned = 1, .taken = 1});
    line.open = 0;
    settles(line, false, (struct expected){.cancelled = 1, .fulfilled = 1, .taken = 1});
}

static void test_line_unit_no_longer_to_ship_explains_one_refund_only(void **state)
{
    (void)state;
    /* Two wait, one of them is not to be shipped any more: the restock explains it, so that the
     * refund without restock meant a shipped unit. */
    settles(
        (struct shopify_line){.quantity = 4,
                              .current = 2,
                              .open = 1,
                              .shipped = 2,
                              .refunded = {[SHOPIFY_LEGACY_RESTOCK] = 1, [SHOPIFY_NO_RESTOCK] = 1}},
        false,
        (struct expected){.cancelled = 1, .fulfilled = 2, .taken = 3});
}

static void test_cancelled_order_frees_all_that_is_open(void **state)
{
    (void)state;
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 0, .open = 0, .refunded = {[SHOPIFY_CANCEL] = 3}},
        true,
        (struct expected){.cancelled = 3, .taken = 0});
    /* No refund rows at all: put back. */
    settles((struct shopify_line){.quantity = 3, .current = 3, .open = 0},
            true,
            (struct expected){.cancelled = 3, .taken = 0});
    /* Rows that say no restock: kept off sale, as far as they go. */
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 0, .open = 0, .refunded = {[SHOPIFY_NO_RESTOCK] = 2}},
        true,
        (struct expected){.cancelled = 3, .no_restock = 2, .taken = 2});
    settles(
        (struct shopify_line){
            .quantity = 3, .current = 1, .open = 0, .shipped = 1, .refunded = {2, 0, 0, 0}},
        true,
        (struct expected){.cancelled = 2, .fulfilled = 1, .taken = 1});
}

/* All small lines: whatever numbers arrive, the counts owe each other what the header promises. */
static void test_line_keeps_its_invariants_for_all_small_numbers(void **state)
{
    (void)state;
    size_t tried = 0;
    for (int64_t q = 0; q <= 3; q++) {
        for (int64_t bits = 0; bits < 6 * 6 * 5 * 4 * 4 * 4 * 4 * 2; bits++) {
            int64_t n = bits;
            struct shopify_line line = {.quantity = q};
            line.current = n % 6 - 1, n /= 6;
            line.open = n % 6 - 1, n /= 6;
            line.shipped = n % 5, n /= 5;
            for (size_t i = 0; i < SHOPIFY_REFUNDS; i++) {
                line.refunded[i] = n % 4, n /= 4;
            }
            struct snapshot_line s = {0};
            shopify_line_settle(&line, n > 0, &s);
            assert_int_equal(s.ordered, q);
            assert_true(s.fulfilled == (line.shipped < q ? line.shipped : q));
            assert_true(s.cancelled >= 0 && s.no_restock >= 0 && s.restocked >= 0);
            assert_true(s.cancelled + s.fulfilled <= s.ordered);
            assert_true(s.restocked == s.returned && s.returned <= s.fulfilled);
            assert_true(s.no_restock <= s.cancelled);
            assert_int_equal(s.taken, s.ordered - s.cancelled - s.restocked + s.no_restock);
            assert_true(s.taken >= 0);
            if (n > 0) {
                assert_int_equal(s.cancelled + s.fulfilled, s.ordered);
            }
            tried++;
        }
    }
    assert_int_equal(tried, 4 * 6 * 6 * 5 * 256 * 2);
}

static void test_order_rows_of_other_lines_are_left_out(void **state)
{
    (void)state;
    struct shopify_line lines[2] = {{.id = 9, .quantity = 1}, {.id = 4, .quantity = 2}};
    struct shopify_order order = {.lines = lines, .lines_count = 2};
    assert_true(shopify_order_sort(&order));
    assert_int_equal(order.lines[0].id, 4);
    assert_true(shopify_order_ship(&order, 5, 1, SLICE("1")));
    assert_true(shopify_order_refund(&order, 5, 1, SHOPIFY_CANCEL));
    assert_int_equal(order.lines[0].shipped + order.lines[1].shipped, 0);
    assert_true(shopify_order_ship(&order, 4, 2, SLICE("1")));
    assert_int_equal(order.lines[0].shipped, 2);
    assert_false(shopify_order_ship(&order, 4, QTY_MAX, SLICE("1")));
    assert_false(shopify_order_refund(&order, 9, -1, SHOPIFY_CANCEL));
    lines[1].id = 4;
    assert_false(shopify_order_sort(&order));
}

static void test_order_without_lines_is_an_empty_snapshot(void **state)
{
    (void)state;
    struct shopify_order order = {0};
    struct order_snapshot snapshot;
    assert_true(shopify_order_sort(&order));
    assert_true(shopify_order_ship(&order, 1, 1, SLICE("1")));
    assert_true(shopify_order_snapshot(&order, &fixture.arena, &snapshot));
    assert_int_equal(snapshot.lines_count, 0);
}

static void test_order_was_placed_when_the_earlier_stamp_says(void **state)
{
    (void)state;
    struct shopify_order order = {0};
    assert_true(shopify_order_stamps(&order,
                                     SLICE("1970-01-01T00:01:00Z"),
                                     SLICE("1970-01-01T00:00:30Z"),
                                     SLICE("1970-01-01T00:00:10Z")));
    assert_int_equal(order.head.version, 60 * US_PER_S);
    assert_int_equal(order.head.placed_at_us, 10 * US_PER_S);
    assert_true(shopify_order_stamps(&order,
                                     SLICE("1970-01-01T02:01:00+02:00"),
                                     SLICE("1970-01-01T00:00:30Z"),
                                     SLICE("1970-01-01T00:00:40Z")));
    assert_int_equal(order.head.version, 60 * US_PER_S);
    assert_int_equal(order.head.placed_at_us, 30 * US_PER_S);
    assert_false(shopify_order_stamps(
        &order, SLICE("yesterday"), SLICE("1970-01-01T00:00:30Z"), (struct slice){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_just_sold_is_all_taken_and_open),
        cmocka_unit_test(test_line_refund_of_type_cancel_is_put_back),
        cmocka_unit_test(test_line_unit_removed_by_an_edit_is_put_back_once),
        cmocka_unit_test(test_line_refund_without_restock_before_shipping_stays_taken),
        cmocka_unit_test(test_line_refund_without_restock_after_shipping_moves_nothing),
        cmocka_unit_test(test_line_refund_without_restock_is_told_apart_by_what_is_still_to_ship),
        cmocka_unit_test(test_line_units_pending_with_a_service_stay_reserved),
        cmocka_unit_test(test_line_return_comes_back_and_is_restocked),
        cmocka_unit_test(test_line_return_of_units_never_shipped_is_a_cancel),
        cmocka_unit_test(test_line_legacy_restock_follows_what_is_still_to_ship),
        cmocka_unit_test(test_line_unit_no_longer_to_ship_explains_one_refund_only),
        cmocka_unit_test(test_cancelled_order_frees_all_that_is_open),
        cmocka_unit_test(test_line_keeps_its_invariants_for_all_small_numbers),
        cmocka_unit_test(test_order_rows_of_other_lines_are_left_out),
        cmocka_unit_test(test_order_without_lines_is_an_empty_snapshot),
        cmocka_unit_test(test_order_was_placed_when_the_earlier_stamp_says),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
