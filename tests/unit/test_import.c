/* SPDX-License-Identifier: Apache-2.0 */
/* An import's turns over SQLite: the job, what each item becomes, the orders that waited. */
#include "support/request_world.h"

#include "engine/import.h"

#define WOO                                                                                        \
    "{\"code\":\"woo\",\"connector\":\"woocommerce\",\"mode\":\"live\",\"settings\":{\"base_"      \
    "url\":"                                                                                       \
    "\"https://shop.example\"},\"secrets\":{\"consumer_key\":\"ck\",\"consumer_secret\":\"cs\","   \
    "\"webhook_secret\":\"ws\"}}"
#define SHOPIFY(locations)                                                                         \
    "{\"code\":\"shopify\",\"connector\":\"shopify\",\"mode\":\"live\",\"settings\":{\"shop\":"    \
    "\"demo\",\"location_map\":[" locations "]},\"secrets\":{\"access_token\":\"t\","              \
    "\"webhook_secret\":\"w\"}}"
#define AT_BERLIN "{\"location\":\"berlin\",\"remote\":\"71\"}"
#define AT_PARIS "{\"location\":\"paris\",\"remote\":\"72\"}"

/* ---- what a test does ---- */

static struct catalogue_item woo_item(struct world *w, int id, const char *sku)
{
    return (struct catalogue_item){
        .remote = arena_printf(&w->arena, "{\"product_id\":\"%d\"}", id),
        .key = arena_printf(&w->arena, "p:%d", id),
        .stock_key = arena_printf(&w->arena, "p:%d", id),
        .sku = slice_of(sku),
        .title = SLICE("its title"),
        .product = SLICE("its product"),
        .options = SLICE("{\"Size\":\"M\"}"),
        .barcode = SLICE("4006381333931"),
        .count = 5,
        .count_known = true,
        .is_managed = true,
    };
}

/* Starts an import; false when it was refused. */
static bool start(struct world *w, const char *channel, const char *body, struct import_order *out)
{
    struct turn *turn = world_turn(w, request_import_create, channel, body);
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    bool has_order = turn->import != NULL;
    if (has_order) {
        *out = *turn->import;
        assert_int_equal(w->status, 202);
    }
    turn_free(turn);
    return has_order;
}

/* Runs one step; its review rows are w->answer. */
static void step(struct world *w, struct import_step *s)
{
    struct turn *turn = turn_new(TURN_REQUEST, world_kept, s);
    turn->run = request_import_step;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    if (turn->err) {
        fail_msg("not committed: %s", turn->note.text);
    }
    struct err_note note;
    struct slice rows = arena_printf(&w->arena, "[%.*s]", SLICE_ARG(buf_view(&turn->answer)));
    assert_int_equal(json_parse(w->doc, rows, &w->answer, &note), ERR_OK);
    turn_free(turn);
}

/* The whole catalogue in one page. */
static struct import_tally
link_all(struct world *w, const struct import_order *order, struct catalogue_item *items, size_t n)
{
    uint64_t digests[64];
    struct import_step s = {
        .order = *order, .items = items, .items_count = n, .digests = digests, .read = (int64_t)n};
    must(n <= COUNT_OF(digests));
    for (size_t i = 0; i < n; i++) {
        s.digests_count += import_digest(items[i].sku, &w->arena, &digests[s.digests_count]);
    }
    link_digests_sort(digests, s.digests_count);
    step(w, &s);
    assert_null(s.stopped);
    return s.after;
}

static struct job_row *job_of(struct world *w, int64_t id)
{
    struct job_row *job = NULL;
    assert_int_equal(w->reader->ops->job(w->reader, id, &w->arena, &job), ERR_OK);
    assert_non_null(job);
    return job;
}

static void end(struct world *w, const struct import_order *order, const char *error)
{
    struct import_step s = {
        .order = *order, .is_end = true, .error = slice_of(error), .review = SLICE("[]")};
    step(w, &s);
}

