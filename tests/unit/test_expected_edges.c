/* SPDX-License-Identifier: Apache-2.0 */
/* The range of what a channel may show, at its edges: never seen, never read, asked out of turn. */
#include "testing.h"

#include "core/expected.h"

#define DELAY 1000

static const struct expected_manners set_only_manners = {
    .reads_counts = true, .event_delay_us = 10 * US_PER_S, .ambiguity_us = 60 * US_PER_S};
static const struct expected_manners guarded_manners = {.compare_and_set = true,
                                                        .reads_counts = true,
                                                        .event_delay_us = 10 * US_PER_S,
                                                        .ambiguity_us = 10 * US_PER_S};

static struct expected settled(int64_t lo, int64_t hi, int64_t synced_at_us)
{
    return (struct expected){.is_known = true, .base = {lo, hi}, .synced_at_us = synced_at_us};
}

static void expect_range(struct range r, int64_t lo, int64_t hi)
{
    assert_int_equal(r.lo, lo);
    assert_int_equal(r.hi, hi);
}

static void test_a_reading_that_is_asked_for_waits_until_it_can_prove_something(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected_plan plan;
    struct expected_manners blind = guarded_manners;
    struct expected e = settled(5, 5, 0);
    assert_true(expected_plan_look(&e, &guarded_manners, now, &plan));
    assert_int_equal(plan.step, STEP_READ);
    assert_false(plan.needs_orders);
    assert_true(expected_plan_look(&e, &set_only_manners, now, &plan));
    assert_true(plan.needs_orders); /* nothing else proves that no sale is on its way */
    assert_int_equal(plan.orders_after_us, 0);
    /* What nothing explains yet is looked up in the orders first, whatever the channel can. */
    assert_int_equal(expected_read(&e, e.seq, 3, now, now, DELAY, &missing), READING_SURPRISE);
    assert_true(expected_plan_look(&e, &guarded_manners, now, &plan));
    assert_true(plan.needs_orders);
    assert_int_equal(plan.orders_after_us, now);
    blind.reads_counts = false;
    assert_false(expected_plan_look(&e, &blind, now, &plan));
    expected_push_left(&e, 2, false, 0, now);
    assert_false(expected_plan_look(&e, &set_only_manners, now, &plan));
    expected_accepted(&e, now, 1000);
    assert_false(expected_plan_look(&e, &set_only_manners, now + 999, &plan));
    assert_true(expected_plan_look(&e, &set_only_manners, now + 1000, &plan));
    expected_push_left(&e, 2, false, 0, now);
    expected_lost(&e);
    assert_false(expected_plan_look(&e, &set_only_manners, now + 1000, &plan));
}

static void test_what_was_never_seen_may_show_anything_until_it_is_read(void **state)
{
    (void)state;
    int64_t missing;
    struct expected e = {0};
    expected_push_left(&e, 4, false, 0, 1000);
    expect_range(expected_hull(&e), 0, QTY_MAX);
    expected_accepted(&e, 1000, 500);
    assert_false(e.is_known);
    assert_int_equal(expected_plan(&e, 3, &set_only_manners, 1001).step, STEP_SEND);
    assert_int_equal(expected_plan(&e, 4, &set_only_manners, 1001).step, STEP_WAIT);
    /* Another one is confirmed while the first may still be carried out. */
    expected_push_left(&e, 3, false, 0, 1002);
    expected_confirmed(&e, 1003, 1003);
    expect_range(expected_hull(&e), 0, QTY_MAX);
    assert_int_equal(expected_read(&e, e.seq, 3, 1600, 1600, DELAY, &missing), READING_NARROWED);
    expect_range(expected_hull(&e), 3, 3);
}

