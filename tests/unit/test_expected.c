/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The range of what a channel may show, against a simulated channel: millions of random steps under
 * the invariant of core/expected.h, then each row of its table by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/expected.h"

#define PENDING_MAX 64
#define DELAY 1000

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 11) % below;
}

/* One channel with its own count; its events reach us in any order. */
struct channel {
    int64_t now, count;
    struct {
        int64_t happened, units; /* units > 0: sold */
        bool alive;              /* not swallowed by a write or reading */
    } pending[PENDING_MAX];
    size_t pending_count;
    bool in_flight, reached, landed;
    int64_t value, compare;
};

static void swallow(struct channel *c)
{
    for (size_t i = 0; i < c->pending_count; i++) {
        c->pending[i].alive = false;
    }
}

static void happen(struct channel *c, int64_t units)
{
    if (c->pending_count < PENDING_MAX) {
        c->count -= units;
        c->pending[c->pending_count].happened = c->now;
        c->pending[c->pending_count].units = units;
        c->pending[c->pending_count++].alive = true;
    }
}

static void report_one(struct channel *c, struct expected *e, uint64_t *seed)
{
    size_t i = draw(seed, c->pending_count);
    expected_own_event(e, c->pending[i].units, c->pending[i].happened, c->now, DELAY);
    c->pending[i] = c->pending[--c->pending_count];
}

static void push_reaches(struct channel *c, bool guarded)
{
    c->reached = true;
    c->landed = !guarded || c->count == c->compare;
    if (c->landed) {
        c->count = c->value;
        swallow(c);
    }
}

static void push_answers(struct channel *c, struct expected *e, uint64_t *seed)
{
    c->in_flight = false;
    if (draw(seed, 4) == 0) {
        expected_lost(e);
    } else if (c->landed) {
        expected_confirmed(e, c->now, c->now);
    } else {
        expected_refused(e);
    }
}

static void read_count(struct channel *c, struct expected *e)
{
    int64_t missing;
    expected_read(e, e->seq, c->count, c->now, c->now, DELAY, &missing);
    swallow(c);
}

static void one_step(struct channel *c, struct expected *e, bool cas, bool restocks, uint64_t *seed)
{
    c->now++;
    uint64_t a = draw(seed, 100);
    if (a < 22 && c->count > 0) {
        happen(c, 1 + (int64_t)draw(seed, c->count > 1 ? 2 : 1));
    } else if (a < 27 && restocks) {
        happen(c, -1);
    } else if (a < 50 && c->pending_count) {
        report_one(c, e, seed);
    } else if (a < 62 && e->phase == EXPECTED_SETTLED) {
        struct range r = expected_hull(e);
        if (!cas || r.lo == r.hi) {
            c->value = (int64_t)draw(seed, 7);
            c->compare = r.lo;
            c->in_flight = true;
            c->reached = false;
            expected_push_left(e, c->value, cas, r.lo, c->now);
        }
    } else if (a < 78 && c->in_flight && !c->reached) {
        push_reaches(c, cas);
    } else if (a < 90 && c->in_flight && c->reached) {
        push_answers(c, e, seed);
    } else if (!c->in_flight) {
        read_count(c, e);
    }
}

static int64_t truth(const struct channel *c)
{
    int64_t sum = c->count;
    for (size_t i = 0; i < c->pending_count; i++) {
        sum += c->pending[i].alive ? c->pending[i].units : 0;
    }
    return sum;
}

static size_t violations(bool cas, bool restocks, size_t runs)
{
    size_t bad = 0;
    for (uint64_t run = 1; run <= runs; run++) {
        uint64_t seed = run * UINT64_C(0x9E3779B97F4A7C15);
        struct channel c = {.count = 5};
        struct expected e = {.is_known = true, .base = {5, 5}};
        for (int step = 0; step < 60; step++) {
            one_step(&c, &e, cas, restocks, &seed);
            struct range r = expected_hull(&e);
            bool cancelling = cas && restocks && c.pending_count > 0; /* see below */
            if (!cancelling && (truth(&c) < r.lo || truth(&c) > r.hi)) {
                bad++;
                break;
            }
        }
    }
    return bad;
}

