/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that a platform allows of one thing in a day: rationed, and kept for what sells out. */
#include "testing.h"

#include "base/crypto.h"
#include "engine/write_budget.h"

#define A_DAY 250
#define CHANNEL ((struct channel_id){7})
#define ITEM SLICE("110000000001")
#define NOON (INT64_C(1795424400) * US_PER_S) /* 2026-11-23T17:00 in UTC, 9 o'clock Pacific */

static void spend(struct write_budgets *b, struct slice key, int times, int64_t now)
{
    for (int i = 0; i < times; i++) {
        write_budget_spend(b, CHANNEL, key, now);
    }
}

static int64_t due(struct write_budgets *b, struct slice key, bool is_urgent, int64_t now)
{
    return write_budget_due_us(b, CHANNEL, key, A_DAY, is_urgent, now);
}

static void test_most_of_the_day_is_spent_freely_then_by_the_minute_then_kept(void **state)
{
    (void)state;
    ON_EXIT(write_budgets_free) struct write_budgets b;
    write_budgets_init(&b);
    spend(&b, ITEM, 149, NOON);
    assert_int_equal(due(&b, ITEM, false, NOON), NOON);
    spend(&b, ITEM, 1, NOON); /* 60 % */
    assert_int_equal(due(&b, ITEM, false, NOON + 1), NOON + 60 * US_PER_S);
    assert_int_equal(due(&b, ITEM, true, NOON + 1), NOON + 1);
    spend(&b, ITEM, 80, NOON); /* 92 % */
    int64_t tomorrow = due(&b, ITEM, false, NOON + 1);
    assert_true(tomorrow > NOON + 3600 * US_PER_S && tomorrow <= NOON + 86400 * US_PER_S);
    assert_int_equal(due(&b, ITEM, true, NOON + 1), NOON + 1);
    spend(&b, ITEM, 20, NOON); /* all of it */
    assert_int_equal(due(&b, ITEM, true, NOON + 1), tomorrow);
    /* Another day, another budget. */
    assert_int_equal(due(&b, ITEM, false, tomorrow), tomorrow);
}

static void test_each_thing_of_each_channel_has_its_own(void **state)
{
    (void)state;
    ON_EXIT(write_budgets_free) struct write_budgets b;
    write_budgets_init(&b);
    spend(&b, ITEM, A_DAY, NOON);
    assert_true(due(&b, ITEM, true, NOON) > NOON);
    assert_int_equal(due(&b, SLICE("another"), false, NOON), NOON);
    assert_int_equal(write_budget_due_us(&b, (struct channel_id){8}, ITEM, A_DAY, false, NOON),
                     NOON);
    assert_int_equal(write_budget_due_us(&b, CHANNEL, ITEM, 0, false, NOON), NOON); /* no limit */
    write_budget_spend(&b, CHANNEL, (struct slice){0}, NOON);                       /* no key */
    assert_int_equal(due(&b, (struct slice){0}, false, NOON), NOON);
}

/* After a start nothing is known of what was written before, nor ever of what others write. */
static void test_what_the_platform_refuses_waits_an_hour_however_little_was_counted(void **state)
{
    (void)state;
    ON_EXIT(write_budgets_free) struct write_budgets b;
    write_budgets_init(&b);
    const int64_t hour = 3600 * US_PER_S;
    write_budget_refused(&b, CHANNEL, ITEM, NOON);
    assert_int_equal(due(&b, ITEM, true, NOON + 1), NOON + hour);
    assert_int_equal(due(&b, SLICE("another"), true, NOON + 1), NOON + 1);
    assert_int_equal(due(&b, ITEM, true, NOON + hour), NOON + hour);
    write_budget_refused(&b, CHANNEL, ITEM, NOON + hour); /* still the same day there */
    assert_int_equal(due(&b, ITEM, false, NOON + hour + 1), NOON + 2 * hour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most_of_the_day_is_spent_freely_then_by_the_minute_then_kept),
        cmocka_unit_test(test_each_thing_of_each_channel_has_its_own),
        cmocka_unit_test(test_what_the_platform_refuses_waits_an_hour_however_little_was_counted),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
