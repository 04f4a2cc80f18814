/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows - the rows of store.h in a database that speaks SQL, whichever it is. Everything of a row is
 * here: its columns, its statements, its order. What a database is beneath that (a connection, a
 * transaction, when something is durable) is its driver: store/sqlite, store/postgres.
 *
 * The statements stand in sql/statements.sql, in the SQL that both understand; what one of them says
 * differently stands in sql/postgres.sql under the same name. All columns are integers of 64 bits, or
 * bytes.
 */
#pragma once
#include <stdarg.h>

#include "rows_statements.h"
#include "store/chain.h"
#include "store/store.h"

enum sql {
#define X(name, text) SQL_##name,
    ROWS_MAP(X)
#undef X
        SQL_COUNT
};

struct sql_store;

/* A statement of one connection. Bound, stepped through, reset. */
struct sql_stmt {
    const struct sql_driver *driver;
};

struct sql_driver {
    struct sql_stmt *(*bind)(struct sql_store *s, enum sql which, const char *format, va_list args);
    enum err (*step)(struct sql_store *s, struct sql_stmt *statement);
    enum err (*run)(struct sql_store *s, struct sql_stmt *statement);
    void (*reset)(struct sql_stmt *statement);
    int64_t (*col_int)(struct sql_stmt *statement, int column);
    struct slice (*col)(struct sql_stmt *statement, int column); /* until the next step */
    /* A statement by its text, for a copy: the last one is kept. NULL: the database refuses it.
     * Parameters count from 0; the bytes live until it has run. */
    struct sql_stmt *(*text)(struct sql_store *s, const char *sql);
    void (*put_int)(struct sql_stmt *statement, int at, int64_t n);
    void (*put_bytes)(struct sql_stmt *statement, int at, struct slice bytes, bool is_blob);
    /* In a transaction, after rows came from elsewhere: takes numbers and the chain's head from
     * them. NULL: they are read when it is opened. */
    enum err (*adopt)(struct sql_store *s);
};

struct sql_store {
    struct store base; /* first: a store is one of these */
    struct store_ops ops;
    const struct sql_driver *driver;
    struct json_doc *parser;
    bool is_writer, in_transaction;
    bool has_changes; /* in the open transaction */
    bool is_spoilt;   /* a save failed: only a rollback may follow */
    int64_t ids[ID_KINDS];
    struct chain_head head;         /* committed */
    struct chain_head attempted;    /* by the last commit, whatever became of it */
    int64_t quiet, attempted_quiet; /* commits without events: the chain cannot tell them apart */
    struct chain_writer *chain;     /* of the open transaction, or of a check */
};

static inline struct sql_store *sql_of(struct store *store)
{
    return (struct sql_store *)store;
}

#define BYTES(array) ((struct slice){(const char *)(array), sizeof(array)})

/*
 * Binds by format, one letter a parameter: i int64_t, t struct slice as text, z the same but NULL
 * when it is empty, b struct slice as blob. The bytes must live until the statement has run. What
 * was left of an earlier use is forgotten.
 */
static inline struct sql_stmt *
sql_bind(struct sql_store *s, enum sql which, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct sql_stmt *statement = s->driver->bind(s, which, format, args);
    va_end(args);
    return statement;
}
/* To the end, without rows. A driver may put it off until the next reading or commit, which then
 * fails in its place. */
static inline enum err sql_run(struct sql_store *s, struct sql_stmt *statement)
{
    return s->driver->run(s, statement);
}
/* ERR_OK with a row, ERR_NOT_FOUND at the end (and the statement is reset). */
static inline enum err sql_step(struct sql_store *s, struct sql_stmt *statement)
{
    return s->driver->step(s, statement);
}
static inline void sql_reset(struct sql_stmt *statement)
{
    statement->driver->reset(statement);
}

static inline int64_t col_int(struct sql_stmt *statement, int column)
{
    return statement->driver->col_int(statement, column);
}
static inline bool col_bool(struct sql_stmt *statement, int column)
{
    return statement->driver->col_int(statement, column) != 0;
}
static inline struct slice col_text(struct sql_stmt *statement, int column, struct arena *arena)
{
    return arena_copy(arena, statement->driver->col(statement, column));
}
static inline void /* zeroed when the size differs */
col_bytes(struct sql_stmt *statement, int column, void *out, size_t n)
{
    struct slice bytes = statement->driver->col(statement, column);
    if (bytes.n == n) {
        memcpy(out, bytes.p, n);
    } else {
        memset(out, 0, n);
    }
}