static void test_the_invariant_holds_for_absolute_sets(void **state)
{
    (void)state;
    assert_int_equal(violations(false, true, 60000), 0);
}

static void test_the_invariant_holds_under_compare_and_set_without_restocks(void **state)
{
    (void)state;
    assert_int_equal(violations(true, false, 60000), 0);
}

static void test_under_compare_and_set_the_range_is_right_once_all_is_recorded(void **state)
{
    (void)state;
    /* A sale and a restock that are both unknown may cancel out under the compare: off until both
     * are recorded. */
    assert_int_equal(violations(true, true, 60000), 0);
}

/* ---- a channel that takes writes and carries them out later, in any order, or never ---- */

#define WINDOW 12
#define LATE_MAX 16

struct late_writes {
    struct {
        int64_t value, due;
    } of[LATE_MAX];
    size_t count;
};

static void carry_out(struct channel *c, struct late_writes *late, size_t i, uint64_t *seed)
{
    if (draw(seed, 8)) { /* else it never is */
        c->count = late->of[i].value;
        swallow(c);
    }
    late->of[i] = late->of[--late->count];
}

static void push_late(struct channel *c, struct expected *e, struct late_writes *l, uint64_t *seed)
{
    int64_t value = (int64_t)draw(seed, 7);
    expected_push_left(e, value, false, 0, c->now);
    switch (draw(seed, 8)) {
    case 0:
        expected_refused(e);
        return;
    default:
        l->of[l->count].value = value;
        l->of[l->count++].due = c->now + 1 + (int64_t)draw(seed, WINDOW - 1);
        expected_accepted(e, c->now, WINDOW);
    }
}

static void
one_late_step(struct channel *c, struct expected *e, struct late_writes *late, uint64_t *seed)
{
    c->now++;
    for (size_t i = late->count; i-- > 0;) {
        if (late->of[i].due <= c->now || draw(seed, 6) == 0) {
            carry_out(c, late, i, seed);
        }
    }
    uint64_t a = draw(seed, 100);
    if (a < 22 && c->count > 0) {
        happen(c, 1 + (int64_t)draw(seed, c->count > 1 ? 2 : 1));
    } else if (a < 27) {
        happen(c, -1);
    } else if (a < 55 && c->pending_count) {
        report_one(c, e, seed);
    } else if (a < 80 && late->count < LATE_MAX) {
        push_late(c, e, late, seed);
    } else if (a >= 80) {
        int64_t missing;
        if (expected_read(e, e->seq, c->count, c->now, c->now, DELAY, &missing) !=
            READING_DISCARDED) {
            swallow(c);
        }
    }
}

static void test_the_invariant_holds_for_writes_that_are_carried_out_later(void **state)
{
    (void)state;
    size_t exact = 0;
    for (uint64_t run = 1; run <= 60000; run++) {
        uint64_t seed = run * UINT64_C(0x9E3779B97F4A7C15);
        struct channel c = {.count = 5};
        struct expected e = {.is_known = true, .base = {5, 5}};
        struct late_writes late = {.count = 0};
        for (int step = 0; step < 80; step++) {
            one_late_step(&c, &e, &late, &seed);
            struct range r = expected_hull(&e);
            if (truth(&c) < r.lo || truth(&c) > r.hi) {
                fail_msg("run %" PRIu64 ", step %d: %" PRId64 " is outside [%" PRId64 ", %" PRId64
                         "]",
                         run,
                         step,
                         truth(&c),
                         r.lo,
                         r.hi);
            }
            exact += r.lo == r.hi;
        }
    }
    assert_true(exact > 60000); /* a range that is never exact would prove nothing */
}

static struct expected settled(int64_t lo, int64_t hi, int64_t synced_at_us)
{
    return (struct expected){.is_known = true, .base = {lo, hi}, .synced_at_us = synced_at_us};
}

static void expect_range(struct range r, int64_t lo, int64_t hi)
{
    assert_int_equal(r.lo, lo);
    assert_int_equal(r.hi, hi);
}

