/* SPDX-License-Identifier: Apache-2.0 */
/* Counts that are read back, taken by the engine: what is kept of them, what is opened, what is
 * written again, and when that ends. The clock is the test's. */
#include "support/request_world.h"

#include "engine/cutover.h"
#include "engine/incident.h"

#define DELAY_US (10 * US_PER_S) /* Shopify's own sales reach us within that */

/* A Shopify shop that shows `shown` of MUG, of which the ledger has 9; it is listing 1. */
static void open_shop(struct world *w, const char *mode)
{
    char body[600];
    (void)snprintf(
        body,
        sizeof(body),
        "{\"code\":\"web\",\"connector\":\"shopify\",\"mode\":\"%s\",\"settings\":{\"shop\":"
        "\"x.myshopify.com\",\"location_map\":[{\"location\":\"berlin\",\"remote\":\"7\"}]},"
        "\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"s\"}}",
        mode);
    must_answer(w, 201, request_channels_create, NULL, body);
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"berlin\","
                "\"quantity\":9}]}");
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"channel\":\"web\",\"sku\":\"MUG\",\"remote\":{\"product_id\":\"1\","
                "\"variant_id\":\"2\",\"inventory_item_id\":\"3\"}}");
}

static const struct channel_id web = {2};

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static struct listing_row *listing(struct world *w)
{
    struct listing_row *row = NULL;
    const struct listing_id id = {1};
    assert_int_equal(w->reader->ops->listings(w->reader, &id, 1, &w->arena, &row), ERR_OK);
    assert_non_null(row);
    return row;
}

/* The channel shows that count now. */
static void reads(struct world *w, int64_t count, bool is_flagged)
{
    struct turn *turn = turn_new(TURN_READING, world_kept, NULL);
    struct reading_report *report = ARENA_NEW(&turn->arena, struct reading_report);
    *report = (struct reading_report){.listing = {1},
                                      .seq = listing(w)->expected.seq,
                                      .outcome = READ_COUNT,
                                      .count = count,
                                      .is_flagged = is_flagged,
                                      .reason = is_flagged ? SLICE("marked") : (struct slice){0},
                                      .answered_at_us = w->now_us,
                                      .synced_at_us = w->now_us};
    turn->channel = web;
    turn->readings = report;
    turn->readings_count = 1;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_int_equal(turn->err, ERR_OK);
    turn_free(turn);
}

/* What the pusher would ask; a push that leaves is confirmed at once. True: one left. */
static bool pushes(struct world *w)
{
    struct turn *claim = turn_new(TURN_CLAIM, world_kept, NULL);
    struct dirty_hint *wanted = ARENA_NEW(&claim->arena, struct dirty_hint);
    *wanted = (struct dirty_hint){.listing = {1}};
    claim->channel = web;
    claim->wanted = wanted;
    claim->wanted_count = 1;
    claim->requests_max = 1;
    claim->orders_read_us = w->now_us;
    assert_true(engine_submit(w->engine, claim));
    world_step(w);
    bool left = claim->actions_count == 1 && claim->actions[0].step == STEP_SEND;
    if (left) {
        struct turn *done = turn_new(TURN_PUSHED, world_kept, NULL);
        struct push_report *report = ARENA_NEW(&done->arena, struct push_report);
        *report = (struct push_report){.listing = {1},
                                       .push_n = claim->actions[0].push_n,
                                       .outcome = PUSH_CONFIRMED,
                                       .sent_at_us = w->now_us,
                                       .answered_at_us = w->now_us,
                                       .synced_at_us = w->now_us};
        done->channel = web;
        done->pushed = report;
        done->pushed_count = 1;
        assert_true(engine_submit(w->engine, done));
        world_step(w);
        turn_free(done);
    }
    turn_free(claim);
    return left;
}

