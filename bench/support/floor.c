/* SPDX-License-Identifier: Apache-2.0 */
#include "support/floor.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "rows_statements.h"
#include "sqlite_migrations.h"

#define CELLS_MAX 48
#define ROWS_BYTES_MAX ((size_t)1024 * 1024 * 1024)
/* The columns of a listing that a sale changes begin here; those before are its settings. */
#define LISTING_STATE_FIRST 14

enum {
#define X(name, text) SQL_##name,
    ROWS_MAP(X)
#undef X
};
static const char *const sql_texts[] = {
#define X(name, text) text,
    ROWS_MAP(X)
#undef X
};

/* ---- rows as cells ---- */

struct cell {
    int type;
    int64_t n;
    struct slice bytes;
};

struct row {
    struct cell *cells;
    int count;
};

struct table {
    struct row *rows;
    size_t count, cap;
};

static void check(sqlite3 *db, int code)
{
    bench_need(code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE,
               "the floor's SQLite says: %s",
               sqlite3_errmsg(db));
}

static void row_read(sqlite3_stmt *q, struct arena *arena, struct row *out)
{
    out->count = sqlite3_column_count(q);
    out->cells = ARENA_ARRAY(arena, (size_t)out->count, struct cell);
    must(out->cells && out->count <= CELLS_MAX);
    for (int i = 0; i < out->count; i++) {
        struct cell *cell = &out->cells[i];
        cell->type = sqlite3_column_type(q, i);
        if (cell->type == SQLITE_INTEGER) {
            cell->n = sqlite3_column_int64(q, i);
        } else {
            const char *p = sqlite3_column_blob(q, i);
            cell->bytes = arena_copy(arena, (struct slice){p, (size_t)sqlite3_column_bytes(q, i)});
        }
    }
}

static void cell_bind(sqlite3_stmt *statement, int at, const struct cell *cell)
{
    if (cell->type == SQLITE_INTEGER) {
        sqlite3_bind_int64(statement, at, cell->n);
    } else if (cell->type == SQLITE_BLOB) {
        sqlite3_bind_blob(statement, at, cell->bytes.p, (int)cell->bytes.n, SQLITE_STATIC);
    } else {
        sqlite3_bind_text(statement, at, cell->bytes.p, (int)cell->bytes.n, SQLITE_STATIC);
    }
}

/* ---- the file ---- */

struct file {
    sqlite3 *db;
    sqlite3_stmt *statements[COUNT_OF(sql_texts)];
};

static sqlite3 *db_open(const char *directory)
{
    char path[BENCH_PATH_MAX + 32];
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/truecount.db", directory);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    bench_need(sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK, "cannot open %s", path);
    return db;
}

