/* SPDX-License-Identifier: Apache-2.0 */
#include "support/history.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/subject.h"

#define YEAR_US (365 * 86400 * US_PER_S)
#define RUSH_US (600 * US_PER_S)
#define RUSH_PERCENT 5
#define LATE_MAX_US (2 * 86400 * US_PER_S)
#define AHEAD_MAX_US (300 * US_PER_S)
#define PAGE 1000

/* ---- a disk that need not be waited for ---- */

static struct {
    sqlite3_vfs vfs, *real;
} hasty;

static int hasty_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return SQLITE_OK;
}

/* Behind the real file lie its methods, but for the sync. */
static int
hasty_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    int code = hasty.real->xOpen(hasty.real, name, file, flags, out_flags);
    if (file->pMethods) {
        sqlite3_io_methods *own = (void *)((char *)file + hasty.real->szOsFile);
        *own = *file->pMethods;
        own->xSync = hasty_sync;
        file->pMethods = own;
    }
    return code;
}

static void hasty_register(void)
{
    hasty.real = sqlite3_vfs_find(NULL);
    must(hasty.real && hasty.real->szOsFile % 8 == 0);
    hasty.vfs = *hasty.real;
    hasty.vfs.pNext = NULL;
    hasty.vfs.zName = HISTORY_VFS;
    hasty.vfs.szOsFile += (int)sizeof(sqlite3_io_methods);
    hasty.vfs.xOpen = hasty_open;
    must(sqlite3_vfs_register(&hasty.vfs, 0) == SQLITE_OK);
}

/* ---- building ---- */

struct building {
    struct history *history;
    struct store *store;
    struct batch batch; /* as far as checkpoints are concerned */
    struct arena stock_arena;
    struct batch_sku *skus;
    uint64_t random;
};

static uint64_t draw(struct building *b, uint64_t n)
{
    b->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    uint64_t z = b->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % n;
}

static void need(enum err e, const char *what)
{
    bench_need(e == ERR_OK, "cannot %s: %s", what, err_text(e));
}

static void add(struct building *b, struct rows *rows, void *row)
{
    must(rows_add(rows, &b->batch.arena, row));
}

static void save(struct building *b, int64_t at_us)
{
    const struct store_ops *ops = b->store->ops;
    need(b->batch.err, "make a checkpoint");
    need(ops->begin(b->store), "begin");
    need(ops->save(b->store, &b->batch.changes), "save");
    need(ops->commit(b->store, at_us), "commit");
}

static void clear(struct building *b)
{
    arena_clear(&b->batch.arena);
    b->batch.changes = (struct store_changes){0};
}

static void found(struct building *b)
{
    struct batch *batch = &b->batch;
    arena_init(&batch->arena, (size_t)64 * 1024 * 1024);
    arena_init(&b->stock_arena, (size_t)64 * 1024 * 1024);
    stock_set_init(&batch->stock, &b->stock_arena);
    b->skus = calloc(HISTORY_SKUS, sizeof(b->skus[0]));
    must(b->skus);
    for (size_t i = 0; i < HISTORY_LOCATIONS; i++) {
        struct location_row *row = ARENA_NEW(&batch->arena, struct location_row);
        *row = (struct location_row){.id = {b->store->ops->next_id(b->store, ID_LOCATION)},
                                     .code = arena_printf(&batch->arena, "place-%zu", i),
                                     .is_active = true};
        add(b, &batch->changes.locations, row);
    }
    for (size_t i = 0; i < HISTORY_SKUS; i++) {
        struct slice code = arena_printf(&b->stock_arena, SUBJECT_SKU, i);
        struct sku_row *row = &b->skus[i].row;
        *row = (struct sku_row){.id = {b->store->ops->next_id(b->store, ID_SKU)},
                                .code = code,
                                .code_key = code,
                                .options = SLICE("{}"),
                                .buffer = POLICY_UNSET};
        must(row->id.v == (int64_t)i + 1);
        must(map_set(&batch->skus, MAP_KEY(&row->id), &b->skus[i]));
        add(b, &batch->changes.skus, row);
    }
    save(b, b->history->from_us);
    clear(b);
}