static size_t listings_of(struct world *w, const char *code, struct listing_row *out, size_t max)
{
    struct sku_row *sku = NULL;
    struct slice key = slice_of(code);
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
    assert_non_null(sku);
    assert_int_equal(w->reader->ops->listings_of_sku(w->reader, sku->id, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count && i < max; i++) {
        out[i] = *(const struct listing_row *)rows.items[i];
    }
    return rows.count;
}

static const char *reason_at(struct world *w, size_t n)
{
    return text_of(entry(w->answer, n), "reason").p;
}

/* ---- the job ---- */

static void test_an_import_is_a_job_and_runs_once_at_a_time(void **state)
{
    struct world *w = *state;
    struct import_order order, other;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    assert_int_equal(int_of(w->answer, "job"), INT64_MIN); /* an id is a text */
    assert_true(text_of(w->answer, "job").n > 0);
    assert_slice(job_of(w, order.job)->state, "queued");
    assert_false(start(w, "woo", "{}", &other));
    assert_int_equal(w->status, 409);
    assert_true(slice_is(text_of(w->answer, "job"), "1"));
    struct import_step s = {.order = order, .read = 100, .total = 250};
    step(w, &s); /* progress alone */
    assert_slice(job_of(w, order.job)->state, "running");
    assert_int_equal(job_of(w, order.job)->done, 100);
    assert_int_equal(job_of(w, order.job)->total, 250);
    assert_false(start(w, "woo", "{}", &other));
    end(w, &order, "");
    assert_slice(job_of(w, order.job)->state, "done");
    assert_true(start(w, "woo", "{\"create_skus\":true}", &other));
    assert_true(other.create_skus);
    end(w, &other, "the shop is gone");
    assert_slice(job_of(w, other.job)->state, "failed");
    assert_slice(job_of(w, other.job)->error, "the shop is gone");
}

static void test_what_cannot_be_imported_is_refused_with_the_reason(void **state)
{
    struct world *w = *state;
    struct import_order order;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_false(start(w, "nowhere", "", &order));
    assert_int_equal(w->status, 404);
    assert_false(start(w, "shop", "", &order)); /* it speaks our API */
    assert_int_equal(w->status, 422);
    assert_slice(text_of(w->answer, "type"), "urn:truecount:problem:no-catalogue");
    assert_false(start(w, "woo", "{\"create\":true}", &order));
    assert_int_equal(w->status, 400);
    assert_false(start(w, "woo", "{\"create_skus\":1}", &order));
    assert_int_equal(w->status, 400);
    must_answer(w, 200, request_channel_change, "woo", "{\"mode\":\"off\"}");
    assert_false(start(w, "woo", "", &order));
    assert_int_equal(w->status, 422);
    struct rows open = {0};
    assert_int_equal(w->reader->ops->jobs_open(w->reader, &w->arena, &open), ERR_OK);
    assert_int_equal(open.count, 0);
}

static void test_a_start_fails_what_the_stop_interrupted(void **state)
{
    struct world *w = *state;
    struct import_order order, again;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    must_answer(w, 200, request_jobs_interrupted, NULL, "");
    assert_slice(job_of(w, order.job)->state, "failed");
    assert_slice(job_of(w, order.job)->error, "interrupted: start it again");
    assert_true(start(w, "woo", "", &again));
    end(w, &again, "");
    must_answer(w, 200, request_jobs_interrupted, NULL, "");
    assert_slice(job_of(w, again.job)->state, "done");
}

static void test_a_channel_that_was_switched_off_stops_its_import(void **state)
{
    struct world *w = *state;
    struct import_order order;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    must_answer(w, 200, request_channel_change, "woo", "{\"mode\":\"off\"}");
    struct catalogue_item items[] = {woo_item(w, 11, "TEE")};
    struct listing_row rows[2];
    struct import_step s = {.order = order, .items = items, .items_count = 1};
    step(w, &s);
    assert_non_null(s.stopped);
    assert_int_equal(listings_of(w, "TEE", rows, 2), 0);
}

/* ---- linking ---- */

static void test_t60_equal_codes_are_linked_one_to_one_and_the_rest_is_explained(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[2];
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    struct catalogue_item items[] = {
        woo_item(w, 11, " tee "), /* another spelling */
        woo_item(w, 12, ""),
        woo_item(w, 13, "MUG"),
        woo_item(w, 14, "mug\t"),
        woo_item(w, 15, "NOBODY-HAS-IT"),
        woo_item(w, 16, "POSTER"),
        woo_item(w, 17, "SET"), /* a bundle is sold like any other */
        woo_item(w, 18, "  "),
    };
    items[5].is_managed = false;
    items[5].parent_managed = true;
    struct import_tally t = link_all(w, &order, items, COUNT_OF(items));
    assert_int_equal(t.items, 8);
    assert_int_equal(t.linked, 2);
    assert_int_equal(t.listings, 2);
    assert_int_equal(t.reviewed, 6);
    assert_int_equal(t.review[LINK_BLANK], 2);
    assert_int_equal(t.review[LINK_DUPLICATE], 2);
    assert_int_equal(t.review[LINK_UNKNOWN], 1);
    assert_int_equal(t.review[LINK_PARENT_MANAGED], 1);
    assert_int_equal(json_count(w->answer), 6);
    assert_string_equal(reason_at(w, 0), "blank");
    assert_string_equal(reason_at(w, 1), "duplicate");
    assert_slice(text_of(entry(w->answer, 1), "sku"), "MUG");
    assert_slice(text_of(json_get(entry(w->answer, 1), "remote"), "product_id"), "13");
    assert_string_equal(reason_at(w, 4), "parent_managed");
    assert_non_null(strstr(text_of(entry(w->answer, 4), "detail").p, "switch on"));
    assert_int_equal(listings_of(w, "TEE", row, 2), 1);
    assert_slice(row[0].key, "p:11");
    assert_int_equal(row[0].location.v, 0);
    assert_int_equal(row[0].pack_size, 1);
    assert_int_equal(listings_of(w, "SET", row, 2), 1);
    assert_int_equal(listings_of(w, "MUG", row, 2), 0);
    assert_int_equal(listings_of(w, "POSTER", row, 2), 0);
    struct json result;
    struct err_note note;
    assert_int_equal(json_parse(w->doc, job_of(w, order.job)->result, &result, &note), ERR_OK);
    assert_int_equal(int_of(result, "linked"), 2);
    assert_int_equal(int_of(json_get(result, "reasons"), "duplicate"), 2);
}

static void test_a_sku_that_is_created_later_is_linked_to_what_waited_for_it(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[2];
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    struct catalogue_item items[] = {
        woo_item(w, 21, " new hat"), woo_item(w, 22, "CAP"), woo_item(w, 23, "GLOVE")};
    assert_int_equal(link_all(w, &order, items, COUNT_OF(items)).review[LINK_UNKNOWN], 3);
    end(w, &order, "");
    must_answer(
        w, 201, request_skus_create, NULL, "{\"items\":[{\"sku\":\"New  Hat\"},{\"sku\":\"X\"}]}");
    assert_int_equal(listings_of(w, "NEW HAT", row, 2), 1);
    assert_slice(row[0].key, "p:21");
    assert_slice(row[0].stock_key, "p:21");
    assert_int_equal(listings_of(w, "X", row, 2), 0);
    /* Another code of a SKU that is sold there already: both may sell it, a person decides. */
    must_answer(w, 200, request_sku_change, "NEW HAT", "{\"aliases\":[\"cap\"]}");
    assert_int_equal(listings_of(w, "NEW HAT", row, 2), 1);
    must_answer(w, 200, request_sku_change, "X", "{\"sku\":\"Y\",\"aliases\":[\"glove\"]}");
    assert_int_equal(listings_of(w, "Y", row, 2), 1);
    /* What a later import no longer sees waits for nobody. */
    assert_true(start(w, "woo", "", &order));
    (void)link_all(w, &order, items, 1);
    end(w, &order, "");
    must_answer(w, 200, request_sku_change, "NEW HAT", "{\"aliases\":[]}");
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"CAP\"}");
    assert_int_equal(listings_of(w, "CAP", row, 2), 0);
}

