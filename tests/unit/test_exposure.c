/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <math.h>

#include "core/exposure.h"

#define HOUR_US (3600 * US_PER_S)

/* The reference: P(N > units) by logarithms and doubles. */
static double above(double mean, int64_t units)
{
    double sum = 0;
    for (int64_t k = units + 1; k < units + 20000; k++) {
        double term = exp((double)k * log(mean) - mean - lgamma((double)k + 1));
        sum += term;
        if ((double)k > mean && term < 1e-18) {
            break;
        }
    }
    return sum;
}

static const double means[] = {0.000001,
                               0.00035,
                               0.01,
                               0.0101,
                               0.1,
                               0.42,
                               0.999999,
                               1,
                               1.5,
                               2,
                               5.25,
                               17,
                               63.5,
                               400,
                               1234.5678,
                               25000};

static void test_the_chance_agrees_with_a_table_of_doubles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(means); i++) {
        int64_t mean = llround(means[i] * 1e6);
        int64_t around = (int64_t)means[i];
        for (int64_t k = around > 60 ? around - 60 : 0; k < around + 80; k += 1 + around / 50) {
            double wanted = above((double)mean / 1e6, k), got = (double)poisson_above(mean, k);
            if (fabs(got - wanted * 1e6) > 1.01) {
                fail_msg("mean %f, above %d: %f, wanted %f", means[i], (int)k, got, wanted * 1e6);
            }
        }
    }
}

static void test_the_suggested_buffer_is_the_smallest_that_keeps_the_chance(void **state)
{
    (void)state;
    static const int64_t chances[] = {100, 10000, 50000, 200000};
    size_t compared = 0;
    for (int64_t mean = 1; mean < 3000 * EXPOSURE_ONE; mean += 1 + mean / 7) {
        for (size_t i = 0; i < COUNT_OF(chances); i++) {
            int64_t bound = poisson_bound(mean, chances[i]);
            double here = above((double)mean / 1e6, bound) * 1e6;
            double before = bound ? above((double)mean / 1e6, bound - 1) * 1e6 : 1e6;
            assert_true(here <= (double)chances[i] * 1.000001);
            assert_true(before > (double)chances[i] * 0.999999);
            compared++;
        }
    }
    assert_true(compared > 500);
}

static void test_nothing_sold_elsewhere_exposes_nothing(void **state)
{
    (void)state;
    const struct exposure e = exposure_of(&(struct exposure_given){
        .sold = 0, .window_us = 24 * HOUR_US, .propagation_us = 5 * US_PER_S, .buffer = 0});
    assert_int_equal(e.demand, 0);
    assert_int_equal(e.at_risk, 0);
    assert_int_equal(e.chance, 0);
    assert_int_equal(e.suggested_buffer, 0);
}

static void test_exposure_is_rate_times_propagation_less_the_buffer(void **state)
{
    (void)state;
    /* 3,600 an hour is one a second: 2.5 in two and a half seconds. */
    struct exposure_given given = {
        .sold = 3600, .window_us = HOUR_US, .propagation_us = 2500 * US_PER_MS, .buffer = 0};
    struct exposure e = exposure_of(&given);
    assert_int_equal(e.demand, 2500000);
    assert_int_equal(e.at_risk, 2500000);
    assert_int_equal(e.suggested_buffer, 7); /* P(N > 6) = 1.42 %, P(N > 7) = 0.42 % */
    given.buffer = 2;
    e = exposure_of(&given);
    assert_int_equal(e.demand, 2500000);
    assert_int_equal(e.at_risk, 500000);
    assert_in_range(e.chance, 456186, 456188); /* 1 - e^-2.5 (1 + 2.5 + 3.125) = 0.456187 */
    given.buffer = 3;
    assert_int_equal(exposure_of(&given).at_risk, 0);
}

static void test_a_greater_buffer_never_raises_the_chance(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(means); i++) {
        int64_t mean = llround(means[i] * 1e6), last = EXPOSURE_ONE;
        for (int64_t k = 0; k < 300; k++) {
            int64_t chance = poisson_above(mean, k);
            assert_true(chance >= 0 && chance <= last);
            last = chance;
        }
    }
}

static void test_absurd_figures_are_bounded_not_wrong(void **state)
{
    (void)state;
    const struct exposure e = exposure_of(&(struct exposure_given){.sold = INT64_C(1000000000000),
                                                                   .window_us = 1,
                                                                   .propagation_us = 90 * HOUR_US,
                                                                   .buffer = 0});
    assert_int_equal(e.demand, EXPOSURE_UNITS_MAX * EXPOSURE_ONE);
    assert_int_equal(e.chance, EXPOSURE_ONE);
    assert_in_range(e.suggested_buffer, 1002300, 1002400); /* mean + 2.33 standard deviations */
    const struct exposure covered = exposure_of(&(struct exposure_given){
        .sold = 1, .window_us = 1, .propagation_us = HOUR_US, .buffer = QTY_MAX});
    assert_int_equal(covered.at_risk, 0);
    assert_int_equal(covered.chance, 0);
}

static void above_of_a_negative_mean(void)
{
    (void)poisson_above(-1, 0);
}

static void test_a_negative_mean_is_a_bug(void **state)
{
    (void)state;
    assert_aborts(above_of_a_negative_mean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_chance_agrees_with_a_table_of_doubles),
        cmocka_unit_test(test_the_suggested_buffer_is_the_smallest_that_keeps_the_chance),
        cmocka_unit_test(test_nothing_sold_elsewhere_exposes_nothing),
        cmocka_unit_test(test_exposure_is_rate_times_propagation_less_the_buffer),
        cmocka_unit_test(test_a_greater_buffer_never_raises_the_chance),
        cmocka_unit_test(test_absurd_figures_are_bounded_not_wrong),
        cmocka_unit_test(test_a_negative_mean_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