/* When the commit is made; they rise. */
static int64_t commit_at_us(const struct history *h, size_t commit, size_t commits)
{
    size_t rush_from = commits * (50 - RUSH_PERCENT / 2) / 100;
    size_t rush_to = rush_from + commits * RUSH_PERCENT / 100;
    double from = (double)h->from_us, to = (double)h->rush_from_us, at = (double)commit;
    double first = 0, last = (double)rush_from;
    if (commit >= rush_to) {
        from = (double)h->rush_to_us;
        to = (double)h->to_us;
        first = (double)rush_to;
        last = (double)commits;
    } else if (commit >= rush_from) {
        from = to;
        to = (double)h->rush_to_us;
        first = last;
        last = (double)rush_to;
    }
    return (int64_t)(from + (to - from) * (at - first) / (last - first));
}

static int64_t happened_at_us(struct building *b, int64_t recorded_at_us)
{
    uint64_t kind = draw(b, 1000);
    if (kind < 10) {
        return recorded_at_us - LATE_US - (int64_t)draw(b, LATE_MAX_US);
    }
    if (kind == 10) {
        return recorded_at_us + (int64_t)draw(b, AHEAD_MAX_US);
    }
    return recorded_at_us - (int64_t)draw(b, 5 * US_PER_S);
}

static void post(struct building *b, struct ledger *ledger, struct sku_id sku, int64_t at_us)
{
    struct location_id place = {1 + (int64_t)draw(b, HISTORY_LOCATIONS)};
    const struct stock *row = stock_set_find(&b->batch.stock, sku, place);
    const struct account_of outside = {{0}, BUCKET_OUTSIDE}, shelf = {place, BUCKET_AVAILABLE};
    const struct account_of broken = {place, BUCKET_UNAVAILABLE};
    struct movement m = {.kind = MOVE_SHIP,
                         .sku = sku,
                         .from = shelf,
                         .to = outside,
                         .quantity = 1,
                         .happened_at_us = happened_at_us(b, at_us)};
    if (!row || row->available == 0) {
        m.kind = MOVE_RECEIVE;
        m.from = outside;
        m.to = shelf;
        m.quantity = 200;
    } else if (row->unavailable > 0 && draw(b, 50) == 0) {
        m.kind = MOVE_RESTORE;
        m.from = broken;
        m.to = shelf;
        m.reason = SLICE("damaged");
    } else if (draw(b, 50) == 0) {
        m.kind = MOVE_DAMAGE;
        m.to = broken;
        m.reason = SLICE("damaged");
    }
    ledger_post(ledger, &m);
    must(!ledger->exhausted);
}

static void log_rows(struct building *b, const struct ledger *ledger, int64_t at_us)
{
    struct batch *batch = &b->batch;
    struct event_row *event = ARENA_NEW(&batch->arena, struct event_row);
    *event = (struct event_row){.n = b->store->ops->next_id(b->store, ID_EVENT),
                                .at_us = at_us,
                                .kind = SLICE("movements"),
                                .facts = SLICE("{}")};
    add(b, &batch->changes.events, event);
    for (size_t i = 0; i < ledger->movements.count; i++) {
        struct movement_row *row = ARENA_NEW(&batch->arena, struct movement_row);
        *row = (struct movement_row){.n = b->store->ops->next_id(b->store, ID_MOVEMENT),
                                     .event = event->n,
                                     .recorded_at_us = at_us,
                                     .movement = ledger->movements.items[i]};
        add(b, &batch->changes.movements, row);
        struct batch_sku *sku = &b->skus[row->movement.sku.v - 1];
        if (!sku->last_movement) {
            sku->row.stock_version++;
            sku->row.has_moved = true;
            add(b, &batch->changes.skus_moved, &sku->row);
        }
        sku->last_movement = row->n;
        sku->row.since_checkpoint++;
    }
}

