/* SPDX-License-Identifier: Apache-2.0 */
/* Exposure from what a store recorded. */
#include "testing.h"

#include "support/store_world.h"

#include "engine/exposed_inner.h"

#define NO_POLICY                                                                                  \
    {                                                                                              \
        POLICY_UNSET, POLICY_UNSET, POLICY_UNSET, POLICY_UNSET, 1                                  \
    }

static struct channel_config channels[] = {
    {.row = {.id = {1}, .code = {"a", 1}, .mode = MODE_LIVE}, .policy = NO_POLICY},
    {.row = {.id = {2}, .code = {"b", 1}, .mode = MODE_LIVE}, .policy = NO_POLICY},
    {.row = {.id = {3}, .code = {"c", 1}, .mode = MODE_SHADOW}, .policy = NO_POLICY}};
static const struct config config = {.channels = channels, .channels_count = 3};

static int64_t now(const struct world *w)
{
    return w->now_us;
}

/* A SKU and its listings, of which the ids are 10 x SKU + channel. */
static void add_sku(struct world *w, int64_t id, const struct component *parts, size_t parts_count)
{
    struct sku_row sku = sku_of(w, id);
    sku.buffer = POLICY_UNSET;
    sku.parts = parts;
    sku.parts_count = parts_count;
    WORLD_ADD(w, skus, sku);
    for (int64_t channel = 1; channel <= 3; channel++) {
        struct listing_row listing = listing_of(w, (struct channel_id){channel}, sku.id, "k");
        listing.id.v = 10 * id + channel;
        listing.key = world_text(w, "k%" PRId64, id);
        listing.buffer = listing.percent = listing.cap = listing.min_to_list = POLICY_UNSET;
        listing.pack_size = 1;
        listing.paused = false;
        WORLD_ADD(w, listings, listing);
    }
}

static void move(struct world *w,
                 enum movement_kind kind,
                 int64_t sku,
                 int64_t channel,
                 int64_t units,
                 int64_t ago_us)
{
    struct movement_row row = {.n = w->ops->next_id(w->store, ID_MOVEMENT),
                               .event = world_event(w, "order", SLICE("x"), "{}"),
                               .recorded_at_us = now(w) - ago_us,
                               .movement = {.kind = kind,
                                            .sku = {sku},
                                            .from = {{1}, BUCKET_AVAILABLE},
                                            .to = {{1}, BUCKET_RESERVED},
                                            .quantity = units,
                                            .channel = {channel}}};
    WORLD_ADD(w, movements, row);
}

static void sell(struct world *w, int64_t sku, int64_t channel, int64_t units, int64_t ago_us)
{
    move(w, MOVE_RESERVE, sku, channel, units, ago_us);
}

static void push(struct world *w, int64_t channel, int64_t took_us, int64_t ago_us)
{
    struct push_row row = {.n = w->ops->next_id(w->store, ID_PUSH),
                           .channel = {channel},
                           .state = PUSH_DONE,
                           .happened_at_us = now(w) - ago_us - took_us,
                           .received_at_us = now(w) - ago_us - took_us,
                           .committed_at_us = now(w) - ago_us - took_us,
                           .sent_at_us = now(w) - ago_us,
                           .answered_at_us = now(w) - ago_us};
    WORLD_ADD(w, pushes, row);
}

static struct exposed *fresh(void)
{
    struct exposed *exposed = NULL;
    assert_int_equal(exposed_new(&exposed), ERR_OK);
    return exposed;
}

static struct exposed_row reckon(struct world *w, struct exposed *exposed, int64_t listing)
{
    struct listing_id id = {listing};
    struct listing_row *row = NULL;
    struct sku_row *sku = NULL;
    struct exposed_row out = {0};
    assert_int_equal(w->ops->listings(w->store, &id, 1, &w->arena, &row), ERR_OK);
    assert_non_null(row);
    assert_int_equal(w->ops->skus(w->store, &row->sku, 1, &w->arena, &sku), ERR_OK);
    assert_int_equal(exposed_of(exposed, w->store, &config, row, sku, now(w), &out), ERR_OK);
    assert_int_equal(out.listing.v, listing);
    return out;
}

static struct exposed_row reckon_once(struct world *w, int64_t listing)
{
    struct exposed *exposed = fresh();
    struct exposed_row row = reckon(w, exposed, listing);
    exposed_free(exposed);
    return row;
}

static void test_only_what_other_channels_sold_counts(void **state)
{
    struct world *w = world_of(state);
    add_sku(w, 1, NULL, 0);
    move(w, MOVE_RECEIVE, 1, 0, 500, 10 * DAY_US);
    sell(w, 1, 2, 4, 8 * DAY_US); /* too long ago */
    sell(w, 1, 2, 7, 5 * DAY_US);
    sell(w, 1, 1, 100, 2 * HOUR_US); /* its own */
    sell(w, 1, 2, 30, HOUR_US);
    move(w, MOVE_HOLD_COMMIT, 1, 3, 5, HOUR_US);
    move(w, MOVE_HOLD, 1, 2, 50, HOUR_US);    /* not an order yet */
    move(w, MOVE_RELEASE, 1, 2, 60, HOUR_US); /* called off: it was sold all the same */
    move(w, MOVE_SHIP, 1, 2, 70, HOUR_US);
    sell(w, 1, 0, 80, HOUR_US); /* no channel's */
    world_commit(w);
    struct exposed_row row = reckon_once(w, 11);
    assert_int_equal(row.given.sold, 35); /* the day is faster than the week */
    assert_int_equal(row.given.window_us, DAY_US);
    row = reckon_once(w, 12);
    assert_int_equal(row.given.sold, 105);
    assert_true(row.is_assumed);
    assert_int_equal(row.given.propagation_us, 5 * US_PER_S);
}

