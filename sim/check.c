/* SPDX-License-Identifier: Apache-2.0 */
/* The promises, looked at from outside: what is stored, what was acknowledged, what shops show. */
#include <stdlib.h>

#include "base/crypto.h"
#include "intake/delivery_body.h"
#include "sim/world.h"
#include "store/store.h"

/* Every commit of a young log is verified whole, later ones now and then: a run stays linear. */
#define VERIFY_ALWAYS 10
#define VERIFY_EACH 200
#define DELIVERIES_MAX 100000

static struct store *reader_of(struct world *world)
{
    struct err_note note = {""};
    struct store *reader = NULL;
    must(engine_reader(server_engine(world->server), &reader, &note) == ERR_OK);
    return reader;
}

/* ---- I1, I2, I15, I17: what is stored proves itself ---- */

static void verify(struct world *world, struct store *store)
{
    struct verify_report report;
    struct err_note note = {""};
    enum err e = store_verify(store, &report, &note);
    world->figures.checks++;
    if (e) {
        world_breaks(world, "I1/I2/I15", "verify: %s (%s)", note.text, err_name(e));
    }
}

void check_committed(struct world *world)
{
    uint64_t n = world->figures.commits;
    if (n > VERIFY_ALWAYS && n % VERIFY_EACH) {
        return;
    }
    struct store *store = reader_of(world);
    verify(world, store);
    store_close(store);
}

/* ---- I4, I16: what was answered 2xx is there ---- */

static int by_ack(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct world_ack));
}

/* Every delivery in the store, as the hashes that acknowledgements are kept by. */
static size_t stored(struct store *store, struct world_ack **out)
{
    struct vault vault = {.key = {7}, .private_ok = true};
    struct config *config = NULL;
    struct rows rows = {0};
    struct arena arena, body_arena;
    arena_init(&arena, (size_t)1 << 30);
    arena_init(&body_arena, (size_t)64 << 20);
    must(config_load(store, &vault, &config) == ERR_OK);
    const struct store_query query = {.limit = DELIVERIES_MAX, .state = -1};
    must(store->ops->list_deliveries(store, &query, &arena, &rows) == ERR_OK);
    *out = calloc(rows.count + 1, sizeof(**out));
    must(*out);
    for (size_t i = 0; i < rows.count; i++) {
        const struct delivery_row *row = rows.items[i];
        struct delivery_row *whole = NULL;
        struct slice body = {0};
        arena_clear(&body_arena);
        must(store->ops->delivery(store, row->n, &body_arena, &whole) == ERR_OK && whole);
        for (size_t c = 0; c < config->channels_count; c++) {
            if (config->channels[c].row.id.v == row->channel.v) {
                (*out)[i].channel = world_hash(config->channels[c].row.code);
            }
        }
        if (delivery_body_open(&vault, whole->body, &body_arena, &body) == ERR_OK) {
            (*out)[i].delivery = world_delivery(body);
        }
    }
    size_t count = rows.count;
    config_free(config);
    arena_free(&body_arena);
    arena_free(&arena);
    qsort(*out, count, sizeof(**out), by_ack);
    return count;
}

static void acknowledged_is_there(struct world *world, struct store *store)
{
    struct world_ack *there;
    size_t count = stored(store, &there), missing = 0;
    for (size_t i = 0; i < world->acks_count; i++) {
        missing += !bsearch(&world->acks[i], there, count, sizeof(*there), by_ack);
    }
    free(there);
    if (missing) {
        world_breaks(
            world, "I4", "%zu of %zu acknowledged deliveries are gone", missing, world->acks_count);
    }
}

void check_started(struct world *world)
{
    struct store *store = reader_of(world);
    verify(world, store);
    acknowledged_is_there(world, store);
    store_close(store);
}

/* ---- I7: everything shows what it should ---- */

static struct slice text_of(struct json object, const char *key)
{
    struct slice text = {0};
    (void)json_text(json_get(object, key), &text);
    return text;
}

static int64_t int_of(struct json object, const char *key)
{
    int64_t n = INT64_MIN;
    (void)json_int(json_get(object, key), &n);
    return n;
}