static void test_where_nothing_can_be_read_an_unanswered_value_is_repeated(void **state)
{
    (void)state;
    const struct expected_manners reports_first = {
        .raise_freely = true, .reads_counts = true, .ambiguity_us = 10};
    const struct expected_manners blind = {.ambiguity_us = 10};
    struct expected e = settled(2, 2, 0);
    struct expected_plan plan = expected_plan(&e, 9, &reports_first, 1);
    assert_true(plan.step == STEP_SEND && plan.value == 9 && plan.is_raise && !plan.is_guarded);
    plan = expected_plan(&e, 1, &blind, 1);
    assert_true(plan.step == STEP_SEND && plan.value == 1 && !plan.is_raise);
    expected_push_left(&e, 1, false, 0, 1);
    expected_lost(&e);
    plan = expected_plan(&e, 0, &blind, 2);
    assert_true(plan.step == STEP_REPEAT && plan.value == 1); /* not the newer value */
    expected_repeated(&e, 2);
    assert_int_equal(expected_plan(&e, 0, &blind, 3).step, STEP_NONE);
    /* A write that was accepted there is followed at once: nothing would ever be read. */
    expected_accepted(&e, 3, 10);
    assert_int_equal(expected_plan(&e, 5, &blind, 4).step, STEP_SEND);
}

static void test_nothing_is_read_while_a_write_is_in_flight(void **state)
{
    (void)state;
    int64_t missing;
    struct expected e = settled(2, 2, 0);
    expected_push_left(&e, 1, false, 0, 1);
    assert_int_equal(expected_read(&e, e.seq, 1, 2, 2, DELAY, &missing), READING_DISCARDED);
    expect_range(expected_hull(&e), 1, 2);
}

static void test_what_others_wrote_before_we_took_over_is_no_riddle(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected e = settled(5, 5, 0);
    assert_int_equal(expected_read(&e, e.seq, 3, now, now, DELAY, &missing), READING_SURPRISE);
    assert_int_equal(expected_plan(&e, 3, &set_only_manners, now).step, STEP_READ);
    expected_taken_over(&e);
    assert_int_equal(expected_plan(&e, 3, &set_only_manners, now).step, STEP_NONE);
}

static void a_second_write_at_once(void)
{
    struct expected e = settled(2, 2, 0);
    expected_push_left(&e, 1, false, 0, 1);
    expected_push_left(&e, 0, false, 0, 2);
}

static void a_negative_write(void)
{
    struct expected e = settled(2, 2, 0);
    expected_push_left(&e, -1, false, 0, 1);
}

static void a_guess_that_is_compared(void)
{
    struct expected e = {0};
    expected_push_left(&e, 1, true, 0, 1);
}

static void an_answer_to_nothing(void)
{
    struct expected e = settled(2, 2, 0);
    expected_confirmed(&e, 1, 1);
}

static void a_refusal_of_nothing(void)
{
    struct expected e = settled(2, 2, 0);
    expected_refused(&e);
}

static void a_loss_of_nothing(void)
{
    struct expected e = settled(2, 2, 0);
    expected_lost(&e);
}

static void an_acceptance_of_nothing(void)
{
    struct expected e = settled(2, 2, 0);
    expected_accepted(&e, 1, 1);
}

static void a_repeat_of_nothing(void)
{
    struct expected e = settled(2, 2, 0);
    expected_repeated(&e, 1);
}

static void a_negative_target(void)
{
    struct expected e = settled(2, 2, 0);
    (void)expected_plan(&e, -1, &set_only_manners, 1);
}

static void test_answers_without_a_write_are_bugs(void **state)
{
    (void)state;
    assert_aborts(a_second_write_at_once);
    assert_aborts(a_negative_write);
    assert_aborts(a_guess_that_is_compared);
    assert_aborts(an_answer_to_nothing);
    assert_aborts(a_refusal_of_nothing);
    assert_aborts(a_loss_of_nothing);
    assert_aborts(an_acceptance_of_nothing);
    assert_aborts(a_repeat_of_nothing);
    assert_aborts(a_negative_target);
}

static void
test_orders_are_read_first_unless_they_just_were_and_later_than_what_is_asked(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S;
    assert_true(expected_orders_first(0, 0, now)); /* never read */
    assert_false(expected_orders_first(0, now - RAISE_PROOF_US, now));
    assert_true(expected_orders_first(0, now - RAISE_PROOF_US - 1, now));
    assert_true(expected_orders_first(now - 5, now - 5, now));
    assert_false(expected_orders_first(now - 5, now - 4, now));
}

