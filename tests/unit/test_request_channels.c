/* SPDX-License-Identifier: Apache-2.0 */
/* Channels and listings: settings that do, secrets that never come out, keys that mean one thing.
 */
#include "support/request_world.h"

#include "engine/batch.h"

#define SHOPIFY                                                                                    \
    "{\"code\":\"eu\",\"connector\":\"shopify\",\"settings\":{\"shop\":\"x.myshopify.com\","       \
    "\"location_map\":[{\"location\":\"berlin\",\"remote\":\"70\"},{\"location\":\"paris\","       \
    "\"remote\":\"71\"}]},\"secrets\":{\"access_token\":\"shpat_CANARY\","                         \
    "\"client_secret\":\"CANARY-two\"}}"

static const struct channel_row *channel_of(struct world *w, const char *code)
{
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->channels(w->reader, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct channel_row *row = rows.items[i];
        if (slice_is(row->code, code)) {
            return row;
        }
    }
    return NULL;
}

static struct slice secrets_of(struct world *w, const char *code)
{
    const struct channel_row *row = channel_of(w, code);
    const struct vault vault = {.key = {9}};
    struct slice plain = {0};
    assert_int_equal(secrets_open(&vault, row->id, row->secrets, &w->arena, &plain), ERR_OK);
    return plain;
}

static bool says(struct slice text, const char *what)
{
    return text.n && memmem(text.p, text.n, what, strlen(what)) != NULL;
}

static void test_a_channel_begins_in_shadow_and_opens_now(void **state)
{
    struct world *w = *state;
    w->now_us += 123456;
    must_answer(w, 201, request_channels_create, NULL, "{\"code\":\"b\",\"connector\":\"api\"}");
    assert_slice(text_of(w->answer, "mode"), "shadow");
    assert_slice(text_of(w->answer, "opened_at"), "2026-11-23T04:29:07.000Z");
    assert_int_equal(channel_of(w, "b")->buffer, POLICY_UNSET);
    must_answer(w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"c\",\"connector\":\"api\",\"mode\":\"live\","
                "\"opened_at\":\"2026-11-01T10:00:00.9+01:00\"}");
    assert_slice(text_of(w->answer, "opened_at"), "2026-11-01T09:00:00.000Z");
}

static void test_secrets_are_sealed_and_leave_neither_by_answer_nor_by_log(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY);
    assert_false(says(w->text, "CANARY"));
    assert_false(says(channel_of(w, "eu")->secrets, "CANARY"));
    assert_true(says(secrets_of(w, "eu"), "shpat_CANARY"));
    struct rows events = {0};
    const struct store_query q = {.limit = 100};
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &events), ERR_OK);
    assert_true(events.count > 0);
    for (size_t i = 0; i < events.count; i++) {
        const struct event_row *event = events.items[i];
        assert_false(says(event->facts, "CANARY"));
    }
}

static void test_a_patch_merges_settings_and_secrets_and_null_removes(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY);
    int64_t version = channel_of(w, "eu")->version;
    must_answer(w,
                200,
                request_channel_change,
                "eu",
                "{\"secrets\":{\"webhook_secret\":\"third\"},\"settings\":{\"api_version\":"
                "\"2026-04\"},\"percent\":80}");
    struct slice plain = secrets_of(w, "eu");
    assert_true(says(plain, "shpat_CANARY") && says(plain, "third"));
    const struct channel_row *row = channel_of(w, "eu");
    assert_true(says(row->settings, "location_map") && says(row->settings, "2026-04"));
    assert_int_equal(row->percent, 80);
    assert_int_equal(row->version, version + 1);
    must_answer(w,
                200,
                request_channel_change,
                "eu",
                "{\"secrets\":{\"webhook_secret\":null},\"settings\":{\"api_version\":null},"
                "\"percent\":null}");
    assert_false(says(secrets_of(w, "eu"), "third"));
    assert_true(says(secrets_of(w, "eu"), "CANARY-two"));
    assert_false(says(channel_of(w, "eu")->settings, "2026-04"));
    assert_int_equal(channel_of(w, "eu")->percent, POLICY_UNSET);
}

