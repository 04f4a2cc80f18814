/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of shops that hear of each other late: by hand, and, over many seeds, against what
 * arithmetic says of it. The error that docs/drill.md states is three standard errors.
 */
#include "testing.h"

#include <math.h>

#include "drill/luck.h"
#include "drill/polling.h"
#include "drill/risk.h"

#define MS US_PER_MS
#define S US_PER_S

static struct polling *model(struct polling_plan plan)
{
    struct polling *p;
    assert_int_equal(polling_new(&plan, &p), ERR_OK);
    return p;
}

static struct polling_result ended(struct polling *p, int64_t at_us)
{
    struct polling_result r;
    polling_end(p, at_us, &r);
    polling_free(p);
    return r;
}

/* ---- by hand ---- */

static void test_a_shop_refuses_what_it_heard_was_sold(void **state)
{
    (void)state;
    struct polling *p =
        model((struct polling_plan){.channels = 2, .stock = 1, .delay_us = 10 * MS});
    assert_true(polling_buy(p, 0, 0, 1));
    assert_int_equal(polling_shown(p, 1), 1);
    assert_false(polling_buy(p, 10 * MS, 1, 1)); /* the news came just before the buyer */
    struct polling_result r = ended(p, S);
    assert_int_equal(r.orders, 1);
    assert_int_equal(r.refused, 1);
    assert_int_equal(r.oversold, 0);
    assert_int_equal(r.above_unit_us, 10 * MS);
    assert_int_equal(r.above_us_max, 10 * MS);
}

static void test_the_last_unit_sells_twice_before_the_news_arrives(void **state)
{
    (void)state;
    struct polling *p =
        model((struct polling_plan){.channels = 3, .stock = 1, .delay_us = 10 * MS});
    assert_true(polling_buy(p, 0, 0, 1));
    assert_true(polling_buy(p, 9 * MS, 1, 1));
    assert_false(polling_buy(p, 9 * MS, 1, 1)); /* a shop knows its own sales at once */
    struct polling_result r = ended(p, S);
    assert_int_equal(r.oversold, 1);
    assert_int_equal(r.stale_sales, 1);
    assert_int_equal(r.units, 2);
}

static void test_a_synchronisation_tells_all_shops_at_once(void **state)
{
    (void)state;
    struct polling *p = model(
        (struct polling_plan){.channels = 2, .stock = 2, .every_us = 60 * S, .phase_us = 30 * S});
    assert_true(polling_buy(p, 1 * S, 0, 1));
    assert_int_equal(polling_shown(p, 1), 2);
    assert_false(polling_buy(p, 30 * S, 1, 2));
    assert_true(polling_buy(p, 31 * S, 1, 1));
    assert_true(polling_buy(p, 89 * S, 0, 1)); /* it hears of the other's sale at 90 s */
    struct polling_result r = ended(p, 200 * S);
    assert_int_equal(r.oversold, 1);
    assert_int_equal(r.above_us_max, 58 * S); /* from 31 to 89 the first shop showed one too many */
}

static void test_a_buffer_takes_the_blow(void **state)
{
    (void)state;
    struct polling *p =
        model((struct polling_plan){.channels = 2, .stock = 2, .buffer = 1, .delay_us = 10 * MS});
    assert_true(polling_buy(p, 0, 0, 1));
    assert_true(polling_buy(p, 1, 1, 1));
    assert_true(polling_is_over(p));
    struct polling_result r = ended(p, S);
    assert_int_equal(r.oversold, 0);
    assert_int_equal(r.stale_sales, 0);
    assert_int_equal(r.above_unit_us, 0);
}

static void test_the_same_seed_sells_the_same(void **state)
{
    (void)state;
    const struct polling_plan plan = {.channels = 5, .stock = 50, .delay_us = 200 * MS};
    struct polling_result a, b, c;
    assert_int_equal(polling_sell_out(&plan, 40, 7, &a), ERR_OK);
    assert_int_equal(polling_sell_out(&plan, 40, 7, &b), ERR_OK);
    assert_int_equal(polling_sell_out(&plan, 40, 8, &c), ERR_OK);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(memcmp(&a, &c, sizeof(a)) != 0);
}

