/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane tells that nobody reports: silence, a queue that stands still, figures that nobody has
 * confirmed for a day. A real engine over SQLite; the clock is the test's. */
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

/* A minute later; true when the incident is open. */
static bool tells(struct world *w, struct rig *rig, const char *code)
{
    struct incident_row *row = NULL;
    w->now_us += MINUTE_US;
    lane_watch(&rig->lane, lane_config(&rig->lane));
    world_step(w);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_t36_a_channel_that_sells_and_tells_nothing_is_named),
        world_test(test_t39_a_sale_that_waits_in_the_queue_is_told_until_it_is_sent),
        world_test(test_t47_a_listing_that_nobody_confirmed_for_a_day_is_told),
    };
    return cmocka_run_group_tests_name("lane watch", tests, NULL, NULL);
}
