/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"
#include "store/store.h"

#define ROWS_MAX 100000

static const char *const texts[MARKS_COUNT] = {
#define X(mark, text) text,
    MARKS(X)
#undef X
};

void marks_add(struct marks *sum, const struct marks *of_a_run)
{
    for (int i = 0; i < MARKS_COUNT; i++) {
        sum->hit[i] += of_a_run->hit[i] > 0;
    }
}

size_t marks_print(const struct marks *sum, uint64_t runs, FILE *to)
{
    size_t unhit = 0;
    fprintf(to, "  marks, and in how many of %" PRIu64 " runs:\n", runs);
    for (int i = 0; i < MARKS_COUNT; i++) {
        if (sum->hit[i]) {
            fprintf(to, "  %8" PRIu64 "  %s\n", sum->hit[i], texts[i]);
        }
    }
    for (int i = 0; i < MARKS_COUNT; i++) {
        if (!sum->hit[i]) {
            fprintf(to, "     never  %s\n", texts[i]);
            unhit++;
        }
    }
    return unhit;
}

/* ---- what goes over the wires ---- */

static void of_a_call(struct marks *m, struct slice line, int status)
{
    bool is_token = memmem(line.p, line.n, "token", 5) || memmem(line.p, line.n, "oauth", 5);
    mark(m, MARK_THROTTLED, status == 429);
    mark(m, MARK_FAILED, status >= 500);
    mark(m, MARK_TOKEN_BOUGHT, is_token && status == 200);
}

void marks_of_answer(struct world *world, int from, int to, struct slice request, int status)
{
    struct marks *m = &world->figures.marks;
    struct slice line = request;
    line.n = line.n < 200 ? line.n : 200;
    const char *end = memchr(line.p, '\r', line.n);
    line.n = end ? (size_t)(end - line.p) : line.n;
    if (to == MACHINE_SHOPS) {
        of_a_call(m, line, status);
    } else if (from == MACHINE_SHOPS) {
        mark(m, MARK_HOOK_503, status == 503);
    } else {
        mark(m, MARK_OP_503, status == 503);
        mark(m, MARK_OP_SHORT, status == 409);
    }
}

/* ---- what is stored ---- */

typedef enum err list_fn(struct store *, const struct store_query *, struct arena *, struct rows *);

static struct rows rows_of(struct store *store, list_fn *list, struct arena *arena)
{
    const struct store_query query = {.limit = ROWS_MAX, .state = -1};
    struct rows rows = {0};
    must(list(store, &query, arena, &rows) == ERR_OK);
    return rows;
}

static bool is_polled(const struct world *world)
{
    for (size_t i = 0; i < world->plan->shops_count; i++) {
        if (world->plan->shops[i] == SHOP_AMAZON) {
            return true;
        }
    }
    return false;
}

/* Every delivery that was posted and stored is answered, or a crash came in between. */
void marks_of_start(struct world *world)
{
    struct store *store;
    struct err_note note;
    struct arena arena;
    if (is_polled(world)) {
        return;
    }
    must(engine_reader(server_engine(world->server), &store, &note) == ERR_OK);
    arena_init(&arena, (size_t)1 << 30);
    size_t stored = rows_of(store, store->ops->list_deliveries, &arena).count;
    mark(&world->figures.marks, MARK_NOT_ANSWERED, stored > world->acks_count);
    arena_free(&arena);
    store_close(store);
}

static void of_deliveries(struct marks *m, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct delivery_row *row = rows->items[i];
        mark(m, MARK_TOLD_TWICE, row->state == DELIVERY_DUPLICATE);
        mark(m, MARK_TOLD_STALE, row->state == DELIVERY_STALE);
        mark(m, MARK_TIE, slice_starts(row->reason, "another content with the same version"));
    }
}

static void of_pushes(struct marks *m, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct push_row *row = rows->items[i];
        mark(m, MARK_PUSH_REFUSED, row->state == PUSH_FAILED);
        mark(m, MARK_PUSH_LOST, row->state == PUSH_LOST);
        mark(m, MARK_PUSH_TAKEN, row->state == PUSH_TAKEN);
    }
}

static void of_incidents(struct marks *m, const struct rows *rows)
{
    static const struct {
        const char *code;
        enum mark mark;
    } codes[] = {{"OVERSOLD", MARK_OVERSOLD},
                 {"DRIFT", MARK_DRIFT},
                 {"LATE", MARK_LATE},
                 {"CHANNEL-DOWN", MARK_CHANNEL_DOWN}};
    for (size_t i = 0; i < rows->count; i++) {
        const struct incident_row *row = rows->items[i];
        for (size_t c = 0; c < COUNT_OF(codes); c++) {
            mark(m, codes[c].mark, slice_is(row->code, codes[c].code));
        }
    }
}

static void of_movements(struct marks *m, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct movement_row *row = rows->items[i];
        mark(m, MARK_HOLD_EXPIRED, row->movement.kind == MOVE_HOLD_EXPIRE);
        mark(m, MARK_TRANSFER_BACK, row->movement.kind == MOVE_TRANSFER_CANCEL);
    }
}

/* ---- what shops, disk and people counted ---- */

static void of_shops(struct world *world)
{
    struct marks *m = &world->figures.marks;
    struct shop_stats sum = sandbox_stats(world->sandbox).sum;
    mark(m, MARK_CAS_REFUSED, sum.writes_stale > 0);
    mark(m, MARK_TOLD_AGAIN, sum.hooks_retried > 0);
    mark(m, MARK_TOLD_NEVER, sum.hooks_lost > 0);
    for (size_t i = 0; i < world->orders_count; i++) {
        struct shop_order order;
        must(shop_order_get(world->orders[i].shop, world->orders[i].id, &order));
        mark(m, MARK_CANCELLED, order.cancelled > 0);
        mark(m, MARK_CANCELLED_SHIPPED, order.cancelled > 0 && order.fulfilled > 0);
        mark(m, MARK_RETURNED, order.returned > 0);
    }
}

static void of_disk(struct world *world)
{
    struct marks *m = &world->figures.marks;
    const struct disk_figures *f = disk_figures(world->disk);
    mark(m, MARK_POWER_CUT, f->power_cuts > 0);
    mark(m, MARK_CUT_DROPPED, f->power_cuts && f->dropped);
    mark(m, MARK_CUT_TORE, f->power_cuts && f->torn);
    mark(m, MARK_SYNC_FAILED, f->failed > f->full);
    mark(m, MARK_DISK_FULL, f->full > 0);
    mark(m, MARK_REOPENED, f->opened > world->figures.starts);
}

void marks_of_end(struct world *world)
{
    struct marks *m = &world->figures.marks;
    struct store *store;
    struct err_note note;
    struct arena arena;
    of_shops(world);
    of_disk(world);
    mark(m, MARK_CHANCE, network_figures(world->network)->chances > 0);
    mark(m, MARK_OP_UNKNOWN, world->figures.unknown_resolved > 0);
    must(engine_reader(server_engine(world->server), &store, &note) == ERR_OK);
    arena_init(&arena, (size_t)1 << 30);
    struct rows rows = rows_of(store, store->ops->list_deliveries, &arena);
    of_deliveries(m, &rows);
    rows = rows_of(store, store->ops->list_pushes, &arena);
    of_pushes(m, &rows);
    rows = rows_of(store, store->ops->list_incidents, &arena);
    of_incidents(m, &rows);
    rows = rows_of(store, store->ops->list_movements, &arena);
    of_movements(m, &rows);
    arena_free(&arena);
    store_close(store);
}