static void test_rows_of_the_table_for_sales(void **state)
{
    (void)state;
    struct expected e = settled(9, 9, 100);
    expected_own_event(&e, 2, 101, 200, DELAY);
    expect_range(expected_hull(&e), 7, 7); /* surely after */
    expected_own_event(&e, 1, 100, 200, DELAY);
    expect_range(expected_hull(&e), 6, 7); /* perhaps swallowed */
    struct expected plain = settled(9, 9, 100);
    expected_push_left(&plain, 5, false, 0, 150);
    expected_own_event(&plain, 2, 160, 200, DELAY);
    expect_range(plain.base, 7, 7);
    expect_range(plain.landed, 3, 5);
    struct expected guarded = settled(9, 9, 100);
    expected_push_left(&guarded, 5, true, 9, 150);
    expected_own_event(&guarded, 2, 160, 200, DELAY);
    expect_range(guarded.landed, 3, 3);
}

static void test_rows_of_the_table_for_restocks(void **state)
{
    (void)state;
    struct expected e = settled(4, 4, 100);
    expected_own_event(&e, -2, 101, 200, DELAY);
    expect_range(expected_hull(&e), 6, 6);
    expected_own_event(&e, -1, 50, 200, DELAY);
    expect_range(expected_hull(&e), 6, 7);
    struct expected plain = settled(4, 4, 100);
    expected_push_left(&plain, 8, false, 0, 150);
    expected_own_event(&plain, -1, 160, 200, DELAY);
    expect_range(plain.landed, 8, 9);
}

static void test_outcomes_of_a_push(void **state)
{
    (void)state;
    struct expected e = settled(9, 9, 0);
    expected_push_left(&e, 5, false, 0, 1);
    expect_range(expected_hull(&e), 5, 9);
    expected_confirmed(&e, 2, 2);
    expect_range(expected_hull(&e), 5, 5);
    expected_push_left(&e, 7, false, 0, 3);
    expected_refused(&e);
    expect_range(expected_hull(&e), 5, 5);
    expected_push_left(&e, 2, false, 0, 4);
    expected_lost(&e);
    expect_range(expected_hull(&e), 2, 5);
    int64_t missing;
    assert_int_equal(expected_read(&e, e.seq, 2, 5, 5, DELAY, &missing), READING_NARROWED);
    expect_range(expected_hull(&e), 2, 2);
}

static void test_a_reading_with_an_own_event_meanwhile_is_discarded(void **state)
{
    (void)state;
    struct expected e = settled(9, 9, 0);
    int64_t seq = e.seq, missing;
    expected_own_event(&e, 1, 5, 6, DELAY);
    assert_int_equal(expected_read(&e, seq, 9, 7, 7, DELAY, &missing), READING_DISCARDED);
    expect_range(expected_hull(&e), 8, 8);
}

static const struct expected_manners set_only_manners = {
    .reads_counts = true, .event_delay_us = 10 * US_PER_S, .ambiguity_us = 60 * US_PER_S};
static const struct expected_manners guarded_manners = {.compare_and_set = true,
                                                        .reads_counts = true,
                                                        .event_delay_us = 10 * US_PER_S,
                                                        .ambiguity_us = 10 * US_PER_S};

