/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's look at itself decides: clocks, levels, growth, names, file systems, times. No
 * clock is read and no file. */
#include "testing.h"

#include "cli/clock_watch.h"
#include "cli/disk_watch.h"
#include "cli/durability.h"
#include "cli/nightly.h"
#include "intake/refused.h"

#define MINUTE_US (60 * US_PER_S)
#define WALL_US (INT64_C(1795408147) * US_PER_S)

/* ---- the clock ---- */

struct clocks {
    struct clock_watch watch;
    int64_t mono_us, ahead_us; /* ahead: of our wall clock */
    struct pusher_clock seen[3];
    size_t count;
};

static void set_apart(struct clocks *c, size_t i, int64_t ahead_us)
{
    struct pusher_clock *seen = &c->seen[i];
    bool is_off = ahead_us > CLOCK_OFF_US || ahead_us < -CLOCK_OFF_US;
    seen->ahead_us = ahead_us;
    seen->seen_us = c->mono_us;
    seen->off_since_us = !is_off ? 0 : seen->off_since_us ? seen->off_since_us : c->mono_us;
    c->count = i >= c->count ? i + 1 : c->count;
}

/* Minutes later, every platform seen again as it was. */
static enum clock_state look(struct clocks *c, int minutes)
{
    enum clock_state state = c->watch.state;
    for (int i = 0; i < 4 * minutes; i++) {
        c->mono_us += MINUTE_US / 4;
        for (size_t p = 0; p < c->count; p++) {
            set_apart(c, p, c->seen[p].ahead_us);
        }
        state = clock_look(
            &c->watch, WALL_US + c->mono_us + c->ahead_us, c->mono_us, c->seen, c->count);
    }
    return state;
}

static void test_a_clock_that_jumps_is_told_which_way_and_for_an_hour(void **state)
{
    (void)state;
    struct clocks c = {.mono_us = MINUTE_US};
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
    c.ahead_us = 2 * MINUTE_US; /* no more than two minutes: no jump */
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
    c.ahead_us = -5 * MINUTE_US;
    assert_int_equal(look(&c, 1), CLOCK_JUMPED);
    assert_int_equal(c.watch.ahead_us, -7 * MINUTE_US);
    assert_int_equal(look(&c, 58), CLOCK_JUMPED);
    assert_int_equal(look(&c, 2), CLOCK_RIGHT); /* an hour, and nobody could say */
}

static void test_a_jump_is_over_as_soon_as_a_platform_agrees(void **state)
{
    (void)state;
    struct clocks c = {.mono_us = MINUTE_US};
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
    set_apart(&c, 0, 0); /* seen before the jump: says nothing of what is now */
    c.ahead_us = 10 * MINUTE_US;
    assert_int_equal(
        clock_look(&c.watch, WALL_US + c.mono_us + c.ahead_us, c.mono_us + 1, c.seen, c.count),
        CLOCK_JUMPED);
    assert_int_equal(
        clock_look(&c.watch, WALL_US + c.mono_us + c.ahead_us, c.mono_us + 2, c.seen, c.count),
        CLOCK_JUMPED);
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
}

static void test_two_platforms_that_disagree_prove_a_wrong_clock_and_agreement_its_end(void **state)
{
    (void)state;
    struct clocks c = {.mono_us = MINUTE_US};
    set_apart(&c, 0, 4 * MINUTE_US);
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
    set_apart(&c, 1, 3 * MINUTE_US);
    assert_int_equal(look(&c, 1), CLOCK_OFF);
    assert_int_equal(c.watch.ahead_us, -3 * MINUTE_US); /* ours is behind */
    assert_int_equal(c.watch.apart, 2);
    set_apart(&c, 0, 90 * US_PER_S); /* nearer, and not near */
    set_apart(&c, 1, 90 * US_PER_S);
    assert_int_equal(look(&c, 1), CLOCK_OFF);
    set_apart(&c, 0, 59 * US_PER_S);
    set_apart(&c, 1, -59 * US_PER_S);
    assert_int_equal(look(&c, 1), CLOCK_RIGHT);
}