static void run_text(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* A new file as the store makes it: keep the settings the same as in store/sqlite/sqlite_db.c. */
static void file_new(struct file *f, const char *directory)
{
    *f = (struct file){.db = db_open(directory)};
    run_text(f->db,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
             "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536; PRAGMA mmap_size = 0;"
             "PRAGMA foreign_keys = OFF");
    for (size_t i = 0; i < COUNT_OF(sqlite_migrations); i++) {
        run_text(f->db, sqlite_migrations[i]);
    }
    for (size_t i = 0; i < COUNT_OF(sql_texts); i++) {
        check(f->db,
              sqlite3_prepare_v3(
                  f->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &f->statements[i], NULL));
    }
}

static void file_close(struct file *f)
{
    for (size_t i = 0; i < COUNT_OF(sql_texts); i++) {
        sqlite3_finalize(f->statements[i]);
    }
    sqlite3_close(f->db);
}

static void finish(const struct file *f, sqlite3_stmt *statement)
{
    check(f->db, sqlite3_step(statement));
    sqlite3_reset(statement);
}

static void put(const struct file *f, int which, const struct row *row)
{
    sqlite3_stmt *statement = f->statements[which];
    must(row->count == sqlite3_bind_parameter_count(statement));
    for (int i = 0; i < row->count; i++) {
        cell_bind(statement, i + 1, &row->cells[i]);
    }
    finish(f, statement);
}

/* ---- what the server wrote ---- */

static void
read_table(sqlite3 *db, const char *sql, size_t max, struct arena *arena, struct table *out)
{
    sqlite3_stmt *q = NULL;
    check(db, sqlite3_prepare_v2(db, sql, -1, &q, NULL));
    while (out->count < max) {
        int code = sqlite3_step(q);
        check(db, code);
        if (code != SQLITE_ROW) {
            break;
        }
        if (out->count == out->cap) {
            out->cap = out->cap ? out->cap * 2 : 1024;
            out->rows = realloc(out->rows, out->cap * sizeof(out->rows[0]));
            must(out->rows);
        }
        row_read(q, arena, &out->rows[out->count++]);
    }
    sqlite3_finalize(q);
}

enum { EVENTS, MOVEMENTS, ORDERS, DELIVERIES, SKUS, STOCK, LISTINGS, TABLES };

static const char *const table_sql[TABLES] = {
    [EVENTS] = "SELECT * FROM event WHERE kind = 'order' ORDER BY n",
    [MOVEMENTS] = "SELECT * FROM movement WHERE order_id <> '' ORDER BY n",
    [ORDERS] = "SELECT * FROM orders ORDER BY n",
    [DELIVERIES] = "SELECT * FROM delivery WHERE state = 0 ORDER BY n",
    [SKUS] = "SELECT * FROM sku ORDER BY id",
    [STOCK] = "SELECT * FROM stock ORDER BY sku",
    [LISTINGS] = "SELECT * FROM listing ORDER BY id",
};

/* One event, one movement, one delivery for each order, or the comparison would be of unlike. */
static size_t
read_all(const char *directory, size_t orders_max, struct arena *arena, struct table tables[TABLES])
{
    sqlite3 *db = db_open(directory);
    for (size_t i = 0; i < TABLES; i++) {
        read_table(db, table_sql[i], i <= DELIVERIES ? orders_max : SIZE_MAX, arena, &tables[i]);
    }
    sqlite3_close(db);
    must(!arena->exhausted);
    size_t count = tables[ORDERS].count;
    bench_need(count > 0 && tables[EVENTS].count == count && tables[MOVEMENTS].count == count &&
                   tables[DELIVERIES].count == count,
               "the server wrote %zu orders, %zu events, %zu movements, %zu deliveries",
               count,
               tables[EVENTS].count,
               tables[MOVEMENTS].count,
               tables[DELIVERIES].count);
    return count;
}

/* ---- writing it ---- */

struct writing {
    struct file *file;
    const struct table *tables;
    uint32_t *stock_seen; /* by SKU: the commit that changed it last */
    uint32_t commit;
};

#define MOVEMENT_SKU 5

/* The row of a SKU that moved: id, version, whether it ever moved, movements since a checkpoint. */
static void put_sku_moved(const struct file *f, const struct row *sku)
{
    const struct cell moved[] = {sku->cells[0], sku->cells[9], sku->cells[10], sku->cells[12]};
    put(f, SQL_SKU_MOVED, &(struct row){(struct cell *)(uintptr_t)moved, COUNT_OF(moved)});
}

/* Rows by SKU: SKUs, stock and listings are numbered alike, one of each to a SKU. */
static void put_counts(struct writing *w, size_t sku)
{
    if (w->stock_seen[sku] == w->commit) {
        return;
    }
    w->stock_seen[sku] = w->commit;
    put(w->file, SQL_STOCK_PUT, &w->tables[STOCK].rows[sku]);
    put_sku_moved(w->file, &w->tables[SKUS].rows[sku]);
    const struct row *listing = &w->tables[LISTINGS].rows[sku];
    struct cell state[CELLS_MAX] = {listing->cells[0]};
    int n = listing->count - LISTING_STATE_FIRST;
    memcpy(&state[1], &listing->cells[LISTING_STATE_FIRST], (size_t)n * sizeof(state[0]));
    put(w->file, SQL_LISTING_UPDATE, &(struct row){state, n + 1});
}

static void put_commit(struct writing *w, const struct row *event, const struct row *movement)
{
    static const char hash[32] = "a hash takes as much room as any";
    const struct cell cells[] = {{SQLITE_INTEGER, (int64_t)w->commit, {0}},
                                 event->cells[1],
                                 event->cells[0],
                                 movement->cells[0],
                                 {SQLITE_BLOB, 0, {hash, sizeof(hash)}}};
    put(w->file, SQL_COMMIT_PUT, &(struct row){(struct cell *)(uintptr_t)cells, 5});
}

static void write_orders(struct writing *w, size_t from, size_t to)
{
    const struct table *t = w->tables;
    w->commit++;
    run_text(w->file->db, "BEGIN IMMEDIATE");
    for (size_t i = from; i < to; i++) {
        put_counts(w, (size_t)t[MOVEMENTS].rows[i].cells[MOVEMENT_SKU].n - 1);
    }
    static const struct {
        int table, sql;
    } parts[] = {{EVENTS, SQL_EVENT_PUT},
                 {MOVEMENTS, SQL_MOVEMENT_PUT},
                 {ORDERS, SQL_ORDER_PUT},
                 {DELIVERIES, SQL_DELIVERY_PUT}};
    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        for (size_t i = from; i < to; i++) {
            put(w->file, parts[p].sql, &t[parts[p].table].rows[i]);
        }
    }
    put_commit(w, &t[EVENTS].rows[to - 1], &t[MOVEMENTS].rows[to - 1]);
    run_text(w->file->db, "COMMIT");
}