static void test_what_the_connector_cannot_work_with_is_not_kept(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"{\"code\":\"n\",\"connector\":\"nothing\"}", 422},
        {"{\"code\":\"n\",\"connector\":\"shopify\"}", 422},
        {"{\"code\":\"n\",\"connector\":\"api\",\"settings\":{\"base_url\":\"ftp://x\"}}", 422},
        {"{\"code\":\"n\",\"connector\":\"api\",\"route\":[{\"location\":\"rome\"}]}", 422},
        {"{\"code\":\"n\",\"connector\":\"api\",\"route\":[{\"place\":\"berlin\"}]}", 400},
        {"{\"code\":\"n\",\"connector\":\"api\",\"route\":{}}", 400},
        {"{\"code\":\"n\",\"connector\":\"api\",\"percent\":101}", 400},
        {"{\"code\":\"n\",\"connector\":\"api\",\"mode\":\"on\"}", 400},
        {"{\"code\":\"n\",\"connector\":\"api\",\"opened_at\":\"yesterday\"}", 400},
        {"{\"code\":\"n\",\"connector\":\"api\",\"token\":\"x\"}", 400},
        {"{\"code\":\"a/b\",\"connector\":\"api\"}", 400},
        {"{\"connector\":\"api\"}", 400},
        {"{\"code\":\"n\"}", 400},
        {"{\"code\":\"shop\",\"connector\":\"api\"}", 409},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        must_answer(w, cases[i].status, request_channels_create, NULL, cases[i].body);
    }
    assert_null(channel_of(w, "n"));
    must_answer(w, 422, request_channel_change, "shop", "{\"settings\":{\"base_url\":\"nope\"}}");
    must_answer(w, 422, request_channel_change, "shop", "{\"connector\":\"shopify\"}");
    must_answer(w, 404, request_channel_change, "nowhere", "{\"paused\":true}");
    assert_false(says(channel_of(w, "shop")->settings, "nope"));
}

static void test_two_changes_of_one_channel_in_one_commit_both_hold(void **state)
{
    struct world *w = *state;
    struct turn *turns[] = {world_turn(w, request_channel_change, "shop", "{\"percent\":50}"),
                            world_turn(w, request_channel_change, "shop", "{\"cap\":5}")};
    assert_true(engine_submit(w->engine, turns[0]));
    assert_true(engine_submit(w->engine, turns[1]));
    world_step(w);
    assert_int_equal(turns[0]->status, 200);
    assert_int_equal(turns[1]->status, 200);
    turn_free(turns[0]);
    turn_free(turns[1]);
    const struct channel_row *row = channel_of(w, "shop");
    assert_int_equal(row->percent, 50);
    assert_int_equal(row->cap, 5);
}

static void test_a_policy_change_looks_at_all_listings_of_the_channel(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"items\":[{\"channel\":\"shop\",\"sku\":\"TEE\"},{\"channel\":\"shop\","
                "\"sku\":\"MUG\"}]}");
    w->hints = 0;
    must_answer(w, 200, request_channel_change, "shop", "{\"buffer\":1}");
    assert_int_equal(w->hints, 2);
}

/* ---- listings ---- */

static void test_a_listing_of_our_own_api_needs_no_remote(void **state)
{
    struct world *w = *state;
    must_answer(
        w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"tee\",\"cap\":3}");
    assert_slice(text_of(json_get(w->answer, "remote"), "sku"), "TEE");
    assert_slice(text_of(w->answer, "sku"), "TEE");
    assert_int_equal(int_of(w->answer, "cap"), 3);
    assert_int_equal(int_of(w->answer, "pack_size"), 1);
    assert_slice(text_of(w->answer, "state"), "waiting");
    assert_int_equal(json_type(json_get(w->answer, "expected")), JSON_NULL);
}