static void test_a_later_import_links_what_has_become_clear_and_nothing_twice(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[2];
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    struct catalogue_item items[] = {
        woo_item(w, 11, "TEE"), woo_item(w, 13, "MUG"), woo_item(w, 14, "MUG")};
    (void)link_all(w, &order, items, COUNT_OF(items));
    items[2].sku = SLICE("POSTER"); /* corrected in the shop */
    struct import_tally t = link_all(w, &order, items, COUNT_OF(items));
    assert_int_equal(t.already, 1);
    assert_int_equal(t.linked, 2);
    assert_int_equal(t.reviewed, 0);
    assert_int_equal(listings_of(w, "TEE", row, 2), 1);
    assert_int_equal(listings_of(w, "POSTER", row, 2), 1);
}

static void test_a_listing_made_by_hand_stays_and_its_sku_is_not_linked_again(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[2];
    must_answer(w, 201, request_channels_create, NULL, WOO);
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"channel\":\"woo\",\"sku\":\"TEE\",\"remote\":{\"product_id\":\"99\"}}");
    assert_true(start(w, "woo", "", &order));
    /* 99 says MUG there, but a person has decided; 11 says TEE, which 99 sells. */
    struct catalogue_item items[] = {woo_item(w, 99, "MUG"), woo_item(w, 11, "TEE")};
    struct import_tally t = link_all(w, &order, items, COUNT_OF(items));
    assert_int_equal(t.already, 1);
    assert_int_equal(t.linked, 0);
    assert_int_equal(t.review[LINK_TAKEN], 1);
    assert_string_equal(reason_at(w, 0), "taken");
    assert_int_equal(listings_of(w, "TEE", row, 2), 1);
    assert_slice(row[0].key, "p:99");
}

