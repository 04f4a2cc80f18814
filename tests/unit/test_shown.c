/* SPDX-License-Identifier: Apache-2.0 */
/* What channels show against what can be sold, by hand; and that a demand is the same for a seed. */
#include "testing.h"

#include <stdlib.h>

#include "drill/demand.h"
#include "drill/shown.h"

static struct shown *two_channels(int64_t stock)
{
    struct shown *s;
    assert_int_equal(shown_new(2, 3, 1000, &s), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        shown_stock(s, i, stock);
    }
    return s;
}

static void test_a_channel_is_above_from_a_sale_elsewhere_to_its_next_count(void **state)
{
    (void)state;
    struct shown *s = two_channels(10);
    shown_sold(s, 2000, 0, 1, 3, 7);
    assert_int_equal(shown_result(s, 2000).above_now, 3);
    shown_written(s, 2500, 1, 1, 7);
    struct shown_result r = shown_result(s, 9000);
    assert_int_equal(r.above_now, 0);
    assert_int_equal(r.above_unit_us, 3 * 500);
    assert_int_equal(r.above_us_max, 500);
    assert_int_equal(r.above_channel, 1);
    assert_int_equal(r.above_item, 1);
    assert_int_equal(r.last_sale_us, 2000);
    assert_int_equal(r.last_change_us, 2500);
    assert_int_equal(shown_heard(s, 1)->max_us, 500);
    assert_int_equal(shown_heard(s, 0)->latency.total, 0);
    shown_free(s);
}

static void test_a_write_that_changes_nothing_converges_nothing(void **state)
{
    (void)state;
    struct shown *s = two_channels(10);
    shown_sold(s, 2000, 0, 1, 1, 9);
    shown_written(s, 2500, 1, 1, 9);
    shown_written(s, 7000, 1, 1, 9);
    assert_int_equal(shown_result(s, 9000).last_change_us, 2500);
    shown_free(s);
}

static void test_what_is_oversold_counts_as_nothing_left(void **state)
{
    (void)state;
    struct shown *s = two_channels(1);
    shown_sold(s, 2000, 0, 0, 1, 0);
    shown_sold(s, 2100, 1, 0, 1, 0);
    struct shown_result r = shown_result(s, 5000);
    assert_int_equal(r.above_now, 0);
    assert_int_equal(r.above_unit_us, 100);
    shown_free(s);
}

static void test_units_that_come_back_can_be_sold_again(void **state)
{
    (void)state;
    struct shown *s = two_channels(5);
    shown_sold(s, 2000, 0, 2, 2, 3);
    shown_sold(s, 2300, 0, 2, -2, 5); /* the other still shows 5, and rightly so now */
    struct shown_result r = shown_result(s, 5000);
    assert_int_equal(r.above_now, 0);
    assert_int_equal(r.above_unit_us, 2 * 300);
    shown_free(s);
}

static void test_an_open_excess_is_measured_too(void **state)
{
    (void)state;
    struct shown *s = two_channels(5);
    shown_sold(s, 2000, 0, 2, 1, 4);
    assert_int_equal(shown_result(s, 6000).above_us_max, 4000);
    shown_free(s);
}

static void test_every_unit_has_its_own_time_until_the_others_are_told(void **state)
{
    (void)state;
    struct shown *s = two_channels(10);
    shown_sold(s, 2000, 0, 1, 1, 9);
    shown_sold(s, 2400, 0, 1, 2, 7);
    shown_written(s, 2500, 1, 1, 7);
    struct shown_told told = shown_told(s, 1);
    assert_int_equal(told.units, 3);
    assert_int_equal(told.unit_us, 500 + 2 * 100);
    assert_int_equal(shown_heard(s, 1)->latency.total, 1);
    assert_int_equal(shown_heard(s, 1)->max_us, 500);
    shown_free(s);
}