/* ---- over many seeds, against arithmetic ---- */

struct sample {
    double n, sum, squares;
};

static void sample_add(struct sample *s, double x)
{
    s->n++;
    s->sum += x;
    s->squares += x * x;
}

static double sample_mean(const struct sample *s)
{
    return s->sum / s->n;
}

static double sample_error(const struct sample *s)
{
    double mean = sample_mean(s);
    return sqrt((s->squares / s->n - mean * mean) / (s->n - 1));
}

/* Three standard errors; and what was not seen in n runs may still happen in 3 of n. */
static void want_near(const struct sample *s, double wanted, const char *what)
{
    double off = fabs(sample_mean(s) - wanted), error = sample_error(s);
    if (!(off <= 3 * error + 3 / s->n * (error < 1 / s->n))) {
        fail_msg("%s: simulated %.4f +- %.4f, arithmetic says %.4f",
                 what,
                 sample_mean(s),
                 error,
                 wanted);
    }
}

static struct sample oversold(const struct polling_plan *plan, double orders_per_s, int seeds)
{
    struct sample s = {0};
    for (int i = 0; i < seeds; i++) {
        struct polling_result r;
        assert_int_equal(polling_sell_out(plan, orders_per_s, (uint64_t)i * 7919 + 1, &r), ERR_OK);
        sample_add(&s, (double)r.oversold);
    }
    return s;
}

static const double rates[] = {0.5, 5, 40};
static const size_t shops[] = {2, 5, 8};

static void test_oversold_units_are_the_formula_when_news_takes_its_time(void **state)
{
    (void)state;
    static const int64_t delays_ms[] = {100, 700, 3000};
    static const int64_t stocks[] = {1, 10, 400};
    for (size_t i = 0; i < 81; i++) {
        const struct polling_plan plan = {.channels = shops[i % 3],
                                          .stock = stocks[i / 3 % 3],
                                          .delay_us = delays_ms[i / 9 % 3] * MS};
        double rate = rates[i / 27];
        const struct risk_plan risk = {plan.channels, rate, plan.stock, 0};
        struct sample s = oversold(&plan, rate, 600);
        double delay_s = (double)delays_ms[i / 9 % 3] / 1000;
        char what[100];
        snprintf(what,
                 sizeof(what),
                 "%zu shops, stock %" PRId64 ", %.1f/s, %.1f s",
                 plan.channels,
                 plan.stock,
                 rate,
                 delay_s);
        want_near(&s, risk_oversold_told(&risk, delay_s), what);
        if (plan.stock == 400) { /* nothing scarce: the plain formula, to the letter */
            double others = rate * (1 - 1 / (double)plan.channels);
            assert_true(fabs(risk_oversold_told(&risk, delay_s) - others * delay_s) < 1e-6);
        }
    }
}

static void test_oversold_units_are_as_reckoned_when_shops_are_synchronised(void **state)
{
    (void)state;
    static const int64_t intervals_s[] = {1, 10, 60};
    static const int64_t stocks[] = {1, 10, 60}, buffers[] = {0, 2, 5};
    for (size_t i = 0; i < 81; i++) {
        const int64_t every_us = intervals_s[i / 9 % 3] * S;
        const struct polling_plan plan = {.channels = 5,
                                          .stock = stocks[i % 3],
                                          .buffer = buffers[i / 3 % 3],
                                          .every_us = every_us,
                                          .phase_us = every_us};
        double rate = rates[i / 27] / 5;
        const struct risk_plan risk = {plan.channels, rate, plan.stock, plan.buffer};
        struct sample s = oversold(&plan, rate, 600);
        char what[100];
        snprintf(what,
                 sizeof(what),
                 "stock %" PRId64 ", buffer %" PRId64 ", %.2f/s, every %" PRId64 " s",
                 plan.stock,
                 plan.buffer,
                 rate,
                 intervals_s[i / 9 % 3]);
        want_near(&s, risk_oversold_polled(&risk, (double)intervals_s[i / 9 % 3]), what);
    }
}