static void test_a_single_platform_must_say_it_for_ten_minutes_and_no_other_deny_it(void **state)
{
    (void)state;
    struct clocks c = {.mono_us = MINUTE_US};
    set_apart(&c, 0, -5 * MINUTE_US);
    assert_int_equal(look(&c, 9), CLOCK_RIGHT);
    assert_int_equal(look(&c, 1), CLOCK_OFF);
    assert_int_equal(c.watch.ahead_us, 5 * MINUTE_US);

    c = (struct clocks){.mono_us = MINUTE_US};
    set_apart(&c, 0, -5 * MINUTE_US);
    set_apart(&c, 1, 0);
    assert_int_equal(look(&c, 30), CLOCK_RIGHT); /* that platform's own clock is wrong */
}

/* ---- the disk ---- */

static void test_a_level_is_left_with_a_quarter_more_than_led_into_it(void **state)
{
    (void)state;
    const struct disk_limits limits = {.warn = 1024 * DISK_MIB, .refuse = 128 * DISK_MIB};
    const struct {
        enum disk_level before;
        int64_t free_mib, growth_mib;
        enum disk_level after;
    } cases[] = {
        {DISK_ENOUGH, 1024, 0, DISK_ENOUGH},
        {DISK_ENOUGH, 1023, 0, DISK_LOW},
        {DISK_LOW, 1279, 0, DISK_LOW},
        {DISK_LOW, 1280, 0, DISK_ENOUGH},
        {DISK_LOW, 128, 0, DISK_LOW},
        {DISK_LOW, 127, 0, DISK_FULL},
        {DISK_ENOUGH, 127, 0, DISK_FULL},
        {DISK_FULL, 159, 0, DISK_FULL},
        {DISK_FULL, 160, 0, DISK_LOW},
        {DISK_FULL, 5000, 0, DISK_ENOUGH},
        {DISK_ENOUGH, 5000, 4999, DISK_ENOUGH}, /* a day's growth fits */
        {DISK_ENOUGH, 5000, 5001, DISK_LOW},
        {DISK_LOW, 5000, 4001, DISK_LOW},
        {DISK_LOW, 5000, 4000, DISK_ENOUGH},
        {DISK_ENOUGH, -64, 0, DISK_FULL}, /* less than the ballast */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum disk_level after = disk_level_next(
            cases[i].before, &limits, cases[i].free_mib * DISK_MIB, cases[i].growth_mib * DISK_MIB);
        if (after != cases[i].after) {
            fail_msg("case %zu: level %d", i, (int)after);
        }
    }
    const struct disk_limits never = {0};
    assert_int_equal(disk_level_next(DISK_ENOUGH, &never, -DISK_MIB, DISK_MIB), DISK_ENOUGH);
}

static void test_growth_of_a_day_needs_ten_minutes_and_looks_back_a_day(void **state)
{
    (void)state;
    struct disk_growth growth = {.count = 0};
    int64_t bytes = 100 * DISK_MIB, at_us = MINUTE_US;
    assert_int_equal(disk_growth_of_day(&growth, at_us, bytes), 0);
    at_us += 9 * MINUTE_US;
    assert_int_equal(disk_growth_of_day(&growth, at_us, bytes + DISK_MIB), 0); /* too short */
    at_us += MINUTE_US;
    assert_int_equal(disk_growth_of_day(&growth, at_us, bytes + DISK_MIB), 144 * DISK_MIB);
    for (int minute = 0; minute < 25 * 60; minute++) { /* for a day and an hour it stays so */
        at_us += MINUTE_US;
        (void)disk_growth_of_day(&growth, at_us, bytes + DISK_MIB);
    }
    assert_int_equal(disk_growth_of_day(&growth, at_us, bytes + DISK_MIB), 0);
    assert_true(growth.count <= GROWTH_SAMPLES);
    assert_int_equal(disk_growth_of_day(&growth, at_us, bytes), 0); /* smaller is no growth */
}

/* ---- who was refused ---- */