static bool listing_shows(struct world *world, struct json listing, char why[256])
{
    struct shop *shop = sandbox_shop(world->sandbox, text_of(listing, "channel"));
    struct slice sku = text_of(listing, "sku"), state = text_of(listing, "state");
    int64_t count = INT64_MIN, sellable = int_of(listing, "sellable");
    must(shop && shop_item_count(shop, sku, &count));
    if (slice_is(state, "ok") && count == sellable) {
        return true;
    }
    (void)snprintf(why,
                   256,
                   "%.*s on %.*s is %.*s %.*s, shows %" PRId64 ", may show %" PRId64
                   " (published %" PRId64 ", expected %" PRId64 ", observed %" PRId64 ")",
                   SLICE_ARG(sku),
                   SLICE_ARG(shop_code(shop)),
                   SLICE_ARG(state),
                   SLICE_ARG(text_of(listing, "state_reason")),
                   count,
                   sellable,
                   int_of(listing, "published"),
                   int_of(listing, "expected"),
                   int_of(listing, "observed"));
    return false;
}

bool check_settled(struct world *world, char why[256])
{
    struct sandbox_stats stats = sandbox_stats(world->sandbox);
    if (stats.sum.hooks_waiting) {
        (void)snprintf(why, 256, "%" PRIu64 " webhooks are on their way", stats.sum.hooks_waiting);
        return false;
    }
    if (world_call(world, "GET", "/v1/listings?limit=1000", SLICE("")) != 200) {
        (void)snprintf(why, 256, "the server answers %d", world->status);
        return false;
    }
    size_t count = 0;
    for (struct json_iter i = json_iter(json_get(world->json, "items")); json_next(&i); count++) {
        if (!listing_shows(world, i.value, why)) {
            return false;
        }
    }
    return count > 0;
}

/* ---- the end: the ledger says what the naive model says ---- */

static void tell_model(struct world *world)
{
    model_forget_sales(&world->model);
    for (size_t i = 0; i < world->orders_count; i++) {
        const struct world_order *order = &world->orders[i];
        struct shop_order state;
        must(shop_order_get(order->shop, order->id, &state));
        /* Goods that came back and were not put on sale are told by our own API alone; by most
         * platforms none that came back: those are booked by hand. */
        enum shop_kind kind = shop_kind(order->shop);
        if (kind == SHOP_SHOPIFY || kind == SHOP_WOOCOMMERCE) {
            state.returned = state.restocked;
        } else if (kind != SHOP_API) {
            state.returned = state.restocked = 0;
        }
        for (int line = 0; line < order->lines; line++) { /* its lines share one fate */
            model_sold(&world->model,
                       &(struct model_sale){.item = order->items[line],
                                            .ordered = state.ordered / order->lines,
                                            .cancelled = state.cancelled / order->lines,
                                            .fulfilled = state.fulfilled / order->lines,
                                            .returned = state.returned / order->lines,
                                            .restocked = state.restocked / order->lines});
        }
    }
}

static void same(struct world *world, const char *sku, const char *bucket, int64_t should)
{
    int64_t is = int_of(world->json, bucket);
    if (is != should) {
        world_breaks(world,
                     "I5/I8",
                     "%s: %s is %" PRId64 ", but what was booked and sold makes %" PRId64,
                     sku,
                     bucket,
                     is,
                     should);
    }
}

static void check_stock(struct world *world)
{
    char sku[16], path[64];
    tell_model(world);
    for (int i = 0; i < world->plan->items && !world->is_broken; i++) {
        struct model_stock stock = model_stock(&world->model, i);
        (void)snprintf(path, sizeof(path), "/v1/stock/%s", world_sku(i, sku));
        must(world_call(world, "GET", path, SLICE("")) == 200);
        same(world, sku, "available", stock.available);
        same(world, sku, "reserved", stock.reserved);
        same(world, sku, "on_hand", stock.on_hand);
        same(world, sku, "unavailable", stock.unavailable);
        same(world, sku, "held", 0);
    }
}

/* ---- I6: the same after a start, whatever the stop ---- */

static void add_line(void *arg, struct slice line)
{
    uint64_t *hash = arg;
    *hash = *hash * UINT64_C(0x100000001b3) ^ world_hash(line);
}

static uint64_t dump_hash(struct world *world)
{
    struct store *store = reader_of(world);
    struct err_note note = {""};
    uint64_t hash = 0;
    must(store_dump(store, add_line, &hash, &note) == ERR_OK);
    store_close(store);
    return hash;
}

void check_end(struct world *world)
{
    check_stock(world);
    if (world->is_broken) {
        return;
    }
    uint64_t before = dump_hash(world);
    server_down(world, STEP_POWER);
    server_up(world);
    if (!world->is_broken && (!world->server || dump_hash(world) != before)) {
        world_breaks(world, "I6", "a power cut at rest changed the canonical dump");
    }
}