/* With a buffer the formula is an upper bound, and the mean less the buffer a lower one. */
static void test_a_buffer_lies_between_its_bounds(void **state)
{
    (void)state;
    static const int64_t buffers[] = {1, 3, 8};
    for (size_t i = 0; i < 27; i++) {
        const struct polling_plan plan = {.channels = shops[i % 3],
                                          .stock = 100,
                                          .buffer = buffers[i / 3 % 3],
                                          .delay_us = 700 * MS};
        double rate = rates[i / 9];
        const struct risk_plan risk = {plan.channels, rate, plan.stock, plan.buffer};
        struct sample s = oversold(&plan, rate, 600);
        double mean = rate * (1 - 1 / (double)plan.channels) * 0.7;
        double error = 3 * sample_error(&s) + 1e-9;
        assert_true(sample_mean(&s) <= risk_oversold_told(&risk, 0.7) + error);
        assert_true(sample_mean(&s) >= mean - (double)plan.buffer - error);
    }
}

/* What shops show above what can be sold, at any one time: while there is plenty. */
static void test_exposure_over_time_is_the_formula_less_the_buffer(void **state)
{
    (void)state;
    static const int64_t buffers[] = {0, 1, 3, 10}, delays_ms[] = {100, 700, 3000};
    for (size_t i = 0; i < 36; i++) {
        const struct polling_plan plan = {.channels = 5,
                                          .stock = QTY_MAX / 2,
                                          .buffer = buffers[i % 4],
                                          .delay_us = delays_ms[i / 4 % 3] * MS};
        double rate = rates[i / 12], delay_s = (double)delays_ms[i / 4 % 3] / 1000;
        struct sample s = {0};
        for (uint64_t seed = 1; seed <= 200; seed++) {
            struct polling *p = model(plan);
            struct luck luck = {seed * 104729};
            struct polling_result warm, r;
            double at_s = 0, from_s = delay_s, to_s = delay_s + 200 / rate;
            bool is_warm = false;
            while ((at_s += luck_gap_s(&luck, rate)) < to_s) {
                if (!is_warm && at_s >= from_s) { /* before, there is nothing to be heard of */
                    polling_end(p, (int64_t)(from_s * S), &warm);
                    is_warm = true;
                }
                polling_buy(p, (int64_t)(at_s * S), (size_t)luck_between(&luck, 0, 4), 1);
            }
            r = ended(p, (int64_t)(to_s * S));
            sample_add(&s,
                       (double)(r.above_unit_us - warm.above_unit_us) / S / (to_s - from_s) / 5);
        }
        char what[100];
        snprintf(what, sizeof(what), "%.1f/s, %.1f s, buffer %" PRId64, rate, delay_s, plan.buffer);
        want_near(&s, risk_above(rate * 4 / 5, delay_s, plan.buffer), what);
    }
}

static void test_more_synchronisations_never_oversell_more_on_the_whole(void **state)
{
    (void)state;
    double before = 1e9;
    for (int64_t every_s = 900; every_s >= 1; every_s /= 3) {
        const struct risk_plan risk = {5, 30.0 / 3600, 10, 0};
        double now = risk_oversold_polled(&risk, (double)every_s);
        assert_true(now >= 0 && now < before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shop_refuses_what_it_heard_was_sold),
        cmocka_unit_test(test_the_last_unit_sells_twice_before_the_news_arrives),
        cmocka_unit_test(test_a_synchronisation_tells_all_shops_at_once),
        cmocka_unit_test(test_a_buffer_takes_the_blow),
        cmocka_unit_test(test_the_same_seed_sells_the_same),
        cmocka_unit_test(test_oversold_units_are_the_formula_when_news_takes_its_time),
        cmocka_unit_test(test_oversold_units_are_as_reckoned_when_shops_are_synchronised),
        cmocka_unit_test(test_a_buffer_lies_between_its_bounds),
        cmocka_unit_test(test_exposure_over_time_is_the_formula_less_the_buffer),
        cmocka_unit_test(test_more_synchronisations_never_oversell_more_on_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
