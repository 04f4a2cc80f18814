/* SPDX-License-Identifier: Apache-2.0 */
/* Promises that show between the moments that check.c looks at. */
#include <stdlib.h>
#include <unistd.h>

#include "sim/world.h"
#include "store/rebuild.h"
#include "store/store.h"

#define ORDERS_READ 1000
/* Longer than the pace at which most platforms are asked for what changed. */
#define REST_US (70 * US_PER_S)

static struct store *reader_of(struct world *world)
{
    struct err_note note = {""};
    struct store *reader = NULL;
    must(engine_reader(server_engine(world->server), &reader, &note) == ERR_OK);
    return reader;
}

/* ---- I8: an older version never replaces a newer one ---- */

struct seen {
    int64_t n, version;
};

static void order_looked_at(struct world *world, const struct order_row *row)
{
    struct seen *seen = map_get(&world->versions, MAP_KEY(&row->n));
    if (!seen) {
        seen = malloc(sizeof(*seen));
        must(seen);
        *seen = (struct seen){row->n, row->order.version};
        must(map_set(&world->versions, MAP_KEY(&seen->n), seen));
    } else if (row->order.version < seen->version) {
        world_breaks(world,
                     "I8",
                     "order %.*s was known as of version %" PRId64 ", and now as of %" PRId64,
                     SLICE_ARG(row->order.id),
                     seen->version,
                     row->order.version);
    }
    seen->version = row->order.version;
}

/* ---- I3, I11: what a shop shows lies within what is expected of it ---- */

struct sold {
    int64_t ordered, cancelled, restocked;
};

static struct sold sold_in(const struct world *world, const struct shop *shop)
{
    struct sold sum = {0};
    for (size_t i = 0; i < world->orders_count; i++) {
        struct shop_order order;
        if (world->orders[i].shop == shop && shop_order_get(shop, world->orders[i].id, &order)) {
            sum.ordered += order.ordered;
            sum.cancelled += order.cancelled;
            sum.restocked += order.restocked;
        }
    }
    return sum;
}

static struct sold recorded_of(const struct rows *orders, struct channel_id channel)
{
    struct sold sum = {0};
    for (size_t i = 0; i < orders->count; i++) {
        const struct order *order = &((const struct order_row *)orders->items[i])->order;
        for (size_t l = 0; order->channel.v == channel.v && l < order->lines_count; l++) {
            sum.ordered += order->lines[l].now.ordered;
            sum.cancelled += order->lines[l].now.cancelled;
            sum.restocked += order->lines[l].now.restocked;
        }
    }
    return sum;
}

/* While a sale is not recorded yet, or a stranger wrote, or our clock is wrong (docs/proof.md, not
 * proven yet), nobody can say what it should show. An Etsy
 * listing that is off sale shows none of what its record says, and what Walmart expects has open
 * orders in it. */
static bool is_known_whole(const struct world *world,
                           const struct shop *shop,
                           const struct rows *orders,
                           struct channel_id channel)
{
    struct sold is = sold_in(world, shop), known = recorded_of(orders, channel);
    bool is_plain = shop_kind(shop) != SHOP_ETSY && shop_kind(shop) != SHOP_WALMART;
    return is_plain && !world->figures.marks.hit[MARK_FOREIGN] &&
           !world->figures.marks.hit[MARK_CLOCK_JUMPED] && is.ordered == known.ordered &&
           is.cancelled == known.cancelled && is.restocked == known.restocked;
}

static void
shown_within(struct world *world, struct shop *shop, size_t index, const struct listing_row *row)
{
    struct range hull = expected_hull(&row->expected);
    struct shop_item item;
    if (!row->expected.is_known || row->expected.open_until_us ||
        !shop_item_at(shop, index, &item)) {
        return;
    }
    if (item.count < hull.lo || item.count > hull.hi) {
        world_breaks(world,
                     "I3/I11",
                     "%.*s on %.*s shows %" PRId64 ", which is not within %" PRId64 "..%" PRId64,
                     SLICE_ARG(item.sku),
                     SLICE_ARG(shop_code(shop)),
                     item.count,
                     hull.lo,
                     hull.hi);
    }
}

/* Listings were made shop by shop, item by item: their order says which they are. */
static void check_shown(struct world *world,
                        struct store *store,
                        const struct rows *orders,
                        struct arena *arena)
{
    struct rows rows = {0};
    const struct store_query query = {.limit = ORDERS_READ, .state = -1};
    must(store->ops->list_listings(store, &query, arena, &rows) == ERR_OK);
    size_t items = (size_t)world->plan->items;
    bool is_set_up = rows.count == items * world->plan->shops_count;
    for (size_t i = 0; is_set_up && i < rows.count; i++) {
        const struct listing_row *row = rows.items[i];
        struct shop *shop = world->shops[i / items];
        if (is_known_whole(world, shop, orders, row->channel)) {
            shown_within(world, shop, i % items, row);
        }
    }
}

void check_answered(struct world *world)
{
    struct store *store = reader_of(world);
    struct arena arena;
    struct rows rows = {0};
    const struct store_query query = {.limit = ORDERS_READ, .newest_first = true, .state = -1};
    arena_init(&arena, (size_t)64 << 20);
    must(store->ops->list_orders(store, &query, &arena, &rows) == ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        order_looked_at(world, rows.items[i]);
    }
    check_shown(world, store, &rows, &arena);
    arena_free(&arena);
    store_close(store);
}

void check_forget(struct world *world)
{
    for (size_t i = 0; i < world->versions.items_count; i++) {
        free(world->versions.items[i].value);
    }
    map_free(&world->versions);
}

/* ---- I5: what is read and told again changes nothing ---- */

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

void check_rest(struct world *world)
{
    uint64_t before = dump_hash(world);
    world_pass(world, REST_US);
    if (!world->is_broken && dump_hash(world) != before) {
        world_breaks(
            world, "I5/I12", "nothing happened for minutes, and the canonical dump changed");
    }
}

/* ---- I6: the movements alone make the same ledger ---- */

void check_rebuilt(struct world *world)
{
    char into[] = "/tmp/truecount-sim-again-XXXXXX", lock[64];
    struct err_note note = {""};
    struct rebuild_report report;
    struct store *copy = NULL;
    FILE *aside = tmpfile();
    must(aside && mkdtemp(into));
    enum err e = store_sqlite_copy(world->directory, DISK_VFS, into, NULL, &note);
    e = e ? e : store_sqlite_open(into, DISK_VFS, &copy, &note);
    e = e ? e : store_rebuild(copy, &(struct rebuild_options){.aside = aside}, &report, &note);
    if (e) {
        world_breaks(world, "I6", "made anew from its movements: %s (%s)", note.text, err_name(e));
    }
    store_close(copy);
    world->figures.rebuilds++;
    disk_forget(world->disk, into);
    fclose(aside);
    (void)snprintf(lock, sizeof(lock), "%s/truecount.lock", into);
    (void)unlink(lock);
    (void)rmdir(into);
}
