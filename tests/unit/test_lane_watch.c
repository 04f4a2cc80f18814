/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane tells that nobody reports: silence, a queue that stands still, a platform that lets us
 * call too seldom, figures that nobody has confirmed for a day. A real engine over SQLite; the clock is the test's. */
#include "support/request_world.h"

#include "push/lane.h"

#define MINUTE_US (60 * US_PER_S)

struct rig {
    struct config *config;
    struct pusher pusher;
    struct lane lane;
};

/* A live Shopify channel with one listing, and its lane; nothing is sent anywhere. */
static void open_rig(struct world *w, struct rig *rig)
{
    must_answer(
        w,
        201,
        request_channels_create,
        NULL,
        "{\"code\":\"web\",\"connector\":\"shopify\",\"mode\":\"live\",\"settings\":{\"shop\":"
        "\"x.myshopify.com\",\"location_map\":[{\"location\":\"berlin\",\"remote\":\"7\"}]},"
        "\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"s\"}}");
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"channel\":\"web\",\"sku\":\"MUG\",\"remote\":{\"product_id\":\"1\","
                "\"variant_id\":\"2\",\"inventory_item_id\":\"3\"}}");
    const struct vault vault = {.key = {9}};
    *rig = (struct rig){.lane = {.channel = {2}, .day_left = -1, .has_answered = true}};
    assert_int_equal(config_load(w->reader, &vault, &rig->config), ERR_OK);
    rig->pusher = (struct pusher){
        .config = {.env = &w->env, .engine = w->engine, .reader = w->reader, .vault = vault},
        .channels = rig->config};
    rig->lane.pusher = &rig->pusher;
    rig->lane.calls.prev = rig->lane.calls.next = &rig->lane.calls;
    map_init(&rig->lane.wants);
}

static void close_rig(struct rig *rig)
{
    for (size_t i = 0; i < rig->lane.wants.items_count; i++) {
        free(rig->lane.wants.items[i].value);
    }
    map_free(&rig->lane.wants);
    config_free(rig->config);
}

/* A minute later, with the looks that a lane takes meanwhile; true when the incident is open. */
static bool tells(struct world *w, struct rig *rig, const char *code)
{
    struct incident_row *row = NULL;
    for (int look = 0; look < 4; look++) {
        w->now_us += MINUTE_US / 4;
        lane_watch(&rig->lane, lane_config(&rig->lane));
        world_step(w);
    }
    assert_int_equal(
        w->reader->ops->incident_open(w->reader, slice_of(code), SLICE("web"), &w->arena, &row),
        ERR_OK);
    return row != NULL;
}