#define EU "\"channel\":\"eu\",\"sku\":\"TEE\","
#define REMOTE                                                                                     \
    "\"remote\":{\"product_id\":\"1\",\"variant_id\":\"gid://shopify/ProductVariant/2\","          \
    "\"inventory_item_id\":3}"

static void test_remote_ids_are_normalised(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY);
    must_answer(w, 201, request_listings_create, NULL, "{" EU REMOTE "}");
    struct json remote = json_get(w->answer, "remote");
    assert_slice(text_of(remote, "variant_id"), "2");
    assert_slice(text_of(remote, "inventory_item_id"), "3");
}

static void test_one_key_means_one_thing(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY);
    must_answer(w, 201, request_listings_create, NULL, "{" EU REMOTE ",\"location\":\"berlin\"}");
    /* twice at one place; as the total beside a place; another SKU or pack at another place */
    must_answer(w, 409, request_listings_create, NULL, "{" EU REMOTE ",\"location\":\"berlin\"}");
    must_answer(w, 409, request_listings_create, NULL, "{" EU REMOTE "}");
    must_answer(w,
                409,
                request_listings_create,
                NULL,
                "{\"channel\":\"eu\",\"sku\":\"MUG\"," REMOTE ",\"location\":\"paris\"}");
    must_answer(w,
                409,
                request_listings_create,
                NULL,
                "{" EU REMOTE ",\"location\":\"paris\",\"pack_size\":2}");
    must_answer(w, 201, request_listings_create, NULL, "{" EU REMOTE ",\"location\":\"paris\"}");
    must_answer(w,
                409,
                request_listings_create,
                NULL,
                "{\"items\":[{\"channel\":\"shop\",\"sku\":\"TEE\"},{\"channel\":\"shop\",\"sku\":"
                "\"TEE\"}]}");
}

static void test_a_listing_names_what_exists(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *body, *field;
        int status;
    } cases[] = {
        {"{\"channel\":\"nowhere\",\"sku\":\"TEE\"}", "channel", 422},
        {"{\"channel\":\"shop\",\"sku\":\"GONE\"}", "sku", 422},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"location\":\"rome\"}", "location", 422},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"location\":\"berlin\"}", "location", 422},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"pack_size\":0}", "pack_size", 400},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"remote\":{\"sku\":\"\"}}", "remote", 400},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"remote\":\"TEE\"}", "remote", 400},
        {"{\"channel\":\"shop\",\"sku\":\"TEE\",\"price\":1}", "price", 400},
        {"{\"sku\":\"TEE\"}", "channel", 400},
        {"{\"channel\":\"shop\"}", "sku", 400},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        must_answer(w, cases[i].status, request_listings_create, NULL, cases[i].body);
        assert_slice(text_of(w->answer, "field"), cases[i].field);
    }
}

static void test_a_listing_changes_its_policy_and_goes(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                "\"quantity\":10}]}");
    must_answer(w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"TEE\"}");
    assert_int_equal(int_of(w->answer, "sellable"), 10);
    must_answer(
        w, 200, request_listing_change, "1", "{\"buffer\":1,\"percent\":50,\"pack_size\":2}");
    assert_int_equal(int_of(w->answer, "sellable"), 2);
    must_answer(w, 200, request_listing_change, "1", "{\"paused\":true,\"buffer\":null}");
    assert_slice(text_of(w->answer, "state"), "paused");
    assert_true(text_of(w->answer, "state_reason").n > 0);
    must_answer(w, 400, request_listing_change, "1", "{\"sku\":\"MUG\"}");
    must_answer(w, 404, request_listing_change, "2", "{}");
    must_answer(w, 404, request_listing_change, "one", "{}");
    must_answer(w, 204, request_listing_delete, "1", "");
    assert_int_equal(w->text.n, 0);
    must_answer(w, 404, request_listing_delete, "1", "");
    must_answer(w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"TEE\"}");
}