static void test_while_a_write_is_awaited_only_lower_ones_leave(void **state)
{
    (void)state;
    const struct expected_manners m = {
        .reads_counts = true, .event_delay_us = 10 * US_PER_S, .ambiguity_us = 60 * US_PER_S};
    int64_t missing, begin = 1000 * US_PER_S, end = begin + m.ambiguity_us;
    struct expected e = settled(9, 9, 0);
    expected_push_left(&e, 5, false, 0, begin);
    expected_accepted(&e, begin, m.ambiguity_us);
    expect_range(expected_hull(&e), 5, 9);
    struct expected_plan plan = expected_plan(&e, 5, &m, begin);
    assert_int_equal(plan.step, STEP_WAIT); /* it is written: nothing is repeated */
    assert_int_equal(plan.at_us, end);
    assert_int_equal(expected_plan(&e, 7, &m, begin).step, STEP_WAIT);
    plan = expected_plan(&e, 4, &m, begin);
    assert_int_equal(plan.step, STEP_SEND); /* near zero too: a sale elsewhere is certain */
    assert_int_equal(plan.value, 4);
    assert_int_equal(expected_plan(&e, 0, &m, begin).step, STEP_SEND);
    assert_int_equal(expected_read(&e, e.seq, 9, begin, end - 1, DELAY, &missing),
                     READING_DISCARDED);
    assert_int_equal(expected_plan(&e, 5, &m, end).step, STEP_READ);
    assert_int_equal(expected_read(&e, e.seq, 5, end, end, DELAY, &missing), READING_NARROWED);
    expect_range(expected_hull(&e), 5, 5);
    assert_int_equal(expected_plan(&e, 5, &m, end).step, STEP_NONE);
    /* A lower write that was refused is tried again at once. */
    expected_push_left(&e, 4, false, 0, end);
    expected_accepted(&e, end, m.ambiguity_us);
    expected_push_left(&e, 3, false, 0, end);
    expected_refused(&e);
    assert_int_equal(expected_plan(&e, 3, &m, end).step, STEP_SEND);
}

static void test_to_zero_leaves_at_once_and_far_from_zero_too(void **state)
{
    (void)state;
    struct expected e = settled(9, 9, 0);
    assert_int_equal(expected_plan(&e, 9, &set_only_manners, 1).step, STEP_NONE);
    assert_int_equal(expected_plan(&e, 0, &set_only_manners, 1).step, STEP_SEND);
    assert_int_equal(expected_plan(&e, 5, &set_only_manners, 1).step, STEP_SEND);
    assert_int_equal(expected_plan(&e, 3, &set_only_manners, 1).step,
                     STEP_READ); /* near zero a sale may be on its way */
}

static void test_t40_raising_waits_for_proof_without_compare_and_set(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected_manners set_only = set_only_manners;
    struct expected e = settled(1, 1, 0);
    struct expected_plan first = expected_plan(&e, 4, &set_only, now);
    assert_int_equal(first.step, STEP_READ);
    assert_true(first.needs_orders);
    /* The last unit was sold there a moment ago; its order is still on its way. */
    assert_int_equal(expected_read(&e, e.seq, 0, now, now, set_only.event_delay_us, &missing),
                     READING_SURPRISE);
    struct expected_plan plan = expected_plan(&e, 4, &set_only, now);
    assert_int_equal(plan.step, STEP_READ); /* is it among the orders? */
    assert_true(plan.needs_orders);
    assert_int_equal(plan.orders_after_us, now);
    set_only.orders_read_us = now + 1;
    plan = expected_plan(&e, 4, &set_only, now + 1);
    assert_int_equal(plan.step, STEP_WAIT); /* not yet */
    assert_int_equal(plan.at_us, now + set_only.event_delay_us);
    /* The order comes: it explains the surprise, and one exact reading later raising is proven. */
    expected_own_event(&e, 1, now - US_PER_S, now + US_PER_S, set_only.event_delay_us);
    now += 2 * US_PER_S;
    assert_int_equal(expected_plan(&e, 3, &set_only, now).step, STEP_READ);
    assert_int_equal(expected_read(&e, e.seq, 0, now, now, set_only.event_delay_us, &missing),
                     READING_NARROWED);
    assert_int_equal(expected_plan(&e, 3, &set_only, now).step, STEP_READ);
    assert_int_equal(expected_read(&e, e.seq, 0, now, now, set_only.event_delay_us, &missing),
                     READING_EXPLAINED);
    /* The orders must be younger than the reading that narrowed, or that has hidden another sale.
     */
    set_only.orders_read_us = now;
    plan = expected_plan(&e, 3, &set_only, now);
    assert_int_equal(plan.step, STEP_READ);
    assert_int_equal(plan.orders_after_us, now);
    set_only.orders_read_us = now + 1;
    plan = expected_plan(&e, 3, &set_only, now);
    assert_int_equal(plan.step, STEP_SEND);
    assert_true(plan.is_raise);
    /* The proof is good for two seconds. */
    assert_int_equal(expected_plan(&e, 3, &set_only, now + RAISE_PROOF_US + 1).step, STEP_READ);
}

