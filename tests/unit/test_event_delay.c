/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "engine/event_delay.h"

static const struct channel_id shop = {1}, other = {2};

static void seen(struct event_delays *d, int times, int64_t delay_us)
{
    for (int i = 0; i < times; i++) {
        event_delay_seen(d, shop, 1000 * US_PER_S, 1000 * US_PER_S + delay_us);
    }
}

static void test_a_channel_is_as_slow_as_its_connector_guesses_until_enough_is_seen(void **state)
{
    (void)state;
    ON_EXIT(event_delays_free) struct event_delays d;
    event_delays_init(&d);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), 20 * US_PER_S);
    seen(&d, 99, US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), 20 * US_PER_S);
    seen(&d, 1, US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), EVENT_DELAY_MIN_US);
    assert_int_equal(event_delay_us(&d, other, 20 * US_PER_S), 20 * US_PER_S);
}

static void test_one_slow_order_among_few_is_believed_at_once(void **state)
{
    (void)state;
    ON_EXIT(event_delays_free) struct event_delays d;
    event_delays_init(&d);
    seen(&d, 1, 45 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), 45 * US_PER_S);
    seen(&d, 1, 3600 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), EVENT_DELAY_MAX_US);
}

static void test_of_256_orders_the_two_slowest_do_not_count(void **state)
{
    (void)state;
    ON_EXIT(event_delays_free) struct event_delays d;
    event_delays_init(&d);
    seen(&d, 256, 12 * US_PER_S);
    seen(&d, 2, 90 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), 12 * US_PER_S);
    seen(&d, 1, 70 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), 70 * US_PER_S);
}

static void test_an_outage_is_forgotten_after_256_orders(void **state)
{
    (void)state;
    ON_EXIT(event_delays_free) struct event_delays d;
    event_delays_init(&d);
    seen(&d, 256, 600 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 10 * US_PER_S), EVENT_DELAY_MAX_US);
    seen(&d, 256, 15 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 10 * US_PER_S), 15 * US_PER_S);
}

static void test_a_guess_below_ten_seconds_is_the_least_and_a_clock_ahead_is_no_delay(void **state)
{
    (void)state;
    ON_EXIT(event_delays_free) struct event_delays d;
    event_delays_init(&d);
    assert_int_equal(event_delay_us(&d, shop, 2 * US_PER_S), 2 * US_PER_S);
    seen(&d, 200, -5 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 2 * US_PER_S), 2 * US_PER_S);
    assert_int_equal(event_delay_us(&d, shop, 20 * US_PER_S), EVENT_DELAY_MIN_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_channel_is_as_slow_as_its_connector_guesses_until_enough_is_seen),
        cmocka_unit_test(test_one_slow_order_among_few_is_believed_at_once),
        cmocka_unit_test(test_of_256_orders_the_two_slowest_do_not_count),
        cmocka_unit_test(test_an_outage_is_forgotten_after_256_orders),
        cmocka_unit_test(test_a_guess_below_ten_seconds_is_the_least_and_a_clock_ahead_is_no_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