/* What was there before the first order; a whole row goes into `table` as it came. */
static void put_before(struct file *f, const char *table, const struct table *rows)
{
    char sql[256];
    sqlite3_stmt *statement = NULL;
    int n = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < rows->rows[0].count; i++) {
        n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",?");
    }
    snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
    check(f->db, sqlite3_prepare_v2(f->db, sql, -1, &statement, NULL));
    run_text(f->db, "BEGIN");
    for (size_t r = 0; r < rows->count; r++) {
        for (int i = 0; i < rows->rows[r].count; i++) {
            cell_bind(statement, i + 1, &rows->rows[r].cells[i]);
        }
        finish(f, statement);
    }
    run_text(f->db, "COMMIT");
    sqlite3_finalize(statement);
}

static int64_t ask_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q = NULL;
    check(db, sqlite3_prepare_v2(db, sql, -1, &q, NULL));
    check(db, sqlite3_step(q));
    int64_t value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return value;
}

static double cpu_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1000;
}

void floor_orders(const char *directory,
                  size_t orders_max,
                  size_t orders_per_commit,
                  struct floor_result *out)
{
    struct arena arena;
    struct table tables[TABLES] = {{0}};
    struct file file;
    char own[BENCH_PATH_MAX];
    arena_init(&arena, ROWS_BYTES_MAX);
    size_t count = read_all(directory, orders_max, &arena, tables);
    size_t per_commit = orders_per_commit ? orders_per_commit : 1;

    bench_directory(own);
    file_new(&file, own);
    put_before(&file, "sku", &tables[SKUS]);
    put_before(&file, "stock", &tables[STOCK]);
    put_before(&file, "listing", &tables[LISTINGS]);
    struct writing w = {.file = &file,
                        .tables = tables,
                        .stock_seen = calloc(tables[SKUS].count, sizeof(uint32_t))};
    must(w.stock_seen);
    int64_t began_us = bench_now_us();
    double cpu_us = cpu_now_us();
    for (size_t from = 0; from < count; from += per_commit) {
        write_orders(&w, from, from + per_commit < count ? from + per_commit : count);
    }
    int64_t elapsed_us = bench_now_us() - began_us;
    *out = (struct floor_result){.orders = count,
                                 .orders_per_s = (double)count * 1e6 / (double)elapsed_us,
                                 .cpu_us_per_order = (cpu_now_us() - cpu_us) / (double)count};
    bench_need(ask_int(file.db, "SELECT count(*) FROM event") == (int64_t)count &&
                   ask_int(file.db, "SELECT count(*) FROM delivery WHERE length(body) > 0") ==
                       (int64_t)count,
               "the floor did not write what the server wrote");
    file_close(&file);
    bench_directory_remove(own);
    free(w.stock_seen);
    for (size_t i = 0; i < TABLES; i++) {
        free(tables[i].rows);
    }
    arena_free(&arena);
}

/* ---- one large request ---- */

static const char *const last_sql[TABLES] = {
    [EVENTS] = "SELECT * FROM event ORDER BY n DESC LIMIT 1",
    [MOVEMENTS] = "SELECT * FROM movement WHERE event = (SELECT max(n) FROM event) ORDER BY n",
    [SKUS] = "SELECT * FROM sku ORDER BY id",
    [STOCK] = "SELECT * FROM stock ORDER BY sku",
};

