/* SPDX-License-Identifier: Apache-2.0 */
/* What a reading says of a channel, why a unit was sold twice, and when a channel may be taken over:
 * the decisions, without any store. */
#include "testing.h"

#include "core/autopsy.h"
#include "core/cutover.h"
#include "core/drift.h"

/* ---- readings ---- */

static struct drift_reading in_shadow(int64_t shown, int64_t computed, int64_t moved_ago_us)
{
    return (struct drift_reading){.reading = READING_EXPLAINED,
                                  .shown = shown,
                                  .computed = computed,
                                  .now_us = 1000 * US_PER_S,
                                  .moved_at_us = 1000 * US_PER_S - moved_ago_us,
                                  .grace_us = 15 * US_PER_S};
}

static void test_in_shadow_a_count_is_compared_once_the_sku_has_been_still(void **state)
{
    (void)state;
    const struct drift_reading same = in_shadow(4, 4, 0);
    const struct drift_reading moving = in_shadow(5, 4, 14 * US_PER_S);
    const struct drift_reading still = in_shadow(5, 4, 15 * US_PER_S);
    struct drift_reading overtaken = still;
    overtaken.reading = READING_DISCARDED;
    assert_int_equal(drift_judge(&same), DRIFT_AGREES);
    assert_int_equal(drift_judge(&moving), DRIFT_WAITS);
    assert_int_equal(drift_judge(&still), DRIFT_DIFFERS);
    assert_int_equal(drift_judge(&overtaken), DRIFT_NOTHING);
}

static void test_live_only_what_no_order_explains_by_then_differs(void **state)
{
    static const struct {
        enum expected_reading reading;
        int64_t shown;
        enum drift_verdict verdict;
    } cases[] = {
        {READING_EXPLAINED, 4, DRIFT_AGREES},
        {READING_EXPLAINED, 6, DRIFT_WAITS}, /* as expected; the push to 4 is on its way */
        {READING_NARROWED, 4, DRIFT_AGREES},
        {READING_SURPRISE, 6, DRIFT_WAITS},
        {READING_DISCARDED, 6, DRIFT_NOTHING},
        {READING_FOREIGN, 6, DRIFT_DIFFERS},
        {READING_FOREIGN, 4, DRIFT_AGREES}, /* written, and written back */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct drift_reading r = {.is_live = true,
                                        .reading = cases[i].reading,
                                        .shown = cases[i].shown,
                                        .computed = 4,
                                        .moved_at_us = 1,
                                        .now_us = 2,
                                        .grace_us = 100};
        assert_int_equal(drift_judge(&r), cases[i].verdict);
    }
    const struct drift_reading lowered = {
        .is_live = true, .reading = READING_FOREIGN, .shown = 4, .computed = 4, .missing = -3};
    assert_int_equal(drift_judge(&lowered), DRIFT_DIFFERS); /* it had shown 7, before we wrote 4 */
}

static void test_a_cause_is_what_is_known_and_else_who_came_round(void **state)
{
    (void)state;
    struct drift_reading r = in_shadow(5, 4, 60 * US_PER_S);
    assert_int_equal(drift_cause(&r, false), CAUSE_UNKNOWN);
    r.reading = READING_FOREIGN;
    assert_int_equal(drift_cause(&r, false), CAUSE_FOREIGN);
    assert_int_equal(drift_cause(&r, true), CAUSE_OURS);
    r.is_flagged = true;
    assert_int_equal(drift_cause(&r, true), CAUSE_FLAG);
    /* shown 5, computed 4: then both are 4, or 5, or 9 */
    assert_int_equal(drift_cause_at_end(CAUSE_UNKNOWN, 5, 4, 4), CAUSE_LATE_SHOP);
    assert_int_equal(drift_cause_at_end(CAUSE_UNKNOWN, 5, 4, 5), CAUSE_LATE_EVENT);
    assert_int_equal(drift_cause_at_end(CAUSE_UNKNOWN, 5, 4, 9), CAUSE_UNKNOWN);
    assert_int_equal(drift_cause_at_end(CAUSE_FOREIGN, 5, 4, 4), CAUSE_FOREIGN);
}

/* ---- autopsies ---- */

/* Seconds: sold at 10, with us at 12, booked at 13, sent at 15, confirmed at 18. */
static struct autopsy_verdict second_at(int64_t second_s)
{
    const struct autopsy_times t = {.first_sale_us = 10 * US_PER_S,
                                    .received_us = 12 * US_PER_S,
                                    .committed_us = 13 * US_PER_S,
                                    .sent_us = 15 * US_PER_S,
                                    .confirmed_us = 18 * US_PER_S,
                                    .second_sale_us = second_s * US_PER_S,
                                    .second_committed_us = 30 * US_PER_S};
    return autopsy_judge(&t);
}