static void test_a_quiet_day_does_not_hide_a_busy_week(void **state)
{
    struct world *w = world_of(state);
    add_sku(w, 1, NULL, 0);
    move(w, MOVE_RECEIVE, 1, 0, 500, 20 * DAY_US);
    sell(w, 1, 2, 700, 3 * DAY_US);
    sell(w, 1, 2, 1, HOUR_US);
    world_commit(w);
    struct exposed_row row = reckon_once(w, 11);
    assert_int_equal(row.given.sold, 701);
    assert_int_equal(row.given.window_us, WEEK_US);
}

static void test_a_young_sku_is_reckoned_by_its_age_and_a_busy_one_by_its_latest_sales(void **state)
{
    struct world *w = world_of(state);
    add_sku(w, 1, NULL, 0);
    add_sku(w, 2, NULL, 0);
    add_sku(w, 3, NULL, 0);
    move(w, MOVE_RECEIVE, 1, 0, 500, 4 * HOUR_US);
    sell(w, 1, 2, 8, 3 * HOUR_US);
    move(w, MOVE_RECEIVE, 2, 0, 500, 60 * US_PER_S);
    sell(w, 2, 2, 8, 30 * US_PER_S);
    for (int64_t i = 0; i < 3 * EXPOSED_MOVEMENTS; i++) {
        sell(w, 3, 2, 1, (3 * EXPOSED_MOVEMENTS - i) * US_PER_S);
    }
    world_commit(w);
    struct exposed_row row = reckon_once(w, 11);
    assert_int_equal(row.given.sold, 8);
    assert_int_equal(row.given.window_us, 4 * HOUR_US);
    row = reckon_once(w, 21);
    assert_int_equal(row.given.window_us, HOUR_US);
    row = reckon_once(w, 31); /* one a second */
    assert_int_equal(row.given.sold, EXPOSED_MOVEMENTS);
    assert_int_equal(row.given.window_us, EXPOSED_MOVEMENTS * US_PER_S);
    assert_int_equal(row.exposure.demand, 5 * EXPOSURE_ONE);
}

static void test_propagation_is_measured_per_channel_once_pushes_are_enough(void **state)
{
    struct world *w = world_of(state);
    add_sku(w, 1, NULL, 0);
    sell(w, 1, 2, 8, HOUR_US);
    for (int64_t i = 0; i < EXPOSED_SAMPLES; i++) {
        push(w, 1, 100 * US_PER_MS * (i + 1), HOUR_US);
        push(w, 2, i ? US_PER_S : 40 * US_PER_S, HOUR_US);
        push(w, 3, 9 * US_PER_S, 8 * DAY_US); /* too long ago */
    }
    push(w, 3, 7 * US_PER_S, HOUR_US);
    world_commit(w);
    struct exposed *exposed = fresh();
    struct exposed_row row = reckon(w, exposed, 11);
    assert_false(row.is_assumed);
    assert_int_equal(row.samples, EXPOSED_SAMPLES);
    assert_in_range(row.given.propagation_us, 1900 * US_PER_MS, 2000 * US_PER_MS);
    row = reckon(w, exposed, 12);
    assert_in_range(row.given.propagation_us, US_PER_S, US_PER_S + US_PER_S / 16);
    row = reckon(w, exposed, 13);
    assert_true(row.is_assumed);
    assert_int_equal(row.samples, 1);
    assert_int_equal(row.given.propagation_us, 7 * US_PER_S);
    /* Known for a minute, then read again. */
    for (int64_t i = 0; i < EXPOSED_SAMPLES; i++) {
        push(w, 3, US_PER_S, HOUR_US);
    }
    world_commit(w);
    assert_true(reckon(w, exposed, 13).is_assumed);
    w->now_us += EXPOSED_KEEP_US;
    assert_false(reckon(w, exposed, 13).is_assumed);
    exposed_free(exposed);
}

static void test_a_bundle_is_as_exposed_as_its_most_exposed_component(void **state)
{
    struct world *w = world_of(state);
    static const struct component parts[] = {{{1}, 3}, {{2}, 1}};
    add_sku(w, 1, NULL, 0);
    add_sku(w, 2, NULL, 0);
    add_sku(w, 3, parts, 2);
    sell(w, 1, 2, 10, HOUR_US);
    sell(w, 2, 2, 3, HOUR_US);
    world_commit(w);
    assert_int_equal(reckon_once(w, 31).given.sold, 4); /* ten units spoil four bundles */
}