static void write_last(struct file *f, const struct table tables[TABLES])
{
    static const int sqls[TABLES] = {
        [EVENTS] = SQL_EVENT_PUT, [MOVEMENTS] = SQL_MOVEMENT_PUT, [STOCK] = SQL_STOCK_PUT};
    static const int order[] = {STOCK, EVENTS, MOVEMENTS};
    struct writing w = {.file = f, .tables = tables, .commit = 1};
    run_text(f->db, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        const struct table *table = &tables[order[i]];
        for (size_t r = 0; r < table->count; r++) {
            put(f, sqls[order[i]], &table->rows[r]);
        }
    }
    for (size_t r = 0; r < tables[SKUS].count; r++) {
        put_sku_moved(f, &tables[SKUS].rows[r]);
    }
    put_commit(&w, &tables[EVENTS].rows[0], &tables[MOVEMENTS].rows[tables[MOVEMENTS].count - 1]);
    run_text(f->db, "COMMIT");
}

void floor_movements(const char *directory, struct floor_movements *out)
{
    struct arena arena;
    struct table tables[TABLES] = {{0}};
    struct file file;
    char own[BENCH_PATH_MAX];
    arena_init(&arena, ROWS_BYTES_MAX);
    sqlite3 *db = db_open(directory);
    for (size_t i = 0; i < TABLES; i++) {
        if (last_sql[i]) {
            read_table(db, last_sql[i], SIZE_MAX, &arena, &tables[i]);
        }
    }
    sqlite3_close(db);
    size_t count = tables[MOVEMENTS].count;
    bench_need(count > 0 && tables[SKUS].count == count && tables[STOCK].count == count,
               "the last event moved %zu of %zu SKUs",
               count,
               tables[SKUS].count);
    bench_directory(own);
    file_new(&file, own);
    put_before(&file, "sku", &tables[SKUS]);
    put_before(&file, "stock", &tables[STOCK]);
    int64_t began_us = bench_now_us();
    double cpu_us = cpu_now_us();
    write_last(&file, tables);
    *out = (struct floor_movements){.movements = count,
                                    .ms = (double)(bench_now_us() - began_us) / 1000,
                                    .cpu_ms = (cpu_now_us() - cpu_us) / 1000};
    bench_need(ask_int(file.db, "SELECT count(*) FROM movement") == (int64_t)count,
               "the floor did not write what the server wrote");
    file_close(&file);
    bench_directory_remove(own);
    for (size_t i = 0; i < TABLES; i++) {
        free(tables[i].rows);
    }
    arena_free(&arena);
}

/* A row of stock: SKU, location, available; the other buckets and what may follow are zero. */
static void put_plenty(const struct file *f)
{
    struct cell cells[CELLS_MAX] = {
        {SQLITE_INTEGER, 1, {0}}, {SQLITE_INTEGER, 1, {0}}, {SQLITE_INTEGER, QTY_MAX, {0}}};
    int count = sqlite3_bind_parameter_count(f->statements[SQL_STOCK_PUT]);
    for (int i = 3; i < count; i++) {
        cells[i].type = SQLITE_INTEGER;
    }
    put(f, SQL_STOCK_PUT, &(struct row){cells, count});
}

double floor_holds(int64_t duration_us)
{
    static const char take_sql[] = "UPDATE stock SET available = available - 1, held = held + 1 "
                                   "WHERE sku = 1 AND location = 1 AND available >= 1";
    struct file file;
    char directory[BENCH_PATH_MAX];
    sqlite3_stmt *take = NULL;
    bench_directory(directory);
    file_new(&file, directory);
    put_plenty(&file);
    check(file.db, sqlite3_prepare_v2(file.db, take_sql, -1, &take, NULL));
    int64_t n = 0, began_us = bench_now_us(), now_us = began_us;
    while (now_us - began_us < duration_us) {
        char owner[32];
        int size = snprintf(owner, sizeof(owner), "cart-%09" PRId64, n++);
        const struct cell cells[] = {
            {SQLITE_INTEGER, n, {0}},
            {SQLITE_TEXT, 0, {owner, (size_t)size}},
            {SQLITE_TEXT, 0, {"", 0}},
            {SQLITE_INTEGER, 0, {0}},
            {SQLITE_INTEGER, now_us + 900 * US_PER_S, {0}},
            {SQLITE_INTEGER, now_us, {0}},
            {SQLITE_TEXT, 0, SLICE("[{\"sku\":\"SKU-0000\",\"quantity\":1}]")}};
        run_text(file.db, "BEGIN IMMEDIATE");
        finish(&file, take);
        must(sqlite3_changes(file.db) == 1);
        put(&file, SQL_HOLD_PUT, &(struct row){(struct cell *)(uintptr_t)cells, 7});
        run_text(file.db, "COMMIT");
        now_us = bench_now_us();
    }
    sqlite3_finalize(take);
    file_close(&file);
    bench_directory_remove(directory);
    return (double)n * 1e6 / (double)(now_us - began_us);
}