static void test_a_sold_out_listing_waits_for_no_news(void **state)
{
    (void)state;
    struct shown *s = two_channels(1);
    shown_sold(s, 2000, 0, 0, 1, 0);
    shown_written(s, 2100, 1, 0, 0);
    shown_sold(s, 3000, 0, 0, 1, 0); /* however it came about: the other shows 0 already */
    shown_written(s, 9000, 1, 0, 0);
    assert_int_equal(shown_heard(s, 1)->latency.total, 1);
    shown_free(s);
}

/* ---- demand ---- */

static struct demand made(const struct demand_plan *plan)
{
    struct demand d;
    struct err_note note;
    assert_int_equal(demand_make(plan, &d, &note), ERR_OK);
    return d;
}

static const struct demand_plan busy = {.seed = 5,
                                        .channels = 5,
                                        .items = 40,
                                        .phases = {{1, 2 * US_PER_S}, {300, 4 * US_PER_S}},
                                        .phases_count = 2,
                                        .popular = 500,
                                        .cancel = 100,
                                        .edit = 100,
                                        .ship = 100,
                                        .jump = 100};

static void test_the_same_seed_brings_the_same_buyers(void **state)
{
    (void)state;
    struct demand_plan other = busy;
    other.seed++;
    struct demand a = made(&busy), b = made(&busy), c = made(&other);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_int_equal(a.rows[i].at_us, b.rows[i].at_us);
        assert_int_equal(a.rows[i].item, b.rows[i].item);
        assert_int_equal(a.rows[i].channel, b.rows[i].channel);
    }
    assert_true(a.count != c.count || a.rows[0].at_us != c.rows[0].at_us);
    demand_free(&a);
    demand_free(&b);
    demand_free(&c);
}

static void test_phases_come_one_after_the_other_at_their_rates(void **state)
{
    (void)state;
    struct demand d = made(&busy);
    size_t slow = 0, bought = 0;
    for (size_t i = 0; i < d.count; i++) {
        assert_true(i == 0 || d.rows[i].at_us >= d.rows[i - 1].at_us);
        assert_true(d.rows[i].at_us <= d.us);
        bought += d.rows[i].deed == DEMAND_BUY;
        slow += d.rows[i].deed == DEMAND_BUY && d.rows[i].at_us < 2 * US_PER_S;
    }
    assert_in_range(slow, 0, 10);
    assert_in_range(bought, 1202 * 9 / 10, 1202 * 13 / 10); /* those who jump buy twice */
    assert_int_equal(bought, d.purchases);
    demand_free(&d);
}

static void test_nothing_happens_to_an_order_before_it_is_placed(void **state)
{
    (void)state;
    struct demand d = made(&busy);
    bool *placed = calloc(d.purchases, sizeof(*placed));
    must(placed);
    size_t changes = 0;
    for (size_t i = 0; i < d.count; i++) {
        const struct demand_row *row = &d.rows[i];
        assert_int_equal(placed[row->purchase], row->deed != DEMAND_BUY);
        placed[row->purchase] = true;
        changes += row->deed != DEMAND_BUY;
    }
    assert_true(changes > 100);
    free(placed);
    demand_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_channel_is_above_from_a_sale_elsewhere_to_its_next_count),
        cmocka_unit_test(test_a_write_that_changes_nothing_converges_nothing),
        cmocka_unit_test(test_what_is_oversold_counts_as_nothing_left),
        cmocka_unit_test(test_units_that_come_back_can_be_sold_again),
        cmocka_unit_test(test_an_open_excess_is_measured_too),
        cmocka_unit_test(test_every_unit_has_its_own_time_until_the_others_are_told),
        cmocka_unit_test(test_a_sold_out_listing_waits_for_no_news),
        cmocka_unit_test(test_the_same_seed_brings_the_same_buyers),
        cmocka_unit_test(test_phases_come_one_after_the_other_at_their_rates),
        cmocka_unit_test(test_nothing_happens_to_an_order_before_it_is_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