static void test_missing_skus_are_created_when_that_is_wished(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[2];
    struct sku_row *sku = NULL;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "{\"create_skus\":true}", &order));
    struct catalogue_item items[] = {woo_item(w, 11, " New-1 "),
                                     woo_item(w, 12, "TWICE"),
                                     woo_item(w, 13, "twice"),
                                     woo_item(w, 14, "NOT-COUNTED"),
                                     woo_item(w, 15, "BAD\x01")};
    items[3].is_managed = false;
    struct import_tally t = link_all(w, &order, items, COUNT_OF(items));
    assert_int_equal(t.created, 1);
    assert_int_equal(t.linked, 1);
    assert_int_equal(t.review[LINK_DUPLICATE], 2);
    assert_int_equal(t.review[LINK_UNMANAGED], 1);
    assert_int_equal(t.review[LINK_UNUSABLE], 1);
    struct slice key = SLICE("NEW-1");
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
    assert_non_null(sku);
    assert_slice(sku->code, "New-1");
    assert_slice(sku->title, "its title");
    assert_slice(sku->product, "its product");
    assert_slice(sku->options, "{\"Size\":\"M\"}");
    assert_slice(sku->barcode, "4006381333931");
    assert_false(sku->has_moved); /* an empty ledger must not zero a shop */
    assert_int_equal(listings_of(w, "NEW-1", row, 2), 1);
}

