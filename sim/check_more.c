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