static struct rows differences(struct world *w)
{
    struct rows rows = {0};
    const struct store_query q = {.limit = 10, .newest_first = true, .state = -1};
    assert_int_equal(w->reader->ops->list_differences(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows;
}

static const struct difference_row *last_difference(struct world *w)
{
    struct rows rows = differences(w);
    assert_true(rows.count > 0);
    return rows.items[0];
}

static struct agreement_row today(struct world *w)
{
    struct rows rows = {0};
    int64_t day = w->now_us / (86400 * US_PER_S);
    assert_int_equal(w->reader->ops->agreements(w->reader, web, day, day, &w->arena, &rows),
                     ERR_OK);
    assert_int_equal(rows.count, 1);
    return *(const struct agreement_row *)rows.items[0];
}

static struct incident_row *open_incident(struct world *w, const char *code, const char *subject)
{
    struct incident_row *row = NULL;
    assert_int_equal(w->reader->ops->incident_open(
                         w->reader, slice_of(code), slice_of(subject), &w->arena, &row),
                     ERR_OK);
    return row;
}

/* The count is news, and is the same again once its order would have come. */
static void is_written_by_somebody(struct world *w, int64_t count)
{
    w->now_us += US_PER_S;
    reads(w, count, false);
    w->now_us += DELAY_US + US_PER_S;
    reads(w, count, false);
}

static void settle(struct world *w)
{
    reads(w, 0, false); /* first sight */
    w->now_us += DELAY_US;
    assert_true(pushes(w));
    reads(w, 9, false);
}

static void test_a_foreign_write_is_named_kept_and_written_over(void **state)
{
    struct world *w = *state;
    open_shop(w, "live");
    settle(w);
    assert_null(open_incident(w, "DRIFT", "listing 1"));
    is_written_by_somebody(w, 5);
    const struct difference_row *row = last_difference(w);
    assert_int_equal(row->cause, CAUSE_FOREIGN);
    assert_int_equal(row->shown, 5);
    assert_int_equal(row->computed, 9);
    assert_int_equal(row->ended_at_us, 0);
    const struct incident_row *incident = open_incident(w, "DRIFT", "listing 1");
    assert_non_null(incident);
    assert_true(says(incident->detail, "4 units fewer"));
    assert_true(says(incident->action, "Shopify"));
    assert_true(pushes(w));
    w->now_us += US_PER_S;
    reads(w, 9, false);
    assert_null(open_incident(w, "DRIFT", "listing 1")); /* cured by itself */
    assert_true(last_difference(w)->ended_at_us > 0);
    struct agreement_row day = today(w);
    assert_int_equal(day.differed, 1);
    assert_int_equal(day.readings, day.agreed + day.waiting + day.differed);
}

/* A count that is too high is lowered at once, before anybody knows who wrote it. */
static void test_what_was_lowered_at_once_is_named_all_the_same(void **state)
{
    struct world *w = *state;
    open_shop(w, "live");
    settle(w);
    w->now_us += US_PER_S;
    reads(w, 30, false);
    assert_true(pushes(w));
    assert_int_equal(listing(w)->published, 9);
    w->now_us += DELAY_US + US_PER_S;
    reads(w, 9, false);
    const struct difference_row *row = last_difference(w);
    assert_int_equal(row->cause, CAUSE_FOREIGN);
    assert_int_equal(row->shown, 30);
    assert_int_equal(row->computed, 9);
    assert_true(row->ended_at_us > 0);
    assert_null(open_incident(w, "DRIFT", "listing 1")); /* told, and over */
    struct incident_row *told = NULL;
    assert_int_equal(w->reader->ops->incident(w->reader, 1, &w->arena, &told), ERR_OK);
    assert_non_null(told);
    assert_true(says(told->detail, "21 units more"));
}

static void test_t38_two_writers_in_a_circle_end_after_five_corrections_a_day(void **state)
{
    struct world *w = *state;
    open_shop(w, "live");
    settle(w);
    int corrections = 0;
    for (int i = 0; i < 12; i++) {
        is_written_by_somebody(w, 20);
        corrections += pushes(w);
        w->now_us += US_PER_S;
        reads(w, listing(w)->fault ? 20 : 9, false);
    }
    assert_int_equal(corrections, DRIFT_CORRECTIONS_MAX);
    assert_int_equal(listing(w)->fault, FAULT_CONTESTED);
    assert_int_equal(differences(w).count, 1); /* one story, not twelve */
    assert_int_equal(last_difference(w)->times, DRIFT_CORRECTIONS_MAX + 1);
    const struct incident_row *incident = open_incident(w, "DRIFT", "listing 1");
    assert_non_null(incident);
    assert_true(says(incident->detail, "6 times within 24 hours"));
    /* The ledger's figure changes: that is news, and is written whoever else writes. */
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"adjust\",\"sku\":\"MUG\",\"location\":\"berlin\","
                "\"quantity\":-2,\"reason\":\"lost\"}]}");
    w->now_us += DELAY_US;
    assert_true(pushes(w));
    assert_int_equal(listing(w)->fault, FAULT_NONE);
    assert_int_equal(listing(w)->published, 7);
}

static void test_t61_a_flag_that_hides_units_is_a_difference_of_its_own(void **state)
{
    struct world *w = *state;
    open_shop(w, "live");
    settle(w);
    w->now_us += US_PER_S;
    reads(w, 0, true);
    w->now_us += DELAY_US + US_PER_S;
    reads(w, 0, true);
    assert_int_equal(last_difference(w)->cause, CAUSE_FLAG);
    assert_true(pushes(w)); /* a write of the same figure cures it */
    assert_int_equal(listing(w)->published, 9);
}

/* Whatever came back instead of a count: it is no zero, and nothing is written for it. */
static void test_t43_what_could_not_be_read_is_not_zero(void **state)
{
    struct world *w = *state;
    static const enum read_outcome outcomes[] = {READ_FAILED, READ_MISSING, READ_UNMANAGED};
    open_shop(w, "live");
    settle(w);
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        struct turn *turn = turn_new(TURN_READING, world_kept, NULL);
        struct reading_report *report = ARENA_NEW(&turn->arena, struct reading_report);
        w->now_us += US_PER_S;
        *report = (struct reading_report){.listing = {1},
                                          .seq = listing(w)->expected.seq,
                                          .outcome = outcomes[i],
                                          .reason = SLICE("no such field"),
                                          .answered_at_us = w->now_us};
        turn->channel = web;
        turn->readings = report;
        turn->readings_count = 1;
        assert_true(engine_submit(w->engine, turn));
        world_step(w);
        turn_free(turn);
        assert_false(pushes(w));
        assert_int_equal(listing(w)->observed, 9);
        assert_int_equal(listing(w)->published, 9);
        assert_int_equal(differences(w).count, 0);
    }
}