static void test_whoever_is_refused_most_stands_out_of_many(void **state)
{
    (void)state;
    struct refused refused = {.counts = {0}};
    char who[32];
    assert_null(refused_most(&refused));
    refused_add(NULL, REFUSED_BODY, SLICE("nobody counts"));
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(who, sizeof(who), "10.0.%d.%d", i / 250, i % 250);
        refused_add(&refused, REFUSED_CONNS, slice_of(who));
        if (i % 2) {
            refused_add(&refused, REFUSED_QUEUE, SLICE("woo"));
        }
    }
    assert_int_equal(refused.counts[REFUSED_CONNS], 3000);
    assert_int_equal(refused.counts[REFUSED_QUEUE], 1500);
    assert_string_equal(refused_most(&refused)->who, "woo");
    for (int i = 0; i < 16; i++) {
        refused_fade(&refused);
    }
    assert_null(refused_most(&refused)); /* it tells of lately, not of ever */
    memset(who, 'x', sizeof(who));
    char longest[200];
    memset(longest, 'x', sizeof(longest));
    refused_add(&refused, REFUSED_BODY, (struct slice){longest, sizeof(longest)});
    assert_int_equal(strlen(refused_most(&refused)->who), REFUSED_NAME_MAX - 1);
    refused_add(&refused, REFUSED_BODY, (struct slice){longest, sizeof(longest)});
    assert_int_equal(refused_most(&refused)->times, 2);
}

/* ---- file systems, times ---- */

static void test_file_systems_that_do_not_keep_what_is_synced_are_known(void **state)
{
    (void)state;
    const char *name = NULL;
    assert_int_equal(durability_of_type(0x01021994, &name), DURABILITY_MEMORY);
    assert_string_equal(name, "tmpfs");
    assert_int_equal(durability_of_type(0x6969, &name), DURABILITY_NETWORK);
    assert_string_equal(name, "NFS");
    assert_int_equal(durability_of_type(0x65735546, &name), DURABILITY_NETWORK);
    assert_int_equal(durability_of_type(0xef53, &name), DURABILITY_DISK);     /* ext4 */
    assert_int_equal(durability_of_type(0x794c7630, &name), DURABILITY_DISK); /* overlayfs */
    assert_int_equal(durability_of("/dev/shm", &name), DURABILITY_MEMORY);
    assert_int_equal(durability_of("/nowhere/at/all", &name), DURABILITY_DISK);
}

static void test_the_time_of_the_proof_is_read_strictly(void **state)
{
    (void)state;
    int at = -5;
    assert_true(nightly_parse("03:30", &at));
    assert_int_equal(at, NIGHTLY_DEFAULT);
    assert_true(nightly_parse("00:00", &at));
    assert_int_equal(at, 0);
    assert_true(nightly_parse("23:59", &at));
    assert_int_equal(at, 23 * 60 + 59);
    assert_true(nightly_parse("never", &at));
    assert_int_equal(at, NIGHTLY_NEVER);
    static const char *const wrong[] = {
        "", "3:30", "24:00", "12:60", "0330", "03:30:00", "-1:30", "noon", "03:3x"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        at = -5;
        assert_false(nightly_parse(wrong[i], &at));
        assert_int_equal(at, -5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clock_that_jumps_is_told_which_way_and_for_an_hour),
        cmocka_unit_test(test_a_jump_is_over_as_soon_as_a_platform_agrees),
        cmocka_unit_test(
            test_two_platforms_that_disagree_prove_a_wrong_clock_and_agreement_its_end),
        cmocka_unit_test(test_a_single_platform_must_say_it_for_ten_minutes_and_no_other_deny_it),
        cmocka_unit_test(test_a_level_is_left_with_a_quarter_more_than_led_into_it),
        cmocka_unit_test(test_growth_of_a_day_needs_ten_minutes_and_looks_back_a_day),
        cmocka_unit_test(test_whoever_is_refused_most_stands_out_of_many),
        cmocka_unit_test(test_file_systems_that_do_not_keep_what_is_synced_are_known),
        cmocka_unit_test(test_the_time_of_the_proof_is_read_strictly),
    };
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