static void test_reviews_are_capped_and_counted(void **state)
{
    struct world *w = *state;
    struct import_order order;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    assert_true(start(w, "woo", "", &order));
    struct catalogue_item items[] = {
        woo_item(w, 11, "A"), woo_item(w, 12, "B"), woo_item(w, 13, "C")};
    struct import_step s = {.order = order,
                            .items = items,
                            .items_count = 3,
                            .before = {.items = 2000,
                                       .reviewed = IMPORT_REVIEW_MAX - 1,
                                       .shown = IMPORT_REVIEW_MAX - 1}};
    step(w, &s);
    assert_int_equal(json_count(w->answer), 1);
    assert_int_equal(s.after.shown, IMPORT_REVIEW_MAX);
    assert_int_equal(s.after.reviewed, IMPORT_REVIEW_MAX + 2);
    assert_int_equal(s.after.items, 2003);
}

/* ---- several locations ---- */

static struct catalogue_item shopify_item(struct world *w, int id, const char *sku)
{
    struct catalogue_item item = woo_item(w, id, sku);
    item.remote = arena_printf(&w->arena,
                               "{\"product_id\":\"1\",\"variant_id\":\"%d\","
                               "\"inventory_item_id\":\"%d\"}",
                               id,
                               id + 1000);
    item.key = arena_printf(&w->arena, "%d", id);
    item.stock_key = arena_printf(&w->arena, "%d", id + 1000);
    item.count_known = false; /* which of the locations? */
    return item;
}

static void test_each_mapped_location_gets_a_listing_and_one_alone_gets_the_total(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[3];
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY(AT_BERLIN "," AT_PARIS));
    assert_true(start(w, "shopify", "", &order));
    struct catalogue_item items[] = {shopify_item(w, 11, "TEE")};
    struct import_tally t = link_all(w, &order, items, 1);
    assert_int_equal(t.linked, 1);
    assert_int_equal(t.listings, 2);
    assert_int_equal(listings_of(w, "TEE", row, 3), 2);
    assert_int_not_equal(row[0].location.v, row[1].location.v);
    assert_int_not_equal(row[0].location.v, 0);
    assert_int_not_equal(row[1].location.v, 0);
    t = link_all(w, &order, items, 1);
    assert_int_equal(t.already, 1);
    assert_int_equal(t.listings, 0);
}

static void test_a_location_mapped_later_is_filled_by_the_next_import(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[3];
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY(AT_BERLIN "," AT_PARIS));
    assert_true(start(w, "shopify", "", &order));
    struct catalogue_item items[] = {shopify_item(w, 11, "TEE")};
    (void)link_all(w, &order, items, 1);
    assert_int_equal(listings_of(w, "TEE", row, 3), 2);
    char id[24];
    (void)snprintf(id, sizeof(id), "%" PRId64, row[1].id.v);
    must_answer(w, 204, request_listing_delete, id, "");
    struct import_tally t = link_all(w, &order, items, 1);
    assert_int_equal(t.already, 1);
    assert_int_equal(t.listings, 1);
    assert_int_equal(listings_of(w, "TEE", row, 3), 2);
}

/* Walmart's items show no counts: that says nothing of where they lie. */
static void test_a_catalogue_without_counts_is_linked_at_its_one_location(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[3];
    must_answer(w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"walmart\",\"connector\":\"walmart\",\"mode\":\"live\",\"settings\":{"
                "\"ship_nodes\":[{\"location\":\"berlin\",\"remote\":\"71\"}]},\"secrets\":{"
                "\"client_id\":\"c\",\"client_secret\":\"s\",\"webhook_secret\":\"w\"}}");
    assert_true(start(w, "walmart", "", &order));
    struct catalogue_item item = {.remote = SLICE("{\"sku\":\"TEE\"}"),
                                  .key = SLICE("sku:TEE"),
                                  .stock_key = SLICE("sku:TEE"),
                                  .sku = SLICE("TEE"),
                                  .is_managed = true};
    struct import_tally t = link_all(w, &order, &item, 1);
    assert_int_equal(t.linked, 1);
    assert_int_equal(listings_of(w, "TEE", row, 3), 1);
    assert_int_equal(row[0].location.v, 0); /* one location is the channel's total */
}