static void test_t36_a_channel_that_sells_and_tells_nothing_is_named(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    lane_found_by_asking(&rig.lane);
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD")); /* its delivery may still come */
    assert_true(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    lane_found_by_asking(&rig.lane); /* more of the same is the same silence */
    assert_true(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    lane_hears(&rig.lane);
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    lane_found_by_asking(&rig.lane);
    lane_hears(&rig.lane); /* the delivery was only later than our question */
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    assert_false(tells(w, &rig, "SUBSCRIPTION-DEAD"));
    close_rig(&rig);
}

static void test_t39_a_sale_that_waits_in_the_queue_is_told_until_it_is_sent(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    const struct dirty_hint hint = {
        .listing = {1}, .channel = {2}, .happened_at_us = w->now_us, .received_at_us = w->now_us};
    want_hint(&rig.lane, &hint, w->now_us);
    assert_false(tells(w, &rig, "WAITING"));
    assert_false(tells(w, &rig, "WAITING"));
    assert_true(tells(w, &rig, "WAITING"));
    struct want *want = queue_take(&rig.lane.ready);
    assert_non_null(want);
    want_done(&rig.lane, want);
    assert_false(tells(w, &rig, "WAITING"));
    close_rig(&rig);
}

/* ---- whose clock ---- */

static void answers_at(struct rig *rig, int64_t server_time_us)
{
    const struct env_reply reply = {.response = {.status = 200}};
    struct channel_signal signal = SIGNAL_NONE;
    signal.server_time_us = server_time_us;
    lane_learn(&rig->lane, CALL_ORDERS, &reply, &signal, true);
}

static void test_how_far_a_platforms_clock_is_from_ours_is_known_by_its_answers(void **state)
{
    struct world *w = *state;
    struct rig rig;
    struct pusher_clock clocks[2];
    open_rig(w, &rig);
    rig.pusher.lanes = &rig.lane;
    assert_int_equal(pusher_clocks(&rig.pusher, clocks, 2), 0);
    answers_at(&rig, 0); /* no Date */
    assert_int_equal(pusher_clocks(&rig.pusher, clocks, 2), 0);
    answers_at(&rig, w->now_us - 5 * MINUTE_US);
    assert_int_equal(pusher_clocks(&rig.pusher, clocks, 2), 1);
    assert_int_equal(clocks[0].channel.v, 2);
    assert_int_equal(clocks[0].ahead_us, US_PER_S / 2 - 5 * MINUTE_US);
    int64_t since_us = clocks[0].off_since_us;
    assert_int_equal(since_us, w->now_us);
    w->now_us += MINUTE_US;
    answers_at(&rig, w->now_us + 5 * MINUTE_US);
    assert_int_equal(pusher_clocks(&rig.pusher, clocks, 2), 1);
    assert_int_equal(clocks[0].off_since_us, since_us); /* apart all the time */
    answers_at(&rig, w->now_us + MINUTE_US);
    assert_int_equal(pusher_clocks(&rig.pusher, clocks, 2), 1);
    assert_int_equal(clocks[0].off_since_us, 0);
    assert_int_equal(clocks[0].seen_us, w->now_us);
    rig.pusher.lanes = NULL;
    close_rig(&rig);
}

/* One round of the sweep; true when STALE is open. */
static bool is_stale(struct world *w, struct rig *rig)
{
    struct incident_row *row = NULL;
    rig->lane.next_sweep_us = 0;
    lane_sweep(&rig->lane, lane_config(&rig->lane));
    world_step(w);
    struct want *want;
    while ((want = queue_take(&rig->lane.ready))) {
        want_done(&rig->lane, want);
    }
    assert_int_equal(
        w->reader->ops->incident_open(w->reader, SLICE("STALE"), SLICE("web"), &w->arena, &row),
        ERR_OK);
    return row != NULL;
}

/* The listing was read just now. */
static void is_read(struct world *w)
{
    struct turn *turn = turn_new(TURN_READING, world_kept, NULL);
    struct reading_report *report = ARENA_NEW(&turn->arena, struct reading_report);
    *report = (struct reading_report){
        .listing = {1}, .outcome = READ_COUNT, .count = 4, .answered_at_us = w->now_us};
    turn->channel = (struct channel_id){2};
    turn->readings = report;
    turn->readings_count = 1;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    turn_free(turn);
}

static void test_t47_a_listing_that_nobody_confirmed_for_a_day_is_told(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    is_read(w);
    assert_false(is_stale(w, &rig));
    w->now_us += 24 * 60 * MINUTE_US;
    assert_false(is_stale(w, &rig));
    w->now_us += MINUTE_US;
    assert_true(is_stale(w, &rig));
    is_read(w);
    assert_false(is_stale(w, &rig));
    close_rig(&rig);
}

/* The platform's answer to one call: 429, and come again after so long (0: it does not say). */
static void is_asked_to_slow_down(struct rig *rig, int64_t retry_after_us)
{
    const struct env_reply reply = {.response = {.status = 429}};
    struct channel_signal signal = SIGNAL_NONE;
    signal.throttled = true;
    signal.retry_after_us = retry_after_us;
    lane_learn(&rig->lane, CALL_PUSH, &reply, &signal, false);
}

static void a_sale_waits(struct world *w, struct rig *rig)
{
    const struct dirty_hint hint = {
        .listing = {1}, .channel = {2}, .happened_at_us = w->now_us, .received_at_us = w->now_us};
    want_hint(&rig->lane, &hint, w->now_us);
}

static void test_a_channel_that_answers_429_in_each_of_two_minutes_is_told(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    is_asked_to_slow_down(&rig, US_PER_S);
    a_sale_waits(w, &rig);
    assert_false(tells(w, &rig, "THROTTLED")); /* one refusal is a burst, not a state */
    is_asked_to_slow_down(&rig, US_PER_S);
    assert_true(tells(w, &rig, "THROTTLED"));
    is_asked_to_slow_down(&rig, US_PER_S);
    assert_false(tells(w, &rig, "WAITING")); /* three minutes: it is said once, not twice */
    assert_true(rig.lane.is_throttled_reported);
    assert_false(tells(w, &rig, "THROTTLED")); /* two minutes passed without one */
    close_rig(&rig);
}

static void test_a_channel_that_lets_us_wait_long_is_throttled_all_that_time(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    a_sale_waits(w, &rig);
    is_asked_to_slow_down(&rig, 5 * MINUTE_US); /* nobody calls meanwhile, so no other 429 comes */
    for (int minute = 1; minute <= 6; minute++) {
        assert_true(tells(w, &rig, "THROTTLED"));
    }
    assert_false(tells(w, &rig, "THROTTLED"));
    close_rig(&rig);
}

static void test_a_throttled_channel_is_told_only_while_something_waits(void **state)
{
    struct world *w = *state;
    struct rig rig;
    open_rig(w, &rig);
    is_asked_to_slow_down(&rig, 10 * MINUTE_US);
    assert_false(tells(w, &rig, "THROTTLED"));
    assert_false(tells(w, &rig, "THROTTLED"));
    a_sale_waits(w, &rig);
    assert_true(tells(w, &rig, "THROTTLED"));
    struct want *want = queue_take(&rig.lane.ready);
    assert_non_null(want);
    want_done(&rig.lane, want);
    assert_false(tells(w, &rig, "THROTTLED"));
    close_rig(&rig);
}

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void test_the_notice_of_throttling_says_what_waits_and_what_the_limit_is(void **state)
{
    struct world *w = *state;
    struct rig rig;
    struct incident_row *row = NULL;
    open_rig(w, &rig);
    a_sale_waits(w, &rig);
    rig.lane.kinds[CALL_PUSH].per_1000s = 500; /* as an answer's header stated it */
    is_asked_to_slow_down(&rig, 90 * US_PER_S);
    assert_true(tells(w, &rig, "THROTTLED"));
    assert_int_equal(
        w->reader->ops->incident_open(w->reader, SLICE("THROTTLED"), SLICE("web"), &w->arena, &row),
        ERR_OK);
    assert_true(says(row->detail, "Listings that wait to be told: 1, the oldest for 60 seconds"));
    assert_true(says(row->detail, "By its answers, it takes 30 such calls a minute."));
    assert_true(says(row->detail, "The next call may leave in 30 seconds."));
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_t36_a_channel_that_sells_and_tells_nothing_is_named),
        world_test(test_t39_a_sale_that_waits_in_the_queue_is_told_until_it_is_sent),
        world_test(test_a_channel_that_answers_429_in_each_of_two_minutes_is_told),
        world_test(test_a_channel_that_lets_us_wait_long_is_throttled_all_that_time),
        world_test(test_a_throttled_channel_is_told_only_while_something_waits),
        world_test(test_the_notice_of_throttling_says_what_waits_and_what_the_limit_is),
        world_test(test_how_far_a_platforms_clock_is_from_ours_is_known_by_its_answers),
        world_test(test_t47_a_listing_that_nobody_confirmed_for_a_day_is_told),
    };
    return cmocka_run_group_tests_name("lane watch", tests, NULL, NULL);
}