static void test_the_buffer_in_force_is_taken_off(void **state)
{
    struct world *w = world_of(state);
    add_sku(w, 1, NULL, 0);
    sell(w, 1, 2, 3600, HOUR_US / 2); /* 5 in 5 seconds */
    world_commit(w);
    assert_int_equal(reckon_once(w, 11).exposure.at_risk, 5 * EXPOSURE_ONE);
    assert_int_equal(reckon_once(w, 11).exposure.suggested_buffer, 11);
    channels[0].policy.buffer = 2;
    struct exposed_row row = reckon_once(w, 11);
    channels[0].policy.buffer = POLICY_UNSET;
    assert_int_equal(row.given.buffer, 2);
    assert_int_equal(row.exposure.at_risk, 3 * EXPOSURE_ONE);
}

/* ---- the worst of all ---- */

static const struct exposed_row *
make_table(struct world *w, struct exposed *exposed, size_t *out_count, int *out_steps)
{
    bool is_done = false;
    for (*out_steps = 0; !is_done; ++*out_steps) {
        assert_true(*out_steps < 100000);
        assert_int_equal(exposed_step(exposed, w->store, &config, now(w), &is_done), ERR_OK);
    }
    return exposed_table(exposed, out_count);
}

static void test_the_table_shows_live_listings_the_worst_first(void **state)
{
    struct world *w = world_of(state);
    static const struct component parts[] = {{{2}, 1}, {{3}, 1}};
    size_t count;
    int steps;
    for (int64_t sku = 1; sku <= 5; sku++) {
        add_sku(w, sku, sku == 5 ? parts : NULL, sku == 5 ? 2 : 0);
    }
    sell(w, 4, 3, 900, 3 * DAY_US); /* not in the last day */
    sell(w, 1, 2, 10, HOUR_US);
    sell(w, 2, 1, 500, HOUR_US);
    sell(w, 3, 3, 40, HOUR_US);
    world_commit(w);
    struct exposed *exposed = fresh();
    const struct exposed_row *table = make_table(w, exposed, &count, &steps);
    /* Of 'c', which is not live, nothing. */
    static const int64_t wanted[] = {22, 52, 31, 32, 51, 11, 12, 21};
    assert_int_equal(count, COUNT_OF(wanted));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(table[i].listing.v, wanted[i]);
        struct exposed_row alone = reckon(w, exposed, wanted[i]);
        assert_int_equal(table[i].exposure.at_risk, alone.exposure.at_risk);
        assert_int_equal(table[i].exposure.suggested_buffer, alone.exposure.suggested_buffer);
    }
    /* Young enough: nothing is read. Then it is made anew. */
    sell(w, 1, 2, 9000, HOUR_US);
    world_commit(w);
    w->now_us += EXPOSED_KEEP_US - 1;
    table = make_table(w, exposed, &count, &steps);
    assert_int_equal(steps, 1);
    assert_int_equal(table[0].listing.v, 22);
    w->now_us += 1;
    table = make_table(w, exposed, &count, &steps);
    assert_int_equal(table[0].listing.v, 11);
    exposed_free(exposed);
}

static void test_the_table_is_bounded_and_keeps_the_worst(void **state)
{
    struct world *w = world_of(state);
    size_t count;
    int steps;
    for (int64_t sku = 1; sku <= EXPOSED_ROWS + 200; sku++) {
        add_sku(w, sku, NULL, 0);
        sell(w, sku, 1 + sku % 2, sku, HOUR_US);
    }
    world_commit(w);
    struct exposed *exposed = fresh();
    const struct exposed_row *table = make_table(w, exposed, &count, &steps);
    assert_int_equal(count, EXPOSED_ROWS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(table[i].given.sold, EXPOSED_ROWS + 200 - (int64_t)i);
    }
    exposed_free(exposed);
}

static void test_an_empty_ledger_exposes_nothing(void **state)
{
    struct world *w = world_of(state);
    size_t count;
    int steps;
    struct exposed *exposed = fresh();
    make_table(w, exposed, &count, &steps);
    assert_int_equal(count, 0);
    make_table(w, exposed, &count, &steps);
    assert_int_equal(steps, 1);
    exposed_free(exposed);
    exposed_free(NULL);
}

#define BOTH(test) STORE_TEST(test, open_mem), STORE_TEST(test, open_sqlite)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_only_what_other_channels_sold_counts),
        BOTH(test_a_quiet_day_does_not_hide_a_busy_week),
        BOTH(test_a_young_sku_is_reckoned_by_its_age_and_a_busy_one_by_its_latest_sales),
        BOTH(test_propagation_is_measured_per_channel_once_pushes_are_enough),
        BOTH(test_a_bundle_is_as_exposed_as_its_most_exposed_component),
        BOTH(test_the_buffer_in_force_is_taken_off),
        BOTH(test_the_table_shows_live_listings_the_worst_first),
        BOTH(test_the_table_is_bounded_and_keeps_the_worst),
        BOTH(test_an_empty_ledger_exposes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