static void test_two_equal_counts_that_nothing_explains_are_a_foreign_write(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected_manners set_only = set_only_manners;
    struct expected e = settled(5, 5, 0);
    assert_int_equal(expected_read(&e, e.seq, 9, now, now, set_only.event_delay_us, &missing),
                     READING_SURPRISE);
    now += set_only.event_delay_us;
    assert_int_equal(expected_read(&e, e.seq, 9, now, now, set_only.event_delay_us, &missing),
                     READING_FOREIGN);
    assert_int_equal(missing, -4);
    set_only.orders_read_us = now - US_PER_S;
    assert_int_equal(expected_plan(&e, 20, &set_only, now).step, STEP_SEND);
}

/* What is put right at once and is wrong again later is named, however often that happens; each
 * time has a wait of its own. */
static void test_who_writes_again_each_time_is_named(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    const int64_t delay_us = set_only_manners.event_delay_us;
    struct expected e = settled(0, 0, 0);
    assert_int_equal(expected_read(&e, e.seq, 1, now, now, delay_us, &missing), READING_SURPRISE);
    for (int i = 0; i < 3; i++) {
        expected_push_left(&e, 0, false, 0, now);
        expected_confirmed(&e, now, now);
        now += delay_us / 2; /* an order may still be on its way */
        assert_int_equal(expected_read(&e, e.seq, 0, now, now, delay_us, &missing),
                         READING_EXPLAINED);
        now += delay_us / 2;
        assert_int_equal(expected_read(&e, e.seq, 1, now, now, delay_us, &missing),
                         READING_FOREIGN);
        assert_int_equal(missing, -1);
        assert_int_equal(e.unexplained_at_us, now);
        assert_int_equal(e.unexplained, -1);
    }
}

static void test_a_surprise_is_looked_into_even_when_nothing_is_to_be_written(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected e = settled(5, 5, 0);
    assert_int_equal(expected_read(&e, e.seq, 3, now, now, DELAY, &missing), READING_SURPRISE);
    struct expected_manners guarded = guarded_manners;
    assert_int_equal(expected_plan(&e, 3, &guarded, now).step, STEP_READ);
    guarded.orders_read_us = now + 1;
    struct expected_plan plan = expected_plan(&e, 3, &guarded, now + 1);
    assert_int_equal(plan.step, STEP_WAIT);
    plan = expected_plan(&e, 3, &guarded, plan.at_us);
    assert_int_equal(plan.step, STEP_READ);
    assert_true(plan.needs_orders); /* a lost delivery is no foreign write */
    assert_int_equal(plan.orders_after_us, now);
}

static void test_what_was_sold_after_a_reading_does_not_explain_it(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected e = settled(9, 9, 0);
    assert_int_equal(expected_read(&e, e.seq, 5, now, now, DELAY, &missing), READING_SURPRISE);
    expected_own_event(&e, 1, now + 1, now + 2, DELAY);
    assert_int_equal(e.unexplained, 4);
    expected_own_event(&e, 3, now - 1, now + 2, DELAY);
    assert_int_equal(e.unexplained, 1);
}