double floor_sync_ms(size_t count, int permille)
{
    char directory[BENCH_PATH_MAX], path[BENCH_PATH_MAX + 16];
    static const char page[4096];
    struct samples samples;
    bench_directory(directory);
    snprintf(path, sizeof(path), "%s/sync", directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bench_need(fd >= 0, "cannot write %s", path);
    samples_init(&samples, count);
    for (size_t i = 0; i < count; i++) {
        int64_t began_us = bench_now_us();
        must(pwrite(fd, page, sizeof(page), (off_t)(i * sizeof(page))) == (ssize_t)sizeof(page));
        must(fdatasync(fd) == 0);
        samples_add(&samples, bench_now_us() - began_us);
    }
    close(fd);
    bench_directory_remove(directory);
    double ms = samples_at_ms(&samples, permille);
    samples_free(&samples);
    return ms;
}

/* ---- listings read ---- */

static int64_t cells_of(sqlite3_stmt *q)
{
    int64_t bytes = 0;
    for (int i = 0; i < sqlite3_column_count(q); i++) {
        bytes += sqlite3_column_type(q, i) == SQLITE_INTEGER ? sqlite3_column_int64(q, i) & 1
                                                             : sqlite3_column_bytes(q, i);
    }
    return bytes;
}

void floor_listings(const char *directory, struct floor_reading *out)
{
    sqlite3 *db = db_open(directory);
    sqlite3_stmt *ids, *row;
    volatile int64_t bytes = 0;
    int64_t began_us = bench_now_us();
    *out = (struct floor_reading){0};
    check(db, sqlite3_prepare_v2(db, "SELECT id FROM listing", -1, &ids, NULL));
    check(db,
          sqlite3_prepare_v2(db,
                             "SELECT * FROM listing l JOIN sku k ON k.id = l.sku "
                             "JOIN stock s ON s.sku = l.sku WHERE l.id = ?1",
                             -1,
                             &row,
                             NULL));
    while (sqlite3_step(ids) == SQLITE_ROW) {
        sqlite3_bind_int64(row, 1, sqlite3_column_int64(ids, 0));
        while (sqlite3_step(row) == SQLITE_ROW) {
            bytes += cells_of(row);
        }
        check(db, sqlite3_reset(row));
        out->listings++;
    }
    out->ms = (double)(bench_now_us() - began_us) / 1000;
    sqlite3_finalize(ids);
    sqlite3_finalize(row);
    sqlite3_close(db);
}

/* ---- opening ---- */

double floor_open_ms(const char *directory)
{
    static const char *const texts[] = {"PRAGMA journal_mode = WAL",
                                        "SELECT max(n) FROM event",
                                        "SELECT max(n) FROM movement",
                                        "SELECT * FROM stock",
                                        "SELECT * FROM sku",
                                        "SELECT * FROM channel",
                                        "SELECT * FROM location"};
    char path[BENCH_PATH_MAX + 16];
    sqlite3 *db = NULL;
    int64_t began_us = bench_now_us();
    (void)snprintf(path, sizeof(path), "%s/truecount.db", directory);
    bench_need(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK,
               "cannot open %s",
               path);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        sqlite3_stmt *q = NULL;
        bench_need(sqlite3_prepare_v2(db, texts[i], -1, &q, NULL) == SQLITE_OK,
                   "%s: %s",
                   texts[i],
                   sqlite3_errmsg(db));
        while (sqlite3_step(q) == SQLITE_ROW) {
        }
        sqlite3_finalize(q);
    }
    sqlite3_close(db);
    return (double)(bench_now_us() - began_us) / 1000;
}