static void test_the_stage_to_blame_is_the_one_in_which_the_second_sale_fell(void **state)
{
    static const struct {
        int64_t second_s;
        enum autopsy_stage stage;
        int64_t stage_s, window_s;
    } cases[] = {
        {8, STAGE_SECOND_EVENT, 22, -2},
        {10, STAGE_SECOND_EVENT, 20, 0},
        {11, STAGE_THEIR_EVENT, 2, 1},
        {13, STAGE_OUR_COMMIT, 1, 3},
        {14, STAGE_OUR_SENDING, 2, 4},
        {17, STAGE_THEIR_CONFIRMATION, 3, 7},
        {18, STAGE_THEIR_CONFIRMATION, 3, 8},
        {25, STAGE_AFTER_CONFIRMATION, 7, 15},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct autopsy_verdict v = second_at(cases[i].second_s);
        assert_int_equal(v.stage, cases[i].stage);
        assert_int_equal(v.stage_us, cases[i].stage_s * US_PER_S);
        assert_int_equal(v.window_us, cases[i].window_s * US_PER_S);
        assert_true(autopsy_stage_text(v.stage)[0] && autopsy_stage_code(v.stage)[0]);
    }
}

static void test_what_was_never_pushed_or_never_confirmed_is_said_so(void **state)
{
    struct autopsy_times t = {.first_sale_us = 10 * US_PER_S,
                              .committed_us = 13 * US_PER_S,
                              .second_sale_us = 20 * US_PER_S};
    (void)state;
    assert_int_equal(autopsy_judge(&t).stage, STAGE_NEVER_PUSHED);
    assert_int_equal(autopsy_judge(&t).stage_us, 7 * US_PER_S);
    t.sent_us = 14 * US_PER_S; /* left, and no answer yet */
    assert_int_equal(autopsy_judge(&t).stage, STAGE_NEVER_PUSHED);
    assert_int_equal(autopsy_judge(&t).stage_us, 6 * US_PER_S);
    t.second_sale_us = 12 * US_PER_S; /* without its receipt the event and the commit are one */
    assert_int_equal(autopsy_judge(&t).stage, STAGE_THEIR_EVENT);
}

static void test_the_smallest_buffer_is_what_others_took_in_packs_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(autopsy_buffer(3, 1), 3);
    assert_int_equal(autopsy_buffer(3, 2), 2);
    assert_int_equal(autopsy_buffer(0, 1), 0);
    assert_int_equal(autopsy_buffer(-4, 1), 0); /* more came than went */
}

/* ---- cutover ---- */

static void test_a_bar_names_the_first_thing_that_is_missing(void **state)
{
    const struct cutover_bar bar = CUTOVER_BAR_DEFAULT;
    struct cutover_evidence e = {.days = 6, .agreed = 0, .differed = 0, .unexplained = 1};
    (void)state;
    assert_int_equal(cutover_lacks(&bar, &e), LACK_DAYS);
    e.days = 7;
    assert_int_equal(cutover_lacks(&bar, &e), LACK_READINGS);
    e.agreed = 9989;
    e.differed = 11;
    assert_int_equal(cutover_lacks(&bar, &e), LACK_AGREEMENT);
    e.agreed = 9990;
    e.differed = 10;
    assert_int_equal(cutover_lacks(&bar, &e), LACK_EXPLANATION);
    e.unexplained = 0;
    assert_int_equal(cutover_lacks(&bar, &e), LACK_NONE);
    assert_int_equal(cutover_agreement(0, 0), SHARE_ALL);
    assert_int_equal(cutover_agreement(2, 1), 6666);
}

static void test_the_pace_doubles_each_minute_and_ends(void **state)
{
    const int64_t minute = 60 * US_PER_S;
    (void)state;
    assert_int_equal(cutover_pace(-1), 10);
    assert_int_equal(cutover_pace(minute - 1), 10);
    assert_int_equal(cutover_pace(minute), 20);
    assert_int_equal(cutover_pace(9 * minute), 5120);
    assert_true(cutover_pace(10 * minute) == SIZE_MAX);
}

static void test_a_channel_is_given_back_over_the_limit_and_not_for_one_foreign_write(void **state)
{
    (void)state;
    assert_false(cutover_must_fall_back(&(const struct cutover_watch){1, 1}, 500));
    assert_false(cutover_must_fall_back(&(const struct cutover_watch){2, 2}, 500));
    assert_true(cutover_must_fall_back(&(const struct cutover_watch){3, 3}, 500));
    assert_false(cutover_must_fall_back(&(const struct cutover_watch){60, 3}, 500)); /* 5 % */
    assert_true(cutover_must_fall_back(&(const struct cutover_watch){59, 3}, 500));
    assert_true(cutover_must_fall_back(&(const struct cutover_watch){100000, 3}, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_shadow_a_count_is_compared_once_the_sku_has_been_still),
        cmocka_unit_test(test_live_only_what_no_order_explains_by_then_differs),
        cmocka_unit_test(test_a_cause_is_what_is_known_and_else_who_came_round),
        cmocka_unit_test(test_the_stage_to_blame_is_the_one_in_which_the_second_sale_fell),
        cmocka_unit_test(test_what_was_never_pushed_or_never_confirmed_is_said_so),
        cmocka_unit_test(test_the_smallest_buffer_is_what_others_took_in_packs_rounded_up),
        cmocka_unit_test(test_a_bar_names_the_first_thing_that_is_missing),
        cmocka_unit_test(test_the_pace_doubles_each_minute_and_ends),
        cmocka_unit_test(test_a_channel_is_given_back_over_the_limit_and_not_for_one_foreign_write),
    };
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