/* The rows stay for the next commit; what they say is saved. */
static void settle(struct building *b)
{
    const struct rows *moved = &b->batch.changes.skus_moved;
    for (size_t i = 0; i < moved->count; i++) {
        const struct sku_row *sku = moved->items[i];
        b->skus[sku->id.v - 1].last_movement = 0;
        for (struct stock *row = stock_set_first(&b->batch.stock, sku->id); row;
             row = row->next_of_sku) {
            row->changed = false;
            for (struct stock_reason *r = row->reasons; r; r = r->next) {
                r->changed = false;
            }
        }
    }
}

static void build_commit(struct building *b, int64_t at_us)
{
    struct batch *batch = &b->batch;
    struct ledger ledger = {.arena = &batch->arena, .stock = &batch->stock};
    for (size_t i = 0; i < HISTORY_PER_COMMIT; i++) {
        int64_t other = 2 + (int64_t)draw(b, HISTORY_SKUS - 1);
        post(b, &ledger, (struct sku_id){i % 2 ? other : 1}, at_us);
    }
    log_rows(b, &ledger, at_us);
    batch->changes.stock = &batch->stock;
    moment_checkpoints(batch);
    save(b, at_us);
    settle(b);
    clear(b);
}

static struct store *open_store(const struct history *h, const char *vfs)
{
    struct store *store = NULL;
    struct err_note note = {""};
    bench_need(store_sqlite_open(h->directory, vfs, &store, &note) == ERR_OK,
               "cannot open the history: %s",
               note.text);
    return store;
}

void history_build(size_t movements, struct history *out)
{
    size_t commits = movements / HISTORY_PER_COMMIT;
    int64_t now_us = (int64_t)time(NULL) * US_PER_S, began_us = bench_now_us();
    *out = (struct history){.movements = commits * HISTORY_PER_COMMIT,
                            .from_us = now_us - YEAR_US - AHEAD_MAX_US,
                            .to_us = now_us - AHEAD_MAX_US,
                            .rush_from_us = now_us - YEAR_US / 2 - AHEAD_MAX_US,
                            .rush_to_us = now_us - YEAR_US / 2 - AHEAD_MAX_US + RUSH_US};
    bench_directory(out->directory);
    hasty_register();
    struct building b = {.history = out, .store = open_store(out, hasty.vfs.zName)};
    found(&b);
    for (size_t i = 0; i < commits; i++) {
        build_commit(&b, commit_at_us(out, i, commits));
    }
    store_close(b.store);
    stock_set_free(&b.batch.stock);
    map_free(&b.batch.skus);
    arena_free(&b.stock_arena);
    arena_free(&b.batch.arena);
    free(b.skus);
    out->seconds = (double)(bench_now_us() - began_us) / 1e6;
}

void history_remove(struct history *history)
{
    bench_directory_remove(history->directory);
}

/* ---- the naive way ---- */

struct figures {
    int64_t available, unavailable;
};

static void
fold_leg(const struct movement *m, struct account_of account, int64_t delta, struct figures *out)
{
    if (account.bucket == BUCKET_OUTSIDE) {
        return;
    }
    struct figures *at = &out[account.location.v - 1];
    *(account.bucket == BUCKET_AVAILABLE ? &at->available : &at->unavailable) +=
        delta * m->quantity;
}