/* What a certain refusal of the channel leaves behind. */
static void quarantine(struct batch *b, struct turn *turn)
{
    struct batch_listing *listing = batch_listing(b, (struct listing_id){1});
    assert_non_null(listing);
    listing->row.fault = FAULT_REFUSED;
    listing->row.fault_reason = SLICE("no such item");
    batch_listing_moved(b, listing);
    batch_incident(b,
                   &(struct incident_text){.code = "PUSH-REFUSED",
                                           .subject = SLICE("listing 1"),
                                           .title = SLICE("refused")});
    turn->status = 200;
}

static bool is_open(struct world *w, const char *code)
{
    struct incident_row *row = NULL;
    assert_int_equal(w->reader->ops->incident_open(
                         w->reader, slice_of(code), SLICE("listing 1"), &w->arena, &row),
                     ERR_OK);
    return row != NULL;
}

static void test_a_push_by_hand_lifts_the_quarantine(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_listings_create, NULL, "{\"channel\":\"shop\",\"sku\":\"TEE\"}");
    must_answer(w, 200, quarantine, NULL, "");
    must_answer(w, 200, request_listing_change, "1", "{\"cap\":9}");
    assert_slice(text_of(w->answer, "state"), "refused");
    assert_slice(text_of(w->answer, "state_reason"), "no such item");
    assert_true(is_open(w, "PUSH-REFUSED"));
    w->hints = 0;
    must_answer(w, 202, request_listing_push, "1", "");
    assert_slice(text_of(w->answer, "state"), "waiting");
    assert_int_equal(w->hints, 1);
    assert_false(is_open(w, "PUSH-REFUSED"));
    must_answer(w, 404, request_listing_push, "99", "");
}

static void test_a_parked_line_is_booked_when_its_listing_comes(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"o1\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                "\"sku\":\"shop-tee\",\"ordered\":2}]}");
    assert_slice(text_of(w->answer, "state"), "parked");
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"channel\":\"shop\",\"sku\":\"TEE\",\"remote\":{\"sku\":\"shop-tee\"},"
                "\"pack_size\":3}");
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 6);
}

static void test_an_order_and_its_listing_in_one_commit_find_each_other(void **state)
{
    struct world *w = *state;
    struct turn *turns[] = {
        world_turn(w,
                   request_orders_create,
                   NULL,
                   "{\"channel\":\"shop\",\"id\":\"o1\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                   "\"sku\":\"NEW\",\"ordered\":2}]}"),
        world_turn(w, request_skus_create, NULL, "{\"sku\":\"NEW\"}")};
    assert_true(engine_submit(w->engine, turns[0]));
    assert_true(engine_submit(w->engine, turns[1]));
    world_step(w);
    assert_int_equal(turns[0]->status, 201);
    assert_int_equal(turns[1]->status, 201);
    turn_free(turns[0]);
    turn_free(turns[1]);
    assert_int_equal(stock_of(w, "NEW", "berlin").reserved, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_channel_begins_in_shadow_and_opens_now),
        world_test(test_secrets_are_sealed_and_leave_neither_by_answer_nor_by_log),
        world_test(test_a_patch_merges_settings_and_secrets_and_null_removes),
        world_test(test_what_the_connector_cannot_work_with_is_not_kept),
        world_test(test_two_changes_of_one_channel_in_one_commit_both_hold),
        world_test(test_a_policy_change_looks_at_all_listings_of_the_channel),
        world_test(test_a_listing_of_our_own_api_needs_no_remote),
        world_test(test_remote_ids_are_normalised),
        world_test(test_one_key_means_one_thing),
        world_test(test_a_listing_names_what_exists),
        world_test(test_a_listing_changes_its_policy_and_goes),
        world_test(test_a_push_by_hand_lifts_the_quarantine),
        world_test(test_a_parked_line_is_booked_when_its_listing_comes),
        world_test(test_an_order_and_its_listing_in_one_commit_find_each_other),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