static void test_what_is_not_stocked_at_the_one_mapped_location_is_not_linked(void **state)
{
    struct world *w = *state;
    struct import_order order;
    struct listing_row row[3];
    must_answer(w, 201, request_channels_create, NULL, SHOPIFY(AT_BERLIN));
    assert_true(start(w, "shopify", "", &order));
    struct catalogue_item items[] = {shopify_item(w, 11, "TEE"), shopify_item(w, 12, "MUG")};
    items[1].count_known = true;
    struct import_tally t = link_all(w, &order, items, 2);
    assert_int_equal(t.review[LINK_ELSEWHERE], 1);
    assert_int_equal(t.linked, 1);
    assert_int_equal(listings_of(w, "MUG", row, 3), 1);
    assert_int_equal(row[0].location.v, 0);
}

/* ---- orders that waited ---- */

static void deliver(struct world *w, const char *key)
{
    struct snapshot_line lines[] = {
        {.id = SLICE("1"), .remote = slice_of(key), .ordered = 2, .taken = TAKEN_UNSAID}};
    struct order_snapshot order = {.id = SLICE("1001"),
                                   .version_text = SLICE("5"),
                                   .version = 5,
                                   .lines = lines,
                                   .lines_count = 1};
    struct rows channels = {0};
    assert_int_equal(w->reader->ops->channels(w->reader, &w->arena, &channels), ERR_OK);
    struct turn *turn = turn_new(TURN_READ, world_kept, NULL);
    const struct channel_row *row = channels.items[channels.count - 1];
    assert_slice(row->code, "woo");
    turn->channel = row->id;
    turn->facts = (struct facts){.orders = &order, .orders_count = 1};
    turn->received_at_us = w->now_us;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    if (turn->err) {
        fail_msg("not committed: %s", turn->note.text);
    }
    turn_free(turn);
}

static void test_t47_an_order_that_waited_for_its_listing_is_booked_by_the_import(void **state)
{
    struct world *w = *state;
    struct import_order order;
    must_answer(w, 201, request_channels_create, NULL, WOO);
    deliver(w, "p:11");
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
    assert_true(start(w, "woo", "", &order));
    struct catalogue_item items[] = {woo_item(w, 11, "tee")};
    struct import_tally t = link_all(w, &order, items, 1);
    assert_int_equal(t.linked, 1);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
    struct rows waits = {0};
    struct rows channels = {0};
    assert_int_equal(w->reader->ops->channels(w->reader, &w->arena, &channels), ERR_OK);
    const struct channel_row *woo = channels.items[channels.count - 1];
    assert_int_equal(w->reader->ops->parked(w->reader, woo->id, SLICE("p:11"), &w->arena, &waits),
                     ERR_OK);
    assert_int_equal(waits.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_an_import_is_a_job_and_runs_once_at_a_time),
        world_test(test_what_cannot_be_imported_is_refused_with_the_reason),
        world_test(test_a_start_fails_what_the_stop_interrupted),
        world_test(test_a_channel_that_was_switched_off_stops_its_import),
        world_test(test_t60_equal_codes_are_linked_one_to_one_and_the_rest_is_explained),
        world_test(test_a_sku_that_is_created_later_is_linked_to_what_waited_for_it),
        world_test(test_a_later_import_links_what_has_become_clear_and_nothing_twice),
        world_test(test_a_listing_made_by_hand_stays_and_its_sku_is_not_linked_again),
        world_test(test_missing_skus_are_created_when_that_is_wished),
        world_test(test_reviews_are_capped_and_counted),
        world_test(test_each_mapped_location_gets_a_listing_and_one_alone_gets_the_total),
        world_test(test_a_location_mapped_later_is_filled_by_the_next_import),
        world_test(test_a_catalogue_without_counts_is_linked_at_its_one_location),
        world_test(test_what_is_not_stocked_at_the_one_mapped_location_is_not_linked),
        world_test(test_t47_an_order_that_waited_for_its_listing_is_booked_by_the_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