static size_t fold(struct store *store,
                   struct sku_id sku,
                   int64_t at_us,
                   enum moment_time time,
                   struct figures out[HISTORY_LOCATIONS])
{
    struct store_query q = {.sku = sku, .limit = PAGE};
    struct arena page;
    size_t rows_read = 0;
    bool more = true;
    arena_init(&page, (size_t)8 * 1024 * 1024);
    while (more) {
        struct rows rows = {0};
        arena_clear(&page);
        need(store->ops->list_movements(store, &q, &page, &rows), "read movements");
        for (size_t i = 0; i < rows.count; i++) {
            const struct movement_row *row = rows.items[i];
            const struct movement *m = &row->movement;
            if ((time == MOMENT_RECORDED ? row->recorded_at_us : m->happened_at_us) <= at_us) {
                fold_leg(m, m->from, -1, out);
                fold_leg(m, m->to, 1, out);
            }
            q.after = row->n;
        }
        rows_read += rows.count;
        more = rows.count == PAGE;
    }
    arena_free(&page);
    return rows_read;
}

static bool same(const struct stock_set *set, struct sku_id sku, const struct figures *figures)
{
    bool is_same = true;
    for (int64_t i = 0; i < HISTORY_LOCATIONS; i++) {
        const struct stock *row = stock_set_find(set, sku, (struct location_id){i + 1});
        is_same = is_same && figures[i].available == (row ? row->available : 0) &&
                  figures[i].unavailable == (row ? row->unavailable : 0);
    }
    return is_same;
}

void history_check(const struct history *history,
                   size_t sku,
                   int64_t at_us,
                   enum moment_time time,
                   struct history_fold *out)
{
    struct sku_id id = {(int64_t)sku + 1};
    struct store *writer = open_store(history, NULL), *store = NULL;
    struct figures figures[HISTORY_LOCATIONS] = {{0}};
    struct stock_set set;
    struct arena arena;
    struct err_note note;
    need(writer->ops->reader(writer, &store, &note), "read the history");
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    stock_set_init(&set, &arena);
    int64_t began_us = bench_now_us();
    out->rows = fold(store, id, at_us, time, figures);
    int64_t folded_us = bench_now_us();
    need(moment_stock(store, id, at_us, time, &set), "read the moment");
    out->fold_ms = (double)(folded_us - began_us) / 1000;
    out->moment_ms = (double)(bench_now_us() - folded_us) / 1000;
    bench_need(same(&set, id, figures), "the moment is not what all movements say");
    stock_set_free(&set);
    arena_free(&arena);
    store_close(store);
    store_close(writer);
}

void history_verify(const struct history *history)
{
    struct store *store = open_store(history, NULL);
    struct verify_report report;
    struct err_note note = {""};
    bench_need(store_verify(store, &report, &note) == ERR_OK &&
                   report.movements == (int64_t)history->movements,
               "the history is not sound: %s",
               note.text);
    store_close(store);
}

/* ---- growth ---- */

static double pragma(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q = NULL;
    bench_need(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
                   sqlite3_step(q) == SQLITE_ROW,
               "%s: %s",
               sql,
               sqlite3_errmsg(db));
    double value = sqlite3_column_double(q, 0);
    sqlite3_finalize(q);
    return value;
}

/* The pages that are free behind it and were not before. */
static double bytes_of(sqlite3 *db, const char *drop)
{
    double before = pragma(db, "PRAGMA freelist_count");
    bench_need(
        sqlite3_exec(db, drop, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", drop, sqlite3_errmsg(db));
    return (pragma(db, "PRAGMA freelist_count") - before) * pragma(db, "PRAGMA page_size");
}

void history_growth(const struct history *history, struct history_growth *out)
{
    char path[BENCH_PATH_MAX + 32];
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/truecount.db", history->directory);
    bench_need(sqlite3_open(path, &db) == SQLITE_OK, "cannot open %s", path);
    out->all = pragma(db, "PRAGMA page_count") * pragma(db, "PRAGMA page_size");
    out->checkpoints = bytes_of(db, "DROP TABLE checkpoint");
    out->late = bytes_of(db, "DROP INDEX movement_late");
    out->early = bytes_of(db, "DROP INDEX movement_early");
    out->by_sku = bytes_of(db, "DROP INDEX movement_sku");
    sqlite3_close(db);
}