static void test_in_shadow_nothing_is_written_and_differences_say_who_came_round(void **state)
{
    struct world *w = *state;
    open_shop(w, "shadow");
    reads(w, 9, false);
    w->now_us += 60 * US_PER_S;
    reads(w, 9, false);
    assert_int_equal(today(w).agreed, 2);
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"ship\",\"sku\":\"MUG\",\"location\":\"berlin\","
                "\"quantity\":2}]}");
    w->now_us += US_PER_S;
    reads(w, 9, false); /* the SKU has just moved */
    assert_int_equal(today(w).waiting, 1);
    w->now_us += 60 * US_PER_S;
    reads(w, 9, false);
    assert_int_equal(last_difference(w)->cause, CAUSE_UNKNOWN);
    w->now_us += 60 * US_PER_S;
    reads(w, 7, false); /* whoever keeps the shop's counts now was a minute or two late */
    assert_int_equal(last_difference(w)->cause, CAUSE_LATE_SHOP);
    assert_true(last_difference(w)->ended_at_us > 0);
    assert_false(pushes(w));
    assert_null(open_incident(w, "DRIFT", "listing 1"));
    assert_int_equal(today(w).differed, 1);
}

static void test_a_listing_without_opening_balance_is_not_compared(void **state)
{
    struct world *w = *state;
    open_shop(w, "shadow");
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"channel\":\"web\",\"sku\":\"TEE\",\"remote\":{\"product_id\":\"1\","
                "\"variant_id\":\"5\",\"inventory_item_id\":\"6\"}}");
    struct turn *turn = turn_new(TURN_READING, world_kept, NULL);
    struct reading_report *report = ARENA_NEW(&turn->arena, struct reading_report);
    *report = (struct reading_report){
        .listing = {2}, .outcome = READ_COUNT, .count = 40, .answered_at_us = w->now_us};
    turn->channel = web;
    turn->readings = report;
    turn->readings_count = 1;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    turn_free(turn);
    assert_int_equal(differences(w).count, 0);
}