static void test_t40_a_count_that_was_read_is_no_proof_under_compare_and_set(void **state)
{
    (void)state;
    int64_t now = 1000 * US_PER_S, missing;
    struct expected_manners guarded = guarded_manners;
    struct expected e = settled(1, 1, 0);
    /* The write that stated 1 was refused: the last unit had been sold, its order is on its way. */
    assert_int_equal(expected_read(&e, e.seq, 0, now, now, guarded.event_delay_us, &missing),
                     READING_SURPRISE);
    assert_int_equal(expected_plan(&e, 2, &guarded, now).step, STEP_READ);
    guarded.orders_read_us = now + 1;
    assert_int_equal(expected_plan(&e, 2, &guarded, now + 1).step, STEP_WAIT);
    expected_own_event(&e, 1, now - US_PER_S, now + US_PER_S, guarded.event_delay_us);
    now += 2 * US_PER_S;
    assert_int_equal(expected_plan(&e, 1, &guarded, now).step, STEP_READ);
    assert_int_equal(expected_read(&e, e.seq, 0, now, now, guarded.event_delay_us, &missing),
                     READING_NARROWED);
    struct expected_plan plan = expected_plan(&e, 1, &guarded, now);
    assert_int_equal(plan.step, STEP_READ); /* it may have swallowed another sale */
    assert_true(plan.needs_orders);
    assert_int_equal(plan.orders_after_us, now);
    assert_int_equal(expected_plan(&e, 0, &guarded, now).step, STEP_NONE);
    assert_int_equal(expected_plan(&e, 1, &guarded, now + guarded.event_delay_us).step, STEP_SEND);
    guarded.orders_read_us = now + 1;
    plan = expected_plan(&e, 1, &guarded, now + 2);
    assert_int_equal(plan.step, STEP_SEND);
    assert_true(plan.is_guarded && plan.compare == 0);
}

static void test_compare_and_set_is_proof_when_the_count_is_exact(void **state)
{
    (void)state;
    struct expected e = settled(3, 3, 100);
    struct expected_plan plan = expected_plan(&e, 8, &guarded_manners, 1);
    assert_int_equal(plan.step, STEP_SEND);
    assert_true(plan.is_guarded && plan.compare == 3 && plan.is_raise);
    expected_own_event(&e, 1, 50, 200, DELAY);
    assert_int_equal(expected_plan(&e, 8, &guarded_manners, 1).step, STEP_READ);
    plan = expected_plan(&e, 0, &guarded_manners, 1);
    assert_int_equal(plan.step, STEP_SEND); /* zero is never too high */
    assert_false(plan.is_guarded);
}

static void test_an_unanswered_push_is_read_only_after_the_window(void **state)
{
    (void)state;
    struct expected e = settled(9, 9, 0);
    expected_push_left(&e, 5, false, 0, 1000);
    assert_int_equal(expected_plan(&e, 2, &set_only_manners, 2000).step, STEP_NONE);
    expected_lost(&e);
    struct expected_plan plan = expected_plan(&e, 2, &set_only_manners, 2000);
    assert_int_equal(plan.step, STEP_WAIT);
    assert_int_equal(plan.at_us, 1000 + set_only_manners.ambiguity_us);
    assert_int_equal(expected_plan(&e, 2, &set_only_manners, plan.at_us).step, STEP_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_invariant_holds_for_absolute_sets),
        cmocka_unit_test(test_the_invariant_holds_under_compare_and_set_without_restocks),
        cmocka_unit_test(test_under_compare_and_set_the_range_is_right_once_all_is_recorded),
        cmocka_unit_test(test_the_invariant_holds_for_writes_that_are_carried_out_later),
        cmocka_unit_test(test_while_a_write_is_awaited_only_lower_ones_leave),
        cmocka_unit_test(test_rows_of_the_table_for_sales),
        cmocka_unit_test(test_rows_of_the_table_for_restocks),
        cmocka_unit_test(test_outcomes_of_a_push),
        cmocka_unit_test(test_a_reading_with_an_own_event_meanwhile_is_discarded),
        cmocka_unit_test(test_to_zero_leaves_at_once_and_far_from_zero_too),
        cmocka_unit_test(test_t40_raising_waits_for_proof_without_compare_and_set),
        cmocka_unit_test(test_two_equal_counts_that_nothing_explains_are_a_foreign_write),
        cmocka_unit_test(test_who_writes_again_each_time_is_named),
        cmocka_unit_test(test_a_surprise_is_looked_into_even_when_nothing_is_to_be_written),
        cmocka_unit_test(test_what_was_sold_after_a_reading_does_not_explain_it),
        cmocka_unit_test(test_t40_a_count_that_was_read_is_no_proof_under_compare_and_set),
        cmocka_unit_test(test_compare_and_set_is_proof_when_the_count_is_exact),
        cmocka_unit_test(test_an_unanswered_push_is_read_only_after_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
