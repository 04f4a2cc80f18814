/* SPDX-License-Identifier: Apache-2.0 */
/* The first thing that is done with a ledger that was put back: what it forgets, pauses, calls off
 * and tells. */
#include "support/request_world.h"

#include "engine/cutover.h"
#include "engine/request_parts.h"
#include "engine/restored.h"

#define MANY 1203 /* listings: two whole pages, and some */
#define PLATFORM                                                                                   \
    "\"connector\":\"woocommerce\",\"settings\":{\"base_url\":\"https://%s.example\"},"            \
    "\"secrets\":{\"consumer_key\":\"ck_1\",\"consumer_secret\":\"cs_1\",\"webhook_secret\":"      \
    "\"0123456789abcdef\"}"

static const char *paused; /* of the next request: "1": all are */

/* args: {listing}. */
static void put_back(struct batch *b, struct turn *turn)
{
    struct slice *args = ARENA_ARRAY(&turn->arena, 5, struct slice);
    must(args);
    args[0] = turn->args[0];
    args[1] = SLICE("truecount-2026-11-27T20-15-00Z");
    args[2] = SLICE("1795810500000000");
    args[3] = SLICE("1795814100000000");
    args[4] = slice_of(paused);
    turn->args = args;
    request_restored(b, turn);
}

/* All pages; how many there were. */
static int put_all_back(struct world *w)
{
    char after[32] = "0";
    int pages = 1;
    for (; ask(w, put_back, after, "") == 200; pages++) {
        (void)snprintf(after, sizeof(after), "%.*s", SLICE_ARG(w->text));
    }
    assert_int_equal(w->status, 204);
    return pages;
}

static void channel_add(struct world *w, const char *code, const char *mode)
{
    char body[600], settings[400];
    (void)snprintf(settings, sizeof(settings), PLATFORM, code);
    (void)snprintf(
        body, sizeof(body), "{\"code\":\"%s\",\"mode\":\"%s\",%s}", code, mode, settings);
    must_answer(w, 201, request_channels_create, NULL, body);
}

static const struct channel_row *channel(struct world *w, const char *code)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->channels(w->reader, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct channel_row *row = rows.items[i];
        if (slice_is(row->code, code)) {
            return row;
        }
    }
    fail_msg("there is no channel %s", code);
    return NULL;
}

static struct rows listings(struct world *w)
{
    struct rows rows = {0};
    const struct store_query q = {.limit = 2 * MANY, .state = -1};
    assert_int_equal(w->reader->ops->list_listings(w->reader, &q, &w->arena, &rows), ERR_OK);
    return rows;
}

/* What a push and a reading left. */
static void believe(struct batch *b, struct turn *turn)
{
    struct rows rows = {0};
    const struct store_query q = {.limit = 2 * MANY, .state = -1};
    must(b->store->ops->list_listings(b->store, &q, &b->arena, &rows) == ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        struct batch_listing *l = batch_listing(b, ((const struct listing_row *)rows.items[i])->id);
        must(l);
        l->row.expected = (struct expected){.is_known = true,
                                            .phase = EXPECTED_IN_FLIGHT,
                                            .base = {7, 7},
                                            .landed = {9, 9},
                                            .push_value = 9,
                                            .seq = 40};
        l->row.published = 7;
        l->row.published_at_us = 1;
        l->row.observed_at_us = 1;
        batch_listing_moved(b, l);
    }
    turn->status = 200;
}

static void test_what_each_of_many_listings_shows_is_forgotten(void **state)
{
    struct world *w = *state;
    char body[200];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(body,
                       sizeof(body),
                       "{\"channel\":\"shop\",\"sku\":\"TEE\",\"remote\":{\"sku\":\"T-%d\"}}",
                       i);
        must_answer(w, 201, request_listings_create, NULL, body);
    }
    must_answer(w, 200, believe, NULL, "");
    paused = "0";
    assert_int_equal(put_all_back(w), 3);
    struct rows rows = listings(w);
    assert_int_equal(rows.count, MANY);
    for (size_t i = 0; i < rows.count; i++) {
        const struct listing_row *row = rows.items[i];
        assert_false(row->expected.is_known);
        assert_int_equal(row->expected.phase, EXPECTED_SETTLED);
        assert_int_equal(row->expected.seq, 41); /* a reading that was under way proves nothing */
        assert_int_equal(row->published_at_us, 0);
        assert_int_equal(row->observed_at_us, 0);
    }
}

static void
test_channels_whose_orders_cannot_be_read_are_paused_and_the_others_are_not(void **state)
{
    struct world *w = *state;
    channel_add(w, "live", "live");
    channel_add(w, "shadow", "shadow");
    channel_add(w, "off", "off");
    paused = "0";
    (void)put_all_back(w);
    assert_true(channel(w, "shop")->paused);
    assert_false(channel(w, "live")->paused);
    assert_false(channel(w, "shadow")->paused);
    paused = "1";
    (void)put_all_back(w);
    assert_true(channel(w, "live")->paused);
    assert_false(channel(w, "shadow")->paused); /* it writes nothing anyway */
    assert_false(channel(w, "off")->paused);
}

static void plan_cutover(struct batch *b, struct turn *turn)
{
    const struct channel_config *c = config_channel_by_code(b->config, turn->args[0]);
    struct channel_row *row = ARENA_NEW(&b->arena, struct channel_row);
    must(c && row);
    *row = c->row;
    row->version++;
    row->cutover_at_us = b->now_us + US_PER_S;
    request_change(b, &b->changes.channels, row);
    b->config_changed = true;
    turn->status = 200;
}

static void test_a_takeover_that_was_planned_is_called_off(void **state)
{
    struct world *w = *state;
    channel_add(w, "shadow", "shadow");
    must_answer(w, 200, plan_cutover, "shadow", "");
    assert_true(channel(w, "shadow")->cutover_at_us > 0);
    paused = "0";
    (void)put_all_back(w);
    assert_int_equal(channel(w, "shadow")->cutover_at_us, 0);
    assert_int_equal(channel(w, "shadow")->mode, MODE_SHADOW);
}

static bool says(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void
test_it_is_told_with_the_time_and_what_is_read_and_paused_and_stands_in_the_log(void **state)
{
    struct world *w = *state;
    struct rows rows = {0};
    channel_add(w, "live", "live");
    paused = "0";
    (void)put_all_back(w);
    struct store_query q = {.text = SLICE("RESTORED"), .state = 1, .limit = 10};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 1);
    const struct incident_row *row = rows.items[0];
    assert_true(says(row->title, "2026-11-27T20:15:00Z"));
    assert_true(says(row->detail, "read again from: live."));
    assert_true(says(row->detail, "writing nothing: shop."));
    assert_non_null(incident_kind(row->code));
    rows = (struct rows){0};
    q = (struct store_query){.limit = 100};
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &rows), ERR_OK);
    size_t found = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const struct event_row *event = rows.items[i];
        found += slice_is(event->kind, "restored") &&
                 says(event->facts, "\"made_at\":\"2026-11-27T20:15:00Z\"");
    }
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_what_each_of_many_listings_shows_is_forgotten),
        world_test(test_channels_whose_orders_cannot_be_read_are_paused_and_the_others_are_not),
        world_test(test_a_takeover_that_was_planned_is_called_off),
        world_test(test_it_is_told_with_the_time_and_what_is_read_and_paused_and_stands_in_the_log),
    };
    must(crypto_init() == ERR_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