/* ---- incidents ---- */

static int64_t incident_events(struct world *w, const char *state)
{
    struct rows rows = {0};
    int64_t count = 0;
    const struct store_query q = {.limit = 10000, .state = -1};
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct event_row *row = rows.items[i];
        count += slice_is(row->kind, "incident") && says(row->facts, state);
    }
    return count;
}

static void close_cured(struct world *w)
{
    must_answer(w, 204, requests_close_incidents, "0", "");
}

static void test_an_oversold_unit_closes_when_units_cover_it(void **state)
{
    struct world *w = *state;
    static const char *const order =
        "{\"channel\":\"shop\",\"id\":\"1\",\"version\":\"1\",\"lines\":[{\"id\":\"1\",\"sku\":"
        "\"TEE\",\"ordered\":2}]}";
    static const char *const receive =
        "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
        "\"quantity\":1}]}";
    must_answer(w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"TEE\"}");
    must_answer(w, 201, request_orders_create, NULL, order);
    const struct incident_row *incident = open_incident(w, "OVERSOLD", "shop 1 1");
    assert_non_null(incident);
    assert_int_equal(incident->times, 1);
    must_answer(w, 201, request_movements_create, NULL, receive);
    close_cured(w);
    assert_non_null(open_incident(w, "OVERSOLD", "shop 1 1")); /* one is still owed */
    must_answer(w, 201, request_movements_create, NULL, receive);
    close_cured(w);
    assert_null(open_incident(w, "OVERSOLD", "shop 1 1"));
    struct incident_row *row = NULL;
    assert_int_equal(w->reader->ops->incident(w->reader, incident->n, &w->arena, &row), ERR_OK);
    assert_true(row->resolution.n > 0 && row->resolved_by.n == 0);
    assert_int_equal(incident_events(w, "\"opened\""), 1);
    assert_int_equal(incident_events(w, "\"resolved\""), 1);
}

static void test_a_person_closes_an_incident_with_a_reason(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"9\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                "\"sku\":\"NOBODY\",\"ordered\":2}]}");
    must_answer(w, 200, request_incident_resolve, "1", "{\"reason\":\"sold by hand\"}");
    assert_true(slice_is(text_of(w->answer, "resolution"), "sold by hand"));
    assert_true(slice_is(text_of(w->answer, "state"), "resolved"));
    must_answer(w, 400, request_incident_resolve, "1", "{\"why\":\"?\"}");
}

/* ---- taking over ---- */

static const struct channel_row *channel(struct world *w)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->channels(w->reader, &w->arena, &rows), ERR_OK);
    return rows.items[1];
}

static void test_a_cutover_waits_for_its_hour_and_ends_when_all_stayed_quiet(void **state)
{
    struct world *w = *state;
    open_shop(w, "shadow");
    must_answer(w, 409, request_cutover_create, "web", "{}"); /* nothing was seen yet */
    reads(w, 9, false);
    must_answer(w, 409, request_cutover_create, "web", "{}"); /* one day of seven */
    char body[200], at[TIME_TEXT_MAX];
    struct slice hour = time_format(w->now_us + 3600 * US_PER_S, at);
    (void)snprintf(body,
                   sizeof(body),
                   "{\"bar_days\":0,\"watch_minutes\":10,\"at\":\"%.*s\"}",
                   SLICE_ARG(hour));
    must_answer(w, 202, request_cutover_create, "web", body);
    must_answer(w, 204, requests_cutovers_due, "0", "");
    assert_int_equal(channel(w)->mode, MODE_SHADOW);
    w->now_us += 3600 * US_PER_S;
    must_answer(w, 204, requests_cutovers_due, "0", "");
    assert_int_equal(channel(w)->mode, MODE_LIVE);
    assert_int_equal(channel(w)->watch_until_us, w->now_us + 600 * US_PER_S);
    must_answer(w, 409, request_cutover_create, "web", body); /* it is live */
    w->now_us += 600 * US_PER_S;
    must_answer(w, 204, requests_cutovers_due, "0", "");
    assert_int_equal(channel(w)->mode, MODE_LIVE);
    assert_int_equal(channel(w)->watch_until_us, 0);
    struct job_row *job = NULL;
    assert_int_equal(w->reader->ops->job(w->reader, 1, &w->arena, &job), ERR_OK);
    assert_true(slice_is(job->state, "done"));
}