/* Reads one row or none. */
#define ONE(s, q, out, read)                                                                       \
    do {                                                                                           \
        enum err step_ = sql_step((s), (q));                                                       \
        *(out) = NULL;                                                                             \
        if (step_ == ERR_NOT_FOUND) {                                                              \
            return ERR_OK;                                                                         \
        }                                                                                          \
        if (step_) {                                                                               \
            return step_;                                                                          \
        }                                                                                          \
        *(out) = (read);                                                                           \
        sql_reset(q);                                                                              \
        if (!*(out) || arena->exhausted) {                                                         \
            return arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;                                     \
        }                                                                                          \
    } while (0)

/* Reads all rows of a statement. Always to the end or to a reset: a statement left open would pin
 * what it reads. A text that found no room leaves the arena exhausted. */
#define ALL(s, q, arena, out, read)                                                                \
    do {                                                                                           \
        enum err step_;                                                                            \
        while ((step_ = sql_step((s), (q))) == ERR_OK) {                                           \
            if (!rows_add((out), (arena), (read)) || (arena)->exhausted) {                         \
                sql_reset(q);                                                                      \
                return (arena)->exhausted ? ERR_LIMIT : ERR_CORRUPT;                               \
            }                                                                                      \
        }                                                                                          \
        if (step_ != ERR_NOT_FOUND) {                                                              \
            return step_;                                                                          \
        }                                                                                          \
    } while (0)

/* Rows from the statement's present row, into the arena; NULL when it is exhausted, or (orders)
 * when the row cannot be read. */
struct sku_row *sku_read(struct sql_stmt *q, struct arena *arena);
struct listing_row *listing_read(struct sql_stmt *q, struct arena *arena);
struct order_row *order_read(struct sql_store *s, struct sql_stmt *q, struct arena *arena);
struct event_row *event_read(struct sql_stmt *q, struct arena *arena);
struct movement_row *movement_read(struct sql_stmt *q, struct arena *arena);
struct delivery_row *delivery_read(struct sql_stmt *q, struct arena *arena);
struct push_row *push_read(struct sql_stmt *q, struct arena *arena);
struct incident_row *incident_read(struct sql_stmt *q, struct arena *arena);
struct hold_row *hold_read(struct sql_stmt *q, struct arena *arena);
struct parked_row *parked_read(struct sql_stmt *q, struct arena *arena);
/* The parts of a bundle just read; a nested statement, so only once the outer one has been read
 * out. */
enum err sku_read_parts(struct sql_store *s, struct sku_row *row, struct arena *arena);
enum err /* of all rows from `first` on */
skus_read_parts(struct sql_store *s, struct rows *rows, size_t first, struct arena *arena);

/* The connection's first lines, for drivers. */
MUST_USE bool rows_init(struct sql_store *s, const struct sql_driver *driver);
void rows_free(struct sql_store *s);
/* The commit's own row: what chains it to the one before, or that there was one without events. */
enum err rows_put_commit(struct sql_store *s, int64_t now_us);

#define QUIET_COMMITS SLICE("quiet_commits")

/* Parts of the operations table, by file. */
enum err rows_erase_bodies(struct store *store, int64_t before_us, size_t limit, bool *out_more);
enum err rows_save(struct store *store, const struct store_changes *changes);
enum err rows_chain_check(struct store *store,
                          int64_t after_commit,
                          int64_t *out_head,
                          uint8_t out_hash[32],
                          struct err_note *note);
void rows_load_ops(struct store_ops *ops);
void rows_list_ops(struct store_ops *ops);
void rows_stock_ops(struct store_ops *ops);
void rows_rebuild_ops(struct store_ops *ops);
void rows_evidence_ops(struct store_ops *ops);
void rows_doctor_ops(struct store_ops *ops);
void rows_outlet_ops(struct store_ops *ops);
void rows_access_ops(struct store_ops *ops);
void rows_sku_list_ops(struct store_ops *ops);

typedef enum err rows_save_fn(struct sql_store *s, const void *item);
rows_save_fn rows_save_alias, rows_delete_alias, rows_save_transfer, rows_save_count,
    rows_save_count_line, rows_save_checkpoint, rows_save_unlinked, rows_delete_unlinked,
    rows_delete_unlinked_older, rows_save_difference, rows_save_agreement, rows_save_finding,
    rows_delete_findings, rows_save_opening_line, rows_delete_opening_line,
    rows_delete_opening_file, rows_save_outlet, rows_save_user, rows_save_session,
    rows_delete_session, rows_save_audit, rows_delete_audit;