/* A sale was on its way to us when we wrote zero without a compare: nothing shows it any more. */
static void test_t40_a_write_that_compared_nothing_is_no_proof_under_compare_and_set(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S;
    struct expected_manners m = guarded_manners;
    struct expected e = settled(1, 2, 0);
    struct expected_plan plan = expected_plan(&e, 0, &m, now);
    assert_true(plan.step == STEP_SEND && !plan.is_guarded);
    expected_push_left(&e, 0, false, 0, now);
    expected_confirmed(&e, now + 1, now + 1);
    plan = expected_plan(&e, 1, &m, now + 2); /* goods arrive */
    assert_int_equal(plan.step, STEP_READ);
    assert_true(plan.needs_orders);
    assert_int_equal(plan.orders_after_us, now + 1);
    m.orders_read_us = now + 2;
    plan = expected_plan(&e, 1, &m, now + 3);
    assert_true(plan.step == STEP_SEND && plan.is_guarded && plan.compare == 0);
    /* What was confirmed under a compare hid nothing. */
    expected_push_left(&e, 1, true, 0, now + 4);
    expected_confirmed(&e, now + 5, now + 5);
    assert_int_equal(expected_plan(&e, 2, &m, now + 6).step, STEP_SEND);
}

static void test_t40_orders_read_before_an_own_write_prove_nothing_after_it(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected_manners m = set_only_manners;
    struct expected e = settled(1, 1, 0);
    m.orders_read_us = now; /* then the last unit is sold there, and elsewhere */
    expected_push_left(&e, 0, false, 0, now + 2);
    expected_confirmed(&e, now + 3, now + 3);
    assert_int_equal(expected_read(&e, e.seq, 0, now + 4, now + 4, DELAY, &missing),
                     READING_EXPLAINED);
    struct expected_plan plan = expected_plan(&e, 1, &m, now + 5);
    assert_int_equal(plan.step, STEP_READ);
    assert_int_equal(plan.orders_after_us, now + 3);
    m.orders_read_us = now + 4;
    assert_int_equal(expected_plan(&e, 1, &m, now + 5).step, STEP_SEND);
}

static void test_what_was_forgotten_is_read_before_anything_but_zero_is_written(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    const struct expected_manners *all[] = {&set_only_manners, &guarded_manners};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct expected_manners m = *all[i];
        struct expected e = settled(5, 5, now - US_PER_S);
        expected_push_left(&e, 9, false, 0, now - US_PER_S);
        int64_t seq = e.seq;
        expected_forgotten(&e, now);
        assert_int_equal(expected_plan(&e, 5, &m, now).step, STEP_READ);
        assert_int_equal(expected_plan(&e, 0, &m, now).step, STEP_SEND);
        assert_int_equal(expected_read(&e, seq, 5, now, now, DELAY, &missing), READING_DISCARDED);
        assert_int_equal(expected_read(&e, e.seq, 5, now, now + 1, DELAY, &missing),
                         READING_NARROWED);
        /* One reading is no proof for a raise: it may have swallowed sales that are not told yet. */
        assert_int_not_equal(expected_plan(&e, 6, &m, now + 2).step, STEP_SEND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reading_that_is_asked_for_waits_until_it_can_prove_something),
        cmocka_unit_test(test_what_was_never_seen_may_show_anything_until_it_is_read),
        cmocka_unit_test(test_where_nothing_can_be_read_an_unanswered_value_is_repeated),
        cmocka_unit_test(test_nothing_is_read_while_a_write_is_in_flight),
        cmocka_unit_test(test_what_others_wrote_before_we_took_over_is_no_riddle),
        cmocka_unit_test(test_answers_without_a_write_are_bugs),
        cmocka_unit_test(
            test_orders_are_read_first_unless_they_just_were_and_later_than_what_is_asked),
        cmocka_unit_test(test_t40_a_write_that_compared_nothing_is_no_proof_under_compare_and_set),
        cmocka_unit_test(test_what_was_forgotten_is_read_before_anything_but_zero_is_written),
        cmocka_unit_test(test_t40_orders_read_before_an_own_write_prove_nothing_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