static void test_too_much_disagreement_gives_a_channel_back_by_itself(void **state)
{
    struct world *w = *state;
    open_shop(w, "shadow");
    reads(w, 9, false);
    must_answer(w, 202, request_cutover_create, "web", "{\"bar_days\":0}");
    assert_int_equal(channel(w)->mode, MODE_LIVE);
    for (int i = 0; i < CUTOVER_DIFFERED_MIN; i++) {
        assert_int_equal(channel(w)->mode, MODE_LIVE);
        is_written_by_somebody(w, 30 + i);
    }
    assert_int_equal(channel(w)->mode, MODE_SHADOW);
    assert_non_null(open_incident(w, "CUTOVER", "web"));
    assert_false(pushes(w)); /* nothing is written any more */
    struct job_row *job = NULL;
    assert_int_equal(w->reader->ops->job(w->reader, 1, &w->arena, &job), ERR_OK);
    assert_true(slice_is(job->state, "failed"));
    must_answer(w, 409, request_rollback, "web", "{}");
}

static void test_one_request_takes_a_channel_back_at_any_time(void **state)
{
    struct world *w = *state;
    open_shop(w, "shadow");
    reads(w, 9, false);
    must_answer(w, 202, request_cutover_create, "web", "{\"bar_days\":0}");
    must_answer(w, 200, request_rollback, "web", "{\"reason\":\"too early\"}");
    assert_int_equal(channel(w)->mode, MODE_SHADOW);
    assert_int_equal(channel(w)->cutover_at_us, 0);
    must_answer(w, 409, request_cutover_create, "web", "{\"bar_days\":365}");
    must_answer(w, 202, request_cutover_create, "web", "{\"bar_days\":365,\"force\":\"we know\"}");
}

static void test_pausing_all_stops_every_channel_and_resuming_lets_them_go(void **state)
{
    struct world *w = *state;
    open_shop(w, "live");
    reads(w, 0, false);
    w->now_us += DELAY_US;
    must_answer(w, 200, request_pause, NULL, "{\"reason\":\"stocktaking\"}");
    assert_int_equal(json_count(json_get(w->answer, "items")), 2);
    assert_false(pushes(w));
    must_answer(w, 404, request_resume, NULL, "{\"channel\":\"nobody\"}");
    must_answer(w, 200, request_resume, NULL, "{\"channel\":\"web\"}");
    assert_true(pushes(w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_foreign_write_is_named_kept_and_written_over),
        world_test(test_what_was_lowered_at_once_is_named_all_the_same),
        world_test(test_t38_two_writers_in_a_circle_end_after_five_corrections_a_day),
        world_test(test_t61_a_flag_that_hides_units_is_a_difference_of_its_own),
        world_test(test_t43_what_could_not_be_read_is_not_zero),
        world_test(test_in_shadow_nothing_is_written_and_differences_say_who_came_round),
        world_test(test_a_listing_without_opening_balance_is_not_compared),
        world_test(test_an_oversold_unit_closes_when_units_cover_it),
        world_test(test_a_person_closes_an_incident_with_a_reason),
        world_test(test_a_cutover_waits_for_its_hour_and_ends_when_all_stayed_quiet),
        world_test(test_too_much_disagreement_gives_a_channel_back_by_itself),
        world_test(test_one_request_takes_a_channel_back_at_any_time),
        world_test(test_pausing_all_stops_every_channel_and_resuming_lets_them_go),
    };
    return cmocka_run_group_tests_name("difference", tests, NULL, NULL);
}
