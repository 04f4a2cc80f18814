/* SPDX-License-Identifier: Apache-2.0 */
/* The counts that a catalogue shows are kept with their time: what a channel says of a first figure. */
#include "support/request_world.h"

#include "engine/import.h"

#define READ_AT (INT64_C(1700000000) * US_PER_S)
#define WOO                                                                                        \
    "{\"code\":\"woo\",\"connector\":\"woocommerce\",\"settings\":{\"base_url\":"                  \
    "\"https://shop.example\"},\"secrets\":{\"consumer_key\":\"ck\",\"consumer_secret\":\"cs\","   \
    "\"webhook_secret\":\"ws\"}}"
#define SHOPIFY                                                                                    \
    "{\"code\":\"shopify\",\"connector\":\"shopify\",\"settings\":{\"shop\":\"demo\","             \
    "\"location_map\":[{\"location\":\"berlin\",\"remote\":\"71\"},{\"location\":\"paris\","       \
    "\"remote\":\"72\"}]},\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"w\"}}"

static struct catalogue_item item_of(struct world *w, int id, const char *sku, int64_t count)
{
    struct slice key = arena_printf(&w->arena, "p:%d", id);
    return (struct catalogue_item){.remote = arena_printf(&w->arena, "{\"product_id\":\"%d\"}", id),
                                   .key = key,
                                   .stock_key = key,
                                   .sku = slice_of(sku),
                                   .count = count,
                                   .count_known = true,
                                   .is_managed = true};
}

/* All of the catalogue in one page, read at that moment. */
static void import_at(
    struct world *w, const char *channel, struct catalogue_item *items, size_t n, int64_t at_us)
{
    struct turn *turn = world_turn(w, request_import_create, channel, "");
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_non_null(turn->import);
    struct import_step s = {
        .order = *turn->import, .items = items, .items_count = n, .read_at_us = at_us};
    turn_free(turn);
    for (int round = 0; round < 2; round++) { /* the page, then the end */
        turn = turn_new(TURN_REQUEST, world_kept, &s);
        turn->run = request_import_step;
        assert_true(engine_submit(w->engine, turn));
        world_step(w);
        assert_int_equal(turn->err, ERR_OK);
        turn_free(turn);
        s = (struct import_step){.order = s.order, .is_end = true, .review = SLICE("[]")};
    }
}

static struct listing_row *listing_of(struct world *w, const char *code)
{
    struct sku_row *sku = NULL;
    struct slice key = slice_of(code);
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
    assert_non_null(sku);
    assert_int_equal(w->reader->ops->listings_of_sku(w->reader, sku->id, &w->arena, &rows), ERR_OK);
    assert_true(rows.count > 0);
    return rows.items[0];
}

static void must_show(struct world *w, const char *sku, int64_t count, int64_t at_us)
{
    const struct listing_row *row = listing_of(w, sku);
    assert_int_equal(row->observed, count);
    assert_int_equal(row->observed_at_us, at_us);
    assert_false(row->expected.is_known); /* a catalogue is no reading */
}

static void test_a_new_listing_keeps_the_count_that_the_catalogue_showed(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    struct catalogue_item items[] = {item_of(w, 11, "TEE", 5), item_of(w, 12, "MUG", 0)};
    items[1].count_known = false;
    import_at(w, "woo", items, COUNT_OF(items), READ_AT);
    must_show(w, "TEE", 5, READ_AT);
    must_show(w, "MUG", 0, 0); /* unknown: never seen, not seen as 0 */
}

static void test_an_item_that_waited_for_its_sku_still_knows_its_count(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    struct catalogue_item items[] = {item_of(w, 11, "HAT", 9), item_of(w, 12, "CAP", 4)};
    items[1].count_known = false;
    import_at(w, "woo", items, COUNT_OF(items), READ_AT);
    must_answer(
        w, 201, request_skus_create, NULL, "{\"items\":[{\"sku\":\"HAT\"},{\"sku\":\"CAP\"}]}");
    must_show(w, "HAT", 9, READ_AT);
    must_show(w, "CAP", 0, 0);
}

static void test_a_later_catalogue_shows_a_newer_count_and_an_older_one_none(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    struct catalogue_item item = item_of(w, 11, "TEE", 5);
    import_at(w, "woo", &item, 1, READ_AT);
    item.count = 6;
    import_at(w, "woo", &item, 1, READ_AT + US_PER_S);
    must_show(w, "TEE", 6, READ_AT + US_PER_S);
    item.count = 7;
    import_at(w, "woo", &item, 1, READ_AT);
    must_show(w, "TEE", 6, READ_AT + US_PER_S);
    item.is_managed = false; /* from now on it is not counted: what it says is no figure */
    import_at(w, "woo", &item, 1, READ_AT + 2 * US_PER_S);
    must_show(w, "TEE", 6, READ_AT + US_PER_S);
}

static void test_t44_a_sum_over_mapped_locations_is_kept_for_none_of_them(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY);
    struct catalogue_item item = item_of(w, 11, "TEE", 5);
    import_at(w, "shopify", &item, 1, READ_AT);
    assert_true(listing_of(w, "TEE")->location.v != 0);
    must_show(w, "TEE", 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_new_listing_keeps_the_count_that_the_catalogue_showed),
        world_test(test_an_item_that_waited_for_its_sku_still_knows_its_count),
        world_test(test_a_later_catalogue_shows_a_newer_count_and_an_older_one_none),
        world_test(test_t44_a_sum_over_mapped_locations_is_kept_for_none_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
